"""Proposals that need no person: rules for small edits of texts, for empty fields, for some owners' events."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.changes.merge import ABSENT, Value
from hub.changes.resolve import Proposal


@dataclass(frozen=True, slots=True)
class AutoAccept:
    """One rule; everything it says must hold. Conflicts are never accepted without a person.

    `largest_edit` is the share of the text that may differ, 0 to 1; `fills_empty` takes only what the plan lacks;
    `owner` is a pattern that one of the event's owners must match.
    """

    field: str = "description"
    largest_edit: float | None = None
    fills_empty: bool = False
    owner: str | None = None

    def accepts(self, proposal: Proposal, owners: Sequence[str]) -> bool:
        return (
            not proposal.conflict
            and isinstance(proposal.value, str)
            and fnmatch.fnmatchcase(proposal.field, self.field)
            and (not self.fills_empty or _empty(proposal.ours))
            and (self.largest_edit is None or _edit_share(proposal.ours, proposal.value) <= self.largest_edit)
            and (self.owner is None or any(fnmatch.fnmatchcase(owner, self.owner) for owner in owners))
        )


def accepting(rules: Iterable[AutoAccept], proposal: Proposal, owners: Sequence[str]) -> AutoAccept | None:
    """The first rule that accepts this proposal. The policies `union` and `fill-empty` accept on their own."""
    if proposal.policy in ("union", "fill-empty") and not proposal.conflict:
        return AutoAccept("*")
    return next((rule for rule in rules if rule.accepts(proposal, owners)), None)


def _empty(value: Value) -> bool:
    return value is ABSENT or value in ("", [], None)


def _edit_share(before: Value, after: str) -> float:
    text = before if isinstance(before, str) else ""
    return 1.0 - difflib.SequenceMatcher(None, text, after, autojunk=False).ratio()
