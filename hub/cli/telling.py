"""Commands that change something tell people of it while they run, and for a moment after."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from hub.app import App
from hub.errors import Problems, Refusal
from hub.notify.herald import Herald
from hub.store.outbox import Health

Command = TypeVar("Command", bound=Callable[..., Any])


def tells_people(command: Command) -> Command:
    """Below `with_app`: whatever the command causes is delivered; trouble with that is a line, never a failure."""

    @functools.wraps(command)
    def wrapped(app: App, **options: Any) -> Any:
        herald = Herald(app.deliverer_if_open)
        try:
            with herald:
                return command(app, **options)
        finally:
            _mention_trouble(app, herald)

    return wrapped  # type: ignore[return-value]


def _mention_trouble(app: App, herald: Herald) -> None:
    if not app.config.notify:
        return
    if herald.problem is not None:
        for line in _problem(herald.problem):
            click.echo(line, err=True)
    for one in app.store.outbox.health():
        if one.reason and one.destination in app.config.notify:
            click.echo(f"notifications: {trouble(one)}", err=True)


def _problem(problem: Refusal) -> list[str]:
    """What is wrong with telling people, each single mistake on a line."""
    found = problem.problems if isinstance(problem, Problems) else [problem]
    return [f"notifications: {one}. {one.hint}".strip() for one in found]


def trouble(one: Health) -> str:
    """One line about a destination that is not well."""
    waiting = one.counts.get("queued", 0) + one.counts.get("sent", 0)
    failed = one.counts.get("failed", 0)
    counts = ", ".join(f"{number} {what}" for number, what in ((waiting, "waiting"), (failed, "failed")) if number)
    counted = f" ({counts})" if counts else ""
    return f"{one.destination}: {one.reason.rstrip('.')}{counted}. {one.hint}".strip()
