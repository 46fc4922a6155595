"""What happens in the hub that people may want to hear of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from mappings.canonical.kinds import JSON

HappeningKind = Literal[
    "publish.planned",
    "publish.started",
    "publish.finished",
    "publish.partial",
    "publish.failed",
    "publish.waiting",
    "publish.paused",
    "publish.superseded",
    "drift.found",
    "drift.resolved",
    "proposal.opened",
    "proposal.conflict",
    "proposal.decided",
    "proposal.withdrawn",
    "tug-of-war",
    "approval.asked",
    "approval.decided",
]
KINDS: tuple[HappeningKind, ...] = get_args(HappeningKind)


@dataclass(frozen=True, slots=True)
class Happening:
    """One happening. `subject` is what it is about: a publication, a proposal's number, a target's drift, a
    fingerprint. `data` are the facts that only that moment knew; the rest is read from the store when it is told."""

    id: int
    kind: HappeningKind
    plan: str
    subject: str
    at: float
    data: Mapping[str, JSON] = field(default_factory=dict)
