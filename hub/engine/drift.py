"""What somebody changed in a tool since the last publish, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.contract import Snapshot
from hub.changes.authority import Rule
from hub.changes.changeset import Base
from hub.changes.merge import ABSENT, Value, get, place_of, put
from hub.changes.resolve import EMPTY_RESOLUTION, Edit, Resolution, resolve
from hub.engine.target import Engine, Target
from mappings.canonical import Event, GroupType, Property, TrackingPlan
from mappings.canonical.identity import content, content_at, former_names, localise
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import Removed
from mappings.contract import Address, Document, Documents, Path, Projection

MODELS: dict[str, type[Event] | type[Property] | type[GroupType]] = {
    "events": Event,
    "user_properties": Property,
    "groups": GroupType,
}
SECTIONS = tuple(MODELS)


def resolve_target(
    engine: Engine,
    target: Target,
    expanded: TrackingPlan,
    projection: Projection,
    snapshot: Snapshot,
    base: Base,
) -> Resolution:
    """The fate of every remote edit in this target. Reads as plans only what was touched; usually that is nothing.

    Ours is the plan projected onto what was last published, not onto what the tool holds: a property that somebody
    added would pass for ours there. What the plan never spoke of is left alone on all sides.
    """
    place = _Places(target, expanded, projection)
    touched = _touched(place, snapshot, base)
    if not touched:
        return EMPTY_RESOLUTION
    published = remembered(engine, target, snapshot, base)
    ours = target.mapping.to_tool(expanded, published).documents
    sides = (published.values(), ours.values(), _visible(snapshot, published))
    views = [_content(place, target, expanded, side, touched) for side in sides]
    decided = engine.store.decisions.decided(expanded.name)
    rows = [Rule(row.policy, row.field, row.target, row.tag, row.status) for row in expanded.authority]
    found = resolve(target.name, *views, authority=engine.authority.under(rows), decided=decided)
    return _left_alone(_managed_only(found, content_at(expanded, (one.path for one in found.edits))), snapshot, base)


def remembered(engine: Engine, target: Target, snapshot: Snapshot, base: Base) -> Documents:
    """The base in full, with the facts that the tool tells of each document now.

    What an interrupted run wrote and the tool shows is in the base, and not yet in the store.
    """
    stored = engine.store.base_documents(target.name)
    found = []
    for address, digest in base.items():
        held, known = snapshot.documents.get(address), stored.get(address)
        if held is not None and held.hash == digest:
            found.append(held)
        elif known is not None:
            found.append(Document(address, known.body, about=known.about, facts=held.facts if held else None))
    return Documents(found)


def _left_alone(found: Resolution, snapshot: Snapshot, base: Base) -> Resolution:
    """With what stands in a document of its own that is not the hub's: nothing would take it back, so it stays."""
    strangers = {one.about for address, one in snapshot.documents.items() if address not in base}
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


def subject(about: Path) -> Path:
    """The thing a document belongs to that is compared as a whole: an event, a group, or all user properties."""
    return about[:2] if about[:1] in (("events",), ("groups",)) else about[:1]


def _touched(place: _Places, snapshot: Snapshot, base: Base) -> frozenset[Path]:
    """The subjects of managed documents that changed or went, and of foreign documents among managed ones.

    A document about a whole section (a class that all events' properties of a name share) touches all of it.
    """
    managed = {found for address in base if (found := place.of_address(address))}
    touched = set()
    for address, digest in base.items():
        held = snapshot.documents.get(address)
        if (held is None and snapshot.knows_absent(address)) or (held is not None and held.hash != digest):
            touched.add(place.of_address(address))
    touched |= {place.of(document) for address, document in snapshot.documents.items() if address not in base}
    touched &= managed
    return frozenset(touched | {one for one in managed if one[:1] in touched})


class _Places:
    """Which thing of the plan a document belongs to, whatever the tool calls it."""

    def __init__(self, target: Target, plan: TrackingPlan, projection: Projection) -> None:
        self._wanted = projection.documents
        self._names = _canonical_names(plan, target)
        self._going = {one.address: subject(one.about) for one in projection.removals}
        moving = [one for one in self._wanted.values() if one.formerly is not None]
        self._going |= {one.formerly: subject(one.about) for one in moving if one.formerly is not None}
        events = {one.about[1] for one in moving if one.about[:1] == ("events",)}
        self.renamed = {former: name for name in events for former in former_names(plan, name)}
        """What the tool still calls by its former name, with the new one."""
        self._lines: dict[tuple[str, ...], Path] = {}
        """For a registry of versions: all versions of a name belong to one thing."""
        if "versions" in target.plugin.capabilities:
            self._lines = {address.names[:-1]: subject(one.about) for address, one in self._wanted.items()}

    def of_address(self, address: Address) -> Path:
        """Empty when the plan does not speak of it."""
        wanted = self._wanted.get(address)
        if wanted is not None:
            return subject(wanted.about)
        return self._going.get(address) or self._lines.get(address.names[:-1], ())

    def of(self, document: Document) -> Path:
        found = subject(document.about)
        return self.of_address(document.address) or self._names.get(found, found)


def _canonical_names(plan: TrackingPlan, target: Target) -> dict[Path, Path]:
    """Subjects as the tool spells them → as the plan does, where the two differ."""
    tool = target.plugin.tool
    things: Iterable[tuple[str, str, Event | GroupType]] = (
        (section, name, thing)
        for section in ("events", "groups")
        for name, thing in getattr(plan, section).items()
        if tool in thing.names
    )
    return {(section, thing.names[tool]): (section, name) for section, name, thing in things}


def _visible(snapshot: Snapshot, remembered: Documents) -> Iterable[Document]:
    """What the tool shows, with what it could not show filled in from memory: not seen is not deleted."""
    yield from snapshot.documents.values()
    for address, one in remembered.items():
        if address not in snapshot.documents and not snapshot.knows_absent(address):
            yield one


def _content(
    place: _Places, target: Target, plan: TrackingPlan, side: Iterable[Document], touched: frozenset[Path]
) -> JSON:
    """What these documents say about the touched things, as canonical content under the plan's names."""
    wide = touched | {path[:1] for path in touched}
    documents = list(side)
    chosen = Documents(_with_history(target, [one for one in documents if place.of(one) in wide], documents))
    said = content(localise(target.mapping.from_tool(chosen).plan, plan, target.plugin.tool))
    said["events"] = {place.renamed.get(name, name): event for name, event in said["events"].items()}
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
