"""What requests to Amplitude cost, and how operations and readings are cut into them.

The connector and the forecast take the same cuts, so the forecast is exact. There is no bulk write: one request per
changed thing is the vendor's minimum (apis/amplitude.md sections 2.1, 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple

from connectors.amplitude.settings import AmplitudeSettings
from connectors.contract import Budget, Call, CostModel, Operation, Window
from mappings.amplitude.documents import (
    CATEGORY,
    EVENT,
    EVENT_PROPERTY,
    GROUP_PREFIX,
    GROUP_PROPERTY,
    SHARED_PROPERTY,
    USER_PREFIX,
    USER_PROPERTY,
    changed_fields,
    new_fields,
)
from mappings.contract import Address, Documents

READ: Final = Call({"hour": 1})
WRITE: Final = Call({"hour": 2}, writes=1)
OPENING: Final = Call({"hour": 2})
"""A write that prepares another one."""
_ONE_WRITE: Final = (WRITE,)

COST: Final = CostModel(windows=(Window("hour", 7200, 3600),), concurrency=2, latency=0.3)
"""Cost 4 may be in flight: two writes. Reads keep to two as well, so one pace holds for all (section 2.1)."""

INHERITABLE: Final = ("description", "regex")
"""Texts of a shared property that show on every event's property that has none; nothing says "none" (section 5.11)."""

_INHERITABLE: Final = frozenset(INHERITABLE)

CREATE_NAMES: Final[Mapping[str, str]] = {
    CATEGORY: "category_name",
    EVENT: "event_type",
    EVENT_PROPERTY: "event_property",
    USER_PROPERTY: "user_property",
    GROUP_PROPERTY: "group_property",
}
RENAME_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    EVENT: ("new_event_type", ""),
    EVENT_PROPERTY: ("new_event_property_value", ""),
    USER_PROPERTY: ("new_user_property_value", USER_PREFIX),
    GROUP_PROPERTY: ("new_group_property_value", GROUP_PREFIX),
}
"""The form field of a new name, and the prefix that is left off it (sections 3.2 to 3.5)."""


