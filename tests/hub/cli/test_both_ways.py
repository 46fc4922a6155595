"""The commands of the road back: exit codes, JSON and text, bad usage."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.workshop import Workshop
from tests.hub.cli.conftest import PLAN, Desk
from tests.hub.cli.test_json_output import complaints

WORDS = "The customer cannot go back."
KEY = {"key": "Order Completed"}


@pytest.fixture
def sold(desk: Desk, shop: Workshop) -> Desk:
    """The plan lives in plan.yaml and was published to Segment."""
    config = (desk.folder / "hub.toml").read_text()
    desk.write("hub.toml", f'plan = "plan.yaml"\n{config}')
    desk.write("plan.yaml", PLAN.replace("description: The order", "# asked by legal\n    description: The order"))
    assert desk.hub("publish", "plan.yaml", "--yes").code == 0
    return desk


@pytest.fixture
def edited(sold: Desk, shop: Workshop) -> Desk:
    """Somebody corrected a description in Segment, and reconcile has seen it: proposal 1."""
    person(shop, "set-description", value=WORDS)
    assert sold.hub("reconcile").code == 2
    return sold


def person(shop: Workshop, do: str, **change: Any) -> None:
    shop.sandboxes["segment"].edit({"do": do, **KEY, **change})


def plan_text(desk: Desk) -> str:
    return (desk.folder / "plan.yaml").read_text(encoding="utf-8")


def described(shop: Workshop) -> str:
    dump = json.dumps(shop.sandboxes["segment"].dump())
    return WORDS if WORDS in dump else "The order is binding." if "The order is binding." in dump else ""


# reconcile


def test_in_sync_is_exit_code_0(sold: Desk) -> None:
    ran = sold.hub("reconcile")
    assert ran.code == 0 and "segment: in sync" in ran.out


def test_drift_is_exit_code_2_and_shows_the_three_values(sold: Desk, shop: Workshop) -> None:
    person(shop, "set-description", value=WORDS)
    ran = sold.hub("reconcile")
    assert ran.code == 2 and "segment: drifted" in ran.out and "proposal 1 (new)" in ran.out
    assert WORDS in ran.out and "The order is binding." in ran.out and "hub proposals accept NUMBER" in ran.out


def test_observing_opens_no_proposal(sold: Desk, shop: Workshop) -> None:
    person(shop, "set-description", value=WORDS)
    assert sold.hub("reconcile", "--observe").code == 2
    assert "no open proposals" in sold.hub("proposals").out


def test_a_rule_accepts_at_once_and_writes_the_plan(sold: Desk, shop: Workshop) -> None:
    with (sold.folder / "hub.toml").open("a") as config:
        config.write('[[auto_accept]]\nfield = "description"\n')
    person(shop, "set-description", value=WORDS)
    assert sold.hub("reconcile", "--json").json()["accepted"] == [1]
    assert WORDS in plan_text(sold) and "# asked by legal" in plan_text(sold)


# proposals


def test_proposals_are_listed_open_or_all(edited: Desk) -> None:
    assert "proposal 1 (open): events › Order Completed › description, in segment" in edited.hub("proposals").out
    edited.hub("proposals", "reject", "1", "--why", "legal")
    assert "no open proposals" in edited.hub("proposals").out
    assert "proposal 1 (rejected)" in edited.hub("proposals", "--all").out


def test_accepting_writes_the_file_back_with_its_comments(edited: Desk) -> None:
    before = plan_text(edited)
    ran = edited.hub("proposals", "accept", "1")
    assert ran.code == 0 and "plan.yaml" in ran.out and "hub publish" in ran.out
    assert plan_text(edited) == before.replace("The order is binding.", WORDS)


def test_accepting_other_words_publishes_those(edited: Desk, shop: Workshop) -> None:
    assert edited.hub("proposals", "accept", "1", "--value", "Paid for.").code == 0
    assert edited.hub("reconcile", "--json").json()["opened"] == []
    edited.hub("publish", "plan.yaml", "--yes")
    assert "Paid for." in json.dumps(shop.sandboxes["segment"].dump())


def test_rejecting_restores_with_the_next_publish(edited: Desk, shop: Workshop) -> None:
    assert edited.hub("proposals", "reject", "1").code == 0
    edited.hub("publish", "plan.yaml", "--yes")
    assert described(shop) == "The order is binding." and edited.hub("reconcile").code == 0


def test_what_may_stay_different_stays(edited: Desk, shop: Workshop) -> None:
    assert edited.hub("proposals", "different", "1").code == 0
    edited.hub("publish", "plan.yaml", "--yes")
    assert described(shop) == WORDS and edited.hub("reconcile").code == 0


@pytest.mark.parametrize("chosen", [("1",), ("--all",), ("--field", "description")])
@pytest.mark.parametrize("verb", ["accept", "reject", "different"])
def test_proposals_are_chosen_by_number_by_field_or_all(edited: Desk, verb: str, chosen: tuple[str, ...]) -> None:
    data = edited.hub("proposals", verb, *chosen, "--json").json()
    assert data[{"accept": "accepted", "reject": "rejected"}.get(verb, verb)] == [1]


def test_of_another_field_there_is_nothing_to_decide(edited: Desk) -> None:
    assert "nothing to decide" in edited.hub("proposals", "reject", "--field", "tags").out
    assert "nothing to accept" in edited.hub("proposals", "accept", "--field", "tags").out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("accept",), 64, "which proposals?"),
        (("reject",), 64, "which proposals?"),
        (("accept", "1", "2", "--value", "x"), 1, "no proposal 2"),
        (("accept", "--field", "tags", "--value", "x"), 64, "--value edits one proposal"),
        (("accept", "seven"), 64, "'seven' is not a valid integer"),
        (("accept", "7"), 1, "no proposal 7"),
        (("acept", "1"), 64, "did you mean 'accept'?"),
    ],
)
def test_a_decision_about_nothing_is_refused(edited: Desk, arguments: tuple[str, ...], code: int, message: str) -> None:
    before = plan_text(edited)
    ran = edited.hub("proposals", *arguments)
    assert ran.code == code and message in ran.err and plan_text(edited) == before


def test_a_decided_proposal_is_not_decided_again_and_the_plan_stays(edited: Desk) -> None:
    edited.hub("proposals", "reject", "1")
    before = plan_text(edited)
    ran = edited.hub("proposals", "accept", "1")
    assert ran.code == 1 and "proposal 1 is rejected already" in ran.err and plan_text(edited) == before


def test_a_stale_accept_is_refused_with_both_texts(edited: Desk) -> None:
    edited.write("plan.yaml", plan_text(edited).replace("The order is binding.", "The owner's text."))
    before = plan_text(edited)
    ran = edited.hub("proposals", "accept", "1")
    assert ran.code == 1 and "The owner's text." in ran.err and WORDS in ran.err and plan_text(edited) == before


def test_a_plan_in_the_store_becomes_a_new_version(desk: Desk, shop: Workshop) -> None:
    desk.write("schema.json", '{"title": "Order Completed", "type": "object", "description": "Bought."}')
    desk.hub("import", "json-schema", "schema.json", "--name", "Kept")
    desk.hub("publish", "Kept", "--yes")
    person(shop, "set-description", value=WORDS)
    desk.hub("reconcile", "--plan", "Kept")
    assert desk.hub("proposals", "accept", "1", "--plan", "Kept", "--json").json()["written"] == ["Kept version 2"]


# adopt


def test_a_first_publish_passes_once_adopted(desk: Desk, shop: Workshop) -> None:
    person(shop, "add-rule", description="Bought.")
    assert desk.hub("publish", "plan.yaml", "--yes").code == 1
    ran = desk.hub("adopt", "--target", "segment", "--plan", "plan.yaml")
    assert ran.code == 0 and "segment: 1 events match; 1 documents are now managed" in ran.out
    assert desk.hub("publish", "plan.yaml", "--yes").code == 0


def test_adopting_tells_what_is_like_and_what_is_not(desk: Desk, shop: Workshop) -> None:
    for name in ("signed up", "Shelf Moved"):
        person(shop, "add-rule", key=name, description="Old.")
    ran = desk.hub("adopt", "--target", "segment", "--plan", "plan.yaml")
    assert "signed up (normalised, 100%) may be Signed Up" in ran.out and 'names: {segment: "signed up"}' in ran.out
    assert "1 events that the plan lacks became proposals" in ran.out


def test_leaving_the_rest_proposes_nothing(desk: Desk, shop: Workshop) -> None:
    person(shop, "add-rule", key="Shelf Moved", description="Old.")
    ran = desk.hub("adopt", "--target", "segment", "--plan", "plan.yaml", "--leave-rest")
    assert ran.code == 0 and "1 events stay unmanaged and are never touched" in ran.out


# undo


def test_undoing_brings_back_what_was_there(sold: Desk, shop: Workshop) -> None:
    sold.write("plan.yaml", plan_text(sold).replace("The order is binding.", WORDS))
    identity = sold.hub("publish", "plan.yaml", "--yes", "--json").json()["id"]
    assert described(shop) == WORDS
    ran = sold.hub("undo", identity, "--yes")
    assert ran.code == 0 and "update rule:" in ran.out and described(shop) == "The order is binding."


def test_without_a_terminal_undoing_needs_a_yes(sold: Desk, shop: Workshop) -> None:
    sold.write("plan.yaml", plan_text(sold).replace("The order is binding.", WORDS))
    identity = sold.hub("publish", "plan.yaml", "--yes", "--json").json()["id"]
    ran = sold.hub("undo", identity)
    assert ran.code == 64 and "--yes" in ran.err and described(shop) == WORDS


def test_a_large_undo_needs_an_override_with_a_reason(sold: Desk) -> None:
    more = "".join(f"  Extra {number}:\n    description: One more.\n" for number in range(12))
    sold.write("plan.yaml", plan_text(sold).replace("events:\n", f"events:\n{more}"))
    identity = sold.hub("publish", "plan.yaml", "--yes", "--json").json()["id"]
    stopped = sold.hub("undo", identity, "--yes")
    assert stopped.code == 1 and "too-many-removals" in stopped.err
    assert sold.hub("undo", identity, "--yes", "--override", "too-many-removals").code == 64
    assert sold.hub("undo", identity, "--yes", "--override", "too-many-removals", "--why", "wrong plan").code == 0


def test_undoing_nothing_known_is_refused(sold: Desk) -> None:
    ran = sold.hub("undo", "nope", "--yes")
    assert ran.code == 1 and "no publication 'nope'" in ran.err


# authority, why, dictionary


def test_the_table_is_shown_in_the_order_it_is_tried(desk: Desk, shop: Workshop) -> None:
    with (desk.folder / "hub.toml").open("a") as config:
        config.write('[[authority]]\npolicy = "tool"\nfield = "tags"\ntarget = "seg*"\n')
    lines = desk.hub("authority").out.splitlines()
    assert lines[0].split() == ["field", "target", "tag", "status", "policy"]
    assert lines[1].split() == ["tags", "seg*", "*", "*", "tool"] and lines[-1].split() == ["*", "*", "*", "*", "plan"]


def test_why_tells_who_brought_each_value(edited: Desk) -> None:
    ran = edited.hub("why", "Order", "Completed.description")
    assert ran.code == 0 and "events › Order Completed › description" in ran.out
    assert "published by" in ran.out and f"{WORDS!r}  changed in the tool" in ran.out.replace('"', "'")


def test_why_of_a_field_that_no_tool_had(edited: Desk) -> None:
    assert "never seen there" in edited.hub("why", "Order Completed.display_name").out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("why",), 64, "Missing argument"),
        (("why", "Nothing.description"), 1, "no event at the start of 'Nothing.description'"),
        (("dictionary",), 64, "which target?"),
        (("dictionary", "--target", "segmnt"), 1, "did you mean 'segment'?"),
        (("dictionary", "--target", "segment", "--at", "yesterday"), 64, "'yesterday' is no time"),
        (("dictionary", "--target", "segment", "--at", "2001-01-01"), 1, "nothing was read from this target by then"),
        (("dictionary", "diff", "segment"), 64, "Missing argument"),
        (("dictionary", "restore", "Signed Up", "--target", "segment"), 64, "Missing option '--at'"),
        (("dictionary", "restore", "Ink", "--target", "segment", "--at", "2999-01-01"), 1, "no event 'Ink' then"),
        (("adopt",), 64, "Missing option '--target'"),
        (("reconcile", "--target", "lab"), 1, "no target 'lab'"),
        (("reconcile", "--plan", "nowhere.yaml"), 1, "nowhere.yaml"),
    ],
)
def test_bad_usage_and_refusals_say_what_is_wrong(
    edited: Desk, arguments: tuple[str, ...], code: int, message: str
) -> None:
    ran = edited.hub(*arguments)
    assert ran.code == code and message in ran.err


def moment(edited: Desk, link: int) -> str:
    """The time of a link in the chain of the description, a little after it."""
    chain = edited.hub("why", "Order Completed.description", "--json").json()["targets"]["segment"]
    return datetime.fromtimestamp(chain[link]["at"] + 0.001).isoformat()


def test_the_dictionary_is_shown_as_it_was(edited: Desk) -> None:
    assert WORDS in edited.hub("dictionary", "--target", "segment").out
    before = edited.hub("dictionary", "--target", "segment", "--at", moment(edited, 0))
    assert "The order is binding." in before.out and "total (number)  What is paid." in before.out


def test_two_moments_are_compared(edited: Desk) -> None:
    ran = edited.hub("dictionary", "diff", f"segment@{moment(edited, 0)}", "segment")
    assert ran.code == 2 and "events › Order Completed › description" in ran.out and "1 differences" in ran.out
    same = edited.hub("dictionary", "diff", "segment", "segment")
    assert same.code == 0 and "no difference" in same.out


def test_an_event_is_restored_into_the_plan_of_any_moment(edited: Desk) -> None:
    ran = edited.hub("dictionary", "restore", "Order Completed", "--target", "segment", "--at", "2999-01-01")
    assert ran.code == 0 and "hub preview, then hub publish" in ran.out and WORDS in plan_text(edited)


def test_or_into_a_draft_which_leaves_the_plan_alone(edited: Desk) -> None:
    before = plan_text(edited)
    to_now = ("--target", "segment", "--at", "2999-01-01", "--draft")
    ran = edited.hub("dictionary", "restore", "Order Completed", *to_now, "--json")
    assert (ran.code, complaints("dictionary restore", ran.json())) == (0, []) and ran.json()["draft"] == 1
    assert ran.json()["written"] == [] and plan_text(edited) == before


# JSON


@pytest.mark.parametrize(
    ("shape", "arguments", "code"),
    [
        ("reconcile", ("reconcile",), 2),
        ("proposals", ("proposals",), 0),
        ("proposals", ("proposals", "--all"), 0),
        ("proposals accept", ("proposals", "accept", "1"), 0),
        ("proposals reject", ("proposals", "reject", "1"), 0),
        ("proposals different", ("proposals", "different", "--all"), 0),
        ("adopt", ("adopt", "--target", "segment"), 0),
        ("authority", ("authority",), 0),
        ("why", ("why", "Order Completed.description"), 0),
        ("dictionary", ("dictionary", "--target", "segment"), 0),
        ("dictionary diff", ("dictionary", "diff", "segment", "segment"), 0),
        ("error", ("proposals", "accept"), 64),
        ("error", ("undo", "nope", "--yes"), 1),
        ("error", ("dictionary",), 64),
    ],
)
def test_what_a_command_prints_has_the_shape(edited: Desk, shape: str, arguments: tuple[str, ...], code: int) -> None:
    ran = edited.hub(*arguments, "--json")
    assert (ran.code, ran.err, complaints(shape, ran.json())) == (code, "", [])


def test_the_shape_of_an_undo(sold: Desk) -> None:
    sold.write("plan.yaml", plan_text(sold).replace("The order is binding.", WORDS))
    identity = sold.hub("publish", "plan.yaml", "--yes", "--json").json()["id"]
    ran = sold.hub("undo", identity, "--yes", "--json")
    assert (ran.code, complaints("undo", ran.json())) == (0, [])


def test_the_shape_of_an_event_that_is_restored(edited: Desk) -> None:
    to_now = ("--target", "segment", "--at", "2999-01-01")
    ran = edited.hub("dictionary", "restore", "Order Completed", *to_now, "--json")
    assert (ran.code, complaints("dictionary restore", ran.json())) == (0, [])


def test_the_shape_of_a_first_adoption(desk: Desk, shop: Workshop) -> None:
    for name in ("Order Completed", "signed up", "Shelf Moved"):
        person(shop, "add-rule", key=name, description="Old.")
    ran = desk.hub("adopt", "--target", "segment", "--plan", "plan.yaml", "--json")
    assert complaints("adopt", ran.json()) == [] and [len(ran.json()[key]) for key in ("suggestions", "proposed")] == [
        1,
        1,
    ]
