"""The contract of a mapping: what a tool can be asked to hold, and what is lost on the way.

A mapping is two pure functions over an *expanded* plan (`identity.expand`) and a tool's documents. Laws, tested by
`mappings.testing` for every tool, with ``view(p) = from_tool(to_tool(p))``:

1. ``view(view(p)) == view(p)``;
2. every difference between p and ``view(p)`` is covered by a finding;
3. writing back what was read changes nothing.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Protocol, TypeVar, overload

from mappings.canonical.identity import content, localise
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import TrackingPlan
from mappings.canonical.text import content_hash, same

Path = tuple[str, ...]
"""A place in a plan's plain data, e.g. ("events", "Order Completed", "properties", "total", "minimum")."""


Default = TypeVar("Default")


class Address(NamedTuple):
    """Where a document lives in a tool: a kind in the tool's own words, and the tool's own names below it.

    A named tuple because addresses are looked up by the hundred thousand.
    """

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        text = ":".join((self.kind, *self.names))
        if text.count(":") == len(self.names) and "%" not in text:
            return text
        return ":".join((self.kind, *(name.replace("%", "%25").replace(":", "%3A") for name in self.names)))

    @classmethod
    def parse(cls, text: str) -> Address:
        """The inverse of `str(address)`."""
        kind, *names = text.split(":")
        return cls(kind, tuple(name.replace("%3A", ":").replace("%25", "%") for name in names))


class Document:
    """The smallest thing a tool lets us write on its own.

    `body` is its content in the mapping's normal form: the vendor's field names, read noise removed, absent and
    default spelled one way, so that equal content has equal bodies. `facts` is what the tool tells about the
    document that is not content (server ids, times, "was ingested"): never compared, never written. `about` is the
    canonical path the document belongs to, for grouping: ("events", name), ("events", name, "properties", name),
    ("user_properties", name), ("groups", name), or a section alone. `formerly` is the address under which the tool
    knows the same thing until a rename was carried out.
    """

    __slots__ = ("_hash", "about", "address", "body", "facts", "formerly")

    def __init__(
        self,
        address: Address,
        body: Mapping[str, JSON],
        *,
        about: Path = (),
        facts: Mapping[str, JSON] | None = None,
        formerly: Address | None = None,
    ) -> None:
        self.address = address
        self.body = body
        self.about = about
        self.facts: Mapping[str, JSON] = facts or {}
        self.formerly = formerly
        self._hash: str | None = None

    @property
    def hash(self) -> str:
        """The content hash of the body, computed once."""
        if self._hash is None:
            self._hash = content_hash(self.body)
        return self._hash

    def equals(self, other: Document) -> bool:
        """Same content, whatever the spelling of numbers and the order of keys."""
        return self.hash == other.hash or same(self.body, other.body)

    def __repr__(self) -> str:
        return f"Document({self.address}, {self.body!r})"


class Documents(Mapping[Address, Document]):
    """Documents by address, frozen; iterates in the order given."""

    __slots__ = ("_by_address",)

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self._by_address = {document.address: document for document in documents}

    def __getitem__(self, address: Address) -> Document:
        return self._by_address[address]

    def __iter__(self) -> Iterator[Address]:
        return iter(self._by_address)

    def __len__(self) -> int:
        return len(self._by_address)

    # What a mapping would give anyway, at the speed of the dict inside.

    def __contains__(self, address: object) -> bool:
        return address in self._by_address

    @overload
    def get(self, address: Address, /) -> Document | None: ...
    @overload
    def get(self, address: Address, /, default: Document) -> Document: ...
    @overload
    def get(self, address: Address, /, default: Default) -> Document | Default: ...
    def get(self, address: Address, /, default: object = None) -> object:
        return self._by_address.get(address, default)

    def keys(self) -> KeysView[Address]:
        return self._by_address.keys()

    def values(self) -> ValuesView[Document]:
        return self._by_address.values()

    def items(self) -> ItemsView[Address, Document]:
        return self._by_address.items()

    def of_kind(self, kind: str) -> Iterator[Document]:
        return (document for document in self._by_address.values() if document.address.kind == kind)


