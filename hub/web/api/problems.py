"""What the API says when something is not done: application/problem+json, with the next step where there is one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from typing_extensions import TypedDict

from hub.changes.guard import Violation
from hub.changes.render import violation_data
from hub.errors import Busy, Guarded, Moved, Problems, Refusal
from hub.shapes.parts import Violation as ViolationShape
from hub.shapes.parts import closed
from hub.web.people import WINDOW, Throttled
from hub.web.tokens import Forbidden, Unrecognised

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"


class Unknown(Refusal):
    """What was asked for is not there."""


class Invalid(Refusal):
    """The request itself is wrong: a parameter, or the body."""


class Faults(Problems, Invalid):
    """What was sent cannot be so; each field that is wrong is named."""


class Unsupported(Refusal):
    """The body is in no format that is read here."""


class Unconditional(Refusal):
    """A write that has to say which revision it is about, and does not."""


class Stale(Refusal):
    """Somebody saved another revision. `now` is what it says by now, `sent` what was to be written: both are given
    back, so that nothing is lost."""

    def __init__(self, message: str, *, now: Any, sent: Any, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.now = now
        self.sent = sent


@closed
class Mistake(TypedDict):
    """One of several mistakes."""

    message: str
    place: NotRequired[str]
    hint: NotRequired[str]


@closed
class Problem(TypedDict):
    """Why something was not done. `detail` says it, `place` where, `hint` what to do next; `problems` are the single
    mistakes, `violations` the guards that say no; `now` and `sent` the two texts where somebody else was faster."""

    type: str
    title: str
    status: int
    detail: str
    place: NotRequired[str]
    hint: NotRequired[str]
    problems: NotRequired[list[Mistake]]
    violations: NotRequired[list[ViolationShape]]
    now: NotRequired[Any]
    sent: NotRequired[Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of problem. `name` is the end of its address, under which the manual explains it."""

    name: str
    status: int
    title: str
    meaning: str


KINDS: Mapping[str, Kind] = {
    one.name: one
    for one in (
        Kind("unauthorised", 401, "No valid token", "The token is missing, wrong, expired or revoked."),
        Kind(
            "forbidden", 403, "Not with this token", "The token lacks the scope, or its account lacks the role by now."
        ),
        Kind("unknown", 404, "Not there", "There is nothing of that name, number or address."),
        Kind("method", 405, "Not done here", "The address is right, the method is not; Allow lists those there are."),
        Kind("refused", 409, "Refused", "It cannot or must not be done as things are; the hint says what would help."),
        Kind("moved", 409, "Moved", "What was previewed is not what would happen now. Look again, then ask again."),
        Kind("busy", 409, "Busy", "Something else is at work on the same thing. Ask again when it has ended."),
        Kind("guarded", 409, "Stopped by guards", "Guards say no to this changeset; each tells its numbers."),
        Kind(
            "stale",
            412,
            "Somebody was faster",
            "If-Match names a revision that is not the newest. Both texts are given.",
        ),
        Kind("large", 413, "Too large", "The body has more bytes than are read."),
        Kind("media", 415, "Not JSON", "The body has to be sent as application/json."),
        Kind("invalid", 422, "Not understood", "A parameter or the body is wrong; each mistake says where and what."),
        Kind(
            "unconditional", 428, "Which revision?", "Writes to a draft say with If-Match which revision they change."
        ),
        Kind(
            "throttled",
            429,
            "Too many wrong tokens",
            "This address sent too many wrong tokens. Wait, then use a right one.",
        ),
        Kind("broken", 500, "Something broke", "It is the hub's fault, and stands in its log."),
    )
}

_BY_CLASS: tuple[tuple[type[Refusal], str], ...] = (
    (Unrecognised, "unauthorised"),
    (Forbidden, "forbidden"),
    (Throttled, "throttled"),
    (Unknown, "unknown"),
    (Invalid, "invalid"),
    (Unsupported, "media"),
    (Unconditional, "unconditional"),
    (Stale, "stale"),
    (Moved, "moved"),
    (Busy, "busy"),
    (Guarded, "guarded"),
    (Refusal, "refused"),
)
"""The first that fits."""
_BY_STATUS: Mapping[int, str] = {
    404: "unknown",
    405: "method",
    413: "large",
    415: "media",
    400: "invalid",
    422: "invalid",
}
_HEADERS: Mapping[str, Mapping[str, str]] = {
    "unauthorised": {"www-authenticate": 'Bearer realm="schema-sync hub"'},
    "throttled": {"retry-after": str(int(WINDOW))},
}


def concerns(request: Request) -> bool:
    """Whether a program asks, which is answered in JSON, and no person."""
    return request.url.path.startswith(PREFIX)


def answer(problem: Exception) -> Response:
    """The problem as an answer. What is no refusal of ours is said to be broken, and nothing more of it."""
    if isinstance(problem, Refusal):
        return _refused(problem)
    if isinstance(problem, RequestValidationError):
        return _respond("invalid", "the request is not right", {"problems": list(_mistakes(problem.errors()))})
    if isinstance(problem, HTTPException):
        name = _BY_STATUS.get(problem.status_code, "refused")
        return _respond(name, KINDS[name].meaning, {"hint": "/api/v1/docs lists all calls"}, problem.headers or {})
    return _respond("broken", "something broke", {"hint": "the hub's log says what; asking again does no harm"})


def _refused(refusal: Refusal) -> Response:
    name = next(name for kind, name in _BY_CLASS if isinstance(refusal, kind))
    more: dict[str, Any] = {"place": refusal.place, "hint": refusal.hint}
    if isinstance(refusal, Problems):
        more["problems"] = [_mistake(one) for one in refusal.problems]
    if isinstance(refusal, Guarded):
        more["violations"] = [violation_data(one) for one in refusal.violations if isinstance(one, Violation)]
    if isinstance(refusal, Stale):
        more |= {"now": refusal.now, "sent": refusal.sent}
    return _respond(name, refusal.message, {key: value for key, value in more.items() if value != ""})


def _mistake(one: Refusal) -> Mistake:
    known = {"message": one.message, "place": one.place, "hint": one.hint}
    return cast(Mistake, {name: text for name, text in known.items() if text or name == "message"})


def _mistakes(errors: Iterable[Mapping[str, Any]]) -> Iterable[Mistake]:
    """Where and what, never the value: it may be a secret."""
    for one in errors:
        yield {"message": str(one["msg"]), "place": ".".join(map(str, one["loc"]))}


def _respond(name: str, detail: str, more: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    kind = KINDS[name]
    said: Problem = {"type": f"/api/v1/docs#{name}", "title": kind.title, "status": kind.status, "detail": detail}
    body = json.dumps({**said, **more}, ensure_ascii=True)
    return Response(body, kind.status, {**_HEADERS.get(name, {}), **(headers or {})}, MEDIA_TYPE)
