"""`hub preview` and `hub publish`."""

from __future__ import annotations

import sys
from typing import Any

import click

from hub.app import App
from hub.changes.guard import Ticket
from hub.changes.render import changeset_data
from hub.cli import show
from hub.cli.common import common, find_plan, print_json, target_option, who_am_i, with_app
from hub.cli.progress import watching
from hub.engine.preview import Preview, preview
from hub.engine.publish import publish, resume
from hub.engine.target import Target
from hub.errors import Usage
from mappings.canonical import TrackingPlan

TICKET_LIFE = 3600.0
"""Seconds an override given on the command line is valid."""


def preview_data(seen: Preview) -> dict[str, Any]:
    """The shape of `hub preview --json`."""
    unreachable = [
        {"target": one.target, "message": one.error.message, "hint": one.error.hint, "verdict": one.error.verdict}
        for one in seen.unreachable
    ]
    return {**changeset_data(seen.changeset, seen.violations), "unreachable": unreachable}


@click.command("preview")
@click.argument("plan")
@target_option
@click.option("--full", is_flag=True, help="Show every field and every finding.")
@common
@with_app
def preview_command(app: App, plan: str, targets: tuple[str, ...], full: bool, as_json: bool) -> int:
    """Show what publishing PLAN would change in each target. Changes nothing.

    PLAN is the path of a plan file or folder, or the name of a plan in the store.
    """
    opened = app.config.open_targets(targets)
    document = find_plan(app, plan)
    with watching(app, quiet=as_json):
        seen = preview(app.engine, document, opened)
    if as_json:
        print_json(preview_data(seen))
    else:
        show.preview(seen, full=full)
    if seen.unreachable:
        return 1
    return 0 if seen.changeset.empty else 2


@click.command("publish")
@click.argument("plan", required=False)
@target_option
@click.option("--fingerprint", help="Publish only if the preview still has this fingerprint.")
@click.option("--yes", is_flag=True, help="Publish without asking; guards still hold.")
@click.option("--override", "overrides", multiple=True, metavar="GUARD", help="Let this guard pass, this once.")
@click.option("--why", help="The reason for an override, for the record.")
@click.option("--resume", "resumed", metavar="PUBLICATION", help="Go on with a publication that did not end.")
@common
@with_app
def publish_command(
    app: App,
    plan: str | None,
    targets: tuple[str, ...],
    fingerprint: str | None,
    yes: bool,
    overrides: tuple[str, ...],
    why: str | None,
    resumed: str | None,
    as_json: bool,
) -> int:
    """Bring all targets to PLAN: preview, check, write side by side, read back.

    On a terminal it shows the preview and asks; elsewhere it needs --yes or the --fingerprint of a preview.
    """
    if resumed:
        return _resume(app, resumed, as_json)
    if plan is None:
        raise Usage("which plan?", hint="hub publish PLAN, or hub publish --resume PUBLICATION")
    opened = app.config.open_targets(targets)
    document = find_plan(app, plan)
    if overrides:
        fingerprint = _give_tickets(app, document, opened, fingerprint, overrides, why)
    elif not (yes or fingerprint):
        fingerprint = _ask(app, document, opened)
        if fingerprint is None:
            return 0
    with watching(app, quiet=as_json):
        publication = publish(app.engine, document, opened, who=who_am_i(), fingerprint=fingerprint)
    return _conclude(publication, as_json)


def _resume(app: App, identity: str, as_json: bool) -> int:
    publication = app.store.publication(identity)
    opened = app.config.open_targets(run.target for run in publication.targets)
    with watching(app, quiet=as_json):
        done = resume(app.engine, publication, opened)
    return _conclude(done, as_json)


def _conclude(publication: Any, as_json: bool) -> int:
    if as_json:
        print_json(show.publication_data(publication))
    else:
        show.publication(publication)
    return 0 if publication.status == "published" else 1


def _ask(app: App, plan: TrackingPlan, targets: list[Target]) -> str | None:
    """Show the preview to a person and ask; the fingerprint to publish, or None when they would rather not."""
    if not sys.stdin.isatty():
        raise Usage("publishing without a terminal needs --yes or --fingerprint", hint="`hub preview` prints it")
    with watching(app, quiet=False):
        seen = preview(app.engine, plan, targets)
    show.preview(seen, full=False)
    if seen.changeset.empty or seen.violations or seen.unreachable:
        return seen.changeset.fingerprint
    return seen.changeset.fingerprint if click.confirm("Publish this?", default=False) else None


def _give_tickets(
    app: App,
    plan: TrackingPlan,
    targets: list[Target],
    fingerprint: str | None,
    guards: tuple[str, ...],
    why: str | None,
) -> str:
    """Record an override for each guard, bound to the fingerprint the person saw (or that is current now)."""
    if not why:
        raise Usage("an override needs a reason", hint="add --why TEXT; it is kept with the publication")
    if fingerprint is None:
        fingerprint = preview(app.engine, plan, targets).changeset.fingerprint
    expires = app.engine.time.now() + TICKET_LIFE
    for guard in guards:
        app.store.add_ticket(Ticket(guard, fingerprint, who_am_i(), why, expires))
    return fingerprint
