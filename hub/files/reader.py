"""Reading a plan from disk: one file, or a folder with one file per event. All that is wrong is said at once."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from hub.errors import Problems, Refusal
from hub.files import disk, jsontext, yamltext
from hub.files.complaints import Complaint, complaints, known_keys, locate
from hub.files.complaints import Path as PlanPath
from hub.files.nodes import MAX_FAULTS, Fault, Node, place, plain
from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON

SUFFIXES = (".yaml", ".yml", ".json")
PLAN_FILE = "plan.yaml"
EVENTS_FOLDER = "events"
MAX_ERRORS = 5_000
"""How many errors of a model are put into words; one mistake in a union makes several."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as it was read.

    `path` is what was asked for, a file or a folder. `hashes` has the SHA-256 (64 hex digits) of each file that was
    read; `homes` the file of each event, empty for a single file.
    """

    plan: TrackingPlan
    path: Path
    hashes: Mapping[Path, str]
    homes: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One file as it was read; `root` is None when the text could not be read to its end."""

    path: Path
    text: str
    hash: str
    root: Node | None
    faults: tuple[Fault, ...] = ()

    def refusal(self, fault: Fault) -> Refusal:
        line, column = place(self.text, fault.at)
        return Refusal(fault.message, place=f"{self.path}:{line}:{column}", hint=fault.hint)


def load(path: Path) -> PlanFile:
    """Read a plan file (.yaml, .yml, .json) or a plan folder (plan.yaml and events/*.yaml).

    Raises Refusal for what is not there or not readable at all, Problems with every mistake in what is: each with
    its place as file:line:column, and a next step.
    """
    with disk.refusing(path, "read"):
        folder = path.is_dir()
    return _Reading(path, folder, _Disk()).result()


def load_given(files: Mapping[str, bytes]) -> PlanFile:
    """The same of files that came by another way, by the names they go by: a plan file, or those of a plan folder.

    Raises Refusal where they are neither, Problems as `load` does.
    """
    given = {Path(name): raw for name, raw in files.items()}
    mains = [path for path in given if path.name == PLAN_FILE] if len(given) > 1 else list(given)
    if len(mains) != 1:
        hint = f"give one plan file, or a folder with {PLAN_FILE} and {EVENTS_FOLDER}/"
        raise Refusal(f"{len(given)} files are no plan: {len(mains)} of them are {PLAN_FILE}", hint=hint)
    (main,) = mains
    folder = len(given) > 1
    return _Reading(main.parent if folder else main, folder, _Given(given)).result()


def parse(path: Path, raw: bytes) -> Part:
    """The bytes of one file as nodes, with every fault of its text. Never raises for what is in them."""
    mark = next((mark for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) if raw.startswith(mark)), None)
    if mark is not None:
        return Part(path, "", disk.digest(raw), None, (Fault(0, "the text is UTF-16", "save it as UTF-8"),))
    body = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        before = body[: error.start].decode()
        fault = Fault(len(before), f"the byte 0x{body[error.start]:02x} is not UTF-8", "save it as UTF-8")
        return Part(path, before, disk.digest(raw), None, (fault,))
    if "\0" in text:
        fault = Fault(text.index("\0"), "a NUL byte; this is not a text file", "give a text file, saved as UTF-8")
        return Part(path, text, disk.digest(raw), None, (fault,))
    root, faults = compose(path, text)
    return Part(path, text, disk.digest(raw), root, tuple(faults))


def compose(path: Path, text: str) -> tuple[Node | None, list[Fault]]:
    """The nodes of a text in the notation of its file."""
    return jsontext.compose(text) if path.suffix == ".json" else yamltext.compose(text)


class _Source(Protocol):
    """Where the files of a plan are."""

    def read(self, path: Path) -> bytes:
        """The content of a file. Raises Refusal."""

    def has(self, path: Path) -> bool:
        """Whether there is such a file."""

    def event_files(self, folder: Path) -> Iterable[Path]:
        """The event files of a plan folder in the order of their names, those in folders too deep included."""


class _Disk:
    def read(self, path: Path) -> bytes:
        return disk.read(path)

    def has(self, path: Path) -> bool:
        return path.exists()

    def event_files(self, folder: Path) -> Iterable[Path]:
        with disk.refusing(folder, "read"):
            return [path for path in sorted((folder / EVENTS_FOLDER).rglob("*.y*ml")) if _is_event_file(path)]


@dataclass(frozen=True, slots=True)
class _Given:
    files: Mapping[Path, bytes]

    def read(self, path: Path) -> bytes:
        return self.files[path]

    def has(self, path: Path) -> bool:
        return path in self.files

    def event_files(self, folder: Path) -> Iterable[Path]:
        below = (path for path in sorted(self.files) if path.is_relative_to(folder / EVENTS_FOLDER))
        return [path for path in below if _is_event_file(path)]


def _is_event_file(path: Path) -> bool:
    return path.suffix in SUFFIXES[:2] and not path.name.startswith(".")