# Writing ----------------------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """How one operation is carried out.

    `opens` says that the property is first created bare, and said for the event alone in a second request. `proves`
    says that the result is read back at once, because the vendor's success proves nothing.
    """

    operation: Operation
    opens: bool = False
    proves: bool = False

    @property
    def form(self) -> Mapping[str, str] | None:
        """The form of the request, without the selectors that follow from the address; None when none is needed.

        Made when it is sent: a forecast of ten thousands of steps only counts them.
        """
        return _form(self.operation)

    @property
    def calls(self) -> tuple[Call, ...]:
        if not _is_sent(self.operation):
            return ()
        if not self.opens and not self.proves:
            return _ONE_WRITE
        return (*((OPENING,) if self.opens else ()), WRITE, *((READ,) if self.proves else ()))


def batches(operations: Sequence[Operation]) -> list[list[Step]]:
    """The steps, in batches that must follow one another; within a batch the order does not matter.

    Kinds stay in the order given. Of one kind, renames come first (they free a name). New event properties of one
    name have a first one that becomes the shared property.
    """
    found: list[list[Step]] = []
    for (kind, removes), group in groupby(operations, key=_batch_key):
        steps = list(group)
        if kind == EVENT_PROPERTY and not removes:
            found += _property_batches(steps)
        else:
            renames = [one for one in steps if one.verb == "rename"]
            found += [[_step(one) for one in renames], [_step(one) for one in steps if one.verb != "rename"]]
    return [batch for batch in found if batch]


def calls_to_apply(settings: AmplitudeSettings, operations: Sequence[Operation]) -> list[Call]:
    """The requests that `apply` makes for these operations when nothing goes wrong."""
    return [call for batch in batches(operations) for step in batch for call in step.calls]


def _batch_key(operation: Operation) -> tuple[str, bool]:
    return operation.address.kind, operation.verb in ("hide", "delete")


def _property_batches(operations: Sequence[Operation]) -> list[list[Step]]:
    """The first property of each name becomes the shared one, which the others fall back to: pick the barest.

    Where even that one has a text that another lacks, the shared property is created bare.
    """
    created = [(_texts(one), place) for place, one in enumerate(operations) if one.verb == "create"]
    first: dict[str, int] = {}
    common: dict[str, frozenset[str]] = {}
    for texts, place in sorted(created, key=_how_many_texts):
        name = operations[place].address.names[-1]
        if first.setdefault(name, place) == place:
            common[name] = texts
        elif common[name]:
            common[name] &= texts
    firsts = ((name, operations[place]) for name, place in first.items())
    leaders = [_step(one, opens=not _texts(one) <= common[name]) for name, one in firsts]
    leading = set(first.values())
    return [leaders, [_step(one) for place, one in enumerate(operations) if place not in leading]]


def _how_many_texts(created: tuple[frozenset[str], int]) -> int:
    return len(created[0])


def _texts(operation: Operation) -> frozenset[str]:
    body = operation.document.body if operation.document else {}
    return _INHERITABLE.intersection(body)


def _step(operation: Operation, opens: bool = False) -> Step:
    proves = operation.verb == "rename" and operation.address.kind == USER_PROPERTY
    return Step(operation, opens, proves)


def _is_creation(operation: Operation) -> bool:
    return operation.verb == "create" and operation.address.kind in CREATE_NAMES


def _is_sent(operation: Operation) -> bool:
    """Whether the operation has a form, without making that of a creation, which always has one."""
    return _is_creation(operation) or _form(operation) is not None


def _form(operation: Operation) -> dict[str, str] | None:
    kind = operation.address.kind
    if operation.document is None:
        return {}
    if _is_creation(operation):
        return {CREATE_NAMES[kind]: operation.address.names[-1], **new_fields(kind, operation.document.body)}
    before = operation.before.body if operation.before else {}
    return {**_new_name(operation), **changed_fields(kind, operation.document.body, before)} or None


def _new_name(operation: Operation) -> dict[str, str]:
    former = operation.before.address if operation.before else operation.address
    if operation.verb != "rename" or former.names[-1] == operation.address.names[-1]:
        return {}
    field, prefix = RENAME_NAMES[operation.address.kind]
    return {field: operation.address.names[-1].removeprefix(prefix)}


# Reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agenda:
    """The lists that a reading takes. None for `properties_of` means "of every event, within the budget"."""

    categories: bool = True
    events: bool = True
    shared: bool = True
    user_properties: bool = True
    properties_of: tuple[str, ...] | None = None
    group_types: tuple[str, ...] = ()

    @property
    def fixed(self) -> int:
        """Requests besides those for single events. Events take two: the list, and which of them were ingested."""
        return self.categories + 2 * self.events + self.shared + self.user_properties + len(self.group_types)


def agenda(settings: AmplitudeSettings, known: Iterable[Address], budget: Budget) -> Agenda:
    """What to read: everything, or the lists that `budget.only` stands in.

    Group types cannot be listed (section 3.5): those of known group properties are read.
    """
    if budget.only is None:
        known_types = {one.names[0] for one in known if one.kind == GROUP_PROPERTY} if settings.groups else set()
        return Agenda(group_types=tuple(sorted(known_types)))
    kinds = {one.kind for one in budget.only}
    return Agenda(
        categories=CATEGORY in kinds,
        events=bool(kinds & {EVENT, EVENT_PROPERTY}),
        shared=bool(kinds & {EVENT_PROPERTY, SHARED_PROPERTY}),
        user_properties=USER_PROPERTY in kinds,
        properties_of=_parents(budget.only, EVENT_PROPERTY),
        group_types=_parents(budget.only, GROUP_PROPERTY),
    )


def _parents(addresses: Iterable[Address], kind: str) -> tuple[str, ...]:
    return tuple(sorted({one.names[0] for one in addresses if one.kind == kind}))


def affordable(plan: Agenda, events: int, budget: Budget, spent: int) -> int:
    """How many of so many events' properties can be read within the budget when `spent` requests were made."""
    if budget.units is None or plan.properties_of is not None:
        return events
    return max(0, min(events, int(budget.units) - spent - len(plan.group_types)))


def calls_to_observe(settings: AmplitudeSettings, known: Documents, budget: Budget) -> list[Call]:
    """The requests that `observe` makes if the tool holds what is known; each vanished thing costs one more."""
    plan = agenda(settings, known, budget)
    events = sum(1 for one in known if one.kind == EVENT) if plan.properties_of is None else len(plan.properties_of)
    before = plan.fixed - len(plan.group_types)
    return [READ] * (plan.fixed + affordable(plan, events, budget, before))
