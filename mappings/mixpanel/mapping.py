"""Between the canonical plan and Lexicon documents: one document for each event, one for all user properties."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from mappings.canonical.identity import (
    former_names,
    former_property_names,
    former_user_property_names,
    tool_name,
)
from mappings.canonical.kinds import JSON, KINDS, Property
from mappings.canonical.plan import Event, TrackingPlan
from mappings.canonical.text import short_hash, spell_uniquely
from mappings.contract import Address, Document, Documents, Finding, Path, Projection, Reading, Removal
from mappings.mixpanel import limits, table
from mappings.mixpanel.documents import (
    EVENT,
    PLACEHOLDER_TYPE,
    PROFILE,
    PROFILE_ADDRESS,
    event_address,
    kinds_of,
    mapping_or_empty,
)
from mappings.mixpanel.table import TOOL, Loss
from mappings.part import Part

USERS: Path = ("user_properties",)
LOST_OF_EVENT = frozenset(table.EVENT_LOSSES)
LOST_OF_PROPERTY = frozenset(table.PROPERTY_LOSSES)


class MixpanelMapping:
    """Mixpanel Lexicon. Bodies are in the normal form of `mappings.mixpanel.documents`.

    What the plan does not list stays: other events, other properties of a listed event, hidden and blocked marks
    (unless the plan states `hidden`), and keys that are not documented. A property that the plan removes or renames
    is hidden inside its schema, because leaving it out of an upload may or may not delete it (apis/mixpanel.md
    section 9, item 1).
    """

    tool: ClassVar[str] = TOOL
    waves: ClassVar[tuple[str, ...]] = (EVENT, PROFILE)
    event_at: ClassVar[int] = 0

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        return _Writing(plan, onto).projection()

    def part_to_tool(self, plan: TrackingPlan, onto: Documents, part: Part) -> Projection:
        return replace(_Writing(plan, onto).projection(part), findings=())

    def from_tool(self, documents: Documents) -> Reading:
        return _Reading().reading(documents)


def status_of(tags: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The lifecycle status that a set of tags says, and the tags that are left."""
    status = next((word for word in table.STATUS_TAGS if word in tags), "active")
    return status, tuple(sorted(tag for tag in tags if tag != status))


# Plan to documents --------------------------------------------------------------------------------------------


