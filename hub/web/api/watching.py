"""What people were told, and who did what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal, cast

from fastapi import Query
from typing_extensions import TypedDict

from hub.shapes.parts import closed
from hub.shapes.telling import MessageShape, message_data
from hub.store.outbox import MessageState
from hub.store.people import AuditEntry
from hub.web.api.bodies import Body
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.finding import Number
from hub.web.api.paging import AGAIN, Page, Paging
from hub.web.api.problems import Invalid, Unknown
from hub.web.guarding import Hub

router = calls("Watching")
MANY = 10_000
"""Messages that are looked through."""


@closed
class HealthShape(TypedDict):
    """How one destination is doing: messages by state, and the trouble of the oldest one that waits."""

    destination: str
    counts: dict[str, int]
    waiting_since: float | None
    reason: str
    hint: str


@closed
class Destinations(TypedDict):
    """All destinations that were ever told anything."""

    destinations: list[HealthShape]


@closed
class Retried(TypedDict):
    """How many messages are tried again at once."""

    retried: int


@closed
class EntryShape(TypedDict):
    """One thing that somebody did."""

    id: int
    at: float
    who: str
    verb: str
    subject: str
    details: dict[str, Any]


class ToRetry(Body):
    """`anew` posts a message once more, even if it may be there already."""

    anew: bool = False


@router.get("/notifications", **needs("read"))
def list_notifications(
    hub: Hub,
    paging: Paging,
    state: Literal["", MessageState] = "",
    destination: Annotated[str, Query(max_length=200, description="Only those of this destination.")] = "",
) -> Page[MessageShape]:
    """What people were told, and what waits or failed, newest first."""
    states: tuple[MessageState, ...] = (state,) if state else ()
    rows = hub.store.outbox.messages(*states, destination=destination or None, limit=MANY)
    return paging.page("notifications", rows, lambda one: one.id, message_data)


@router.get("/destinations", **needs("read"))
def list_destinations(hub: Hub) -> Destinations:
    """How the destinations of notifications are doing."""
    found: list[HealthShape] = [
        {
            "destination": one.destination,
            "counts": dict(one.counts),
            "waiting_since": one.waiting_since,
            "reason": one.reason,
            "hint": one.hint,
        }
        for one in hub.store.outbox.health()
    ]
    return {"destinations": found}


@router.post("/notifications/retry", **needs("publish"))
def retry_all(hub: Hub, caller: Asked) -> Retried:
    """Try all that failed, or waits because of some trouble, again at once."""
    now = hub.engine.time.now()
    count = hub.store.outbox.retry(None, now)
    hub.store.people.note(caller.account, "retry notifications", "all", now, count=count)
    return {"retried": count}


@router.post("/notifications/{number}/retry", **needs("publish"))
def retry_one(hub: Hub, caller: Asked, number: Number, body: ToRetry) -> Retried:
    """Try one message again at once. 404 when there is none, or it is confirmed and not to be posted anew."""
    now = hub.engine.time.now()
    if not hub.store.outbox.retry(number, now, anew=body.anew):
        raise Unknown(f"message {number} is confirmed, or there is none", hint="GET /api/v1/notifications lists them")
    hub.store.people.note(caller.account, "retry notifications", str(number), now, anew=body.anew)
    return {"retried": 1}


@router.get("/audit", **needs("admin"))
def list_audit(hub: Hub, paging: Paging) -> Page[EntryShape]:
    """What people and programs did, newest first. It is only ever added to."""
    before = paging.after("audit")
    if before is not None and (not isinstance(before, int) or not 0 <= before <= 2**53):
        raise Invalid("this is no cursor of this list", place="cursor", hint=AGAIN)
    found = hub.store.people.audit(limit=paging.limit + 1, before=before)
    shown = found[: paging.limit]
    return paging.made("audit", [_entry(one) for one in shown], shown[-1].id if len(found) > len(shown) else None)


def _entry(one: AuditEntry) -> EntryShape:
    return cast(EntryShape, {**asdict(one), "details": dict(one.details)})
