"""How a proposal looks in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from hub.changes.resolve import Edit
from hub.cli import show
from hub.cli.terminal import say
from hub.engine.ports import StoredProposal


def show_proposal(stored: StoredProposal, note: str = "") -> None:
    """The three values, one below the other."""
    one = stored.proposal
    targets = ", ".join(sorted({target for target, _ in one.shown})) or "no target any more"
    state = note or stored.state
    say("conflict" if one.conflict else "proposal", end=False, fg="red" if one.conflict else "cyan")
    say(f" {stored.id} ({state}): {' › '.join(one.path)}, in {targets}")
    say(f"    plan            {show.side(one.ours)}")
    say(f"    tool            {show.side(one.value)}")
    say(f"    last published  {show.side(one.base)}")
    if stored.who:
        say(f"    decided by {stored.who}, {show.moment(stored.decided)} {stored.why}")


def show_edits(edits: Iterable[Edit]) -> None:
    """What somebody changed in one tool, and what becomes of it."""
    for edit in edits:
        say(f"  {show.EDIT_WORDS[edit.verdict]} {' › '.join(edit.path)}", fg="cyan")
        sides = (show.side(edit.ours), show.side(edit.theirs), show.side(edit.base))
        say("      plan {} | tool {} | last published {}".format(*sides))