class _Writing:
    def __init__(self, plan: TrackingPlan, onto: Documents) -> None:
        self.plan = plan
        self.onto = onto
        self.findings: list[Finding] = []
        self.documents: list[Document] = []
        self.removals: list[Removal] = []
        self.tombstones: dict[str | None, list[str]] = {}
        for gone in plan.removed:
            if gone.property is not None:
                self.tombstones.setdefault(gone.event, []).append(gone.property)
        self.moved_within = {
            None if move.scope == "user" else move.event
            for move in plan.moved
            if move.scope == "user" or (move.scope == "event" and move.event is not None)
        }
        """The events whose properties were renamed; None for user properties."""

    def projection(self, part: Part | None = None) -> Projection:
        """Of all events, or of a part of them."""
        held = {address.names[0] for address in self.onto if address.kind == EVENT}
        self.names = self._spelled(self.plan.events, held, ("events",))
        self.live = frozenset(self.names.values())
        for name in sorted(self.plan.events):
            if part is None or part.has(name, self.names[name]):
                self._event(name, self.plan.events[name])
        self._users()
        for name in sorted(self.plan.groups):
            self._report(limits.NO_GROUPS, ("groups", name))
        self._remove_tombstones()
        self._remove_former_events()
        return Projection(Documents(self.documents), tuple(self.findings), tuple(self.removals))

    def _report(self, loss: Loss, path: Path, **values: object) -> None:
        self.findings.append(loss.at(path, **values))

    def _spelled(
        self, things: Mapping[str, Event] | Mapping[str, Property], held: Collection[str], path: Path
    ) -> dict[str, str]:
        """The Lexicon's name of each thing; a spelling that was given to tell two apart is kept."""
        wanted = {name: thing.names.get(TOOL, name) for name, thing in things.items()}
        renamed = {name: told for name, told in wanted.items() if told != name}
        if not renamed:
            return wanted
        given = {name: f"{told or 'name'}_{short_hash(name)}" for name, told in renamed.items()}
        taken = {name: spelling for name, spelling in given.items() if spelling in held}
        spelled = spell_uniquely(wanted, wanted.__getitem__, taken)
        for name, spelling in spelled.items():
            if spelling != wanted[name]:
                rivals = {other for other, told in wanted.items() if told == wanted[name]}
                for other in sorted(rivals | {spelling}):
                    self._report(table.COLLISION, (*path, other), wanted=wanted[name], name=name, spelling=spelling)
        return spelled

    # Entities

    def _event(self, name: str, event: Event) -> None:
        path: Path = ("events", name)
        told = self.names[name]
        if refusal := limits.event_refusal(told, event):
            self._report(refusal, path, name=told)
            return
        held = self._held(event_address(told))
        body = {key: value for key, value in held.items() if key not in table.OWNED_BY_PLAN}
        for field in sorted(event.model_fields_set & LOST_OF_EVENT):
            if getattr(event, field) != table.EVENT_DEFAULTS[field]:
                self._report(table.EVENT_LOSSES[field], (*path, field))
        self._texts(body, event, path)
        self._tags(body, event, path)
        self._owners(body, event, held, path)
        self._visibility(body, event.hidden, path)
        if event.additional_properties is False:
            body["additionalProperties"] = False
        elif event.additional_properties:
            self._report(table.STRICTNESS, (*path, "additional_properties"))
        self._properties(body, event.properties, held, (*path, "properties"), name)
        self._add(event_address(told), body, path)

    def _users(self) -> None:
        properties = self.plan.user_properties
        held = self._held(PROFILE_ADDRESS)
        body = {key: value for key, value in held.items() if key not in ("properties", "required")}
        self._properties(body, properties, held, USERS, None)
        wanted = properties or None in self.tombstones
        if (wanted and body) or (wanted and PROFILE_ADDRESS in self.onto):
            self._add(PROFILE_ADDRESS, body, USERS)

    def _held(self, address: Address) -> Mapping[str, JSON]:
        return self.onto[address].body if address in self.onto else {}

    def _add(self, address: Address, body: dict[str, JSON], about: Path) -> None:
        count = len(body.get("properties", ()))
        if count > limits.MOST_PROPERTIES:
            self._report(limits.TOO_MANY, about, count=count)
            return
        self.documents.append(Document(address, self._typed(address, body, about), about=about))

    def _typed(self, address: Address, body: dict[str, JSON], about: Path) -> dict[str, JSON]:
        """The body with a type for each property, unless nothing of it changes: only an upload asks for one."""
        properties = mapping_or_empty(body.get("properties"))
        untyped = [name for name, prop in properties.items() if "type" not in prop]
        if not untyped or body == self._held(address):
            return body
        self._report(table.UNTYPED, about, names=", ".join(sorted(untyped)))
        typed = {name: {**properties[name], "type": PLACEHOLDER_TYPE} for name in untyped}
        return {**body, "properties": {**properties, **typed}}

    # Fields

    def _texts(self, body: dict[str, JSON], thing: Event | Property, path: Path) -> None:
        if thing.description:
            body["description"] = thing.description
        if thing.display_name:
            body["displayName"] = thing.display_name
        elif thing.display_name is not None:
            self._report(table.EMPTY_NAME, (*path, "display_name"))

    def _tags(self, body: dict[str, JSON], event: Event, path: Path) -> None:
        tags = set(event.tags)
        if event.status != "active":
            tags.add(event.status)
            self._report(table.STATUS_AS_TAG, (*path, "status"), status=event.status)
        if tags:
            body["tags"] = sorted(tags)
        if status_of(tags) != (event.status, event.tags):
            for field in ("status", "tags"):
                self._report(table.STATUS_CLASH, (*path, field))

    def _owners(self, body: dict[str, JSON], event: Event, held: Mapping[str, JSON], path: Path) -> None:
        """Who stands in one of the two lists already stays there; others go where they look like belonging."""
        people, teams = _words(held.get("contacts")), _words(held.get("teamContacts"))
        placed = {*people, *teams}
        mails = {owner for owner in event.owners if owner not in placed and table.E_MAIL.fullmatch(owner)}
        names = {owner for owner in event.owners if owner not in placed} - mails
        for key, before, new in (("contacts", people, mails), ("teamContacts", teams, names)):
            if owners := [owner for owner in event.owners if owner in before or owner in new]:
                body[key] = owners
        if "teamContacts" in body:
            self._report(table.TEAM, (*path, "owners"))

    def _visibility(self, body: dict[str, JSON], hidden: bool | None, path: Path) -> None:
        if hidden:
            body["hidden"] = True
        elif hidden is not None:
            body.pop("hidden", None)
            self._report(table.VISIBLE, (*path, "hidden"))

    # Properties

    def _properties(
        self,
        body: dict[str, JSON],
        properties: Mapping[str, Property],
        held: Mapping[str, JSON],
        path: Path,
        event: str | None,
    ) -> None:
        old = mapping_or_empty(held.get("properties"))
        names = self._spelled(properties, old, path)
        listed: dict[str, JSON] = {}
        required: set[str] = set()
        for name, prop in properties.items():
            told = names[name]
            if refusal := limits.property_refusal(told):
                self._report(refusal, (*path, name))
                continue
            listed[told] = self._property(prop, old.get(told), (*path, name))
            if prop.required:
                required.add(told)
        retired = self._retired(event, properties, path, old)
        required |= {name for name in _words(held.get("required")) if name not in listed and name not in retired}
        for name in old.keys() - listed.keys():
            listed[name] = {**old[name], "hidden": True} if name in retired else old[name]
        if listed:
            body["properties"] = listed
        if required:
            body["required"] = sorted(required)

    def _property(self, prop: Property, held: Mapping[str, JSON] | None, path: Path) -> dict[str, JSON]:
        body = {key: held[key] for key in held if key not in table.PROPERTY_OWNED_BY_PLAN} if held else {}
        if (type_ := self._type(prop, held, path)) is not None:
            body["type"] = type_
        self._texts(body, prop, path)
        if prop.hidden is not None:
            self._visibility(body, prop.hidden, path)
        if not LOST_OF_PROPERTY.isdisjoint(prop.model_fields_set):
            for field in sorted(LOST_OF_PROPERTY & prop.model_fields_set):
                if getattr(prop, field) != table.PROPERTY_DEFAULTS[field]:
                    self._report(table.PROPERTY_LOSSES[field], (*path, field))
        return body

    def _type(self, prop: Property, held: Mapping[str, JSON] | None, path: Path) -> JSON:
        """The type to upload; what the Lexicon holds stays where it means the same, no type at all included."""
        if held is not None and kinds_of(held.get("type")) == prop.type:
            return held.get("type")
        if len(prop.type) == 1:
            return prop.type[0]
        if not prop.type:
            self._report(table.ANY, (*path, "type"))
            return PLACEHOLDER_TYPE
        solid = prop.solid_kinds
        if len(solid) > 1:
            self._report(table.UNION, (*path, "type"), kind=solid[0])
        if len(solid) < len(prop.type):
            self._report(table.NULLABLE, (*path, "type"))
        return solid[0]

    def _retired(
        self, event: str | None, properties: Mapping[str, Property], path: Path, old: Mapping[str, JSON]
    ) -> set[str]:
        """The removed and former names among a schema's properties; says what becomes of them while it is news."""
        if event not in self.tombstones and event not in self.moved_within:
            return set()
        live = {tool_name(name, prop, TOOL) for name, prop in properties.items()}
        shown = {name for name, prop in old.items() if not mapping_or_empty(prop).get("hidden")}
        removed = {name for name in self.tombstones.get(event, ()) if name not in live}
        for name in sorted(removed & shown):
            self._report(table.REMOVED_PROPERTY, (*path, name))
        former = {}
        if event in self.moved_within:
            former = {old: new for new in properties for old in self._formers(event, new) if old not in live}
        for before, now in former.items():
            if before in shown or tool_name(now, properties[now], TOOL) not in old:
                self._report(table.MOVED_PROPERTY, (*path, now), old=before, new=now)
        return removed | former.keys()

    def _formers(self, event: str | None, name: str) -> tuple[str, ...]:
        if event is None:
            return former_user_property_names(self.plan, name)
        return former_property_names(self.plan, event, name)

    # Removals

    def _remove_tombstones(self) -> None:
        for gone in self.plan.removed:
            if gone.event is None:
                continue
            if gone.property is None:
                self._remove(gone.event, gone.reason, ("events", gone.event))
            elif gone.event not in self.plan.events:
                self._report(table.REMOVED_ELSEWHERE, ("events", gone.event, "properties", gone.property))

    def _remove_former_events(self) -> None:
        """A rename is a new event and a hidden old one (apis/mixpanel.md section 6)."""
        for old, new in self._renamed_events():
            former, now = self.onto.get(event_address(old)), event_address(self.names[new])
            if (former and not former.body.get("hidden")) or now not in self.onto:
                self._report(table.MOVED_EVENT, ("events", new), old=old, new=new)
            if former:
                self._remove(old, f"renamed to {new}", ("events", new))

    def _renamed_events(self) -> Iterator[tuple[str, str]]:
        targets = {move.to_name for move in self.plan.moved if move.scope == "event" and move.event is None}
        for new in sorted(targets & self.plan.events.keys()):
            yield from ((old, new) for old in former_names(self.plan, new) if old not in self.live)

    def _remove(self, name: str, reason: str, about: Path) -> None:
        address = event_address(name)
        if name in self.live:
            return
        if limits.is_vendor_event(name):
            self._report(table.REMOVED_VENDOR, about, name=name)
            return
        body = self._typed(address, {**self._held(address), "hidden": True}, about)
        self.removals.append(Removal(address, reason, about, Document(address, body, about=about)))


