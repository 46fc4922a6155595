"""Which proposals need no person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.changes.auto import AutoAccept, accepting
from hub.changes.merge import ABSENT
from hub.changes.resolve import Proposal

PROPOSAL = Proposal(
    ("events", "Net Cast", "description"),
    "A net was cast.",
    "A net was kast.",
    "A net was kast.",
    False,
    "propose",
    (("lab", "x"),),
)
REMOVAL = replace(PROPOSAL, path=("events", "Net Cast"), value=ABSENT)
EMPTY = replace(PROPOSAL, base=ABSENT, ours=ABSENT)


@pytest.mark.parametrize(
    ("rule", "proposal", "accepts"),
    [
        (AutoAccept(), PROPOSAL, True),
        (AutoAccept(), replace(PROPOSAL, conflict=True), False),
        (AutoAccept("display_name"), PROPOSAL, False),
        (AutoAccept("d*"), PROPOSAL, True),
        (AutoAccept(largest_edit=0.1), PROPOSAL, True),
        (AutoAccept(largest_edit=0.1), replace(PROPOSAL, value="Something else entirely"), False),
        (AutoAccept(largest_edit=0.5), EMPTY, False),
        (AutoAccept(fills_empty=True), PROPOSAL, False),
        (AutoAccept(fills_empty=True), EMPTY, True),
        (AutoAccept(fills_empty=True), replace(PROPOSAL, ours=""), True),
        (AutoAccept(owner="team-*"), PROPOSAL, True),
        (AutoAccept(owner="crew"), PROPOSAL, False),
        (AutoAccept("*"), replace(PROPOSAL, path=("events", "Net Cast", "tags"), value=["core"]), False),
        (AutoAccept("*"), REMOVAL, False),
    ],
)
def test_a_rule_accepts_when_everything_it_says_holds(rule: AutoAccept, proposal: Proposal, accepts: bool) -> None:
    assert rule.accepts(proposal, ["team-sea"]) is accepts


def test_the_first_rule_that_accepts_is_named() -> None:
    rules = [AutoAccept(owner="nobody"), AutoAccept(fills_empty=True), AutoAccept(largest_edit=0.2), AutoAccept()]
    assert accepting(rules, PROPOSAL, []) is rules[2]
    assert accepting(rules[:2], PROPOSAL, []) is None


@pytest.mark.parametrize("policy", ["union", "fill-empty"])
def test_some_policies_accept_on_their_own_but_never_a_conflict(policy: Any) -> None:
    assert accepting([], replace(PROPOSAL, policy=policy), []) is not None
    assert accepting([], replace(PROPOSAL, policy=policy, conflict=True), []) is None
