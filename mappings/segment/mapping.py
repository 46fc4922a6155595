"""Between the canonical plan and the rules of a Segment tracking plan, both ways."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from mappings.canonical.identity import Spelled, former_names, tool_name
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import Event, GroupType, TrackingPlan
from mappings.canonical.text import spell_uniquely
from mappings.contract import Address, Document, Documents, Finding, Path, Projection, Reading, Removal
from mappings.part import Part
from mappings.segment.documents import (
    FIRST_VERSION,
    RULE,
    Spot,
    is_rule,
    newest_rules,
    normal_body,
    rule_address,
    spot_of,
)
from mappings.segment.limits import event_findings, finding, members_findings, plan_findings
from mappings.segment.rules import (
    as_event,
    compose,
    group_name,
    joined,
    lay_onto,
    lost_in,
    means_the_same,
    members_of,
    read_section,
    respell,
    rest_of,
    section_of,
    write_section,
)
from mappings.segment.table import (
    CONSENT_KEY,
    EVENT_KINDS,
    GROUP_NAME,
    RULE_TYPES,
    foreign_labels,
    is_spoken_for,
    read_labels,
    write_labels,
)

TOOL = "segment"


class SegmentMapping:
    """Events are TRACK, PAGE and SCREEN rules, user properties the IDENTIFY rule, one group type the GROUP rule."""

    tool: ClassVar[str] = TOOL
    waves: ClassVar[tuple[str, ...]] = (RULE,)
    event_at: ClassVar[int] = 1

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        return _Writer(plan, onto).projection(plan.events)

    def part_to_tool(self, plan: TrackingPlan, onto: Documents, part: Part) -> Projection:
        writer = _Writer(plan, onto)
        events = {name: one for name, one in plan.events.items() if part.has(name, writer.keys.get(name, name))}
        return replace(writer.projection(events), findings=())

    def from_tool(self, documents: Documents) -> Reading:
        return _Reader(documents).reading()


# Writing -----------------------------------------------------------------------------------------------------


class _Writer:
    def __init__(self, plan: TrackingPlan, onto: Documents) -> None:
        self.plan = plan
        self.newest, self.older = newest_rules(onto.values())
        self.findings: list[Finding] = list(plan_findings(plan))
        self.gone = _gone(plan)
        keys = {key for kind, key in self.newest if kind in EVENT_KINDS}
        self.keys = self.spelled(plan.events, keys, ("events",))
        self.in_use = {
            (RULE_TYPES[event.kind], self.keys.get(name, name))
            for name, event in plan.events.items()
            if event.kind in RULE_TYPES
        }
        self.renamed = {move.to_name for move in plan.moved if move.scope == "event" and move.event is None}

    def projection(self, events: Mapping[str, Event]) -> Projection:
        """With these of the plan's events."""
        documents = [one for name, event in events.items() if (one := self.event(name, event))]
        documents += [one for one in (self.users(), self.group()) if one]
        removals = tuple(self.removals())
        return Projection(Documents(documents), tuple(self.findings), removals)

    def note(self, what: str, path: Path, **words: str) -> None:
        self.findings.append(finding(what, path, **words))

    def spelled(self, things: Mapping[str, Spelled], held: Collection[str], path: Path) -> dict[str, str]:
        """The tool's name of each thing that has one of its own; empty when all keep the plan's names."""
        own = [name for name, thing in things.items() if TOOL in thing.names]
        if not own:
            return {}

        def spell(name: str) -> str:
            return tool_name(name, things[name], TOOL)

        aside = {name: spell_uniquely([name], spell, {"": spell(name)})[name] for name in own}
        spelled = spell_uniquely(things, spell, {name: other for name, other in aside.items() if other in held})
        for name, other in spelled.items():
            if other != spell(name):
                self.note("name", (*path, name), spelled=other)
                self.note("name", (*path, other), spelled=other)
        return spelled

    # Events

    def event(self, name: str, event: Event) -> Document | None:
        path, key, kind = ("events", name), self.keys.get(name, name), RULE_TYPES.get(event.kind)
        if kind is None or (kind, key) == ("TRACK", CONSENT_KEY):
            self.note("entity" if kind is None else "consent", path)
            return None
        self._note_other_rules((kind, key), path)
        held = self.newest.get((kind, key))
        formerly = None if held else self.former_address(name, kind, key)
        before = held or (self.newest.get(spot_of(formerly)) if formerly else None)
        body = self.event_body(kind, event, before, path)
        version = before.address.names[2] if before else FIRST_VERSION
        return Document(rule_address(kind, key, version), body, about=path, formerly=formerly)

    def former_address(self, name: str, kind: str, key: str) -> Address | None:
        """The rule to rename: the newest former name that the tool still has, else the newest former name."""
        if name not in self.renamed:
            return None
        former = [(kind, old) for old in former_names(self.plan, name) if (kind, old) not in self.in_use]
        held = [self.newest[spot].address for spot in former if spot in self.newest]
        return next(iter(held), rule_address(*former[0]) if former else None)

    def _note_other_rules(self, spot: Spot, path: Path) -> None:
        kind, key = spot
        if older := self.older.get(spot):
            self.note("versions", path, words=_versions(older))
        for other in EVENT_KINDS:
            if other != kind and (other, key) in self.newest and (other, key) not in self.in_use:
                self.note("kind", (*path, "kind"), held=other)
        if path[1] in self.renamed and spot in self.newest:
            for old in former_names(self.plan, path[1]):
                if (kind, old) in self.newest and (kind, old) not in self.in_use:
                    self.note("moved", path, held=old)

    def event_body(self, kind: str, event: Event, before: Document | None, path: Path) -> Mapping[str, JSON]:
        held: Mapping[str, JSON] = before.body if before else {}
        kept = _mapping(event.extensions.get(TOOL))
        theirs = _mapping(held.get("labels"))
        foreign = {**foreign_labels(kept.get("labels")), **foreign_labels(theirs)}
        labels = write_labels(event, foreign)
        if event.hidden is None and is_spoken_for("hidden", theirs.get("hidden")):
            labels["hidden"] = theirs["hidden"]
        self.findings += event_findings(event, foreign, path)
        texts = {"description": event.description, "labels": labels}
        rest = joined(rest_of(kind, normal_body(kept.get("schema"))), rest_of(kind, held))
        section = self.section(event, section_of(kind, held), path)
        return _settled(kind, compose(kind, _said(texts), section, rest), before)

    def section(self, event: Event, held: JSON, path: Path) -> dict[str, JSON]:
        """The section of an event (or of traits, as an event) onto what the tool holds, with its findings."""
        section = write_section(event)
        for lost in lost_in(event, section):
            self.note("noise", (*path, *_traits_path(path, lost)))
        self.findings += members_findings(members_of(section), _members_path(path))
        if path[0] != "groups":
            section = respell(section, self.spelled(event.properties, members_of(held), _members_path(path)))
        if not held or not isinstance(held, Mapping):
            return section
        section, left = lay_onto(section, held, self.gone.get(path, frozenset()))
        for name in left:
            self.note("unlisted", (*_members_path(path), name))
        return section

    # Traits

    def users(self) -> Document | None:
        path, held = ("user_properties",), self.newest.get(("IDENTIFY", ""))
        gone = self.gone.get(path, frozenset())
        if not self.plan.user_properties and not (held and gone & members_of(section_of("IDENTIFY", held.body)).keys()):
            return None
        return self.traits("IDENTIFY", as_event(self.plan.user_properties), {}, path)

    def group(self) -> Document | None:
        groups = {tool_name(name, group, TOOL): name for name, group in sorted(self.plan.groups.items())}
        if not groups:
            return None
        held = self.newest.get(("GROUP", ""))
        described = held.body.get(GROUP_NAME) if held else None
        chosen = described if isinstance(described, str) and described else next(iter(groups))
        for name in self.plan.groups:
            if name != groups.get(chosen):
                self.note("groups", ("groups", name), held=chosen)
        if chosen not in groups:
            return None
        group: GroupType = self.plan.groups[groups[chosen]]
        own = {"description": group.description, GROUP_NAME: chosen}
        return self.traits("GROUP", as_event(group.properties), own, ("groups", groups[chosen]))

    def traits(self, kind: str, members: Event, own: Mapping[str, JSON], path: Path) -> Document:
        """The one rule of its type; its section keeps what the tool says there beside the properties."""
        held = self.newest.get((kind, ""))
        before: Mapping[str, JSON] = held.body if held else {}
        theirs = _mapping(section_of(kind, before))
        beside = {keyword: value for keyword, value in theirs.items() if keyword not in ("properties", "required")}
        section = {**beside, **self.section(members, theirs, path)}
        if older := self.older.get((kind, "")):
            self.note("versions", path, words=_versions(older))
        body = _settled(kind, compose(kind, _said(own), section, rest_of(kind, before)), held)
        return Document(held.address if held else rule_address(kind, ""), body, about=path)

    # Removals

    def removals(self) -> Iterable[Removal]:
        whole = {one.event for one in self.plan.removed if one.event and not one.property}
        for one in self.plan.removed:
            if one.event is None or one.event in self.plan.events:
                continue
            path = ("events", one.event)
            if one.property is not None:
                if one.event not in whole:
                    words = "the event of this property is not in the plan"
                    self.note("removed", (*path, "properties", one.property), words=words)
            elif one.event == CONSENT_KEY:
                self.note("removed", path, words="Consent Management owns this event")
            else:
                yield from (Removal(address, one.reason, path) for address in self.addresses_of(one.event))

    def addresses_of(self, key: str) -> list[Address]:
        """Every version of every rule of this name that is not another event of the plan; the likeliest if none."""
        spots = [(kind, key) for kind in EVENT_KINDS if (kind, key) not in self.in_use]
        held = [rule for spot in spots for rule in (*self.older.get(spot, ()), self.newest.get(spot)) if rule]
        return [rule.address for rule in held] or [rule_address(*spot) for spot in spots[:1]]


