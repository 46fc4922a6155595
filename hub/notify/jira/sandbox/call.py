"""What one request to the Jira sandbox carries, how it is answered and how it is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import quote

from connectors.sandbox import JSON, Request, Response
from hub.notify.jira.sandbox.state import Issue, Project, Site, User

CONTENT_TYPE = {"content-type": "application/json;charset=UTF-8"}

NO_ISSUE = "Issue does not exist or you do not have permission to see it."
NOT_LOGGED_IN = "Client must be authenticated to access this resource."
BAD_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."

LONGEST_KEY = 255
LONGEST_VALUE = 32_768
"""Bounds of an entity property (apis/jira.md section 2)."""


class Refusal(Exception):
    """An answer other than success in the error shape of apis/jira.md section 3; `body` replaces that shape."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Response | None = None,
    ) -> None:
        super().__init__(f"{status} {messages} {errors or {}}")
        self.status = status
        self.collection = {"errorMessages": list(messages), "errors": dict(errors or {})}
        self.headers = headers or {}
        self.body = body

    def response(self) -> Response:
        return self.body or Response.json(self.status, self.collection, {**CONTENT_TYPE, **self.headers})


@dataclass(slots=True)
class Complaints:
    """What is wrong with one write, gathered so that everything is told at once."""

    messages: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, text: str) -> None:
        self.errors.setdefault(name, text)

    def settle(self) -> None:
        """Raises Refusal 400 when anything was found."""
        if self.messages or self.errors:
            raise Refusal(400, *self.messages, errors=self.errors)


def answer(status: int, value: JSON) -> Response:
    return Response.json(status, value, CONTENT_TYPE)


def nothing(status: int = 204) -> Response:
    return Response(status)


def parsed(text: bytes) -> JSON:
    """Strict JSON in UTF-8. Raises Refusal 400."""
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except ValueError as problem:
        raise Refusal(400, "The request body is not valid JSON.") from problem


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


@dataclass(frozen=True, slots=True)
class Call:
    """One request with everything its handler may look at or change. No user means anonymous."""

    site: Site
    request: Request
    user: User | None
    base: str
    """Scheme, host and whatever stands before `/rest`."""
    version: str
    switches: Mapping[str, JSON]
    mood: str
    now: float
    args: Mapping[str, str] = field(default_factory=dict)
    """What the path names: `issue`, `key`, `id`, `project`, `type`."""

    @property
    def cloud(self) -> bool:
        return bool(self.switches["deployment"] == "Cloud")

    @property
    def speaks_documents(self) -> bool:
        """Whether rich text is an Atlassian document here; wiki text otherwise."""
        return self.version == "3"

    def url(self, *segments: str) -> str:
        return f"{self.base}/rest/api/{self.version}/" + "/".join(quote(one, safe="") for one in segments)

    # The body ------------------------------------------------------------------------------------------------

    def json(self) -> JSON:
        """The body, parsed only under its own content type. Raises Refusal 400 or 415."""
        given = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given != "application/json":
            raise Refusal(415, body=answer(415, {"message": "HTTP 415 Unsupported Media Type", "status-code": 415}))
        if not self.request.body.strip():
            raise Refusal(400, "No content to map to Object due to end of input")
        return parsed(self.request.body)

    def object(self) -> dict[str, JSON]:
        body = self.json()
        if not isinstance(body, dict):
            raise Refusal(400, BAD_PAYLOAD)
        return body

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number from the query. Raises Refusal 400."""
        text = self.request.param(name)
        if text is None:
            return default
        try:
            value = int(text)
        except ValueError as problem:
            raise Refusal(400, f"Parameter '{name}' is no whole number: {text}") from problem
        if value < least:
            raise Refusal(400, f"Parameter '{name}' must not be less than {least}")
        return value

    def listed(self, name: str) -> list[str] | None:
        """A list from the query, repeated or separated by commas; None when it is not there."""
        given = [value for key, value in self.request.query if key == name]
        return [one for value in given for one in value.split(",") if one] if given else None

    def flag(self, name: str) -> bool:
        return (self.request.param(name) or "").lower() == "true"

    # Permissions ---------------------------------------------------------------------------------------------

    def can(self, project: Project, permission: str) -> bool:
        return self.user is not None and permission in project.permissions

    def login(self) -> User:
        """The user. Raises Refusal 401 when the request is anonymous."""
        if self.user is None:
            raise Refusal(401, NOT_LOGGED_IN)
        return self.user

    def issue(self, id_or_key: str | None = None) -> Issue:
        """The issue of the path, seen by this user. Raises Refusal 404: missing or not allowed look the same."""
        lagging = self.switches["key_lookup"] == "lagging"
        found = self.site.find(self.args["issue"] if id_or_key is None else id_or_key, lagging=lagging)
        if found is None or not self.can(self.site.project_of(found), "BROWSE_PROJECTS"):
            raise Refusal(404, NO_ISSUE)
        return found

    def issue_for(self, permission: str, status: int = 403) -> Issue:
        """The issue of the path, which the user may change. Raises Refusal 404 or `status`."""
        found = self.issue()
        if not self.can(self.site.project_of(found), permission):
            raise Refusal(status, f"You do not have the permission {permission} in this project.")
        return found

    def project(self, id_or_key: str) -> Project | None:
        """A project this user may browse."""
        found = self.site.project(id_or_key)
        return found if found and self.can(found, "BROWSE_PROJECTS") else None

    def put(self, issue: Issue) -> Issue:
        return self.site.put(issue, self.now)


def text_length(call: Call, text: str) -> int:
    """Length as the server counts it; Java counts a character beyond the basic plane twice."""
    return len(text.encode("utf-16-le")) // 2 if call.switches["text_units"] == "utf-16" else len(text)


def page_of(values: Sequence[JSON], start: int, most: int) -> tuple[Sequence[JSON], JSON]:
    """A slice and the numbers that describe it."""
    return values[start : start + most], {"startAt": start, "maxResults": most, "total": len(values)}


def in_mood(call: Call, rows: Sequence[JSON]) -> Sequence[JSON]:
    """The rows of a list, fewer of them when the chassis put the sandbox in the mood."""
    if call.mood == "empty-list":
        return []
    return rows[: len(rows) // 2] if call.mood == "half-page" else rows


def property_pair(entry: JSON) -> tuple[str, JSON]:
    """One `{"key", "value"}`. Raises Refusal 400."""
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
        raise Refusal(400, "A property needs a key and a value.")
    return check_property(entry["key"], entry["value"])


def check_property(key: str, value: JSON) -> tuple[str, JSON]:
    """Raises Refusal 400 when a bound of apis/jira.md section 2 is broken."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise Refusal(400, f"The property key must have 1 to {LONGEST_KEY} characters.")
    if value is None or len(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) > LONGEST_VALUE:
        raise Refusal(400, f"The property value must be non-empty JSON of at most {LONGEST_VALUE} characters.")
    return key, value


def property_pairs(entries: JSON) -> dict[str, JSON]:
    """The `properties` of a write. Raises Refusal 400."""
    if entries is None:
        return {}
    if not isinstance(entries, list):
        raise Refusal(400, BAD_PAYLOAD)
    return dict(property_pair(entry) for entry in entries)
