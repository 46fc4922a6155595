"""What one request to the Segment sandbox carries, and how it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.sandbox import JSON, Request
from connectors.segment.sandbox.state import Token, Workspace


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request with everything its handler may look at or change."""

    workspace: Workspace
    token: Token
    request: Request
    item: str
    """The id in the path, percent-decoded; empty on routes without one."""
    switches: Mapping[str, JSON]
    mood: str
    now: float

    @property
    def actor(self) -> str:
        return f"token/{self.token.id}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One invalid input. `rule` completes the sentence that starts with the quoted field name."""

    field: str
    rule: str

    def as_json(self) -> JSON:
        return {"type": "input-validation", "message": f'"{self.field}" {self.rule}', "field": self.field}


class Refusal(Exception):
    """An answer other than 200: its status, the `errors` list and extra headers (apis/segment.md section 3.6)."""

    def __init__(self, status: int, errors: list[JSON], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {errors}")
        self.status = status
        self.errors = errors
        self.headers: Mapping[str, str] = headers or {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A refusal whose `type` string the vendor does not document: status, the name we chose, default message."""

    status: int
    name: str
    message: str

    def refusal(self, switches: Mapping[str, JSON], message: str = "", status: int = 0) -> Refusal:
        """The switch "error_types" decides whether the type is our guess or the vendor's catch-all word."""
        name = self.name if switches["error_types"] == "named" else "unknown"
        return Refusal(status or self.status, [{"type": name, "message": message or self.message}])


UNAUTHORIZED = Kind(401, "unauthorized", "Unauthorized")
FORBIDDEN = Kind(401, "forbidden", "The token lacks a role that this operation needs")
NOT_ENTITLED = Kind(401, "forbidden", "The workspace does not have the Protocols feature")
NOT_FOUND = Kind(404, "not-found", "Not found")
CONFLICT = Kind(409, "conflict", "Conflict")
TOO_LARGE = Kind(413, "payload-too-large", "Request body is too large")
SERVER_FAILURE = Kind(500, "server", "Internal server error")


@dataclass(slots=True)
class Problems:
    """Collects what is wrong with one request's input."""

    found: list[Problem] = field(default_factory=list)

    def add(self, name: str, rule: str) -> None:
        self.found.append(Problem(name, rule))

    def extend(self, more: Iterable[Problem]) -> None:
        self.found.extend(more)

    def refusal(self, switches: Mapping[str, JSON]) -> Refusal:
        """Status 422. The switch "validation_reports" decides whether the first or every problem is told."""
        told = self.found if switches["validation_reports"] == "all" else self.found[:1]
        return Refusal(422, [problem.as_json() for problem in told])

    def settle(self, switches: Mapping[str, JSON]) -> None:
        """Raises the refusal when anything was found."""
        if self.found:
            raise self.refusal(switches)


def invalid(call: Call, name: str, rule: str) -> Refusal:
    """A refusal for one invalid input."""
    return Problems([Problem(name, rule)]).refusal(call.switches)
