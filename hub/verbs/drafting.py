"""Drafts: plans that people change before anything reaches a tool, put into the plan when they are ready.

What opens, merges or discards a draft is noted in the audit log here, whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from hub.app import App
from hub.changes.contrast import Contrast, contrast
from hub.changes.editing import Change, Collided, Collision, Create, Edit, Rename, edited, label, said, thing_at
from hub.changes.joining import Joined, join
from hub.changes.merge import ABSENT
from hub.errors import Moved, Problems, Refusal
from hub.plans import PlanHome
from hub.store.drafts import Comment, Draft
from mappings.canonical import TrackingPlan
from mappings.canonical.rules import check
from mappings.canonical.text import content_hash, same
from mappings.contract import Finding, Path

LONGEST_TITLE = 200
LONGEST_COMMENT = 10_000
"""Characters."""
TRIES = 10
"""How often an edit is done anew because somebody else's came in between."""


def open_draft(
    hub: App, home: PlanHome, *, title: str, who: str, body: TrackingPlan | None = None, what: str = "opened"
) -> Draft:
    """A new draft of the plan; `body` is what it says at first, where that is not the plan itself.

    `what` is the line of its first revision. Raises Refusal for a title that is too long.
    """
    named = title.strip() or f"Edits of {who}"
    if len(named) > LONGEST_TITLE:
        raise Refusal(f"a title has at most {LONGEST_TITLE} characters", place="title", hint="shorten it")
    first = (body or home.plan).model_copy(update={"name": home.plan.name})
    draft = hub.store.drafts.open(home.plan, first, title=named, what=what, who=who, at=hub.engine.time.now())
    _note(hub, who, "draft opened", draft)
    return draft


def plan_of(hub: App, draft: Draft) -> TrackingPlan:
    """What the draft says now."""
    return hub.store.drafts.plan(draft.body)


def base_of(hub: App, draft: Draft) -> TrackingPlan:
    """The plan that the draft was opened on, or brought up to date with."""
    return hub.store.drafts.plan(draft.base)


def draft_changes(hub: App, draft: Draft) -> Contrast:
    """What the draft says differently from the plan that it was opened on."""
    return contrast(base_of(hub, draft), plan_of(hub, draft))


def comment(hub: App, number: int, path: Path, text: str, who: str) -> Comment:
    """Say something about a draft, or a place in it. Raises Refusal."""
    said_text = text.strip()
    if not said_text:
        raise Refusal("there is nothing in the comment", place="text", hint="type something")
    if len(said_text) > LONGEST_COMMENT:
        raise Refusal(f"a comment has at most {LONGEST_COMMENT:,} characters", place="text", hint="shorten it")
    return hub.store.drafts.add_comment(number, path, said_text, who=who, at=hub.engine.time.now())


# Editing -----------------------------------------------------------------------------------------------------------


def save_draft(hub: App, number: int, plan: TrackingPlan, *, what: str, who: str, revision: int) -> Draft:
    """The whole plan as the draft's next revision. Raises Moved when somebody saved another one in between."""
    draft = hub.store.drafts.one(number)
    named = plan.model_copy(update={"name": draft.plan})
    return hub.store.drafts.save(number, named, what=what, who=who, at=hub.engine.time.now(), revision=revision)


def edit_draft(hub: App, number: int, edit: Edit, *, who: str, revision: int) -> Draft:
    """One edit by somebody who saw the draft at `revision`.

    What others saved since stays, where it is about something else. Raises Collided with both texts where it is about
    the same, Problems with the fields that cannot be so, Refusal.
    """
    return edit_draft_at_once(hub, number, [edit], who=who, revision=revision)


def edit_draft_at_once(hub: App, number: int, edits: Sequence[Edit], *, who: str, revision: int) -> Draft:
    """Several edits, one after the other, as one revision: all of them or none. Raises as `edit_draft` does."""
    for left in reversed(range(TRIES)):
        draft = hub.store.drafts.one(number)
        base, body = base_of(hub, draft), plan_of(hub, draft)
        for edit in edits:
            body = edited(body, _as_seen(hub, draft, edit, revision), base)
        what = "; ".join(said(edit) for edit in edits)
        now = hub.engine.time.now()
        try:
            saved = hub.store.drafts.save(number, body, what=what, who=who, at=now, revision=draft.revision)
        except Moved:
            if not left:
                raise
            continue
        hub.store.drafts.remember(saved.body, body)
        return saved
    raise AssertionError("the last try returns or raises")


def _as_seen(hub: App, draft: Draft, edit: Edit, revision: int) -> Edit:
    """The edit with what the person saw, where others saved since. Raises Collided."""
    if revision == draft.revision or isinstance(edit, Create | Rename):
        return edit
    if isinstance(edit, Change) and edit.seen is not None:
        return edit
    seen = thing_at(hub.store.drafts.plan(hub.store.drafts.body_at(draft.id, revision)), edit.place)
    if isinstance(edit, Change):
        known = {} if seen is ABSENT else seen
        return replace(edit, seen={name: known.get(name) for name in edit.fields})
    now = thing_at(plan_of(hub, draft), edit.place)
    if (seen is ABSENT) != (now is ABSENT) or (seen is not ABSENT and not same(seen, now)):
        collision = Collision(edit.place, seen, now, ABSENT)
        hint = "look at it, and do it again"
        raise Collided("somebody else changed it meanwhile", (collision,), place=label(edit.place), hint=hint)
    return edit


