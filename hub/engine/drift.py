"""What somebody changed in a tool since the last publish, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.contract import Snapshot
from hub.changes.changeset import Base
from hub.changes.resolve import EMPTY_RESOLUTION, Resolution, put_keeps, resolve
from hub.engine.target import Engine, Target
from mappings.canonical import Event, GroupType, Property, TrackingPlan
from mappings.canonical.identity import content, localise
from mappings.canonical.kinds import JSON
from mappings.contract import Document, Documents, Path, Projection

SECTIONS = ("events", "user_properties", "groups")


def resolve_target(
    engine: Engine,
    target: Target,
    expanded: TrackingPlan,
    projection: Projection,
    snapshot: Snapshot,
    base: Base,
) -> Resolution:
    """The fate of every remote edit in this target. Reads as plans only what was touched; usually that is nothing."""
    touched = _touched(target, expanded, projection, snapshot, base)
    if not touched:
        return EMPTY_RESOLUTION
    remembered = engine.store.base_documents(target.name)
    sides = (
        (one for address, one in remembered.items() if address in base),
        projection.documents.values(),
        _visible(snapshot, remembered, projection),
    )
    views = [_content(target, expanded, side, touched) for side in sides]
    decided = engine.store.decisions.decided(expanded.name)
    return resolve(target.name, *views, authority=engine.authority, decided=decided)


def subject(about: Path) -> Path:
    """The thing a document belongs to that is compared as a whole: an event, a group, or all user properties."""
    return about[:2] if about[:1] in (("events",), ("groups",)) else about[:1]


def _touched(
    target: Target, plan: TrackingPlan, projection: Projection, snapshot: Snapshot, base: Base
) -> frozenset[Path]:
    """The subjects of managed documents that changed or went, and of foreign documents among managed ones."""
    wanted = projection.documents
    managed = {subject(wanted[address].about) for address in base if address in wanted}
    names = _canonical_names(plan, target)
    touched = set()
    for address, digest in base.items():
        held = snapshot.documents.get(address)
        if (held is None and snapshot.knows_absent(address)) or (held is not None and held.hash != digest):
            touched.add(subject(wanted[address].about) if address in wanted else _subject_of(held, names))
    foreign = (one for address, one in snapshot.documents.items() if address not in base)
    return frozenset(one for one in touched | {_subject_of(document, names) for document in foreign} if one in managed)


def _subject_of(document: Document | None, names: dict[Path, Path]) -> Path:
    found = subject(document.about) if document is not None else ()
    return names.get(found, found)


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


def _visible(snapshot: Snapshot, remembered: Documents, projection: Projection) -> Iterable[Document]:
    """What the tool shows, with what it could not show filled in from memory: not seen is not deleted."""
    yield from (_placed(one, projection) for one in snapshot.documents.values())
    for address, one in remembered.items():
        if address not in snapshot.documents and not snapshot.knows_absent(address):
            yield one


def _placed(document: Document, projection: Projection) -> Document:
    """The document under the plan's own name for its place, where the plan has one."""
    wanted = projection.documents.get(document.address)
    return (
        document
        if wanted is None
        else Document(document.address, document.body, about=wanted.about, facts=document.facts)
    )


def _content(target: Target, plan: TrackingPlan, documents: Iterable[Document], touched: frozenset[Path]) -> JSON:
    """What these documents say about the touched subjects, as canonical content under the plan's names."""
    names = _canonical_names(plan, target)
    chosen = Documents(one for one in documents if _subject_of(one, names) in touched)
    said = content(localise(target.mapping.from_tool(chosen).plan, plan, target.plugin.tool))
    return {section: _only(section, said[section], touched) for section in SECTIONS}


def _only(section: str, things: dict[str, JSON], touched: frozenset[Path]) -> dict[str, JSON]:
    if section == "user_properties":
        return things if (section,) in touched else {}
    return {name: thing for name, thing in things.items() if (section, name) in touched}


def with_keeps(plan: TrackingPlan, resolution: Resolution) -> TrackingPlan:
    """The expanded plan as this target should hold it for now: remote values that stay are put in."""
    changed: dict[str, dict[str, object]] = {}
    for section, model in (("events", Event), ("user_properties", Property), ("groups", GroupType)):
        keeps = [(path, value) for path, value in resolution.keeps if path[0] == section]
        if not keeps:
            continue
        things = dict(getattr(plan, section))
        for name in {path[1] for path, _ in keeps}:
            before = {name: things[name].model_dump(mode="json", exclude_defaults=True)} if name in things else {}
            mine = [(path[1:], value) for path, value in keeps if path[1] == name]
            after = put_keeps(before, mine)
            if name in after:
                things[name] = model.model_validate(after[name])
            else:
                things.pop(name, None)
        changed[section] = things
    return plan.model_copy(update=changed) if changed else plan
