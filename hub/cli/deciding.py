"""`hub proposals`: list, accept, reject, keep different, put off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from hub.app import App
from hub.cli import show
from hub.cli.common import record, who_am_i, with_app
from hub.cli.proposing import show_proposal
from hub.cli.telling import tells_people
from hub.cli.terminal import print_json, say
from hub.engine.deciding import accepted, remember
from hub.engine.ports import StoredProposal
from hub.errors import Usage
from hub.plans import open_plan
from hub.shapes.deciding import proposal_data
from hub.verbs.deciding_together import STATES, Act, Together, decide_together, together_data
from hub.verbs.snoozing import awake, snooze, wake, wake_time


@with_app
def list_proposals(app: App, plan: str | None, everything: bool, as_json: bool) -> int:
    """`hub proposals`: the open ones that nobody put off, or all that ever were."""
    name = open_plan(app, plan).plan.name if plan else None
    found = app.store.decisions.of_plan(name) if everything else awake(app, app.store.decisions.of_plan(name, "open"))
    if as_json:
        print_json([proposal_data(one) for one in found])
        return 0
    for one in found:
        show_proposal(one)
    if not found:
        say("no open proposals")
        say("  → hub reconcile looks for new ones")
    return 0


def _chosen(app: App, plan: str, numbers: tuple[int, ...], field: str | None, everything: bool) -> list[StoredProposal]:
    """The proposals that the command names, one by one or by rule."""
    if numbers:
        return [app.store.decisions.one(number) for number in numbers]
    if not (field or everything):
        raise Usage("which proposals?", hint="give their numbers, --field FIELD, or --all")
    found = app.store.decisions.of_plan(plan, "open")
    return [one for one in found if field is None or one.proposal.field == field]


@with_app
@tells_people
def accept(
    app: App,
    numbers: tuple[int, ...],
    plan: str | None,
    field: str | None,
    everything: bool,
    why: str,
    value: str | None,
    as_json: bool,
) -> int:
    """`hub proposals accept`: the plan takes them over, written back where it lives."""
    home = open_plan(app, plan)
    chosen = _chosen(app, home.plan.name, numbers, field, everything)
    if value is not None and len(chosen) != 1:
        raise Usage("--value edits one proposal", hint="name exactly one")
    if value is not None:
        written = home.save(accepted(home.plan, chosen[0], value), who_am_i())
        edited = remember(app.engine, chosen[0], "edited", who=who_am_i(), why=why)
        done = Together((edited,), (), tuple(written))
    else:
        done = decide_together(app, chosen, "accept", who=who_am_i(), why=why, home_of=lambda name: home)
    _record(app, done, why)
    _refuse_the_only_one(done, chosen)
    if as_json:
        print_json({**together_data(done, "accepted"), "written": list(done.written)})
    else:
        _show_together(done)
        say(f"written: {', '.join(done.written)}" if done.written else "nothing to accept")
        if done.written:
            say("  → hub publish carries it to the tools")
    return 1 if done.left else 0


def _record(app: App, done: Together, why: str) -> None:
    for one in done.decided:
        record(app, f"proposal {one.state}", str(one.id), written=list(done.written), why=why)


def _refuse_the_only_one(done: Together, chosen: Sequence[StoredProposal]) -> None:
    """Whoever asked for one decision is told plainly that it cannot be made."""
    if len(chosen) == 1 and done.left:
        raise done.left[0][1]


def _show_together(done: Together) -> None:
    for one in done.decided:
        show_proposal(one)
    for one, refusal in done.left:
        say(f"left open: {one.id}: {refusal}", fg="yellow")
        say(f"  → {refusal.hint}")


@with_app
@tells_people
def reject(app: App, **options: object) -> int:
    return _decide(app, "reject", "the next publish restores the plan's value", **options)  # type: ignore[arg-type]


@with_app
@tells_people
def keep_different(app: App, **options: object) -> int:
    return _decide(app, "different", "the value stays as it is in these tools", **options)  # type: ignore[arg-type]


def _decide(
    app: App,
    act: Act,
    note: str,
    *,
    numbers: tuple[int, ...],
    plan: str | None,
    field: str | None,
    everything: bool,
    why: str,
    as_json: bool,
) -> int:
    name = "" if numbers else open_plan(app, plan).plan.name  # numbers are enough without a plan
    chosen = _chosen(app, name, numbers, field, everything)
    done = decide_together(app, chosen, act, who=who_am_i(), why=why, home_of=partial(open_plan, app))
    _record(app, done, why)
    _refuse_the_only_one(done, chosen)
    if as_json:
        print_json(together_data(done, STATES[act]))
    else:
        _show_together(done)
        say(f"  → {note}" if done.decided else "nothing to decide")
    return 1 if done.left else 0


@with_app
@tells_people
def put_off(app: App, numbers: tuple[int, ...], until: str, wake_up: bool, as_json: bool) -> int:
    """`hub proposals snooze`: not shown as waiting until then; told again at that time."""
    if wake_up:
        woken = [wake(app, number).id for number in numbers]
        for number in woken:
            record(app, "proposal wake", str(number))
        print_json({"awake": woken}) if as_json else say(f"awake: {', '.join(map(str, woken))}")
        return 0
    due = wake_time(until, app.engine.time.now(), datetime.now(UTC).astimezone().tzinfo or UTC)
    slept = [snooze(app, number, due, who=who_am_i()) for number in numbers]
    for one in slept:
        record(app, "proposal snooze", str(one.proposal), until=one.until)
    if as_json:
        print_json({"snoozed": [one.proposal for one in slept], "until": due})
        return 0
    for one in slept:
        say(f"proposal {one.proposal} sleeps until {show.moment(one.until)}")
    return 0
