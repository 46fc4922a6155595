"""What to do about each field that somebody changed in a tool: restore it, keep it, propose it, or ask.

Pure. Takes the three views of one target, the authority matrix and what people decided before; gives the plan this
target should hold for now, and what a person should hear of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hub.changes.authority import Authority, Policy, field_of
from hub.changes.merge import ABSENT, Change, Value, changes, get, merged_set
from mappings.canonical.kinds import JSON
from mappings.canonical.text import content_hash
from mappings.contract import Path

Verdict = Literal["restore", "keep", "propose", "conflict"]
"""`restore`: the plan's value is written again. `keep`: the tool's value stays and nobody is asked. `propose`: it stays
until a person accepts or rejects it. `conflict`: both sides changed, or keep writing over each other; it stays until a
person decided."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field that somebody changed in one tool, and what becomes of it. `value` is what the tool should hold."""

    target: str
    path: Path
    base: Value
    ours: Value
    theirs: Value
    policy: Policy
    verdict: Verdict
    value: Value


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided before. Keys are (target or "*", path, hash of the tool's value)."""

    rejected: frozenset[tuple[str, Path, str]] = frozenset()
    different: frozenset[tuple[str, Path, str]] = frozenset()
    """Values that may stay different in that tool."""
    frozen: frozenset[tuple[str, Path]] = frozenset()
    """Fields in a tug-of-war: (target, path). They are left alone until a person decides."""


NOTHING_DECIDED = Decided()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The outcome for one target. `keeps` are the values to put into the plan before it is projected onto it."""

    edits: tuple[Edit, ...] = ()
    keeps: tuple[tuple[Path, Value], ...] = ()

    @property
    def bases(self) -> tuple[tuple[Path, Value], ...]:
        """What was last published at the places of `keeps`."""
        places = {path for path, _ in self.keeps}
        return tuple((edit.path, edit.base) for edit in self.edits if edit.path in places)

    def of_verdict(self, *verdicts: Verdict) -> list[Edit]:
        return [edit for edit in self.edits if edit.verdict in verdicts]


EMPTY_RESOLUTION = Resolution()


def value_hash(value: Value) -> str:
    """Stands for a value in decisions; a value that is not there has its own."""
    return "absent" if value is ABSENT else content_hash(value)


def resolve(
    target: str,
    base: JSON,
    ours: JSON,
    theirs: JSON,
    *,
    authority: Authority,
    decided: Decided = NOTHING_DECIDED,
) -> Resolution:
    """Decide about every field on which the tool left the base. The three are contents (`identity.content`)."""
    about = _tags_and_status(ours)
    edits = []
    for change in changes(base, ours, theirs):
        if change.side == "ours" or (change.side == "both" and _settled(change)):
            continue
        policy = authority.policy(change.path, target, *about(change.path))
        edit = _edit(target, change, policy, decided)
        if edit.verdict != "propose" or not _same(edit.value, edit.ours):  # else the plan has it all already
            edits.append(edit)
    keeps = tuple((edit.path, edit.value) for edit in edits if not _same(edit.value, edit.ours))
    return Resolution(tuple(edits), keeps)


def _settled(change: Change) -> bool:
    return _same(change.ours, change.theirs)


def _same(one: Value, other: Value) -> bool:
    return value_hash(one) == value_hash(other)


def _edit(target: str, change: Change, policy: Policy, decided: Decided) -> Edit:
    before = ABSENT if policy == "union" else change.base  # with nothing before, nobody has removed anything
    merged = merged_set(change.path, before, change.ours, change.theirs)
    together: Value = change.theirs if merged is None else merged
    verdict, value = _verdict(target, change, policy, decided, together)
    return Edit(target, change.path, change.base, change.ours, change.theirs, policy, verdict, value)


def _verdict(target: str, change: Change, policy: Policy, decided: Decided, together: Value) -> tuple[Verdict, Value]:
    seen = value_hash(change.theirs)
    if policy in ("tool", "ignore") or (target, change.path, seen) in decided.different:
        return "keep", change.theirs
    if (target, change.path) in decided.frozen:
        return "conflict", change.theirs
    if policy == "plan" or (policy == "fill-empty" and not _empty(change.ours)):
        return "restore", change.ours
    if any((who, change.path, seen) in decided.rejected for who in (target, "*")):
        return "restore", change.ours
    if policy == "union" and _same(together, change.ours):
        return "restore", change.ours
    if change.side == "conflict":
        return "conflict", change.theirs
    return "propose", together


def _empty(value: Value) -> bool:
    return value is ABSENT or value in ("", [], None)


def _tags_and_status(ours: JSON) -> Callable[[Path], tuple[list[str], str]]:
    """Looks up the event's tags and status for a path, for the matrix."""

    def about(path: Path) -> tuple[list[str], str]:
        event = get(ours, path[:2]) if path[:1] == ("events",) else ABSENT
        if not isinstance(event, Mapping):
            return [], "active"
        return list(event.get("tags", [])), str(event.get("status", "active"))

    return about


@dataclass(frozen=True, slots=True)
class Proposal:
    """One value that a tool (or several) would have the plan take over. One per (path, value).

    `shown` is where it was seen: (target, hash of what that tool shows).
    """

    path: Path
    value: Value
    base: Value
    ours: Value
    conflict: bool
    policy: Policy
    shown: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """The same for the same value at the same place, whichever tool shows it: 16 hex digits."""
        return content_hash([list(self.path), value_hash(self.value)])[:16]

    @property
    def field(self) -> str:
        return field_of(self.path)

    @property
    def is_stranger(self) -> bool:
        """Whether it is of an event that neither the plan nor the hub knows: adopting found it."""
        return self.path[:-1] == ("events",) and self.base is ABSENT and self.ours is ABSENT


def proposals(resolutions: Iterable[Resolution]) -> list[Proposal]:
    """The proposals of all targets together: an edit that several tools show is one."""
    found: dict[str, Proposal] = {}
    for resolution in resolutions:
        for edit in resolution.of_verdict("propose", "conflict"):
            shown = ((edit.target, value_hash(edit.theirs)),)
            conflict = edit.verdict == "conflict"
            one = Proposal(edit.path, edit.value, edit.base, edit.ours, conflict, edit.policy, shown)
            before = found.get(one.key)
            found[one.key] = one if before is None else _joined(before, one)
    return list(found.values())


def _joined(one: Proposal, other: Proposal) -> Proposal:
    shown = tuple(sorted({*one.shown, *other.shown}))
    return replace(one, conflict=one.conflict or other.conflict, shown=shown)
