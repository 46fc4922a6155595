"""`hub reconcile`, `hub adopt`, `hub undo`, `hub authority`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click

from hub.app import App
from hub.changes.merge import ABSENT
from hub.changes.render import changeset_data, edit_data
from hub.cli import show
from hub.cli.common import who_am_i, with_app
from hub.cli.progress import watching
from hub.cli.proposing import proposal_data, show_edits, show_proposal
from hub.cli.telling import tells_people
from hub.cli.terminal import print_json, say
from hub.cli.tickets import give_tickets, require_reason
from hub.engine.adopt import Adoption, Match, adopt
from hub.engine.deciding import accept_by_rule
from hub.engine.reconcile import Mode, Report, TargetReport, reconcile
from hub.engine.tug import Tug
from hub.engine.undo import plan_undo, undo
from hub.errors import Usage
from hub.plans import open_plan


@with_app
@tells_people
def reconcile_plan(app: App, plan: str | None, targets: tuple[str, ...], observe: bool, as_json: bool) -> int:
    """`hub reconcile`: 2 when something drifted, is gone or could not be read."""
    opened = app.config.open_targets(targets)
    home = open_plan(app, plan)
    configured = app.config.modes()
    modes: dict[str, Mode] = {one.name: "observe" if observe else configured[one.name] for one in opened}
    with watching(app, quiet=as_json):
        report = reconcile(app.engine, home.plan, opened, modes, who=who_am_i())
    rules = () if observe else app.config.auto_accept
    accepted = accept_by_rule(app.engine, rules, home.plan, report.opened, home.save)
    data = {**report_data(report), "accepted": accepted}
    if as_json:
        print_json(data)
    else:
        _show_report(report, accepted)
    return 2 if report.drifted else 0


def report_data(report: Report) -> dict[str, Any]:
    """The shape of `hub reconcile --json`."""
    return {
        "plan": report.plan,
        "drifted": report.drifted,
        "targets": [_target_data(one) for one in report.targets],
        "opened": [proposal_data(one) for one in report.opened],
        "withdrawn": [one.id for one in report.withdrawn],
    }


def _target_data(one: TargetReport) -> dict[str, Any]:
    return {
        "target": one.target,
        "state": one.state,
        "edits": [edit_data(edit) for edit in one.edits],
        "gone": [str(address) for address in one.gone],
        "unknown": [{"address": str(address), "why": why} for address, why in one.unknown],
        "error": None if one.error is None else {"message": one.error.message, "hint": one.error.hint},
        "tug_of_war": [_tug_data(tug) for tug in one.fought],
        "healed": one.healed.id if one.healed else None,
        "requests": one.requests,
    }


def _tug_data(tug: Tug) -> dict[str, Any]:
    sides = {"ours": None if tug.ours is ABSENT else tug.ours, "theirs": None if tug.theirs is ABSENT else tug.theirs}
    return {**asdict(tug), "path": list(tug.path), **sides, "who": list(tug.who)}


STATE_COLORS = {"in sync": "green", "drifted": "yellow", "gone": "red", "unknown": "magenta"}


def _show_report(report: Report, accepted: list[int]) -> None:
    for one in report.targets:
        say()
        say(one.target, bold=True, end=False)
        say(": ", end=False)
        say(one.state, fg=STATE_COLORS[one.state])
        if one.error:
            say(f"  {one.error}")
        show_edits(one.edits[: show.FEW])
        for address in one.gone[: show.FEW]:
            say(f"  gone, confirmed by a second reading: {address!s}")
        for address, why in one.unknown[: show.FEW]:
            say(f"  ? {address!s}: {why}", fg="yellow")
        for tug in one.fought:
            say(f"  tug-of-war, left alone until somebody decides: {' › '.join(tug.path)}", fg="red")
            say(f"      {tug}")
        if one.healed:
            say(f"  healed by publication {one.healed.id}")
    for proposal in report.opened:
        say()
        show_proposal(proposal, "accepted by rule" if proposal.id in accepted else "new")
    if report.withdrawn:
        say()
        say(f"withdrawn, no tool shows them any more: {', '.join(str(one.id) for one in report.withdrawn)}")
    if report.opened:
        say("  → hub proposals accept NUMBER, or reject, or different")
    for target, found in report.violations.items():
        say()
        say(f"{target}: guards stop the healing", fg="red")
        show.guards(found)  # type: ignore[arg-type]


@with_app
@tells_people
def adopt_target(app: App, target: str, plan: str | None, leave_rest: bool, as_json: bool) -> int:
    (opened,) = app.config.open_targets([target])
    home = open_plan(app, plan)
    with watching(app, quiet=as_json):
        adoption = adopt(app.engine, home.plan, opened, take_rest=not leave_rest)
    if as_json:
        print_json(_adoption_data(adoption))
    else:
        _show_adoption(adoption, opened.plugin.tool)
    return 0


def _adoption_data(adoption: Adoption) -> dict[str, Any]:
    return {
        "target": adoption.target,
        "documents": adoption.documents,
        "matches": [asdict(one) for one in adoption.matches],
        "suggestions": [asdict(one) for one in adoption.suggestions],
        "proposed": [proposal_data(one) for one in adoption.proposed],
        "unmanaged": list(adoption.unmanaged),
    }


def _show_adoption(adoption: Adoption, tool: str) -> None:
    say(f"{adoption.target}: {len(adoption.matches)} events match; {adoption.documents} documents are now managed")
    for match in adoption.suggestions:
        say(f"  {_match_line(match)}")
        say(f'    → to take it over, write under {match.ours!r} in the plan: names: {{{tool}: "{match.theirs}"}}')
    if adoption.proposed:
        say(f"{len(adoption.proposed)} events that the plan lacks became proposals")
        say("  → hub proposals")
    if adoption.unmanaged:
        say(f"{len(adoption.unmanaged)} events stay unmanaged and are never touched")


def _match_line(match: Match) -> str:
    return f"{match.theirs} ({match.how}, {match.score:.0%}) may be {match.ours}"


@with_app
@tells_people
def undo_publication(
    app: App,
    publication: str,
    targets: tuple[str, ...],
    yes: bool,
    overrides: tuple[str, ...],
    why: str | None,
    as_json: bool,
) -> int:
    """`hub undo`: show what it would write and what is lost for good, ask, carry it out."""
    require_reason(overrides, why)
    known = app.store.publication(publication)
    opened = app.config.open_targets(targets or [run.target for run in known.targets])
    with watching(app, quiet=as_json):
        planned = plan_undo(app.engine, known, opened)
    if not as_json:
        for changes in planned.changeset.targets:
            say(changes.target, bold=True)
            for operation in changes.operations:
                say(f"  {operation.verb} {operation.address}")
        for address, reason in planned.impossible:
            say(f"  cannot be undone: {address}: {reason}", fg="yellow")
    if not yes:
        if not sys.stdin.isatty():
            raise Usage("undoing without a terminal needs --yes", hint="look at it first: hub history PUBLICATION")
        if not click.confirm("Undo this?", default=False):
            return 0
    give_tickets(app, planned.changeset.fingerprint, overrides, why)
    with watching(app, quiet=as_json):
        done = undo(app.engine, known, opened, who=who_am_i())
    if as_json:
        impossible = [{"address": address, "why": reason} for address, reason in planned.impossible]
        print_json(
            {**show.publication_data(done), "impossible": impossible, "undo": changeset_data(planned.changeset, ())}
        )
    else:
        show.publication(done)
    return 0 if done.status == "published" else 1


@with_app
def show_authority(app: App, as_json: bool) -> int:
    rows = [asdict(rule) for rule in app.engine.authority.rules]
    if as_json:
        print_json(rows)
        return 0
    say(f"{'field':<16}{'target':<18}{'tag':<12}{'status':<12}policy")
    for row in rows:
        say(f"{row['field']:<16}{row['target']:<18}{row['tag'] or '*':<12}{row['status'] or '*':<12}{row['policy']}")
    return 0
