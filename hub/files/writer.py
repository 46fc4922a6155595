"""Writing plans: a new file or folder, or the changes of a plan into the files it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from hub.errors import Refusal
from hub.files import disk, emit
from hub.files.complaints import Path as PlanPath
from hub.files.nodes import Node, plain
from hub.files.patch import Renames, patch, without_aliases
from hub.files.reader import EVENTS_FOLDER, PLAN_FILE, SUFFIXES, PlanFile, parse
from mappings.canonical import Event, Moved, TrackingPlan
from mappings.canonical.kinds import JSON
from mappings.canonical.text import same, short_hash, snake_case, spell_uniquely

_LONGEST_STEM = 80
_DEVICES = frozenset({"con", "prn", "aux", "nul"}) | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
"""Names that a Windows machine cannot check out."""


def save(plan: TrackingPlan, path: Path) -> None:
    """Write a plan where there is none yet: one file when the path has a plan file's suffix, else a folder.

    Raises hub.errors.Moved when something is there already, Refusal when the system refuses or the suffix is none
    of a plan file.
    """
    data = emit.file_data(plan)
    if path.suffix in SUFFIXES:
        text = emit.json_text(data) if path.suffix == ".json" else emit.yaml_text(data)
        disk.replace({path: text.encode()}, {})
    elif path.suffix:
        hint = f"end it in {', '.join(SUFFIXES)}, or in nothing for a folder"
        raise Refusal(f"{path.suffix} is no plan file", place=str(path), hint=hint)
    else:
        _save_folder(data, path)


def _save_folder(data: dict[str, JSON], path: Path) -> None:
    events = data.pop("events", {})
    homes = _new_homes(path, list(events), {})
    contents = {path / PLAN_FILE: emit.yaml_text(data).encode()}
    contents |= {homes[name]: emit.yaml_text({"name": name, **event}).encode() for name, event in events.items()}
    disk.replace(contents, {})


def update(planfile: PlanFile, plan: TrackingPlan) -> list[Path]:
    """Write into the files of a plan what changed since it was read, and nothing else; the files that changed.

    Comments, order, quotes and layout stay. A rename that the new plan states in `moved` keeps the thing where it
    is. All files are prepared before the first one is replaced. Raises hub.errors.Moved, before anything is written,
    when a file changed on disk since it was read; Refusal when the system refuses.
    """
    changes = _changes(planfile, plan)
    contents = {path: _changed(change, plan) for path, change in changes.items() if change.new is not None}
    disk.replace(contents, planfile.hashes, also=[path for path in changes if path not in contents])
    return sorted(changes)


@dataclass(frozen=True, slots=True)
class _Change:
    """One file's data before and after; None before for a new file, after for one to remove. `at` is its place."""

    path: Path
    hash: str | None
    old: dict[str, JSON] | None
    new: dict[str, JSON] | None
    at: PlanPath
    renames: Renames


def _changes(planfile: PlanFile, plan: TrackingPlan) -> dict[Path, _Change]:
    """What happens to each file that is not to stay as it is."""
    renames = _renames(plan.moved)
    old, new = emit.file_data(planfile.plan), emit.file_data(plan)
    main = planfile.path
    found = []
    if main not in planfile.hashes:
        main = planfile.path / PLAN_FILE
        found = _event_changes(planfile, old.pop("events", {}), new.pop("events", {}), renames)
    if not same(old, new):
        found.append(_Change(main, planfile.hashes[main], old, new, (), renames))
    return {change.path: change for change in found}


def _event_changes(planfile: PlanFile, old: dict[str, JSON], new: dict[str, JSON], renames: Renames) -> list[_Change]:
    """The changes of the event files of a folder. A renamed event stays in its file."""
    moves = {now: was for now, was in renames.get(("events",), {}).items() if now in new and now not in old}
    former = {name: name if name in old else moves[name] for name in new if name in old or moves.get(name, name) in old}
    former = {now: was for now, was in former.items() if now == was or was not in new}
    homes = _new_homes(planfile.path, [name for name in new if name not in former], planfile.homes)
    found = []
    for name, event in new.items():
        path = planfile.homes[former[name]] if name in former else homes[name]
        before = {"name": former[name], **old[former[name]]} if name in former else None
        after = {"name": name, **event}
        if before is None or not same(before, after):
            found.append(_Change(path, planfile.hashes.get(path), before, after, ("events", name), renames))
    gone = [planfile.homes[name] for name in old if name not in former.values()]
    return [*found, *(_Change(path, planfile.hashes[path], {}, None, (), {}) for path in gone)]


def _renames(moved: tuple[Moved, ...]) -> Renames:
    """The renames of a plan by the map whose key changed."""
    found: dict[PlanPath, dict[str, str]] = {}
    for move in moved:
        where: PlanPath = ("events", move.event, "properties") if move.event is not None else ("events",)
        if move.scope == "user":
            where = ("user_properties",)
        elif move.scope == "group":
            where = ("groups", move.group, "properties") if move.group is not None else ("groups",)
        found.setdefault(where, {})[move.to_name] = move.from_name
    return found


def _new_homes(folder: Path, names: list[str], taken: Mapping[str, Path]) -> dict[str, Path]:
    """A file for each event, named after it in small letters, none that is taken."""
    spelled = spell_uniquely(names, _stem, {f"\0{name}": path.stem.lower() for name, path in taken.items()})
    return {name: folder / EVENTS_FOLDER / f"{spelled[name]}.yaml" for name in names}


def _stem(name: str) -> str:
    stem = snake_case(name)
    if len(stem) > _LONGEST_STEM or stem in _DEVICES:
        return f"{stem[:_LONGEST_STEM]}_{short_hash(name)}"
    return stem


def _changed(change: _Change, plan: TrackingPlan) -> bytes:
    """The new content of a file. Raises Moved when it is no longer what was read."""
    if change.old is None or change.new is None:
        return emit.yaml_text(change.new or {}).encode()
    raw = disk.read_unchanged(change.path, change.hash)
    part = parse(change.path, raw)
    text, root = part.text, part.root
    mark = raw[: len(raw) - len(text.encode())]
    for _ in range(2):
        if root is None:
            break
        done = _patched(change, text, root)
        if _says(change, done.encode(), plan):
            return mark + done.encode()
        text = without_aliases(text, root)
        root = parse(change.path, text.encode()).root
    hint = "make this change by hand, or save the plan to a new path"
    raise Refusal("this change does not fit into the file as it is laid out", place=str(change.path), hint=hint)


def _patched(change: _Change, text: str, root: Node) -> str:
    old, new = change.old or {}, change.new or {}
    return patch(text, root, old, new, path=change.at, renames=change.renames, notation=change.path.suffix)


def _says(change: _Change, raw: bytes, plan: TrackingPlan) -> bool:
    """Whether the new content, read again, is exactly the new data: a splice is believed only when it is."""
    part = parse(change.path, raw)
    if part.root is None or part.faults:
        return False
    data = plain(part.root)
    if not isinstance(data, dict):
        return False
    try:
        if not change.at:
            wanted = emit.file_data(plan)
            read = emit.file_data(TrackingPlan.model_validate(data))
            return same(read, {key: wanted[key] for key in change.new or {}})
        name = data.pop("name", None)
        return name == change.at[1] and Event.model_validate(data) == plan.events[str(name)]
    except ValidationError:
        return False
