"""What everything of a plan is called in Amplitude, and what it was called before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mappings.amplitude import limits
from mappings.amplitude.documents import EVENT, EVENT_PROPERTY, GROUP_PREFIX, USER_PREFIX, USER_PROPERTY
from mappings.canonical.identity import (
    Spelled,
    former_names,
    former_property_names,
    former_user_property_names,
)
from mappings.canonical.plan import Event, TrackingPlan
from mappings.canonical.text import spell_uniquely
from mappings.contract import Address, Documents, Finding, Path

TOOL = "amplitude"
_NAMED_APART: Mapping[Path, tuple[str, str]] = {
    ("events",): (EVENT, ""),
    ("user_properties",): (USER_PROPERTY, USER_PREFIX),
}
"""Where a spelling that was given to tell two things apart is kept: section → (kind, prefix) of its addresses."""


def prefixed(kind: str, prefix: str, name: str, *parents: str) -> Address:
    """The address of a user or group property, whose names Amplitude keeps under a prefix."""
    return Address(kind, (*parents, prefix + name))


def former_addresses(plan: TrackingPlan, event: str) -> list[Address]:
    """Where this event was before, newest first."""
    return [Address(EVENT, (name,)) for name in former_names(plan, event)]


class Names:
    """Amplitude's names for what is published, by canonical name; what cannot be published is reported.

    A plan that wants one name twice gets a distinct spelling for the later one, and findings on all that is
    concerned. Names of events and event properties are otherwise taken as they are; `gp:` and `grp:` are not part of
    the names of user and group properties here.
    """

    def __init__(self, plan: TrackingPlan, onto: Documents, findings: list[Finding]) -> None:
        self._plan = plan
        self._onto = onto
        self._findings = findings
        self.events = self._spell(self._publishable_events(), ("events",), event=True)
        self._properties: dict[str, Mapping[str, str]] = {}
        self.user_properties = self._spell(plan.user_properties, ("user_properties",), strip=USER_PREFIX)
        self.groups = self._spell(plan.groups, ("groups",))
        self._group_properties = {
            name: self._spell(plan.groups[name].properties, ("groups", name, "properties"), strip=GROUP_PREFIX)
            for name in self.groups
        }
        self._uses: Counter[str] | None = None

    def properties_of(self, event: str) -> Mapping[str, str]:
        """Settled when first asked for: what an event's properties are called depends on no other event."""
        found = self._properties.get(event)
        if found is None:
            path = ("events", event, "properties")
            found = self._properties[event] = self._spell(self._plan.events[event].properties, path)
        return found

    def properties_of_group(self, group: str) -> Mapping[str, str]:
        return self._group_properties[group]

    def _publishable_events(self) -> dict[str, Event]:
        events = {}
        for name, event in self._plan.events.items():
            if event.kind == "entity":
                self._findings.append(limits.ENTITY.at(("events", name)))
            else:
                events[name] = event
        return events

    def _taken(self, path: Path) -> dict[str, str]:
        """The spellings that things of the tool have already, by the canonical names they are about."""
        kind, prefix = _NAMED_APART.get(path, ("", ""))
        return {
            document.about[1]: document.address.names[-1].removeprefix(prefix)
            for document in self._onto.of_kind(kind)
            if len(document.about) == 2 and document.about[:1] == path
        }

    def _spell(
        self, things: Mapping[str, Spelled], path: Path, *, strip: str = "", event: bool = False
    ) -> dict[str, str]:
        plain = {name: thing.names.get(TOOL, name) for name, thing in things.items()}
        if strip:
            plain = {name: wanted.removeprefix(strip) or wanted for name, wanted in plain.items()}
        plain = self._admitted(plain, path, event)
        if len(set(plain.values())) == len(plain):
            spelled = plain
        else:
            own = {name: spelling for name, spelling in self._taken(path).items() if plain.get(name) == spelling}
            spelled = spell_uniquely(plain, plain.__getitem__, own)
            self._report_contested(plain, spelled, path)
        self._report_stripped(things, spelled, path)
        return spelled

    def _admitted(self, plain: dict[str, str], path: Path, event: bool) -> dict[str, str]:
        if not event and limits.UNADDRESSABLE_NAMES.isdisjoint(plain.values()):
            return plain
        refused = {name: limit for name, wanted in plain.items() if (limit := limits.name_limit(wanted, event=event))}
        for name, limit in refused.items():
            self._findings.append(limit.at((*path, name), plain[name]))
        return {name: wanted for name, wanted in plain.items() if name not in refused} if refused else plain

    def _report_contested(self, plain: Mapping[str, str], spelled: Mapping[str, str], path: Path) -> None:
        wanted = Counter(plain.values())
        for name in plain:
            if wanted[plain[name]] > 1:
                self._report_spelling(name, spelled[name], path)

    def _report_stripped(self, things: Mapping[str, Spelled], spelled: Mapping[str, str], path: Path) -> None:
        """Names that read back otherwise than the plan, or its `names`, has them."""
        for name, spelling in spelled.items():
            if spelling != name and things[name].names.get(TOOL) != spelling:
                self._report_spelling(name, spelling, path)

    def _report_spelling(self, name: str, spelling: str, path: Path) -> None:
        self._findings.append(limits.SPELLING.at((*path, name), spelling))
        self._findings.append(limits.SPELLING.at((*path, spelling), spelling))

    # Former names -----------------------------------------------------------------------------------------------

    def former_user_properties(self, name: str) -> list[Address]:
        """Where this user property was before, newest first."""
        return [
            prefixed(USER_PROPERTY, USER_PREFIX, former.removeprefix(USER_PREFIX))
            for former in former_user_property_names(self._plan, name)
        ]

    def former_property(self, event: str, name: str, address: Address, renamed: list[Address]) -> Address | None:
        """Where the tool still has this event's property: under the event's former name, or its own.

        A property is only renamed where this event alone uses it: Amplitude would rename it for all.
        """
        former = former_property_names(self._plan, event, name)
        if address in self._onto or not (renamed or former):
            return None
        events = (address.names[0], *(one.names[0] for one in renamed))
        for old in (address.names[1], *former):
            found = self._first_known(events, old)
            if found is not None and (old == address.names[1] or self._used_once(old)):
                return found
            if found is not None:
                self._findings.append(limits.MOVED.at(("events", event, "properties", name), old))
                return None
        return None

    def _first_known(self, events: tuple[str, ...], name: str) -> Address | None:
        candidates = (Address(EVENT_PROPERTY, (event, name)) for event in events)
        return next((one for one in candidates if one in self._onto), None)

    def _used_once(self, name: str) -> bool:
        if self._uses is None:
            self._uses = Counter(address.names[-1] for address in self._onto if address.kind == EVENT_PROPERTY)
        return self._uses[name] == 1


def spelling_of(names: Mapping[str, str], name: str) -> str:
    """Amplitude's name where the plan has the thing, else the name itself: a tombstone's."""
    return names.get(name, name)
