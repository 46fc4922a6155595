"""Undoing a publication: what it would write, what is lost for good, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.app import App
from hub.changes.guard import Violation
from hub.changes.render import changeset_data
from hub.engine.ports import Publication
from hub.engine.preview import guard
from hub.engine.target import Target
from hub.engine.undo import Read, Undoing, as_last_read, plan_undo, read_now, undo

__all__ = ["UndoPreview", "as_last_read", "preview_undo", "read_now", "undo_data", "undo_publication"]


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do now, and what stands against it."""

    publication: Publication
    undoing: Undoing
    violations: tuple[Violation, ...]

    @property
    def fingerprint(self) -> str:
        return self.undoing.changeset.fingerprint


def preview_undo(hub: App, identity: str, names: Sequence[str] = (), *, read: Read = read_now) -> UndoPreview:
    """Of a publication, for some of its targets or all of them. Changes nothing.

    Raises Refusal when there is no such publication, or when a target of it is not configured or cannot be read.
    """
    known, targets = _known(hub, identity, names)
    undoing = plan_undo(hub.engine, known, targets, read)
    return UndoPreview(known, undoing, guard(hub.engine, undoing.changeset, targets))


def undo_publication(
    hub: App,
    identity: str,
    names: Sequence[str] = (),
    *,
    who: str,
    fingerprint: str | None = None,
    patience: float | None = None,
) -> Publication:
    """Carry it out: exactly what has the fingerprint, where one is given. `patience` is the engine's, in seconds.

    Raises Moved, Guarded and Busy as `hub.engine.undo.undo`, and Refusal as `preview_undo`.
    """
    known, targets = _known(hub, identity, names)
    engine = hub.engine if patience is None else replace(hub.engine, patience=patience)
    return undo(engine, known, targets, who=who, fingerprint=fingerprint)


def _known(hub: App, identity: str, names: Sequence[str]) -> tuple[Publication, list[Target]]:
    known = hub.store.publication(identity)
    return known, hub.config.open_targets(names or [run.target for run in known.targets])


def undo_data(seen: UndoPreview) -> dict[str, Any]:
    """As `hub undo --json` spells what would be written, and what cannot be undone."""
    return {
        "impossible": [{"address": address, "why": reason} for address, reason in seen.undoing.impossible],
        "undo": changeset_data(seen.undoing.changeset, ()),
    }
