"""Guards: what a changeset must not do without a person saying so. All violations together, with numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.changes.changeset import Changeset, TargetChanges
from mappings.canonical.kinds import JSON
from mappings.canonical.text import same


@dataclass(frozen=True, slots=True)
class Share:
    """At most this part of the managed documents; not counted below `few`, so that small plans stay workable."""

    part: float
    few: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one target may change in 24 hours before a person is asked."""

    updates: Share = Share(0.5, 20)
    removals: Share = Share(0.25, 5)
    type_changes: Share = Share(0.1, 10)
    vanished: Share = Share(0.9, 3)


@dataclass(frozen=True, slots=True)
class Recent:
    """What was written to a target in the last 24 hours, and how many documents were managed before that."""

    updates: int = 0
    removals: int = 0
    type_changes: int = 0
    managed_before: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """What a changeset, with the last 24 hours before it, uses of one limit of one target."""

    guard: str
    target: str
    used: int
    most: int
    """What the limit lets pass without a person."""
    managed: int
    part: float

    @property
    def exceeded(self) -> bool:
        return self.used > self.most


@dataclass(frozen=True, slots=True)
class Violation:
    """One guard that says no. `guard` is its stable name, which an override ticket names."""

    guard: str
    target: str
    message: str
    hint: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Permission for one guard on one exact changeset: bound to its fingerprint, with who, why and an expiry."""

    guard: str
    fingerprint: str
    who: str
    why: str
    expires: float
    """Seconds since the epoch."""


Guard = Callable[[TargetChanges, Limits, Recent], Iterable[Violation]]


def _first_publish(changes: TargetChanges, limits: Limits, recent: Recent) -> Iterable[Violation]:
    held = changes.unmanaged + len(changes.foreign) + len(changes.in_sync)
    if changes.first and changes.operations and held:
        yield Violation(
            "first-publish",
            changes.target,
            f"the target is not empty ({held} documents) and was never adopted",
            f"run `hub adopt --target {changes.target}` first",
            {"documents": held},
        )


def _foreign(changes: TargetChanges, limits: Limits, recent: Recent) -> Iterable[Violation]:
    if changes.foreign:
        yield Violation(
            "unmanaged",
            changes.target,
            f"{len(changes.foreign)} documents that the hub does not manage would be overwritten, "
            f"the first is {changes.foreign[0]}",
            f"run `hub adopt --target {changes.target}` to take them over",
            {"documents": len(changes.foreign)},
        )


def _incomplete(changes: TargetChanges, limits: Limits, recent: Recent) -> Iterable[Violation]:
    if changes.unknown:
        address, why = changes.unknown[0]
        yield Violation(
            "incomplete-reading",
            changes.target,
            f"{len(changes.unknown)} documents could not be read and would be left as they are, "
            f"the first is {address} ({why})",
            "preview again when the tool answers in full",
            {"documents": len(changes.unknown)},
        )


def _suddenly_empty(changes: TargetChanges, limits: Limits, recent: Recent) -> Iterable[Violation]:
    if changes.vanished >= limits.vanished.few and changes.vanished >= limits.vanished.part * changes.managed:
        yield Violation(
            "suddenly-empty",
            changes.target,
            f"{changes.vanished} of {changes.managed} managed documents are no longer in the tool",
            "check that the target's settings still point at the same workspace",
            {"vanished": changes.vanished, "managed": changes.managed},
        )


KINDS: Mapping[str, tuple[str, ...]] = {
    "updates": ("update", "rename"),
    "removals": ("hide", "delete"),
    "type_changes": (),
}
"""What is counted against a share of the managed documents, with the verbs that count; type changes are looked for."""


def measures(changes: TargetChanges, limits: Limits, recent: Recent) -> Iterator[Measure]:
    """How much of each share this changeset uses; a kind of which it does nothing uses nothing."""
    for kind, verbs in KINDS.items():
        count = len(changes.of_verb(*verbs)) if verbs else len(type_changes(changes))
        total = count + getattr(recent, kind) if count else 0
        managed = max(changes.managed, recent.managed_before, 1)
        allowed: Share = getattr(limits, kind)
        name = f"too-many-{kind.replace('_', '-')}"
        yield Measure(name, changes.target, total, _most(allowed, managed), managed, allowed.part)


def _most(allowed: Share, managed: int) -> int:
    """The largest number that is no more than the part, or few."""
    number = int(allowed.part * managed) + 1
    while number / managed > allowed.part:
        number -= 1
    return max(number, allowed.few - 1)


def _shares(changes: TargetChanges, limits: Limits, recent: Recent) -> Iterable[Violation]:
    for one in measures(changes, limits, recent):
        if one.exceeded:
            share = one.used / one.managed
            what = one.guard.removeprefix("too-many-").replace("-", " ")
            yield Violation(
                one.guard,
                one.target,
                f"{one.used} {what} within 24 hours are {share:.0%} of {one.managed} managed documents; "
                f"{one.part:.0%} are allowed",
                "publish in smaller steps, or override for this changeset",
                {"count": one.used, "managed": one.managed, "share": share, "allowed": one.part},
            )


GUARDS: tuple[Guard, ...] = (
    _first_publish,
    _foreign,
    _incomplete,
    _suddenly_empty,
    _shares,
)


def type_changes(changes: TargetChanges) -> list[str]:
    """The addresses of updates that change a `type` that the document had before."""
    return [
        str(one.address)
        for one in changes.of_verb("update")
        if one.before and one.document and _retypes(one.before.body, one.document.body)
    ]


def _retypes(before: JSON, after: JSON) -> bool:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return False
    return any(
        (key == "type" and not isinstance(value, Mapping) and not same(value, after[key]))
        or _retypes(value, after[key])
        for key, value in before.items()
        if key in after
    )


def violations(
    changeset: Changeset,
    *,
    limits: Mapping[str, Limits],
    recent: Mapping[str, Recent],
    tickets: Iterable[Ticket] = (),
    now: float = 0.0,
) -> tuple[Violation, ...]:
    """Every guard of every target that says no and has no valid ticket for this exact changeset."""
    fingerprint = changeset.fingerprint
    allowed = {ticket.guard for ticket in tickets if ticket.fingerprint == fingerprint and ticket.expires > now}
    found = (
        violation
        for changes in changeset.targets
        for guard in GUARDS
        for violation in guard(changes, limits.get(changes.target, Limits()), recent.get(changes.target, Recent()))
    )
    return tuple(one for one in found if one.guard not in allowed)
