"""`hub notifications` and `hub notify`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from connectors.errors import ToolError
from hub.app import App
from hub.changes.happening import Happening
from hub.cli import show
from hub.cli.common import with_app
from hub.cli.telling import trouble
from hub.cli.terminal import print_json, say
from hub.errors import Refusal
from hub.files.data import read_data
from hub.notify.contract import Letter
from hub.notify.delivering import check
from hub.notify.desk import Desk
from hub.notify.destinations import Destination, open_destinations
from hub.notify.matters import matter_of
from hub.notify.plain import as_text
from hub.notify.routing import tell
from hub.notify.rules import rule_for
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


def message_data(one: Message) -> dict[str, Any]:
    """The shape of one message in `--json`."""
    hidden = ("story", "told", "memo")
    return {name: value for name, value in asdict(one).items() if name not in hidden}


COLORS = {"confirmed": "green", "queued": "yellow", "sent": "yellow", "failed": "red"}


def _show(one: Message) -> None:
    say(f"{one.id:>5}  {one.destination:<12}", end=False)
    say(f"{one.state:<10}", end=False, fg=COLORS[one.state])
    say(f"{show.moment(one.confirmed or one.due)}  {one.key}  {one.url}".rstrip())
    if one.reason and one.state != "confirmed":
        say(f"       {one.reason}. {one.hint}")


@with_app
def retry(app: App, number: int | None, anew: bool, as_json: bool) -> int:
    """`hub notifications retry`."""
    if anew and number is None:
        raise Refusal("which message is to be posted anew?", hint="hub notifications retry NUMBER --anew")
    changed = app.store.outbox.retry(number, app.engine.time.now(), anew=anew)
    if number is not None and not changed:
        raise Refusal(f"message {number} is confirmed, or there is none", hint="`hub notifications` lists them")
    return _delivered(app, as_json)


@with_app
def deliver(app: App, as_json: bool) -> int:
    """`hub notifications deliver`: one round; 1 when something failed or has to wait."""
    return _delivered(app, as_json)


def _delivered(app: App, as_json: bool) -> int:
    done = app.deliverer().round()
    if as_json:
        print_json(asdict(done))
    else:
        say(f"{done.confirmed} delivered, {done.postponed} postponed, {done.failed} failed")
        for one in app.store.outbox.health():
            if one.reason:
                say(f"  {trouble(one)}", fg="yellow")
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
    happening = _happening(event)
    opened = open_destinations(app.config, [destination] if destination else [])
    shown = [row for one in opened for row in _told(app, happening, one)]
    if as_json:
        print_json(shown)
        return 0
    for row in shown:
        say(f"{row['destination']} ({row['key']})", bold=True)
        say(row["text"])
        say(str(row["message"]))
    if not shown:
        say("no rule of any destination lets this through")
    return 0


def _happening(file: Path) -> Happening:
    given = read_data(file)
    try:
        return TypeAdapter(Happening).validate_python(
            {"id": 0, "at": 0.0, **given} if isinstance(given, dict) else given
        )
    except ValidationError as error:
        detail = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in detail["loc"])
        hint = 'a happening is {"kind": "publish.finished", "plan": NAME, "subject": PUBLICATION}'
        raise Refusal(f"{where}: {detail['msg']}".strip(": "), place=str(file), hint=hint) from None


def _told(app: App, happening: Happening, destination: Destination) -> list[dict[str, Any]]:
    desk = Desk(app.store, app.config.public_url)
    rule = rule_for(destination.rules, matter_of(desk, happening))
    if rule is None:
        return []
    render, settings = destination.kind.render, destination.settings
    return [
        {
            "destination": destination.name,
            "key": one.key,
            "deliver": rule.deliver,
            "text": as_text(one.story),
            "message": render(Letter(one.key, "add" if one.aside else "put", one.story), settings),
        }
        for one in tell(desk, app.store.outbox, happening, destination, rule)
    ]
