"""`hub proposals`: list, accept, reject, keep different."""

from __future__ import annotations

from hub.app import App
from hub.cli.common import who_am_i, with_app
from hub.cli.proposing import proposal_data, show_proposal
from hub.cli.telling import tells_people
from hub.cli.terminal import print_json, say
from hub.engine.deciding import AS_PROPOSED, accepted, remember
from hub.engine.ports import ProposalState, StoredProposal
from hub.errors import Usage
from hub.plans import open_plan


@with_app
def list_proposals(app: App, plan: str | None, everything: bool, as_json: bool) -> int:
    """`hub proposals`: the open ones, or all that ever were."""
    name = open_plan(app, plan).plan.name if plan else None
    found = app.store.decisions.of_plan(name) if everything else app.store.decisions.of_plan(name, "open")
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
    changed = home.plan
    for one in chosen:
        changed = accepted(changed, one, AS_PROPOSED if value is None else value)
    written = home.save(changed, who_am_i()) if chosen else []
    state: ProposalState = "accepted" if value is None else "edited"
    done = [remember(app.engine, one, state, who=who_am_i(), why=why) for one in chosen]
    if as_json:
        print_json({"accepted": [one.id for one in done], "written": written})
        return 0
    for one in done:
        show_proposal(one)
    say(f"written: {', '.join(written)}" if written else "nothing to accept")
    if written:
        say("  → hub publish carries it to the tools")
    return 0


@with_app
@tells_people
def reject(app: App, **options: object) -> int:
    return _decide(app, "rejected", "the next publish restores the plan's value", **options)  # type: ignore[arg-type]


@with_app
@tells_people
def keep_different(app: App, **options: object) -> int:
    return _decide(app, "different", "the value stays as it is in these tools", **options)  # type: ignore[arg-type]


def _decide(
    app: App,
    state: ProposalState,
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
    done = [remember(app.engine, one, state, who=who_am_i(), why=why) for one in chosen]
    if as_json:
        print_json({state: [one.id for one in done]})
        return 0
    for one in done:
        show_proposal(one)
    say(f"  → {note}" if done else "nothing to decide")
    return 0
