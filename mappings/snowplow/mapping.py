"""Between a plan and Iglu schemas: each event, all user properties together and each group type are one schema.

A published version never changes, so a change is a new document under the next number. Older versions are history:
they are read over and never written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import ValidationError

from mappings.canonical.jsonschema import event_data, event_schema
from mappings.canonical.kinds import JSON, Property
from mappings.canonical.plan import Event, GroupType, TrackingPlan
from mappings.canonical.schemaver import Change, SchemaVer, Warehouse, changes, classify
from mappings.canonical.text import canonical_bytes, same, short_hash
from mappings.contract import Document, Documents, Finding, Path, Projection, Reading
from mappings.part import Part
from mappings.snowplow import limits
from mappings.snowplow.documents import (
    KIND,
    NAME,
    SCHEMA,
    Version,
    about_of,
    address_of,
    is_schema,
    latest,
    normal,
    parse_version,
    to_wire,
)
from mappings.snowplow.limits import Inspector, Limit, Notes
from mappings.snowplow.table import (
    EVENT_FIELDS,
    EVENT_KINDS,
    PROPERTY_FIELDS,
    RESERVED,
    TOOL,
    VOCABULARY,
    Thing,
    by_preference,
    column_of,
    things_of,
)

Versioning = Literal["three-level", "two-level"]

_ENVELOPE_ROOM = 600
"""More bytes than `$schema` and `self` take around a body."""
_UNTOUCHED = frozenset({*PROPERTY_FIELDS, *EVENT_FIELDS, *VOCABULARY, *RESERVED}) - {"x-hidden"}
"""Keywords that follow the plan; all others stay in a schema as the registry has them. `hidden` is there only when
the plan says something about it."""

_NAME = Limit("name", "info", "transformed", "Iglu allows no such name, so the schema has another one")
_COLLISION = Limit(
    "name-collision",
    "warning",
    "transformed",
    "Another schema has this name already, so a hash is added",
    'Choose one: names: {snowplow: "..."} in the plan.',
)
_SAME_TABLE = Limit(
    "table-collision", "warning", "rule", "In a warehouse these schemas load into one table", "Rename one of them."
)
_USERS = Limit("user-properties", "info", "transformed", "Iglu has no user properties; an entity schema holds them")
_MODEL = Limit(
    "new-model",
    "warning",
    "transformed",
    "Earlier data does not fit this change, so it becomes a new model with a warehouse table of its own",
)
_REMOVED = Limit(
    "removed",
    "warning",
    "rule",
    "Iglu deletes nothing, so the schema stays in the registry",
    "Stop sending the event; trackers and pipelines decide what is still collected.",
)
_MOVED = Limit(
    "moved",
    "info",
    "transformed",
    "Iglu renames nothing: a new schema starts at 1-0-0 and the old one stays",
    'To go on with the old schema, name it: names: {snowplow: "..."} in the plan.',
)
_MOVED_PROPERTY = Limit(
    "moved", "info", "transformed", "Iglu renames nothing: the next version has one property less and one more"
)
_DROPPED_SECTIONS = (
    ("shared_properties", Limit("shared", "info", "dropped", "Shared properties are written out where they are used")),
    ("sources", Limit("sources", "info", "dropped", "Iglu has no list of sources; events keep the names")),
    ("categories", Limit("categories", "info", "dropped", "Iglu has no list of categories; events keep the names")),
)
_UNREADABLE = Limit(
    "unreadable", "warning", "dropped", "This schema cannot be understood", "Correct it in the registry."
)
_DUPLICATE = Limit(
    "duplicate", "warning", "dropped", "Two schemas claim to be the same thing; the other one is read", "Retire one."
)
_FOREIGN = Limit("foreign", "info", "dropped", "This is no schema of the vendor that this target publishes")
_ROOT = Limit("root", "info", "dropped", "A plan says nothing about the set itself, so this stays in the registry only")


class SnowplowMapping:
    """Translation for one vendor's schemas.

    `versioning` "two-level" knows additions and models only; `warehouse` adds the verdict of one loader to what
    counts as breaking (apis/snowplow.md section 5.3).
    """

    tool: ClassVar[str] = TOOL
    waves: ClassVar[tuple[str, ...]] = (SCHEMA,)
    event_at: ClassVar[int] = 1

    def __init__(self, vendor: str, versioning: Versioning = "three-level", warehouse: Warehouse | None = None) -> None:
        self.vendor = vendor
        self.two_level = versioning == "two-level"
        self.warehouse = warehouse

    # To the tool -------------------------------------------------------------------------------------------------

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        held = latest(onto, self.vendor)
        things = things_of(plan, held)
        documents, findings = self._written(things, held)
        return Projection(documents, (*_about_the_plan(plan), *_naming(things), *findings))

    def part_to_tool(self, plan: TrackingPlan, onto: Documents, part: Part) -> Projection:
        held = latest(onto, self.vendor)
        things = things_of(plan, held)
        some = [one for one in things if one.about[0] != "events" or part.has(one.name, one.schema_name)]
        return Projection(self._written(some, held)[0])

    def _written(self, things: Sequence[Thing], held: Mapping[str, Version]) -> tuple[Documents, list[Finding]]:
        """The version of each thing that says it, and what got lost."""
        notes = Notes({})
        documents: list[Document] = []
        findings: list[Finding] = []
        for thing in things:
            body, found = written(thing, notes)
            before = held.get(thing.schema_name)
            document, more = self._versioned(thing, body, before)
            if (before is None or document.address != before.document.address) and _is_too_large(document):
                findings.append(limits.TOO_LARGE.at(thing.about))
                continue
            documents.append(document)
            findings += (*found, *more)
        return Documents(documents), [*findings, *notes.findings()]

    def _versioned(
        self, thing: Thing, body: dict[str, JSON], held: Version | None
    ) -> tuple[Document, tuple[Finding, ...]]:
        """The version in the registry where it says the same, else the next number with what the plan says."""
        if held is None:
            return Document(address_of(self.vendor, thing.schema_name, SchemaVer()), body, about=thing.about), ()
        before = held.document
        kept = before
        if before.about != thing.about or before.formerly is not None:
            kept = Document(before.address, before.body, about=thing.about, facts=before.facts)
        wanted = Document(before.address, body, about=thing.about)
        if wanted.equals(before):
            return kept, ()
        merged = _with_unknown(thing, body, before.body)
        old, new = structure_of(before.body), structure_of(merged)
        is_the_thing = about_of(thing.schema_name, before.body) == thing.about
        if same(merged, normal(before.body)) or (
            old is not None and is_the_thing and _says_the_same(thing, old, merged, before.body)
        ):
            return kept, ()
        number, findings = self._next(thing, held.number, old, new)
        facts = {key: before.facts[key] for key in ("isPublic",) if key in before.facts}
        document = Document(address_of(self.vendor, thing.schema_name, number), merged, about=thing.about, facts=facts)
        return document, findings

    def _next(
        self, thing: Thing, number: SchemaVer, old: Event | None, new: Event | None
    ) -> tuple[SchemaVer, tuple[Finding, ...]]:
        """The next number. What cannot be compared is taken for incompatible."""
        if old is None or new is None:
            return number.next_model(), (_MODEL.at((*thing.about, "names"), "the version before cannot be read"),)
        level = classify(old, new, self.warehouse, two_level=self.two_level)
        if level != "model":
            return number.after("addition" if level == "none" else level), ()
        broken = [change for change in changes(old, new, self.warehouse) if change.level == "model"]
        return number.next_model(), tuple(_new_model(thing, change) for change in broken)

    # From the tool -----------------------------------------------------------------------------------------------

    def from_tool(self, documents: Documents) -> Reading:
        findings = [*self._foreign(documents)]
        data: dict[str, JSON] = {"events": {}, "user_properties": {}, "groups": {}}
        for schema_name, version in by_preference(latest(documents, self.vendor)):
            body = version.document.body
            section, name, thing = _read(schema_name, body, findings)
            if section == "user_properties":
                if data[section]:
                    findings.append(_DUPLICATE.at((section, "names"), schema_name))
                else:
                    data[section] = thing.get("properties", {})
            elif name in data[section]:
                findings.append(_DUPLICATE.at((section, name), schema_name))
            else:
                data[section][name] = thing
        return Reading(_validated(data, findings), tuple(findings))

    def _foreign(self, documents: Documents) -> Iterator[Finding]:
        for address, document in documents.items():
            if is_schema(document, self.vendor) and parse_version(address.names[2]) is not None:
                continue
            limit = _FOREIGN if address.kind == SCHEMA and address.names[:1] != (self.vendor,) else _UNREADABLE
            yield limit.at(("events", ".".join(address.names[1:2]) or str(address)), str(address))


# Writing ------------------------------------------------------------------------------------------------------


def written(thing: Thing, notes: Notes) -> tuple[dict[str, JSON], list[Finding]]:
    """The body that says all that can be said about a thing, acceptable to the server, and what got lost."""
    event, spelled = _respelled(thing)
    findings: list[Finding] = []

    def report(path: Path, code: str, message: str) -> None:
        severity: Literal["info", "warning"] = "info" if code == "const-as-enum" else "warning"
        findings.append(Limit(code, severity, "dropped" if code == "ill-typed" else "transformed", message).at(path))

    body = event_schema(event, "04", strict=True, report=report, path=thing.about)
    inspector = Inspector(notes)
    inspector.root(body, event, thing.about)
    if thing.kind:
        body[KIND] = thing.kind
    if thing.kind != "user" and thing.schema_name != thing.name:
        body[NAME] = thing.name
    return body, [_placed(one, thing, spelled) for one in (*findings, *inspector.findings)]


def _respelled(thing: Thing) -> tuple[Event, dict[str, str]]:
    """The event with properties under their names for this tool, and {that name: the plan's name}.

    A spelling that another property has already is not taken. Only the properties that a reading finds its way
    back from are respelled: those of events and of users.
    """
    properties = thing.event.properties
    wished = {name: prop.names[TOOL] for name, prop in properties.items() if TOOL in prop.names}
    if not wished or thing.kind == "group":
        return thing.event, {}
    spelled: dict[str, str] = {}
    for name in sorted(wished):
        if wished[name] and wished[name] not in properties and wished[name] not in spelled:
            spelled[wished[name]] = name
    new = {name: one for one, name in spelled.items()}
    renamed = {new.get(name, name): prop for name, prop in properties.items()}
    return thing.event.model_copy(update={"properties": renamed}), spelled


def _placed(finding: Finding, thing: Thing, spelled: Mapping[str, str]) -> Finding:
    """The finding at its canonical path."""
    if not spelled and thing.kind != "user":
        return finding
    head = len(thing.about)
    path = finding.path
    if path[head : head + 1] == ("properties",) and len(path) > head + 1:
        path = (*path[: head + 1], spelled.get(path[head + 1], path[head + 1]), *path[head + 2 :])
    path = thing.path(path)
    return Finding(finding.severity, finding.effect, path, finding.code, finding.message, finding.hint)


def _is_too_large(document: Document) -> bool:
    text = canonical_bytes(document.body)
    # The request has a space after each comma and colon, so it has at most twice the bytes, and its envelope.
    if 2 * len(text) + _ENVELOPE_ROOM > limits.MOST_BYTES and _request_bytes(document) > limits.MOST_BYTES:
        return True
    # Each level but the deepest has an opening bracket; counting those is cheaper than walking.
    if text.count(b"{") + text.count(b"[") < limits.MOST_LEVELS:
        return False
    return limits.levels(document.body, limits.MOST_LEVELS + 1) > limits.MOST_LEVELS


def _request_bytes(document: Document) -> int:
    return len(json.dumps(to_wire(document), ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _with_unknown(thing: Thing, body: Mapping[str, JSON], held: Mapping[str, JSON]) -> dict[str, JSON]:
    """The body with the keywords of the held one that a plan says nothing about.

    Of user properties and groups a plan says nothing about the set itself, so its root stays but for our own part.
    """
    merged = _merged(body, held)
    if thing.kind:
        ours = {"type", "properties", "required", *RESERVED, *(("description",) if thing.kind == "group" else ())}
        merged = {**{key: value for key, value in held.items() if key not in ours}, **merged}
    return merged


def _merged(new: Mapping[str, JSON], held: Mapping[str, JSON]) -> dict[str, JSON]:
    result = {**{key: value for key, value in held.items() if key not in new and key not in _UNTOUCHED}, **new}
    members, before = new.get("properties"), held.get("properties")
    if isinstance(members, Mapping) and isinstance(before, Mapping):
        result["properties"] = {name: _merged_or_new(one, before.get(name)) for name, one in members.items()}
    if "items" in new:
        result["items"] = _merged_or_new(new["items"], held.get("items"))
    return result


def _merged_or_new(new: JSON, held: JSON) -> JSON:
    return _merged(new, held) if isinstance(new, Mapping) and isinstance(held, Mapping) else new


def _says_the_same(thing: Thing, old: Event, wanted: Mapping[str, JSON], held: Mapping[str, JSON]) -> bool:
    """Whether the held schema differs from the wanted one only in how it is spelled."""
    facade = Event(description=old.description, properties=old.properties) if thing.kind else old
    again, _ = written(replace(thing, event=facade), Notes({}))
    return same(_with_unknown(thing, again, held), wanted)


def structure_of(body: Mapping[str, JSON]) -> Event | None:
    """What a schema's body says, as an event; None where it cannot be said in a plan."""
    try:
        return Event.model_validate(event_data(_without_envelope(body)))
    except ValidationError:
        return None


def _without_envelope(body: Mapping[str, JSON]) -> dict[str, JSON]:
    """The body without our own root keywords, but for the kind of an event."""
    kept = {key: value for key, value in body.items() if key not in RESERVED}
    return {**kept, KIND: body[KIND]} if body.get(KIND) in EVENT_KINDS else kept


# Findings about a plan as a whole -----------------------------------------------------------------------------


def _new_model(thing: Thing, change: Change) -> Finding:
    return _MODEL.at(thing.path((*thing.about, *change.path)), change.change)


def _about_the_plan(plan: TrackingPlan) -> Iterator[Finding]:
    for section, limit in _DROPPED_SECTIONS:
        if getattr(plan, section):
            yield limit.at((section,))
    for gone in plan.removed:
        # A property that goes is simply not in the next version; only a whole event stays behind.
        if gone.event is not None and gone.property is None:
            yield _REMOVED.at(("events", gone.event), gone.reason)
    for move in plan.moved:
        if move.scope == "event" and move.event is None:
            if move.to_name in plan.events and TOOL not in plan.events[move.to_name].names:
                yield _MOVED.at(("events", move.to_name, "names"), f"{move.from_name!r} to {move.to_name!r}")
            continue
        section = {"user": "user_properties", "group": "groups"}.get(move.scope, "events")
        above = [one for one in (move.event, move.group) if one is not None]
        below = ("properties",) if section != "user_properties" else ()
        path = (section, *above, *below, move.to_name, "names")
        yield _MOVED_PROPERTY.at(path, f"{move.from_name!r} to {move.to_name!r}")


def _naming(things: Sequence[Thing]) -> Iterator[Finding]:
    """What becomes of names: respelled, told apart by a hash, or one table in a warehouse."""
    tables: dict[str, str] = {}
    for thing in things:
        place = (*thing.about, "names")
        if thing.kind == "user":
            yield _USERS.at(place, thing.schema_name)
        elif thing.kind != "group" and thing.schema_name != thing.name:
            hashed = thing.schema_name.endswith(short_hash(thing.name)) and thing.schema_name != thing.plain_name
            yield (_COLLISION if hashed else _NAME).at(place, f"{thing.name!r} is published as {thing.schema_name}")
        other = tables.setdefault(column_of(thing.schema_name), thing.schema_name)
        if other != thing.schema_name:
            yield _SAME_TABLE.at(place, f"{other} and {thing.schema_name}")


# Reading ------------------------------------------------------------------------------------------------------


def _read(schema_name: str, body: Mapping[str, JSON], findings: list[Finding]) -> tuple[str, str, dict[str, JSON]]:
    """(section, name, plain data) of what one schema describes."""
    about = about_of(schema_name, body)
    is_user = about[0] == "user_properties"

    def report(path: Path, code: str, message: str) -> None:
        place = (path[0], *path[2:]) if is_user and path[1:2] == ("properties",) else path
        findings.append(Limit(code, "warning", "transformed", message).at(place))

    given = body.get(NAME, schema_name)
    if not isinstance(given, str) or not given:
        findings.append(_UNREADABLE.at((*about, "names"), f"{NAME} is no name"))
    data = event_data(_without_envelope(body), report, about)
    if body.get(KIND) not in ("user", "group"):
        return "events", about[1], data
    held = ("properties",) if is_user else ("properties", "description")
    if rest := sorted(data.keys() - {*held}):
        findings.append(_ROOT.at((*about, "names"), ", ".join(rest)))
    return about[0], about[-1], {field: data[field] for field in held if field in data}


def _validated(data: dict[str, JSON], findings: list[Finding]) -> TrackingPlan:
    """The plan of this data; what is not valid in a plan is left out and reported."""
    try:
        plan = TrackingPlan.model_validate({"name": TOOL, **data})
    except ValidationError:
        valid = {section: dict(_valid(section, things, findings)) for section, things in data.items()}
        plan = TrackingPlan.model_validate({"name": TOOL, **valid})
    return plan.model_copy(update={"name": ""})


def _valid(
    section: str, things: Mapping[str, JSON], findings: list[Finding]
) -> Iterator[tuple[str, Event | Property | GroupType]]:
    models: Mapping[str, type[Event] | type[Property] | type[GroupType]]
    models = {"events": Event, "user_properties": Property, "groups": GroupType}
    for name, thing in things.items():
        try:
            if name:
                yield name, models[section].model_validate(thing)
                continue
            problem = "the name is empty"
        except ValidationError as error:
            problem = f"{error.error_count()} values are not valid in a plan"
        findings.append(_UNREADABLE.at((section, name), problem))
