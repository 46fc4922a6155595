"""`hub notifications` and `hub notify`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from connectors.errors import ToolError
from hub.app import App
from hub.cli import show
from hub.cli.common import with_app
from hub.cli.telling import trouble
from hub.cli.terminal import print_json, say
from hub.errors import Refusal, Usage
from hub.files.data import read_data
from hub.notify.delivering import check
from hub.notify.desk import Desk
from hub.notify.destinations import open_destinations
from hub.notify.dry_run import Draft, drafts, read_happening
from hub.notify.plain import as_text
from hub.shapes.telling import message_data
from hub.store.outbox import Message, MessageState


@with_app
def list_messages(app: App, states: tuple[MessageState, ...], destination: str | None, as_json: bool) -> int:
    """`hub notifications`: newest first."""
    found = app.store.outbox.messages(*states, destination=destination)
    if as_json:
        print_json([message_data(one) for one in found])
        return 0
    for one in found:
        _show(one)
    if not found:
        say("nobody was told anything yet" if app.config.notify else "no destination is configured: [notify.slack]")
    return 0


COLORS = {"confirmed": "green", "queued": "yellow", "sent": "yellow", "failed": "red"}


def _show(one: Message) -> None:
    say(f"{one.id:>5}  {one.destination:<12}", end=False)
    say(f"{one.state:<10}", end=False, fg=COLORS[one.state])
    say(f"{show.moment(one.confirmed or one.due)}  {one.key}  {one.url}".rstrip())
    if one.reason and one.state != "confirmed":
        say(f"       {one.reason.rstrip('.')}. {one.hint}")
    if note := (one.remote or {}).get("note"):
        say(f"       {note}", fg="yellow")


@with_app
def retry(app: App, number: int | None, anew: bool, as_json: bool) -> int:
    """`hub notifications retry`."""
    if anew and number is None:
        raise Usage("which message is to be posted anew?", hint="hub notifications retry NUMBER --anew")
    changed = app.store.outbox.retry(number, app.engine.time.now(), anew=anew)
    if number is not None and not changed:
        raise Refusal(f"message {number} is confirmed, or there is none", hint="`hub notifications` lists them")
    return _delivered(app, as_json)


@with_app
def deliver(app: App, as_json: bool) -> int:
    """`hub notifications deliver`: one round; 1 when something failed or has to wait."""
    return _delivered(app, as_json)


def _delivered(app: App, as_json: bool) -> int:
    deliverer = app.deliverer()
    done = deliverer.round()
    if as_json:
        print_json(asdict(done))
    else:
        say(f"{done.confirmed} delivered, {done.postponed} postponed, {done.failed} failed")
        for one in app.store.outbox.health():
            if one.reason:
                say(f"  {trouble(one)}", fg="yellow")
    if deliverer.problem is not None:
        raise deliverer.problem
    return 1 if done.failed or done.postponed else 0


@with_app
def test(app: App, destination: str, as_json: bool) -> int:
    """`hub notify test`: proves the credentials."""
    (opened,) = open_destinations(app.config, [destination])
    try:
        line = check(app.deliverer(), opened)
    except ToolError as error:
        raise Refusal(error.message, place=error.place or destination, hint=error.hint) from None
    if as_json:
        print_json({"destination": destination, "kind": opened.kind.kind, "account": line})
    else:
        say(f"{destination}: {line}", fg="green")
    return 0


@with_app
def preview(app: App, event: Path, destination: str | None, as_json: bool) -> int:
    """`hub notify preview`: what each destination would be told, and sends nothing."""
    happening = read_happening(read_data(event), event)
    opened = open_destinations(app.config, [destination] if destination else [])
    if not opened:
        hint = "add a table [notify.slack]; docs/operations.md shows one"
        raise Refusal("no destination is configured", place=app.config.place, hint=hint)
    desk = Desk(app.store, app.config.public_url)
    shown = [draft for one in opened for draft in drafts(app.store.outbox, desk, happening, one)]
    if as_json:
        print_json([_draft_data(one) for one in shown])
        return 0
    for one in shown:
        _show_draft(one)
    if not shown:
        say("nobody would be told: no rule lets it through, or nothing is new")
    return 0


def _draft_data(one: Draft) -> dict[str, Any]:
    told = {"destination": one.destination, "key": one.key, "deliver": one.deliver}
    return {**told, "text": as_text(one.story), "message": one.message}


def _show_draft(one: Draft) -> None:
    say(f"{one.destination}: {one.key}" + ("" if one.deliver == "now" else f" ({one.deliver} digest)"), bold=True)
    body = json.dumps(one.message, ensure_ascii=False, indent=2)
    for line in (*as_text(one.story).split("\n"), *body.split("\n"), ""):
        say(line)