def own_draft(hub: App, plan: str, who: str) -> Draft | None:
    """The draft of this plan that somebody opened and changed last, if one is open."""
    return next((one for one in hub.store.drafts.of_plan(plan, "open") if one.author == who), None)


def edit_in_own_draft(hub: App, home: PlanHome, edit: Edit, *, who: str) -> Draft:
    """An edit made while looking at the plan: in this person's open draft of it, or in a new one.

    Raises as `edit_draft` does.
    """
    mine = own_draft(hub, home.plan.name, who)
    if mine is not None:
        return edit_draft(hub, mine.id, edit, who=who, revision=mine.revision)
    return open_draft(hub, home, title="", who=who, body=edited(home.plan, edit, home.plan), what=said(edit))


# The end of a draft ------------------------------------------------------------------------------------------------


def merge_draft(hub: App, number: int, home: PlanHome, *, who: str, revision: int) -> list[str]:
    """Put the draft into the plan as it is by now; what was written: paths of files, or the version in the store.

    Raises Collided with every field that both changed, Problems with the errors that the draft would bring into the
    plan, Moved when somebody saved another revision or plan in between. Then nothing is written.
    """
    draft = _unmoved(hub, number, home, revision)
    joined = join_draft(hub, draft, home)
    if joined.collisions:
        raise Collided(
            "the plan changed in the same places since this draft was opened",
            joined.collisions,
            place=f"draft {number}",
            hint="decide which of the two holds",
        )
    _refuse_new_errors(home.plan, joined.plan)
    written = [] if joined.plan == home.plan else home.save(joined.plan, who)
    with suppress(Moved):  # somebody saved just now: their edit is not in the plan, and the draft stays open with it
        hub.store.drafts.close(number, "merged", who=who, at=hub.engine.time.now(), revision=revision)
    _note(hub, who, "draft merged", draft, written=written)
    return written


def join_draft(hub: App, draft: Draft, home: PlanHome, mine: frozenset[Path] = frozenset()) -> Joined:
    """The plan as it is by now with the draft put into it, and where the two collide. Nothing is written."""
    return join(base_of(hub, draft), home.plan, plan_of(hub, draft), mine)


def settle_draft(
    hub: App, number: int, home: PlanHome, choices: Mapping[Path, bool], *, seen: str, who: str, revision: int
) -> Draft:
    """Bring a draft up to date with the plan. `choices` say for each collision whether the draft's word holds.

    `seen` is the `state_of` the plan that the choices were made on. Raises Collided when it is another one by now, or a
    collision is left.
    """
    draft = _unmoved(hub, number, home, revision)
    left = join_draft(hub, draft, home).collisions
    if seen != state_of(home.plan) or {one.path for one in left} - set(choices):
        hint = "decide again"
        raise Collided("the plan changed again meanwhile", left, place=f"draft {number}", hint=hint)
    mine = frozenset(path for path, is_mine in choices.items() if is_mine)
    body = join_draft(hub, draft, home, mine).plan
    now = hub.engine.time.now()
    what = "brought up to date with the plan"
    return hub.store.drafts.save(number, body, what=what, who=who, at=now, revision=revision, base=home.plan)


def state_of(plan: TrackingPlan) -> str:
    """Stands for exactly this plan."""
    return content_hash(plan.data())


def discard_draft(hub: App, number: int, *, who: str, revision: int | None = None) -> Draft:
    """Close a draft for good; what it said stays in the records. Raises Refusal when it is closed, Moved."""
    draft = hub.store.drafts.close(number, "discarded", who=who, at=hub.engine.time.now(), revision=revision)
    _note(hub, who, "draft discarded", draft)
    return draft


def _unmoved(hub: App, number: int, home: PlanHome, revision: int) -> Draft:
    draft = hub.store.drafts.one(number)
    if draft.plan != home.plan.name:
        raise Refusal(f"draft {number} is of the plan {draft.plan!r}", place=home.plan.name, hint="name that plan")
    if draft.state != "open":
        raise Refusal(f"draft {number} was {draft.state} by {draft.closed_by}", hint="open another one")
    if draft.revision != revision:
        hint = "look at what it says now"
        raise Moved(f"{draft.changed_by} saved another revision in between", place=f"draft {number}", hint=hint)
    return draft


def _refuse_new_errors(before: TrackingPlan, after: TrackingPlan) -> None:
    known = {_key(one) for one in check(before)}
    fresh = [one for one in check(after) if one.severity == "error" and _key(one) not in known]
    if fresh:
        problems = [Refusal(one.message, place=label(one.path), hint=one.hint) for one in fresh]
        raise Problems("the plan would contradict itself", problems, hint="correct the draft first")


def _key(finding: Finding) -> tuple[str, Path, str]:
    return finding.code, finding.path, finding.message


def _note(hub: App, who: str, verb: str, draft: Draft, **details: object) -> None:
    now = hub.engine.time.now()
    hub.store.people.note(who, verb, str(draft.id), now, plan=draft.plan, title=draft.title, **details)
