"""Between the plan and pages: a page holds an event's description, tags and plain properties, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from mappings.canonical import Event, Kind, Property, TrackingPlan
from mappings.canonical.identity import content, former_names, former_property_names, tool_name
from mappings.canonical.kinds import JSON
from mappings.contract import Address, Document, Documents, Finding, Path, Projection, Reading, Removal

TOOL = "notebook"
FACTS = ("revision", "edited_at")
WORDS: Mapping[tuple[Kind, ...], str] = {
    ("string",): "text",
    ("number",): "number",
    ("boolean",): "flag",
    ("array",): "list",
    (): "anything",
}
KINDS = {word: kinds for kinds, word in WORDS.items()}
HELD_OF_EVENT = frozenset({"description", "tags", "hidden", "properties"})
HELD_OF_PROPERTY = frozenset({"type", "required", "description"})


def address_of(name: str) -> Address:
    return Address("page", (name,))


def page_document(page: Mapping[str, JSON]) -> Document:
    """A page as the API spells it, in normal form: absent and empty are one thing, tags are a set."""
    body = {key: value for key, value in page.items() if key not in (*FACTS, "name") and value not in ("", [], False)}
    body["fields"] = body.get("fields", {})
    if "tags" in body:
        body["tags"] = sorted(set(body["tags"]))
    facts = {key: page[key] for key in FACTS if key in page}
    return Document(address_of(page["name"]), body, about=("events", page["name"]), facts=facts)


class NotebookMapping:
    """Implements `mappings.contract.ToolMapping`."""

    tool: ClassVar[str] = TOOL
    waves: ClassVar[tuple[str, ...]] = ("page",)

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        pages = Documents(_page(plan, name, event, onto) for name, event in plan.events.items())
        removals = tuple(
            _removal(one.event, one.reason, onto) for one in plan.removed if one.event and not one.property
        )
        return Projection(pages, tuple(_losses(plan)), removals)

    def from_tool(self, documents: Documents) -> Reading:
        events = {document.address.names[0]: _event(document.body) for document in documents.values()}
        odd = (finding for document in documents.values() for finding in _oddities(document))
        return Reading(TrackingPlan(name=TOOL, events=events).model_copy(update={"name": ""}), tuple(odd))


def _page(plan: TrackingPlan, name: str, event: Event, onto: Documents) -> Document:
    address = address_of(tool_name(name, event, TOOL))
    known = [address_of(former) for former in former_names(plan, name) if address_of(former) in onto]
    formerly = known[0] if known and address not in onto else None
    held = onto.get(formerly or address)
    body: dict[str, JSON] = {**held.body} if held else {}
    gone = _gone(plan, name)
    fields = {field: value for field, value in body.get("fields", {}).items() if field not in gone}
    ours = {tool_name(field, prop, TOOL): _field(prop) for field, prop in event.properties.items()}
    hidden = body.get("hidden", False) if event.hidden is None else event.hidden
    page = {**body, "name": address.names[0], "text": event.description, "tags": list(event.tags), "hidden": hidden}
    document = page_document({**page, "fields": {**fields, **ours}})
    return Document(address, document.body, about=("events", name), formerly=formerly)


def _gone(plan: TrackingPlan, event: str) -> set[str]:
    """Fields that tombstones and renames of this event's properties take away; others are left alone."""
    removed = {one.property for one in plan.removed if one.event == event and one.property}
    renamed = {former for name in plan.events[event].properties for former in former_property_names(plan, event, name)}
    return removed | renamed


def _field(prop: Property) -> dict[str, JSON]:
    return {"type": WORDS.get(prop.type, "anything"), "required": prop.required, "text": prop.description}


def _removal(event: str, reason: str, onto: Documents) -> Removal:
    held = onto.get(address_of(event))
    hidden = Document(held.address, {**held.body, "hidden": True}, about=("events", event)) if held else None
    return Removal(address_of(event), reason, ("events", event), hidden)


def _event(body: Mapping[str, JSON]) -> Event:
    properties = {
        name: Property(type=KINDS.get(field["type"], ()), required=field["required"], description=field["text"])
        for name, field in body["fields"].items()
    }
    hidden = True if body.get("hidden") else None
    return Event(description=body.get("text", ""), tags=body.get("tags", ()), hidden=hidden, properties=properties)


def _oddities(document: Document) -> Iterator[Finding]:
    for name, field in document.body["fields"].items():
        if field["type"] not in KINDS:
            path = (*document.about, "properties", name, "type")
            yield Finding("warning", "transformed", path, "notebook.word", f"no kind is called {field['type']!r}")


def _losses(plan: TrackingPlan) -> Iterator[Finding]:
    """A finding for each value that a page has no room for."""
    held = content(plan)
    for section in ("user_properties", "groups"):
        for name in held[section]:
            yield Finding("warning", "refused", (section, name), "notebook.section", "only events have pages")
    for name, event in held["events"].items():
        yield from _dropped(event, HELD_OF_EVENT, ("events", name))
        if event.get("hidden") is False:
            yield Finding("info", "transformed", ("events", name, "hidden"), "notebook.hidden", "shown is the default")
        for field, prop in event.get("properties", {}).items():
            path = ("events", name, "properties", field)
            yield from _dropped(prop, HELD_OF_PROPERTY, path)
            if tuple(prop.get("type", ())) not in WORDS:
                yield Finding("warning", "transformed", (*path, "type"), "notebook.type", "becomes anything")


def _dropped(thing: Mapping[str, JSON], held: frozenset[str], path: Path) -> Iterator[Finding]:
    for field in thing.keys() - held:
        yield Finding("warning", "dropped", (*path, field), f"notebook.{field}", "a page has no room for this")
