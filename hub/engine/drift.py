"""What somebody changed in a tool since the last publish, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.contract import Snapshot
from hub.changes.authority import Rule
from hub.changes.merge import ABSENT, Value, get, place_of, put
from hub.changes.resolve import EMPTY_RESOLUTION, Edit, Resolution, resolve
from hub.engine.places import Drift, Places, events_of
from hub.engine.target import Engine, Target
from mappings.canonical import Event, GroupType, Property, TrackingPlan
from mappings.canonical.identity import content, content_at, localise
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import Removed
from mappings.contract import Document, Documents, Path
from mappings.part import Excerpt

MODELS: dict[str, type[Event] | type[Property] | type[GroupType]] = {
    "events": Event,
    "user_properties": Property,
    "groups": GroupType,
}
SECTIONS = tuple(MODELS)


def resolve_target(engine: Engine, target: Target, expanded: TrackingPlan, places: Places, drift: Drift) -> Resolution:
    """The fate of every remote edit in this target. Reads as plans only what was touched; usually that is nothing.

    Ours is the plan projected onto what was last published, not onto what the tool holds: a property that somebody
    added would pass for ours there. What the plan never spoke of is left alone on all sides.
    """
    touched = places.touched(drift)
    if not touched:
        return EMPTY_RESOLUTION
    published = remembered(engine, target, drift)
    reach = places.reach(touched | {path[:1] for path in touched})
    ours = Excerpt(target.mapping, expanded, published).of(events_of(reach.near), reach.at).documents
    sides = (published.values(), ours.values(), _visible(drift.snapshot, published))
    chosen = [_with_history(target, places.documents_of(reach, side), side) for side in map(list, sides)]
    views = [_content(places, target, expanded, documents, touched) for documents in chosen]
    decided = engine.store.decisions.decided(expanded.name)
    rows = [Rule(row.policy, row.field, row.target, row.tag, row.status) for row in expanded.authority]
    found = resolve(target.name, *views, authority=engine.authority.under(rows), decided=decided)
    return _left_alone(_managed_only(found, content_at(expanded, (one.path for one in found.edits))), drift)


def remembered(engine: Engine, target: Target, drift: Drift) -> Documents:
    """The base in full, with the facts that the tool tells of each document now.

    What an interrupted run wrote and the tool shows is in the base, and not yet in the store.
    """
    stored = engine.store.base_documents(target.name)
    theirs = drift.snapshot.documents
    found = []
    for address, digest in drift.base.items():
        held = theirs.get(address)
        if held is not None and held.hash == digest:
            found.append(held)
        elif (known := stored.get(address)) is not None:
            found.append(Document(address, known.body, about=known.about, facts=held.facts if held else None))
    return Documents(found)


def _left_alone(found: Resolution, drift: Drift) -> Resolution:
    """With what stands in a document of its own that is not the hub's: nothing would take it back, so it stays."""
    strangers = {one.about for one in drift.strangers}
    edits = (
        replace(one, verdict="keep", value=one.theirs)
        if one.verdict == "restore" and one.ours is ABSENT and one.base is ABSENT and one.path in strangers
        else one
        for one in found.edits
    )
    return replace(found, edits=tuple(edits))


def _managed_only(found: Resolution, plan: JSON) -> Resolution:
    """Without what happened inside of things that the plan does not have; a new thing itself is an edit."""
    edits = tuple(one for one in found.edits if not _unmanaged(one, plan))
    places = {one.path for one in edits}
    return Resolution(edits, tuple((path, value) for path, value in found.keeps if path in places))


def _unmanaged(edit: Edit, plan: JSON) -> bool:
    """A thing that ours shows and the plan lacks is one that the projection leaves alone."""
    inside = [edit.path[:end] for end in range(1, len(edit.path)) if place_of(edit.path[:end]) == "thing"]
    if any(get(plan, thing) is ABSENT for thing in inside):
        return True
    return place_of(edit.path) == "thing" and edit.ours is not ABSENT and get(plan, edit.path) is ABSENT


def _visible(snapshot: Snapshot, remembered: Documents) -> Iterable[Document]:
    """What the tool shows, with what it could not show filled in from memory: not seen is not deleted."""
    yield from snapshot.documents.values()
    for address, one in remembered.items():
        if address not in snapshot.documents and not snapshot.knows_absent(address):
            yield one


def _content(
    places: Places, target: Target, plan: TrackingPlan, documents: Iterable[Document], touched: frozenset[Path]
) -> JSON:
    """What these documents say about the touched things, as canonical content under the plan's names."""
    said = content(localise(target.mapping.from_tool(Documents(documents)).plan, plan, target.plugin.tool))
    said["events"] = {places.renamed.get(name, name): event for name, event in said["events"].items()}
    return {section: _only(section, said[section], touched) for section in SECTIONS}


def _with_history(target: Target, chosen: list[Document], documents: list[Document]) -> list[Document]:
    """In a registry of versions also the other versions of what was chosen: they tell what it began as."""
    if "versions" not in target.plugin.capabilities:
        return chosen
    lines = {one.address.names[:-1] for one in chosen}
    return [one for one in documents if one.address.names[:-1] in lines]


def _only(section: str, things: dict[str, JSON], touched: frozenset[Path]) -> dict[str, JSON]:
    if section == "user_properties":
        return things if (section,) in touched else {}
    return {name: thing for name, thing in things.items() if (section, name) in touched}


def with_values(plan: TrackingPlan, values: Iterable[tuple[Path, Value]]) -> TrackingPlan:
    """The expanded plan with other values at some paths; only the things they belong to are made anew.

    A thing that is put back has no tombstone.
    """
    values = list(values)
    back = {path for path, value in values if value is not ABSENT}
    removed = tuple(one for one in plan.removed if _place_of_tombstone(one) not in back)
    by_thing: dict[Path, list[tuple[Path, Value]]] = {}
    for path, value in values:
        by_thing.setdefault(path[:2], []).append((path[2:], value))
    sections = {section: dict(getattr(plan, section)) for section in SECTIONS}
    for (section, name), some in by_thing.items():
        things = sections[section]
        data: Value = things[name].model_dump(mode="json", exclude_defaults=True) if name in things else {}
        for rest, value in some:
            data = put(data, rest, value)
        if data is ABSENT:
            things.pop(name, None)
        else:
            things[name] = MODELS[section].model_validate(data)
    return plan.model_copy(update={**sections, "removed": removed})


def _place_of_tombstone(one: Removed) -> Path:
    event = () if one.event is None else ("events", one.event)
    if one.property is None:
        return event
    return (*event, "properties" if event else "user_properties", one.property)
