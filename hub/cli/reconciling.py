"""`hub reconcile`, `hub adopt`, `hub undo`, `hub authority`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from hub.app import App
from hub.changes.matching import Match
from hub.cli import show
from hub.cli.common import record, who_am_i, with_app
from hub.cli.progress import watching
from hub.cli.proposing import show_edits, show_proposal
from hub.cli.telling import tells_people
from hub.cli.terminal import print_json, say
from hub.cli.tickets import give_tickets, require_reason
from hub.engine.adopt import Adoption
from hub.engine.deciding import accept_by_rule
from hub.engine.reconcile import Mode, Report, reconcile
from hub.engine.undo import Undoing
from hub.errors import Usage
from hub.plans import open_plan
from hub.shapes.deciding import report_data
from hub.shapes.publishing import publication_data
from hub.verbs import undoing
from hub.verbs.adopting import adopt_now, adoption_data


@with_app
@tells_people
def reconcile_plan(app: App, plan: str | None, targets: tuple[str, ...], observe: bool, as_json: bool) -> int:
    """`hub reconcile`: 2 when something drifted, is gone or could not be read."""
    opened = app.config.open_targets(targets)
    home = open_plan(app, plan)
    configured = app.config.modes()
    modes: dict[str, Mode] = {one.name: "observe" if observe else configured[one.name] for one in opened}
    for one in opened if not observe else ():
        record(app, "reconcile", one.name, mode=modes[one.name])
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
    record(app, "adopt", opened.name, plan=home.plan.name)
    with watching(app, quiet=as_json):
        adoption = adopt_now(app, home.plan, target, take_rest=not leave_rest)
    if as_json:
        print_json(adoption_data(adoption))
    else:
        _show_adoption(adoption, opened.plugin.tool)
    return 0


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
    with watching(app, quiet=as_json):
        planned = undoing.preview_undo(app, publication, targets)
    if not as_json:
        _show_undoing(planned.undoing)
    if not yes:
        if not sys.stdin.isatty():
            raise Usage("undoing without a terminal needs --yes", hint="look at it first: hub history PUBLICATION")
        if not click.confirm("Undo this?", default=False):
            return 0
    if overrides:
        give_tickets(app, planned.fingerprint, overrides, why)
    record(app, "undo", publication, fingerprint=planned.fingerprint)
    with watching(app, quiet=as_json):
        done = undoing.undo_publication(app, publication, targets, who=who_am_i())
    if as_json:
        print_json({**publication_data(done), **undoing.undo_data(planned)})
    else:
        show.publication(done)
    return 0 if done.status == "published" else 1


def _show_undoing(planned: Undoing) -> None:
    for changes in planned.changeset.targets:
        say(changes.target, bold=True)
        for operation in changes.operations:
            say(f"  {operation.verb} {operation.address}")
    for address, reason in planned.impossible:
        say(f"  cannot be undone: {address}: {reason}", fg="yellow")


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
