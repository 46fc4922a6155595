"""What Iglu requests cost, and how operations are packed into them: the forecast and the connector read it here.

The server has no rate limit, no paging and no bulk write (apis/snowplow.md section 2): one request a schema, one
request for all schemas of a vendor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from connectors.contract import Budget, Call, CostModel, Operation
from connectors.snowplow.settings import SnowplowSettings
from mappings.contract import Address, Document, Documents
from mappings.snowplow.documents import latest, parse_version

CONCURRENCY = 4
"""Names written at once. The versions of one name follow each other: concurrent creates can leave two rows
(apis/snowplow.md section 3.2)."""
COST = CostModel(windows=(), concurrency=CONCURRENCY, latency=0.15)
_CALL = Call({})


def queues_of(operations: Iterable[Operation]) -> list[list[Operation]]:
    """The operations by schema name, each name's in the order of version numbers: the server refuses gaps."""
    by_name: defaultdict[tuple[str, ...], list[Operation]] = defaultdict(list)
    for operation in operations:
        by_name[operation.address.names[:2]].append(operation)
    return [sorted(queue, key=_number) for queue in by_name.values()]


def _number(operation: Operation) -> tuple[int, int, int]:
    version = parse_version(operation.address.names[-1])
    return (version.model, version.revision, version.addition) if version else (0, 0, 0)


def is_sent(operation: Operation, settings: SnowplowSettings) -> bool:
    """Whether this is a write that a registry takes at all: a new version, to a server."""
    return operation.verb == "create" and operation.document is not None and not settings.static


def calls_to_apply(settings: SnowplowSettings, operations: Sequence[Operation]) -> list[Call]:
    """One request for each new version."""
    sent = [one for queue in queues_of(operations) for one in queue if is_sent(one, settings)]
    return [Call({}, writes=1) for _ in sent]


def lists_to_read(settings: SnowplowSettings, budget: Budget) -> list[Address]:
    """The lists that a reading asks for: one name's when only one is wanted, else all of the vendor in one request."""
    names = {address.names[:2] for address in budget.only or () if address.names[:1] == (settings.vendor,)}
    if budget.only is not None and not names:
        return []
    narrow = len(names) == 1 and all(len(name) == 2 for name in names)
    return [Address("schema", names.pop() if narrow else (settings.vendor,))]


def proves_the_key(documents: Iterable[Document]) -> bool:
    """Whether a reading shows by itself that the key is known: an unknown one reads public schemas only."""
    return any(document.facts.get("isPublic") is False for document in documents)


def calls_to_observe(settings: SnowplowSettings, known: Documents, budget: Budget) -> list[Call]:
    """One request a list, and one more to see what the key may read where the list alone does not prove it.

    A version that is asked for and not known yet is expected to be there, as after a publish. A static registry is
    read file by file: its list, then the newest file of each name.
    """
    lists = lists_to_read(settings, budget)
    if settings.static:
        return [_CALL] * (1 + len(wanted_names(latest(known, settings.vendor), lists))) if lists else []
    proven = [
        _will_be_proven(settings, within(known, scope)) or _will_be_new(settings, known, budget) for scope in lists
    ]
    return [_CALL] * (len(lists) + proven.count(False))


def _will_be_proven(settings: SnowplowSettings, documents: Iterable[Document]) -> bool:
    """Whether one of these is private; one that was not read yet, being part of a publish, is as the settings say."""
    return any(document.facts.get("isPublic", settings.public) is False for document in documents)


def _will_be_new(settings: SnowplowSettings, known: Documents, budget: Budget) -> bool:
    """Whether one of the versions still to come is private: its name is new, or private as its name is."""
    if settings.public:
        return False
    names = {address.names[:2] for address in known}
    return any(address.names[:2] not in names for address in budget.only or ())


def within(documents: Documents, scope: Address) -> Iterable[Document]:
    """The documents that stand in a list."""
    return (one for one in documents.values() if one.address.names[: len(scope.names)] == scope.names)


def wanted_names(names: Iterable[str], lists: Iterable[Address]) -> list[str]:
    """The schema names that the lists ask for."""
    narrowed = {scope.names[1] for scope in lists if len(scope.names) > 1}
    return [name for name in names if not narrowed or name in narrowed]