Severity = Literal["info", "warning", "error"]
Effect = Literal["transformed", "truncated", "dropped", "write-once", "later", "refused", "rule"]
"""What happens to the value: said another way; cut; not held; only settable at creation; held only once the tool has
seen data; the thing itself is not published to this tool at all; or a rule of the plan is broken."""


class Finding(NamedTuple):
    """Something a person should know about a value before publishing.

    `path` covers everything below it. `code` is a stable name such as ``mixpanel.enum``; `hint` is the next step.
    A named tuple because a projection makes them by the hundred thousand.
    """

    severity: Severity
    effect: Effect
    path: Path
    code: str
    message: str
    hint: str = ""

    def covers(self, path: Path) -> bool:
        return path[: len(self.path)] == self.path


@dataclass(frozen=True, slots=True)
class Removal:
    """An explicit deletion that the plan asks for with a tombstone.

    `hidden` is the document that hides the thing instead, where the tool can hide; None where it cannot.
    `possible` is False where the tool never deletes: then hiding (or nothing) is all that can be done.
    """

    address: Address
    reason: str
    about: Path
    hidden: Document | None = None
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Projection:
    """A plan as one tool would hold it: every document in full, what to remove, and what is lost."""

    documents: Documents
    findings: tuple[Finding, ...] = ()
    removals: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool's documents say as a plan, whose name means nothing, and what could not be understood."""

    plan: TrackingPlan
    findings: tuple[Finding, ...] = ()


class ToolMapping(Protocol):
    """Translation between the canonical plan and one tool's documents. Stateless and pure."""

    tool: ClassVar[str]
    waves: ClassVar[tuple[str, ...]]
    """The kinds of address in the order in which they must be written: shared things before what uses them."""

    def to_tool(self, plan: TrackingPlan, onto: Documents) -> Projection:
        """The documents that make the tool hold `plan` (expanded).

        `onto` is what the tool holds now. Fields of it that this mapping does not understand survive in the
        result, and so do its names and version numbers where they are already given. Pass `Documents()` for an
        empty tool. The result has all documents of the plan, changed or not.
        """

    def from_tool(self, documents: Documents) -> Reading:
        """What these documents mean. Never raises for content: what cannot be understood is a finding."""


EMPTY = Documents()


def view(mapping: ToolMapping, plan: TrackingPlan, onto: Documents = EMPTY) -> TrackingPlan:
    """The part of an expanded plan that this tool can hold, under the plan's own names."""
    held = mapping.from_tool(mapping.to_tool(plan, onto).documents).plan
    return localise(held, plan, mapping.tool)


def differences(one: TrackingPlan, other: TrackingPlan) -> list[Path]:
    """The paths at which the contents of two plans differ, down to single values."""
    return list(_differing(content(one), content(other), ()))


def _differing(one: JSON, other: JSON, path: Path) -> Iterator[Path]:
    """A whole thing that only one side has differs at each of its leaves."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in {**one, **other}:
            yield from _differing(one.get(key, _ABSENT), other.get(key, _ABSENT), (*path, key))
    elif isinstance(one, Mapping) and one and other is _ABSENT:
        yield from _differing(one, {}, path)
    elif isinstance(other, Mapping) and other and one is _ABSENT:
        yield from _differing({}, other, path)
    elif one is _ABSENT or other is _ABSENT or not same(one, other):
        yield path


_ABSENT = object()


def uncovered(findings: Iterable[Finding], paths: Iterable[Path]) -> list[Path]:
    """The paths that no finding covers: values that would be lost in silence."""
    covering = {finding.path for finding in findings}
    return [path for path in paths if not any(path[:length] in covering for length in range(len(path) + 1))]
