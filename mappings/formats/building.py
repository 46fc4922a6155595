"""What all importers share: sound data in, a plan with findings out, and the one refusal they have."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from mappings.canonical.kinds import JSON
from mappings.canonical.plan import TrackingPlan
from mappings.contract import Effect, Finding, Path, Reading, Severity

Data = dict[str, JSON]

DEEPEST = 100
"""Levels of nesting that are read; a real plan stays under ten, and deeper data would exhaust the stack later."""

ENDING = re.compile(r"(\.schema)?\.(json|ya?ml)$", re.IGNORECASE)

SCHEMA_NOTES: dict[str, tuple[Severity, Effect]] = {
    "ill-typed": ("warning", "transformed"),
    "unknown-type": ("warning", "dropped"),
    "required-unlisted": ("info", "transformed"),
}
"""How the reports of `mappings.canonical.jsonschema` weigh here."""


class FormatError(ValueError):
    """A file is not in the format that was asked for. Says which file, what was expected there, and what to do."""

    def __init__(self, file: str, expected: str, hint: str) -> None:
        super().__init__(f"{file}: expected {expected}. {hint}")
        self.file = file
        self.expected = expected
        self.hint = hint


class PlanBuilder:
    """Collects the parts of a plan as plain data, and a finding for each thing that is not taken over as it is.

    `format` is the name of the format, the first half of every finding's code. `expected` says in words what a
    document looks like; it is for the refusal when no document does.
    """

    def __init__(self, format: str, expected: str) -> None:
        self.format = format
        self.expected = expected
        self.name = ""
        self.description = ""
        self.events: dict[str, Data] = {}
        self.user_properties: dict[str, Data] = {}
        self.shared_properties: dict[str, Data] = {}
        self.groups: dict[str, Data] = {}
        self.sources: dict[str, Data] = {}
        self.categories: dict[str, Data] = {}
        self.extensions: dict[str, Data] = {}
        self.findings: list[Finding] = []
        self._rejected: list[str] = []
        self._files: list[str] = []

    # Saying ------------------------------------------------------------------------------------------------------

    def note(self, severity: Severity, effect: Effect, path: Path, what: str, message: str, hint: str = "") -> None:
        """Adds a finding; `what` is the second half of its code."""
        self.findings.append(Finding(severity, effect, path, f"{self.format}.{what}", message, hint))

    def report(self, path: Path, code: str, message: str) -> None:
        """The report to hand to `jsonschema.event_data` and `shape_data`."""
        severity, effect = SCHEMA_NOTES[code]
        self.note(severity, effect, path, code, message)

    def reject(self, file: str, expected: str | None = None) -> None:
        """Leaves a whole document out. Where nothing else is read either, `reading` refuses instead."""
        self._rejected.append(file)
        message = f"not read: expected {expected or self.expected}"
        self.note("warning", "dropped", ("file", file), "not-this-format", message, "Import it with its own format.")

    # Taking ------------------------------------------------------------------------------------------------------

    def documents(self, documents: Mapping[str, JSON]) -> Iterator[tuple[str, JSON]]:
        """Each document as pure JSON. YAML dates become text; what has no JSON form is left out with a finding."""
        for file, document in documents.items():
            self._files.append(file)
            odd: dict[str, None] = {}
            yield file, plain(document, odd.setdefault)
            if odd:
                message = f"left out: {', '.join(odd)}"
                self.note("warning", "dropped", ("file", file), "not-json", message, "Write it as JSON knows it.")

    def add_event(self, name: JSON, data: Data, file: str) -> bool:
        """Adds an event; False, with a finding, where the name is unusable or taken by an earlier one."""
        if not self.is_usable(name, "events", file):
            return False
        if name in self.events:
            self.note(
                "warning",
                "dropped",
                ("events", name),
                "duplicate",
                f"{file} has another event of this name; the first is kept",
                "Rename one of the two and import again.",
            )
            return False
        self.events[name] = self.sound(data, ("events", name))
        return True

    def add_properties(self, section: str, properties: Mapping[str, Data], file: str) -> None:
        """Adds to `user_properties` or `shared_properties`; what is there already stays, with a finding."""
        known: dict[str, Data] = getattr(self, section)
        for name, data in properties.items():
            if not self.is_usable(name, section, file):
                continue
            if name in known:
                message = f"{file} has another property of this name; the first is kept"
                self.note("warning", "dropped", (section, name), "duplicate", message)
            else:
                known[name] = self.sound(data, (section, name))

    def add_heading(self, section: str, name: JSON, description: JSON, file: str) -> bool:
        """Adds to `sources` or `categories`; False, with a finding, where the name is unusable or taken."""
        if not self.is_usable(name, section, file):
            return False
        known: dict[str, Data] = getattr(self, section)
        if name in known:
            message = f"{file} has another of this name; the first is kept"
            self.note("warning", "dropped", (section, name), "duplicate", message)
            return False
        known[name] = {"description": as_text(description)}
        return True

    def is_usable(self, name: JSON, section: str, file: str) -> bool:
        """Whether this can be a name in the plan; where not, a finding says what is skipped."""
        if is_name(name):
            return True
        message = f"{section}: {name!r} in {file} cannot be a name; skipped"
        self.note("warning", "dropped", ("file", file), "no-name", message, "Give it a name and import again.")
        return False

    def sound(self, data: Data, path: Path) -> Data:
        """The data without properties that have no usable name, and with all text valid Unicode; both with findings."""
        named = self._named(data, path)
        mended: Data = mend(named)
        if mended != named:
            message = "characters that are no valid Unicode were replaced"
            self.note("warning", "transformed", path, "broken-text", message, "Read the text again where it came from.")
        return mended

    def _named(self, data: Data, path: Path) -> Data:
        kept = dict(data)
        if "properties" in kept:
            kept["properties"] = {
                name: self._named(prop, (*path, "properties", name))
                for name, prop in kept["properties"].items()
                if self._has_name(name, path)
            }
        if "items" in kept:
            kept["items"] = self._named(kept["items"], (*path, "items"))
        return kept

    def _has_name(self, name: str, path: Path) -> bool:
        if not is_name(name):
            message = f"a property called {name!r} was skipped"
            self.note("warning", "dropped", (*path, "properties", name), "no-name", message)
        return is_name(name)

    # Giving ------------------------------------------------------------------------------------------------------

    def reading(self) -> Reading:
        """The plan and its findings. Raises FormatError where no document was in this format."""
        if len(self._rejected) == len(self._files):
            file = self._rejected[0] if self._rejected else "(no file)"
            raise FormatError(file, self.expected, "Name the format that the file is in, or the file of this format.")
        data = {
            "name": mend(self.name.strip())[:200] or stem(self._files[0])[:200] or "Imported plan",
            "description": mend(self.description),
            "sources": mend(self.sources),
            "categories": mend(self.categories),
            "shared_properties": self.shared_properties,
            "events": self.events,
            "user_properties": self.user_properties,
            "groups": self.groups,
            "extensions": mend(self.extensions),
        }
        return Reading(TrackingPlan.model_validate(data), tuple(self.findings))


def plain(value: object, odd: Callable[[str, None], None], depth: int = 0) -> JSON:
    """The value as pure JSON; `odd` is told the kind of each thing that has no such form and became null."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else odd("a number that is not finite", None)
    if isinstance(value, datetime.date | datetime.time):  # how YAML reads unquoted dates
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple) and depth >= DEEPEST:
        return odd(f"what is nested deeper than {DEEPEST} levels", None)
    if isinstance(value, Mapping):
        return {str(key): plain(one, odd, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, odd, depth + 1) for one in value]
    return odd(f"a value of type {type(value).__name__}", None)


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: lone surrogates cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def is_name(name: JSON) -> bool:
    return isinstance(name, str) and bool(name.strip()) and is_text(name)


def mend(value: JSON) -> JSON:
    """The value with every lone surrogate replaced by U+FFFD, in keys too."""
    if isinstance(value, str):
        return value if is_text(value) else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {mend(key): mend(one) for key, one in value.items()}
    return [mend(one) for one in value] if isinstance(value, list) else value


def stem(file: str) -> str:
    """The name of a file without its folder and what such files end with: ``plans/web.schema.json`` → ``web``."""
    name: str = mend(PurePosixPath(file.replace("\\", "/")).name)
    return ENDING.sub("", name)


def as_mapping(value: JSON) -> Mapping[str, JSON]:
    """The value where it is a mapping, else an empty one: for looking into data of unknown shape."""
    return value if isinstance(value, Mapping) else {}


def as_text(value: JSON) -> str:
    """The value where it is text, else the empty text."""
    return value if isinstance(value, str) else ""