def _gone(plan: TrackingPlan) -> dict[Path, frozenset[str]]:
    """The names that a rule must not keep: removed by a tombstone or renamed away; by the path of their owner."""
    gone: dict[Path, set[str]] = {}
    for one in plan.removed:
        if one.property is not None:
            gone.setdefault(("events", one.event) if one.event else ("user_properties",), set()).add(one.property)
    owners: Mapping[str, str] = {"event": "events", "group": "groups"}
    for move in plan.moved:
        owner = move.event or move.group
        if move.scope == "user":
            gone.setdefault(("user_properties",), set()).add(move.from_name)
        elif owner is not None:
            gone.setdefault((owners[move.scope], owner), set()).add(move.from_name)
    return {path: frozenset(names) for path, names in gone.items()}


def _settled(kind: str, body: dict[str, JSON], before: Document | None) -> Mapping[str, JSON]:
    """What the tool holds, where that says the same in other words."""
    if before is None or body == before.body or not means_the_same(kind, body, before.body):
        return body
    return before.body


def _said(texts: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: value for name, value in texts.items() if value}


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


def _members_path(path: Path) -> Path:
    return path if path == ("user_properties",) else (*path, "properties")


def _traits_path(path: Path, below: Path) -> Path:
    """User properties stand directly in their section of a plan, not under "properties"."""
    return below[1:] if path == ("user_properties",) else below


