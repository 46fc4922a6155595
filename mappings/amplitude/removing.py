"""Tombstones of a plan as removals from Amplitude: hide what has data, delete what never had any.

Deleting a live event or property makes Amplitude stop ingesting it (apis/amplitude.md section 5.4), so hiding comes
first wherever there may be data.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.amplitude import limits
from mappings.amplitude.documents import EVENT, EVENT_PROPERTY, HIDDEN_FLAGS, USER_PREFIX, USER_PROPERTY
from mappings.amplitude.names import Names, prefixed, spelling_of
from mappings.canonical.plan import Removed, TrackingPlan
from mappings.contract import Address, Document, Documents, Finding, Path, Removal


def removals_of(plan: TrackingPlan, onto: Documents, names: Names, findings: list[Finding]) -> Iterator[Removal]:
    """One removal per tombstone whose thing the plan does not list again."""
    for tombstone in plan.removed:
        if tombstone.event is None:
            removal = _user_property(plan, onto, tombstone, findings)
        elif tombstone.property is None:
            removal = _event(plan, onto, tombstone, findings)
        else:
            removal = _event_property(plan, onto, names, tombstone)
        if removal is not None:
            yield removal


def _event(plan: TrackingPlan, onto: Documents, tombstone: Removed, findings: list[Finding]) -> Removal | None:
    name = tombstone.event or ""
    if name in plan.events:
        return None
    about = ("events", name)
    if limits.belongs_to_amplitude(name):
        findings.append(limits.REMOVED_OWN.at(about, name))
        return None
    return _removal(Address(EVENT, (name,)), onto, tombstone, about, HIDDEN_FLAGS)


def _event_property(plan: TrackingPlan, onto: Documents, names: Names, tombstone: Removed) -> Removal | None:
    event, name = tombstone.event or "", tombstone.property or ""
    if event in plan.events and name in plan.events[event].properties:
        return None
    address = Address(EVENT_PROPERTY, (spelling_of(names.events, event), name))
    return _removal(address, onto, tombstone, ("events", event, "properties", name), ("is_hidden",))


def _user_property(plan: TrackingPlan, onto: Documents, tombstone: Removed, findings: list[Finding]) -> Removal | None:
    """Whether a user property was ingested is not told, so the harmless way is taken."""
    name = tombstone.property or ""
    if not name or name in plan.user_properties:
        return None
    address = prefixed(USER_PROPERTY, USER_PREFIX, name.removeprefix(USER_PREFIX))
    about = ("user_properties", name)
    held = onto.get(address)
    if held is not None:
        findings.append(limits.REMOVED_HIDDEN.at(about, name))
    hidden = None if held is None else _hidden(held, about, ("is_hidden",))
    return Removal(address, tombstone.reason, about, hidden)


def _removal(address: Address, onto: Documents, tombstone: Removed, about: Path, flags: tuple[str, ...]) -> Removal:
    held = onto.get(address)
    ingested = held is not None and held.facts.get("ingested") is True
    hidden = _hidden(held, about, flags) if held is not None and ingested else None
    return Removal(address, tombstone.reason, about, hidden)


def _hidden(held: Document, about: Path, flags: tuple[str, ...]) -> Document:
    body = {**held.body, **dict.fromkeys(flags, True)}
    return Document(held.address, body, about=about, facts=held.facts)