def _words(value: JSON) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


# Documents to plan --------------------------------------------------------------------------------------------


class _Reading:
    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.sections: dict[str, dict[str, JSON]] = {"events": {}, "user_properties": {}}

    def reading(self, documents: Documents) -> Reading:
        for address, document in documents.items():
            body = mapping_or_empty(document.body)
            if address == PROFILE_ADDRESS:
                self._users(body)
            elif address.kind == EVENT and len(address.names) == 1 and address.names[0]:
                self._event(address.names[0], body)
            else:
                self._report(table.ALIEN, document.about, address=str(address))
        plan = TrackingPlan.model_validate({"name": TOOL, **self.sections})
        return Reading(plan.model_copy(update={"name": ""}), tuple(self.findings))

    def _report(self, loss: Loss, path: Path, **values: object) -> None:
        self.findings.append(loss.at(path, **values))

    def _event(self, name: str, body: Mapping[str, JSON]) -> None:
        if limits.is_vendor_event(name):
            return
        path: Path = ("events", name)
        data = self._said(body, path)
        status, tags = status_of(self._set(body, "tags", path))
        owners = self._set(body, "contacts", path) + self._set(body, "teamContacts", path)
        data |= {"status": status, "tags": tags, "owners": tuple(owners)}
        data = {field: value for field, value in data.items() if value and value != "active"}
        if body.get("additionalProperties") is False:
            data["additional_properties"] = False
        elif body.get("additionalProperties") not in (True, None):
            self._report(table.MISREAD, path, key="additionalProperties")
        self._unread(body, table.READABLE, path)
        data["properties"] = self._properties(body, (*path, "properties"))
        self.sections["events"][name] = data

    def _users(self, body: Mapping[str, JSON]) -> None:
        self._unread(body, frozenset({"properties", "required"}), USERS)
        self.sections["user_properties"] = self._properties(body, USERS)

    def _properties(self, body: Mapping[str, JSON], path: Path) -> dict[str, JSON]:
        given = body.get("properties")
        if given is not None and not isinstance(given, Mapping):
            self._report(table.MISREAD, path, key="properties")
        read: dict[str, JSON] = {}
        for name, prop in mapping_or_empty(given).items():
            if not isinstance(name, str) or not name or not isinstance(prop, Mapping):
                self._report(table.MISREAD, (*path, str(name)), key="a property")
            elif not limits.is_vendor_property(name):
                read[name] = self._property(prop, (*path, name))
        for name in self._set(body, "required", path):
            if name in read:
                read[name]["required"] = True
            elif not limits.is_vendor_property(name):
                self._report(table.UNLISTED, (*path, name), name=name)
        return read

    def _property(self, prop: Mapping[str, JSON], path: Path) -> dict[str, JSON]:
        data = self._said(prop, path)
        type_ = prop.get("type")
        if type_ in KINDS:
            data["type"] = type_
        elif kinds := kinds_of(type_):
            data["type"] = kinds
        elif kinds is None:
            self._report(table.MISREAD, (*path, "type"), key=f"the type {type_!r}")
        self._unread(prop, table.PROPERTY_READABLE, path)
        return data

    def _said(self, body: Mapping[str, JSON], path: Path) -> dict[str, JSON]:
        """What is read alike of events and properties: texts, and whether it is hidden."""
        data: dict[str, JSON] = {}
        for field, key in table.TEXTS:
            if (value := body.get(key)) is None:
                continue
            if not isinstance(value, str):
                self._report(table.MISREAD, (*path, field), key=key)
            elif value:
                data[field] = value
        if (hidden := body.get("hidden")) is True:
            data["hidden"] = True
        elif hidden:
            self._report(table.MISREAD, (*path, "hidden"), key="hidden")
        if body.get("dropped"):
            self._report(table.BLOCKED, path)
        return data

    def _set(self, body: Mapping[str, JSON], key: str, path: Path) -> list[str]:
        value = body.get(key)
        words = _words(value)
        if value is not None and (not isinstance(value, list | tuple) or len(words) < len(value)):
            self._report(table.MISREAD, path, key=key)
        return words

    def _unread(self, body: Mapping[str, JSON], readable: frozenset[str], path: Path) -> None:
        if not body.keys() <= readable:
            self._report(table.UNREAD, path, keys=", ".join(sorted(str(key) for key in body.keys() - readable)))