def _versions(rules: Iterable[Document]) -> str:
    return ", ".join(rule.address.names[2] for rule in rules)


# Reading -----------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.newest, self.older = newest_rules(documents.values())
        self.findings: list[Finding] = []
        self.events: dict[str, JSON] = {}
        self.users: dict[str, JSON] = {}
        self.groups: dict[str, JSON] = {}

    def reading(self) -> Reading:
        for document in self.documents.values():
            if not is_rule(document.address):
                self.note("unreadable", document.about, words=f"{document.address} is no address of a rule")
        for spot, document in sorted(self.newest.items(), key=lambda item: item[0][0] != "TRACK"):
            self._read(spot, document)
        return Reading(self._plan(), tuple(self.findings))

    def note(self, what: str, path: Path, **words: str) -> None:
        self.findings.append(finding(what, path, **words))

    def report(self, path: Path, code: str, message: str) -> None:
        self.note("schema", path, words=f"{message[:1].upper()}{message[1:]}.")

    def _read(self, spot: Spot, document: Document) -> None:
        kind, key = spot
        readers = {"IDENTIFY": self.read_users, "GROUP": self.read_group}
        read = readers.get(kind, self.read_event if kind in EVENT_KINDS else self.read_other)
        if "jsonSchema" in document.facts:
            self.note("schema", document.about, words="The schema of this rule is no object.")
        try:
            read(kind, key, document)
        except RecursionError:
            self.note("unreadable", document.about, words="its schema is nested too deeply")

    def read_other(self, kind: str, key: str, document: Document) -> None:
        if kind == "COMMON":
            self.note("common", document.about)
        else:
            self.note("unreadable", document.about, words=f"the type {kind!r} is unknown")

    def read_event(self, kind: str, key: str, document: Document) -> None:
        path = ("events", key)
        if (kind, key) == ("TRACK", CONSENT_KEY):
            self.note("vendor", path)
        elif not key:
            self.note("unreadable", ("events",), words=f"a {kind} rule without a name is no event")
        elif key in self.events:
            self.note("duplicate", path, held=kind)
        else:
            self.events[key] = self.event_data(kind, document.body, path)
            self._note_older((kind, key), path)

    def event_data(self, kind: str, body: Mapping[str, JSON], path: Path) -> dict[str, JSON]:
        data = read_section(section_of(kind, body), self.report, path)
        labels, description = _mapping(body.get("labels")), body.get("description")
        data.update(read_labels(labels), kind=EVENT_KINDS[kind])
        if isinstance(description, str):
            data["description"] = description
        kept = _said({"labels": foreign_labels(labels), "schema": rest_of(kind, body)})
        if kept:
            data["extensions"] = {TOOL: kept}
        return data

    def read_users(self, kind: str, key: str, document: Document) -> None:
        self.users = self.traits(kind, document, ("user_properties",))

    def read_group(self, kind: str, key: str, document: Document) -> None:
        name, text = group_name(document.body), document.body.get("description")
        description = {"description": text} if isinstance(text, str) else {}
        self.groups[name] = {**description, "properties": self.traits(kind, document, ("groups", name))}

    def traits(self, kind: str, document: Document, path: Path) -> dict[str, JSON]:
        def report(below: Path, code: str, message: str) -> None:
            self.report((*path, *_traits_path(path, below)), code, message)

        data = read_section(section_of(kind, document.body), report)
        self._note_older((kind, ""), path)
        if rest_of(kind, document.body) or data.keys() - {"properties"}:
            self.note("extra", path)
        members: dict[str, JSON] = data.get("properties", {})
        if "" in members:
            self.note("schema", path, words="A trait has no name.")
        return {name: member for name, member in members.items() if name}

    def _note_older(self, spot: Spot, path: Path) -> None:
        if older := self.older.get(spot):
            self.note("versions", path, words=_versions(older))

    def _plan(self) -> TrackingPlan:
        """The plan of all that was read; when that is no valid plan, of each thing that is valid by itself."""
        sections = {"events": self.events, "user_properties": self.users, "groups": self.groups}
        try:
            return TrackingPlan.model_validate({"name": "Segment", **sections})
        except ValueError:
            valid = {name: self._valid(name, things) for name, things in sections.items()}
            return TrackingPlan.model_validate({"name": "Segment", **valid})

    def _valid(self, section: str, things: Mapping[str, JSON]) -> dict[str, JSON]:
        valid = {}
        for name, thing in things.items():
            try:
                TrackingPlan.model_validate({"name": "Segment", section: {name: thing}})
                valid[name] = thing
            except ValueError:
                self.note("schema", (section, name), words="This holds a value that no plan can hold.")
        return valid
