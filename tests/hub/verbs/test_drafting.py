"""Drafts from opening to the end, in a store: who saw what, what collides, and what is written."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.changes.editing import Change, Collided, Create, Deprecate, Edit, Remove, Rename
from hub.errors import Moved, Problems, Refusal
from hub.files import save
from hub.plans import PlanHome, open_plan
from hub.store.drafts import Draft
from hub.verbs.drafting import (
    base_of,
    comment,
    discard_draft,
    draft_changes,
    edit_draft,
    edit_draft_at_once,
    edit_in_own_draft,
    merge_draft,
    open_draft,
    plan_of,
    save_draft,
    settle_draft,
    state_of,
)
from tests.hub.web.visitors import Quay

LEFT, BOARDED = ("events", "Ferry Left"), ("events", "Ferry Boarded")


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    """A hub with the plan Harbour in a file."""
    found = Quay.open(tmp_path, targets=False)
    yield found
    found.hub.close()


def home(quay: Quay) -> PlanHome:
    return open_plan(quay.hub, str(quay.plan_file))


def opened(quay: Quay, who: str = "dana") -> Draft:
    return open_draft(quay.hub, home(quay), title="Clearer words", who=who)


def text(place: tuple[str, ...], words: str) -> Change:
    return Change(place, {"description": words})


def test_a_draft_starts_as_the_plan_and_says_who_opened_it(quay: Quay) -> None:
    draft = opened(quay)
    assert plan_of(quay.hub, draft) == base_of(quay.hub, draft) == home(quay).plan
    assert (draft.title, draft.author, draft.revision, draft.state) == ("Clearer words", "dana", 1, "open")
    assert draft_changes(quay.hub, draft).empty


def test_an_edit_is_the_next_revision_with_who_and_what(quay: Quay) -> None:
    draft = edit_draft(quay.hub, opened(quay).id, text(LEFT, "Cast off."), who="lee", revision=1)
    newest, first = quay.hub.store.drafts.edits(draft.id)
    assert (draft.revision, newest.who, newest.what, first.who) == (2, "lee", "Ferry Left: description", "dana")
    assert plan_of(quay.hub, draft).events["Ferry Left"].description == "Cast off."


def test_an_edit_that_changes_nothing_is_no_revision(quay: Quay) -> None:
    assert edit_draft(quay.hub, opened(quay).id, text(LEFT, "The ferry left."), who="lee", revision=1).revision == 1


def test_what_differs_is_told_by_field_and_by_event(quay: Quay) -> None:
    number = opened(quay).id
    edits: list[Edit] = [
        Rename(LEFT, "Ferry Departed"),
        text(("events", "Ferry Departed"), "Gone."),
        Create(("events", "New")),
    ]
    told = draft_changes(quay.hub, edit_draft_at_once(quay.hub, number, edits, who="dana", revision=1))
    assert (told.renamed, told.created, told.removed) == ((("Ferry Left", "Ferry Departed"),), ("New",), ())
    assert [(one.path[1:], one.before, one.after) for one in told.fields if one.path[:2] == edits[1].place] == [
        (("Ferry Departed", "description"), "The ferry left.", "Gone.")
    ]


def test_several_edits_are_done_together_or_not_at_all(quay: Quay) -> None:
    number = opened(quay).id
    with pytest.raises(Problems):
        edit_draft_at_once(
            quay.hub, number, [text(LEFT, "One."), Change(LEFT, {"status": "odd"})], who="dana", revision=1
        )
    assert quay.hub.store.drafts.one(number).revision == 1


# Two people


def test_edits_of_different_events_do_not_disturb_each_other(quay: Quay) -> None:
    number = opened(quay).id
    edit_draft(quay.hub, number, text(LEFT, "Hers."), who="dana", revision=1)
    draft = edit_draft(quay.hub, number, text(BOARDED, "His."), who="lee", revision=1)
    events = plan_of(quay.hub, draft).events
    assert (events["Ferry Left"].description, events["Ferry Boarded"].description) == ("Hers.", "His.")


def test_the_second_text_for_one_field_is_refused_and_both_are_kept(quay: Quay) -> None:
    number = opened(quay).id
    edit_draft(quay.hub, number, text(LEFT, "Hers."), who="dana", revision=1)
    with pytest.raises(Collided) as caught:
        edit_draft(quay.hub, number, text(LEFT, "His."), who="lee", revision=1)
    (one,) = caught.value.collisions
    assert (one.seen, one.now, one.wanted) == ("The ferry left.", "Hers.", "His.")


@pytest.mark.parametrize("edit", [Remove(LEFT, "not sent", "2026-01-31"), Deprecate(LEFT)])
def test_what_somebody_just_edited_is_not_removed_unseen(quay: Quay, edit: Remove | Deprecate) -> None:
    number = opened(quay).id
    edit_draft(quay.hub, number, text(LEFT, "Hers."), who="dana", revision=1)
    edit_draft(quay.hub, number, text(BOARDED, "Hers."), who="dana", revision=2)
    with pytest.raises(Collided):
        edit_draft(quay.hub, number, edit, who="lee", revision=1)
    assert edit_draft(quay.hub, number, edit, who="lee", revision=2).revision == 4


def test_a_whole_plan_is_saved_on_the_revision_that_was_seen_only(quay: Quay) -> None:
    number = opened(quay).id
    plan = home(quay).plan.model_copy(update={"description": "All quays.", "name": "Other"})
    assert plan_of(quay.hub, save_draft(quay.hub, number, plan, what="sent", who="api", revision=1)).name == "Harbour"
    with pytest.raises(Moved, match="api saved another revision"):
        save_draft(quay.hub, number, plan, what="sent", who="lee", revision=1)


def test_edits_at_the_same_moment_all_land(quay: Quay) -> None:
    number = opened(quay).id
    edits = [Create(("events", f"Ferry {index}")) for index in range(4)]
    with ThreadPoolExecutor(4) as people:
        list(people.map(lambda edit: edit_draft(quay.hub, number, edit, who="lee", revision=1), edits))
    draft = quay.hub.store.drafts.one(number)
    assert draft.revision == 5 and {edit.place[1] for edit in edits} <= set(plan_of(quay.hub, draft).events)


def test_an_edit_from_the_plan_goes_into_the_persons_own_draft(quay: Quay) -> None:
    opened(quay, "lee")
    first = edit_in_own_draft(quay.hub, home(quay), text(LEFT, "One."), who="dana")
    second = edit_in_own_draft(quay.hub, home(quay), text(BOARDED, "Two."), who="dana")
    assert first.id == second.id and second.author == "dana" and len(quay.hub.store.drafts.of_plan()) == 2


def test_an_edit_that_cannot_be_opens_no_draft(quay: Quay) -> None:
    with pytest.raises(Problems):
        edit_in_own_draft(quay.hub, home(quay), Change(LEFT, {"status": "odd"}), who="dana")
    assert quay.hub.store.drafts.of_plan() == []


# Into the plan


def test_a_merge_writes_the_file_keeps_its_comments_and_closes_the_draft(quay: Quay) -> None:
    quay.plan_file.write_text("# ours\n" + quay.plan_file.read_text("utf-8"), encoding="utf-8")
    draft = edit_draft(quay.hub, opened(quay).id, text(LEFT, "Cast off."), who="dana", revision=1)
    written = merge_draft(quay.hub, draft.id, home(quay), who="lee", revision=2)
    now = quay.plan_file.read_text("utf-8")
    assert written == [str(quay.plan_file)] and now.startswith("# ours\n") and "Cast off." in now
    closed = quay.hub.store.drafts.one(draft.id)
    assert (closed.state, closed.closed_by) == ("merged", "lee")
    assert [one.verb for one in quay.hub.store.people.audit()] == ["draft merged", "draft opened"]


def test_what_changed_in_the_plan_meanwhile_stays(quay: Quay) -> None:
    draft = edit_draft(quay.hub, opened(quay).id, text(LEFT, "Cast off."), who="dana", revision=1)
    change_plan(quay, "Somebody went aboard.", "Somebody boarded.")
    merge_draft(quay.hub, draft.id, home(quay), who="dana", revision=2)
    assert "Cast off." in quay.plan_file.read_text("utf-8")
    assert "Somebody boarded." in quay.plan_file.read_text("utf-8")


def test_a_rename_in_a_folder_of_files_keeps_the_file_and_its_comments(quay: Quay, tmp_path: Path) -> None:
    folder = tmp_path / "harbour"
    save(home(quay).plan, folder)
    (file,) = (one for one in (folder / "events").iterdir() if "left" in one.name)
    file.write_text("# Ask the quay before changing this.\n" + file.read_text("utf-8"), encoding="utf-8")
    draft = open_draft(quay.hub, open_plan(quay.hub, str(folder)), title="", who="dana")
    edits: list[Edit] = [Rename(LEFT, "Ferry Departed"), text(("events", "Ferry Departed"), "Cast off.")]
    edit_draft_at_once(quay.hub, draft.id, edits, who="dana", revision=1)
    merge_draft(quay.hub, draft.id, open_plan(quay.hub, str(folder)), who="dana", revision=2)
    now = file.read_text("utf-8")
    assert now.startswith("# Ask the quay") and "name: Ferry Departed" in now and "Cast off." in now
    assert open_plan(quay.hub, str(folder)).plan.moved[0].to_name == "Ferry Departed"


def change_plan(quay: Quay, old: str, new: str) -> None:
    quay.plan_file.write_text(quay.plan_file.read_text("utf-8").replace(old, new), encoding="utf-8")


def collided(quay: Quay) -> Draft:
    """A draft and a plan that say different things in two places."""
    edits = [text(LEFT, "Draft."), text(BOARDED, "Draft.")]
    draft = edit_draft_at_once(quay.hub, opened(quay).id, list(edits), who="dana", revision=1)
    change_plan(quay, "The ferry left.", "Plan.")
    change_plan(quay, "Somebody went aboard.", "Plan.")
    return draft


def test_what_both_changed_is_refused_with_every_field_and_both_texts(quay: Quay) -> None:
    draft = collided(quay)
    before = quay.plan_file.read_bytes()
    with pytest.raises(Collided) as caught:
        merge_draft(quay.hub, draft.id, home(quay), who="dana", revision=2)
    assert {(one.path[1], one.now, one.wanted) for one in caught.value.collisions} == {
        ("Ferry Left", "Plan.", "Draft."),
        ("Ferry Boarded", "Plan.", "Draft."),
    }
    assert quay.plan_file.read_bytes() == before and quay.hub.store.drafts.one(draft.id).state == "open"


def test_what_collides_is_settled_field_by_field_and_then_goes_in(quay: Quay) -> None:
    draft = collided(quay)
    choices: dict[tuple[str, ...], bool] = {(*LEFT, "description"): True, (*BOARDED, "description"): False}
    seen = state_of(home(quay).plan)
    draft = settle_draft(quay.hub, draft.id, home(quay), choices, seen=seen, who="dana", revision=2)
    merge_draft(quay.hub, draft.id, home(quay), who="dana", revision=draft.revision)
    events = home(quay).plan.events
    assert (events["Ferry Left"].description, events["Ferry Boarded"].description) == ("Draft.", "Plan.")


@pytest.mark.parametrize("moved", ["plan", "choice"])
def test_a_choice_made_on_another_plan_or_for_half_is_not_taken(quay: Quay, moved: str) -> None:
    draft, seen = collided(quay), state_of(home(quay).plan)
    choices: dict[tuple[str, ...], bool] = {(*LEFT, "description"): True, (*BOARDED, "description"): True}
    if moved == "plan":
        change_plan(quay, "Plan.", "Plan again.")
    else:
        del choices[(*BOARDED, "description")]
    with pytest.raises(Collided):
        settle_draft(quay.hub, draft.id, home(quay), choices, seen=seen, who="dana", revision=2)
    assert quay.hub.store.drafts.one(draft.id).revision == 2


def test_errors_that_the_draft_would_bring_are_refused_together(quay: Quay) -> None:
    place = (*BOARDED, "properties", "deck")
    draft = edit_draft(
        quay.hub,
        opened(quay).id,
        Change(place, {"type": "integer", "minimum": 9, "maximum": 1}),
        who="dana",
        revision=1,
    )
    with pytest.raises(Problems, match="contradict itself"):
        merge_draft(quay.hub, draft.id, home(quay), who="dana", revision=2)


def test_an_unseen_revision_a_closed_draft_and_another_plan_are_refused(quay: Quay) -> None:
    draft = edit_draft(quay.hub, opened(quay).id, text(LEFT, "Hers."), who="dana", revision=1)
    with pytest.raises(Moved):
        merge_draft(quay.hub, draft.id, home(quay), who="lee", revision=1)
    discard_draft(quay.hub, draft.id, who="lee", revision=2)
    for act in (
        lambda: merge_draft(quay.hub, draft.id, home(quay), who="lee", revision=2),
        lambda: edit_draft(quay.hub, draft.id, text(LEFT, "His."), who="lee", revision=2),
        lambda: discard_draft(quay.hub, draft.id, who="lee"),
    ):
        with pytest.raises(Refusal, match="was discarded by lee"):
            act()


# What people say


def test_comments_stand_at_a_place_and_are_counted(quay: Quay) -> None:
    number = opened(quay).id
    comment(quay.hub, number, LEFT, " <b>Why?</b> ", "lee")
    (one,) = quay.hub.store.drafts.comments(number)
    assert (one.path, one.text, one.who) == (LEFT, "<b>Why?</b>", "lee")
    assert quay.hub.store.drafts.comment_counts() == {number: 1}


@pytest.mark.parametrize("words", ["", " \n", "x" * 10_001])
def test_no_comment_and_a_book_are_refused(quay: Quay, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        comment(quay.hub, opened(quay).id, (), words, "lee")
    assert caught.value.place == "text"


def test_a_plan_that_cannot_be_written_down_is_refused(quay: Quay) -> None:
    half = Change(LEFT, {"keywords": {"x-odd": "\ud800"}})
    with pytest.raises(Refusal, match="cannot be written down"):
        edit_draft(quay.hub, opened(quay).id, half, who="dana", revision=1)


def test_there_is_no_draft_of_that_number(quay: Quay) -> None:
    with pytest.raises(Refusal, match="no draft 7"):
        quay.hub.store.drafts.one(7)
