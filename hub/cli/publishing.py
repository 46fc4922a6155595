"""`hub preview` and `hub publish`."""

from __future__ import annotations

import sys

import click

from hub.app import App
from hub.cli import show
from hub.cli.common import find_plan, record, who_am_i, with_app
from hub.cli.progress import watching
from hub.cli.telling import tells_people
from hub.cli.terminal import print_json, say
from hub.cli.tickets import give_tickets, require_reason
from hub.engine.ports import Publication
from hub.engine.preview import preview
from hub.engine.publish import publish, resume
from hub.engine.target import Target
from hub.errors import Usage
from hub.shapes.publishing import preview_data, publication_data
from hub.verbs.pausing import pause
from mappings.canonical import TrackingPlan


@with_app
def run_preview(app: App, plan: str, targets: tuple[str, ...], full: bool, as_json: bool) -> int:
    """`hub preview`: 0 nothing to do, 2 something to publish, 1 a target cannot be read."""
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


@with_app
@tells_people
def run_publish(
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
    """`hub publish`: 0 when every target was published and verified, else 1."""
    if resumed:
        _refuse_besides_resume(resumed, plan, targets, fingerprint, overrides)
        return _resume(app, resumed, as_json)
    if plan is None:
        raise Usage("which plan?", hint="hub publish PLAN, or hub publish --resume PUBLICATION")
    require_reason(overrides, why)
    must_ask = not (yes or fingerprint)
    if must_ask and (as_json or not sys.stdin.isatty()):
        raise Usage("publishing without asking needs --yes or --fingerprint", hint="`hub preview` prints it")
    opened = app.config.open_targets(targets)
    document = find_plan(app, plan)
    if must_ask:
        fingerprint = _ask(app, document, opened, overrides)
        if fingerprint is None:
            say("nothing was written")
            return 0
    if overrides:
        if fingerprint is None:
            with watching(app, quiet=True):
                fingerprint = preview(app.engine, document, opened).changeset.fingerprint
        give_tickets(app, fingerprint, overrides, why)
    record(app, "publish", document.name, fingerprint=fingerprint or "", targets=list(targets))
    with watching(app, quiet=as_json):
        publication = publish(app.engine, document, opened, who=who_am_i(), fingerprint=fingerprint)
    return _conclude(publication, as_json)


def _refuse_besides_resume(resumed: str, *others: object) -> None:
    if any(others):
        raise Usage("--resume goes on with what was begun", hint=f"hub publish --resume {resumed}, and nothing else")


def _resume(app: App, identity: str, as_json: bool) -> int:
    publication = app.store.publication(identity)
    app.store.pauses.lift(publication.id)
    opened = app.config.open_targets(run.target for run in publication.targets)
    record(app, "resume", publication.id)
    with watching(app, quiet=as_json):
        done = resume(app.engine, publication, opened)
    return _conclude(done, as_json)


@with_app
@tells_people
def run_pause(app: App, publication: str, as_json: bool) -> int:
    """`hub pause`: 0 when it was asked for; the runs end before their next write."""
    found = pause(app, publication, who=who_am_i())
    if as_json:
        print_json(publication_data(found))
    elif found.status == "paused":
        say(f"publication {found.id} is paused")
    else:
        say(f"publication {found.id} pauses before its next write")
    return 0


def _conclude(publication: Publication, as_json: bool) -> int:
    if as_json:
        print_json(publication_data(publication))
    else:
        show.publication(publication)
    return 0 if publication.status == "published" else 1


def _ask(app: App, plan: TrackingPlan, targets: list[Target], overrides: tuple[str, ...]) -> str | None:
    """Show the preview to a person and ask; the fingerprint to publish, or None when they would rather not.

    What the engine will do nothing about, or refuse, is not worth a question.
    """
    with watching(app, quiet=False):
        seen = preview(app.engine, plan, targets)
    show.preview(seen, full=False)
    stopped = any(one.guard not in overrides for one in seen.violations)
    if seen.changeset.empty or stopped or seen.unreachable:
        return seen.changeset.fingerprint
    return seen.changeset.fingerprint if click.confirm("Publish this?", default=False) else None
