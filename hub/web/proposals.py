"""Proposals as pages show them: which of them, and the three values with the words that differ marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from hub.app import App
from hub.changes.merge import ABSENT, Value
from hub.changes.wording import Piece, marked, spelled
from hub.engine.ports import StoredProposal
from hub.errors import Refusal
from hub.store.snoozes import Snooze
from hub.verbs.deciding_together import matching
from hub.web.catalogue import Catalogue

Listed = Literal["open", "snoozed", "accepted", "edited", "rejected", "different", "withdrawn", "all"]
LISTED: tuple[Listed, ...] = get_args(Listed)
"""`open` are those that nobody put off, `snoozed` the open ones that somebody did; else the state."""
CONFLICTS = {"": None, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of proposals is narrowed to; "" for anything."""

    state: Listed = "open"
    plan: str = ""
    target: str = ""
    field: str = ""
    conflict: Literal["", "yes", "no"] = ""
    owner: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As an address says it."""
        words = {"plan": self.plan, "target": self.target, "field": self.field, "conflict": self.conflict}
        return {"state": "" if self.state == "open" else self.state, **words, "owner": self.owner}

    @property
    def can_be_decided(self) -> bool:
        return self.state in ("open", "snoozed")


@dataclass(frozen=True, slots=True)
class Card:
    """One proposal. The values are pieces, None where a side has none; marked is what differs from what was last
    published, or from the plan where nothing was."""

    stored: StoredProposal
    base: tuple[Piece, ...] | None
    ours: tuple[Piece, ...] | None
    theirs: tuple[Piece, ...] | None
    asleep: Snooze | None


@dataclass(frozen=True, slots=True)
class Found:
    """The proposals of one filter, newest first, and what else could be filtered by."""

    matching: list[StoredProposal]
    choices: Mapping[str, list[str]]


def card(stored: StoredProposal, asleep: Mapping[int, Snooze]) -> Card:
    """What a page shows of one proposal."""
    one = stored.proposal
    base, ours = _plain(one.base), _against(one.base, one.ours)
    theirs = _against(one.ours if one.base is ABSENT else one.base, one.value)
    return Card(stored, base, ours, theirs, asleep.get(stored.id) if stored.state == "open" else None)


def _plain(value: Value) -> tuple[Piece, ...] | None:
    return None if value is ABSENT or value is None else (Piece("same", spelled(value)),)


def _against(before: Value, after: Value) -> tuple[Piece, ...] | None:
    if after is ABSENT or after is None:
        return None
    return (Piece("new", spelled(after)),) if before is ABSENT or before is None else marked(before, after)


def find(hub: App, plans: Catalogue, wanted: Filter) -> Found:
    """Those that fit, and the plans, targets, fields and owners of all in that state."""
    listed = _listed(hub, wanted.state)
    owners = owners_of(plans)
    choices = {
        "plan": _sorted(one.plan for one in listed),
        "target": _sorted(name for one in listed for name, _ in one.proposal.shown),
        "field": _sorted(one.proposal.field for one in listed),
        "owner": _sorted(owner for one in listed for owner in owners(one)),
    }
    return Found(
        matching(
            listed,
            plan=wanted.plan,
            target=wanted.target,
            field=wanted.field,
            conflict=CONFLICTS[wanted.conflict],
            owner=wanted.owner,
            owners=owners,
        )[::-1],
        choices,
    )


def _listed(hub: App, state: Listed) -> list[StoredProposal]:
    """Oldest first."""
    if state == "all":
        return hub.store.decisions.of_plan(None)
    if state != "open" and state != "snoozed":
        return hub.store.decisions.of_plan(None, state)
    asleep = hub.store.snoozes.asleep(hub.engine.time.now())
    return [one for one in hub.store.decisions.of_plan(None, "open") if (one.id in asleep) == (state == "snoozed")]


def _sorted(words: Iterable[str]) -> list[str]:
    return sorted(set(words))


def owners_of(plans: Catalogue) -> Callable[[StoredProposal], Sequence[str]]:
    """Looks up whose event a proposal is about; nobody's where the plan cannot be read or has no such event."""
    known: dict[str, Mapping[str, Sequence[str]]] = {}

    def owners(stored: StoredProposal) -> Sequence[str]:
        if stored.plan not in known:
            known[stored.plan] = _event_owners(plans, stored.plan)
        path = stored.proposal.path
        return known[stored.plan].get(path[1], ()) if path[0] == "events" and len(path) > 1 else ()

    return owners


def _event_owners(plans: Catalogue, plan: str) -> Mapping[str, Sequence[str]]:
    try:
        return {name: event.owners for name, event in plans.get(plan).plan.events.items()}
    except Refusal:
        return {}