class _Reading:
    """Gathers the files of one plan and what is wrong with them, then makes the plan of the whole."""

    def __init__(self, path: Path, folder: bool, source: _Source) -> None:
        self.path = path
        self.folder = folder
        self.source = source
        self.main = path / PLAN_FILE if folder else path
        self.parts: dict[Path, Part] = {}
        self.roots: dict[Path, Node | None] = {}
        self.homes: dict[str, Path] = {}
        self.data: dict[str, JSON] | None = None
        self.problems: dict[tuple[str, int, str], Refusal] = {}

    def take_file(self) -> None:
        if self.path.suffix not in SUFFIXES:
            self.source.read(self.path)
            hint = f"a plan file ends in {', '.join(SUFFIXES)}"
            raise Refusal("is not named like a plan file", place=str(self.path), hint=hint)
        if self.path.name == PLAN_FILE and any(self.source.event_files(self.path.parent)):
            hint = f"give the folder: {self.path.parent}"
            raise Refusal("is one part of a plan folder", place=str(self.path), hint=hint)
        self.data = self.take(self.path, "a plan is a map", "begin with `name: My plan`")

    def take_folder(self) -> None:
        if not self.source.has(self.main):
            hint = f"a plan folder has a {PLAN_FILE} and a folder {EVENTS_FOLDER}/ with one file per event"
            raise Refusal(f"there is no {PLAN_FILE} in this folder", place=str(self.path), hint=hint)
        self.data = self.take(self.main, "a plan is a map", "begin with `name: My plan`")
        if self.data is not None and "events" in self.data:
            hint = f"move each to a file of its own in {EVENTS_FOLDER}/"
            self.blame(self.main, Complaint(("events",), "a plan folder has no events in this file", hint, True))
        events: dict[str, JSON] = {}
        for path in self.source.event_files(self.path):
            self.take_event(path, events)
        if self.data is not None:
            self.data["events"] = events

    def take_event(self, path: Path, events: dict[str, JSON]) -> None:
        """Add one event; one without a name of its own is checked all the same, under the name of its file."""
        if path.parent.name != EVENTS_FOLDER or path.parent.parent != self.path:
            refusal = Refusal("is not read here", place=str(path), hint=f"move it to {EVENTS_FOLDER}/ itself")
            self.problems[str(path), 0, ""] = refusal
            return
        data = self.take(path, "an event is a map", "begin with `name: My Event`")
        if data is None:
            return
        name = data.pop("name", None)
        if not isinstance(name, str) or not name:
            message = "name: an event needs a name that is text"
            self.blame(path, Complaint(("name",), message, "add `name: My Event`"))
            name = str(path)
        elif name in events:
            message = f"the event {name!r} is in {self.homes[name]} too"
            self.blame(path, Complaint(("name",), message, "keep one of the two"))
            name = str(path)
        events[name] = data
        self.homes[name] = path

    def take(self, path: Path, complaint: str, hint: str) -> dict[str, JSON] | None:
        """The map that is the content of a file; None, with a problem noted, when there is none."""
        part = parse(path, self.source.read(path))
        self.parts[path] = replace(part, root=None)  # a large plan has a million nodes; few are ever asked for
        for fault in part.faults:
            self.note(path, fault)
        if part.root is None:
            return None
        data = plain(part.root)
        if isinstance(data, dict):
            return data
        self.note(path, Fault(part.root.start, complaint, hint))
        return None

    def note(self, path: Path, fault: Fault) -> None:
        """Remember a problem, once, in the order of the files and the places in them."""
        key = (str(path), fault.at, fault.message)
        self.problems.setdefault(key, self.parts[path].refusal(fault))

    def blame(self, path: Path, complaint: Complaint) -> None:
        root = self.root(path)
        at = locate(root, complaint) if root is not None else 0
        self.note(path, Fault(at, complaint.message, complaint.hint))

    def root(self, path: Path) -> Node | None:
        """The nodes of a file, made again when something is to be found in them."""
        if path not in self.roots:
            self.roots[path] = compose(path, self.parts[path].text)[0]
        return self.roots[path]

    def result(self) -> PlanFile:
        """Read it all. Raises Refusal and Problems as `load` does."""
        self.take_folder() if self.folder else self.take_file()
        plan = self.validated() if self.data is not None else None
        if plan is None or self.problems:
            found = [problem for _, problem in sorted(self.problems.items())]
            count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
            raise Problems(f"{self.path}: {count} in the plan", found, hint="correct them and try again")
        hashes = {path: part.hash for path, part in self.parts.items()}
        return PlanFile(plan, self.path, hashes, self.homes)

    def validated(self) -> TrackingPlan | None:
        try:
            return TrackingPlan.model_validate(self.data)
        except ValidationError as error:
            found = complaints(islice(error.errors(include_url=False), MAX_ERRORS), self.known)
            for complaint in found[:MAX_FAULTS]:
                self.blame(*self.home(complaint))
            if len(found) > MAX_FAULTS:
                end = len(self.parts[self.main].text)
                self.note(self.main, Fault(end, f"more than {MAX_FAULTS} mistakes; only these are listed", "mend them"))
            return None

    def known(self, path: PlanPath) -> list[str]:
        at_event_file = bool(self.homes) and len(path) == 2 and path[0] == "events"
        return [*known_keys(path), *(["name"] if at_event_file else [])]

    def home(self, complaint: Complaint) -> tuple[Path, Complaint]:
        """The file where the complaint belongs, and the complaint with the path inside that file."""
        path = complaint.path
        if len(path) < 2 or path[0] != "events" or path[1] not in self.homes:
            return self.main, complaint
        inside = Complaint(path[2:], complaint.message, complaint.hint, complaint.on_key, complaint.wrong)
        return self.homes[str(path[1])], inside
