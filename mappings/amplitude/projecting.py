"""From a plan to the documents that make Amplitude hold it, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.amplitude import limits
from mappings.amplitude.documents import (
    CATEGORY,
    EVENT,
    EVENT_PROPERTY,
    FIELDS,
    GROUP_PREFIX,
    GROUP_PROPERTY,
    HIDDEN_FLAGS,
    SHARED_PROPERTY,
    USER_PREFIX,
    USER_PROPERTY,
)
from mappings.amplitude.limits import Limit
from mappings.amplitude.names import Names, former_addresses, prefixed
from mappings.amplitude.removing import removals_of
from mappings.amplitude.table import EVENT_TEXTS, Body, Report, keep_shape, lost_fields, read_tags, say_shape, say_tags
from mappings.canonical.kinds import JSON, Property
from mappings.canonical.plan import Event, GroupType, TrackingPlan
from mappings.contract import Address, Document, Documents, Finding, Path, Projection, Removal
from mappings.part import Part

NOTHING_HELD: Document = Document(Address("", ()), {})


class Projecting:
    """One projection of one expanded plan onto what Amplitude holds."""

    def __init__(self, plan: TrackingPlan, onto: Documents, *, classifications: bool, groups: bool) -> None:
        self._plan = plan
        self._onto = onto
        self._classifications = classifications
        self._groups = groups
        self._documents: list[Document] = []
        self._findings: list[Finding] = []
        self._path: Path = ()
        self._shared = _shared_facts(onto)
        self._names = Names(plan, onto, self._findings)

    def result(self) -> Projection:
        """The documents in the order of waves, findings by path, removals in the order of the tombstones."""
        documents, removals = self._said(self._names.events)
        findings = self._findings + limits.over_limits(self._plan)
        ordered = sorted(dict.fromkeys(findings), key=lambda one: (one.path, one.code, one.message))
        return Projection(documents, tuple(ordered), removals)

    def result_of(self, part: Part) -> Projection:
        """The same with the documents of these events only, and without findings."""
        events = {name: told for name, told in self._names.events.items() if part.has(name, told)}
        documents, removals = self._said(events)
        return Projection(documents, (), removals)

    def _said(self, events: Mapping[str, str]) -> tuple[Documents, tuple[Removal, ...]]:
        """All of it, with these of the events: by name, what they are called in the tool."""
        self._say_categories()
        self._say_events(events)
        if self._classifications:
            self._say_shared_classes()
        self._say_user_properties()
        self._say_groups()
        removals = tuple(removals_of(self._plan, self._onto, self._names, self._findings))
        return Documents(self._documents), removals

    def _add(self, address: Address, body: Body, about: Path, held: Document, formerly: Address | None = None) -> None:
        self._documents.append(Document(address, body, about=about, facts=held.facts, formerly=formerly))

    def _held(self, address: Address, formerly: Address | None = None) -> Document:
        """What the tool holds there, or still under the former name."""
        found = self._onto.get(address)
        if found is None and formerly is not None:
            found = self._onto.get(formerly)
        return NOTHING_HELD if found is None else found

    def _report(self, limit: Limit, place: tuple[str, ...], name: str = "") -> None:
        """A loss at this place below the thing being said, `_path`."""
        self._findings.append(limit.at((*self._path, *place), name))

    # Categories and events --------------------------------------------------------------------------------------

    def _say_categories(self) -> None:
        used = {self._plan.events[name].category for name in self._names.events}
        for name in sorted({*self._plan.categories, *filter(None, used)} - {""}):
            address = Address(CATEGORY, (name,))
            held = self._held(address)
            self._add(address, _unknown_fields(CATEGORY, held.body), ("categories", name), held)
        for name, category in self._plan.categories.items():
            if category.description:
                self._findings.append(limits.CATEGORY_DESCRIPTION.at(("categories", name, "description")))

    def _say_events(self, events: Mapping[str, str]) -> None:
        """Events first and their properties after, so that the documents come in the order of waves."""
        for name, spelled in events.items():
            path = ("events", name)
            address = Address(EVENT, (spelled,))
            formerly = self._formerly(address, former_addresses(self._plan, name))
            held = self._held(address, formerly)
            if formerly is not None and held.address == formerly and held.facts.get("ingested") is True:
                self._findings.append(limits.MOVED_LIVE.at(("moved", formerly.names[0]), formerly.names[0]))
            self._add(address, self._event_body(self._plan.events[name], path, held), path, held, formerly)
        for name, spelled in events.items():
            self._say_event_properties(name, spelled)

    def _formerly(self, address: Address, candidates: list[Address]) -> Address | None:
        """The newest former address that the tool still knows; None when the present one is known."""
        others = [one for one in candidates if one != address]
        if not others or address in self._onto:
            return None
        return next((one for one in others if one in self._onto), others[0])

    def _event_body(self, event: Event, path: Path, held: Document) -> dict[str, JSON]:
        self._path = path
        report = self._report
        body = _unknown_fields(EVENT, held.body)
        if "is_active" in held.body:
            body["is_active"] = held.body["is_active"]
        for field, named in EVENT_TEXTS:
            _say_text(body, named, getattr(event, field), field, report)
        self._say_owner(body, event, report)
        self._say_tags(body, event, report)
        self._say_late(body, event, held, report)
        for field, limit in limits.EVENT_LOST.items():
            if getattr(event, field) not in (None, (), {}, "track"):
                report(limit, (field,))
        return body

    @staticmethod
    def _say_owner(body: dict[str, JSON], event: Event, report: Report) -> None:
        owners = [owner for owner in event.owners if owner]
        if owners:
            body["owner"] = owners[0]
        if len(owners) > 1:
            report(limits.OWNERS, ("owners",), owners[0])
        elif len(owners) != len(event.owners):
            report(limits.NO_OWNER, ("owners",))

    @staticmethod
    def _say_tags(body: dict[str, JSON], event: Event, report: Report) -> None:
        said = say_tags(event.tags, event.status)
        if said:
            body["tags"] = said
        tags, status = read_tags(said)
        if status != event.status:
            report(limits.STATUS_TAG, ("status",))
        if any("," in tag or tag != tag.strip() or not tag for tag in event.tags):
            report(limits.TAGS, ("tags",))
        elif tuple(tags) != event.tags:
            report(limits.STATUS_TAG, ("tags",))

    @staticmethod
    def _say_late(body: dict[str, JSON], event: Event, held: Document, report: Report) -> None:
        """Display name and visibility, which are taken only of ingested events (sections 5.14, 5.15)."""
        ingested = held.facts.get("ingested") is True
        if not ingested:
            wanted, kept = body.pop("display_name", None), held.body.get("display_name")
            if kept is not None:
                body["display_name"] = kept
            if wanted != kept:
                report(limits.DISPLAY_NAME_LATER, ("display_name",))
        kept_flags = {flag: held.body[flag] for flag in HIDDEN_FLAGS if flag in held.body}
        wanted_flags = dict.fromkeys(HIDDEN_FLAGS, True) if event.hidden else {}
        body.update(wanted_flags if ingested and event.hidden is not None else kept_flags)
        if event.hidden is not None and not ingested and kept_flags != wanted_flags:
            report(limits.HIDDEN_LATER, ("hidden",))
        elif event.hidden is False:
            report(limits.VISIBLE, ("hidden",))

    # Properties -------------------------------------------------------------------------------------------------

    def _say_event_properties(self, event: str, spelled: str) -> None:
        moved, properties = self._plan.moved, self._plan.events[event].properties
        renamed = former_addresses(self._plan, event) if moved else []
        for name, named in self._names.properties_of(event).items():
            path = ("events", event, "properties", name)
            address = Address(EVENT_PROPERTY, (spelled, named))
            formerly = self._names.former_property(event, name, address, renamed) if moved else None
            held = self._held(address, formerly)
            body = self._property_body(EVENT_PROPERTY, properties[name], path, held, self._shared.get(named))
            self._add(address, body, path, held, formerly)

    def _property_body(
        self, kind: str, prop: Property, path: Path, held: Document, shared: Body | None = None
    ) -> dict[str, JSON]:
        self._path = path
        report = self._report
        body = say_shape(prop, held.body, report)
        if prop.description:
            body["description"] = prop.description
        if prop.required and kind == EVENT_PROPERTY:
            body["is_required"] = True
        for field, limit in lost_fields(prop, LOST[kind]):
            report(limit, (field,))
        if prop.hidden is not None:
            _report_visibility(prop, held, report)
        if prop.sensitivity:
            self._report_classes(kind, prop, report)
        if shared:
            _say_inherited(body, shared, report)
        if held is not NOTHING_HELD:
            self._keep(kind, body, prop, held)
        return body

    def _keep(self, kind: str, body: dict[str, JSON], prop: Property, held: Document) -> None:
        """What of the held document stays: other words for the same, visibility unless said, unknown fields."""
        if body != held.body:
            keep_shape(body, held.body)
            body.update(_unknown_fields(kind, held.body))
        visible = prop.hidden is False and held.facts.get("ingested") is True
        if held.body.get("is_hidden") and not visible:
            body["is_hidden"] = True
        if prop.hidden and held.facts.get("ingested") is True:
            body["is_hidden"] = True
        if kind == USER_PROPERTY and not self._classifications and "classifications" in held.body:
            body["classifications"] = held.body["classifications"]

    def _report_classes(self, kind: str, prop: Property, report: Report) -> None:
        if kind == GROUP_PROPERTY:
            return
        if not self._classifications:
            report(limits.SENSITIVITY_OFF, ("sensitivity",))
        elif not set(prop.sensitivity) <= set(limits.CLASSES):
            report(limits.SENSITIVITY_CLASS, ("sensitivity",))

    def _say_shared_classes(self) -> None:
        """One document for each property name that is classified anywhere, in the plan or in the tool."""
        uses = list(self._uses())
        classes: dict[str, set[str]] = {}
        for _, named, prop in uses:
            classes.setdefault(named, set()).update(set(prop.sensitivity) & set(limits.CLASSES))
        for named in sorted(classes):
            address = Address(SHARED_PROPERTY, (named,))
            held = self._held(address)
            if classes[named] or held.body:
                body = _classified({}, classes[named], held.body)
                self._add(address, body, ("events",), held)
        for path, named, prop in uses:
            if set(prop.sensitivity) & set(limits.CLASSES) != classes[named]:
                self._findings.append(limits.SENSITIVITY_SHARED.at((*path, "sensitivity")))

    def _uses(self) -> Iterator[tuple[Path, str, Property]]:
        for event in self._names.events:
            for name, named in self._names.properties_of(event).items():
                yield ("events", event, "properties", name), named, self._plan.events[event].properties[name]

    def _say_user_properties(self) -> None:
        for name, spelled in self._names.user_properties.items():
            path = ("user_properties", name)
            address = prefixed(USER_PROPERTY, USER_PREFIX, spelled)
            formerly = self._formerly(address, self._names.former_user_properties(name))
            held = self._held(address, formerly)
            prop = self._plan.user_properties[name]
            body = self._property_body(USER_PROPERTY, prop, path, held)
            if self._classifications:
                _classified(body, set(prop.sensitivity) & set(limits.CLASSES), held.body)
            self._add(address, body, path, held, formerly)

    # Groups -----------------------------------------------------------------------------------------------------

    def _say_groups(self) -> None:
        for name, group in self._plan.groups.items():
            if not self._groups:
                self._findings.append(limits.GROUPS_OFF.at(("groups", name)))
            elif name in self._names.groups:
                self._say_group(name, self._names.groups[name], group)
        for move in self._plan.moved if self._groups else ():
            if move.scope == "group":
                path = ("groups", move.group or "", "properties", move.to_name)
                self._findings.append(limits.MOVED.at(path, move.from_name))

    def _say_group(self, name: str, spelled: str, group: GroupType) -> None:
        named = self._names.properties_of_group(name)
        if not named:
            self._findings.append(limits.GROUP_EMPTY.at(("groups", name)))
        elif group.description:
            self._findings.append(limits.GROUP_DESCRIPTION.at(("groups", name, "description")))
        for prop, called in named.items():
            path = ("groups", name, "properties", prop)
            address = prefixed(GROUP_PROPERTY, GROUP_PREFIX, called, spelled)
            held = self._held(address)
            self._add(address, self._property_body(GROUP_PROPERTY, group.properties[prop], path, held), path, held)


LOST: Mapping[str, Mapping[str, Limit]] = {
    EVENT_PROPERTY: limits.EVENT_PROPERTY_LOST,
    USER_PROPERTY: limits.USER_PROPERTY_LOST,
    GROUP_PROPERTY: limits.GROUP_PROPERTY_LOST,
}


def _shared_facts(onto: Documents) -> dict[str, Body]:
    """What properties say for all events where the tool told, by name (section 5.11)."""
    return {
        one.address.names[-1]: shared
        for one in onto.values()
        if one.facts and one.address.kind == EVENT_PROPERTY and isinstance(shared := one.facts.get("shared"), Mapping)
    }


def _unknown_fields(kind: str, body: Body) -> dict[str, JSON]:
    return {field: value for field, value in body.items() if field not in FIELDS[kind]}


def _say_text(body: dict[str, JSON], named: str, text: str | None, field: str, report: Report) -> None:
    if text:
        body[named] = text
    elif text == "" and field != "description":
        report(limits.EMPTY_TEXT, (field,))


def _say_inherited(body: dict[str, JSON], shared: Body, report: Report) -> None:
    """An event's property cannot say "no description" or "no pattern" where the shared one has it."""
    if shared.get("description") and "description" not in body:
        body["description"] = shared["description"]
        report(limits.INHERITED, ("description",))
    if shared.get("regex") and body.get("type") == "string" and "regex" not in body:
        body["regex"] = shared["regex"]
        report(limits.INHERITED, ("items",) if body.get("is_array_type") else ("pattern",))


def _report_visibility(prop: Property, held: Document, report: Report) -> None:
    ingested = held.facts.get("ingested") is True
    if not ingested and prop.hidden is not held.body.get("is_hidden", False):
        report(limits.HIDDEN_LATER, ("hidden",))
    elif not prop.hidden:
        report(limits.VISIBLE, ("hidden",))


def _classified(body: dict[str, JSON], classes: set[str], held: Body) -> dict[str, JSON]:
    """Add the classes, and those of the tool that the plan has no word for."""
    kept = held.get("classifications")
    foreign = [one for one in kept if str(one).lower() not in limits.CLASSES] if isinstance(kept, list) else []
    if classes or foreign:
        body["classifications"] = sorted([*foreign, *(one.upper() for one in classes)])
    return body
