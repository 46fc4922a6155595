"""`hub why` and `hub dictionary`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hub.app import App
from hub.changes.merge import ABSENT
from hub.cli import show
from hub.cli.common import record, who_am_i, with_app
from hub.cli.terminal import print_json, say
from hub.engine.memory import Link, dictionary, dictionary_changes, field_path, why
from hub.errors import Usage
from hub.plans import open_plan
from hub.verbs.restoring import restore_into_draft, restore_into_plan, restored_data


@with_app
def explain(app: App, field: tuple[str, ...], plan: str | None, targets: tuple[str, ...], as_json: bool) -> int:
    """`hub why`: the chain behind a value, tool by tool."""
    home = open_plan(app, plan)
    path = field_path(home.plan, " ".join(field))
    chains = {one.name: why(app.engine, home.plan, one, path) for one in app.config.open_targets(targets)}
    if as_json:
        print_json(
            {
                "path": list(path),
                "targets": {name: [_link_data(one) for one in chain] for name, chain in chains.items()},
            }
        )
        return 0
    say(" › ".join(path))
    for name, chain in chains.items():
        say()
        say(name, bold=True)
        for one in chain:
            by = f"published by {one.who} ({one.publication})" if one.how == "published" else "changed in the tool"
            say(f"  {show.moment(one.at)}  {show.side(one.value)}  {by}")
        if not chain:
            say("  never seen there")
    return 0


def _link_data(one: Link) -> dict[str, Any]:
    data = {"at": one.at, "how": one.how, "who": one.who, "publication": one.publication}
    return data if one.value is ABSENT else {**data, "value": one.value}


@with_app
def show_dictionary(app: App, target: str | None, at: str | None, plan: str | None, as_json: bool) -> int:
    """`hub dictionary`: what a tool said of each event and property at a time."""
    if target is None:
        raise Usage("which target?", hint="hub dictionary --target T [--at TIME]")
    said, read_at = _said(app, target, at, plan)
    if as_json:
        print_json({"target": target, "read": read_at, **said})
        return 0
    say(f"{target}, as read {show.moment(read_at)}")
    for name, event in said["events"].items():
        say()
        say(name, bold=True, end=False)
        say(f"  {event.get('description', '')}")
        for key, prop in event.get("properties", {}).items():
            kind = prop.get("type", "any")
            shown = kind if isinstance(kind, str) else "|".join(kind)
            say(f"    {key} ({shown})  {prop.get('description', '')}")
    return 0


def _said(app: App, target: str, at: str | None, plan: str | None) -> tuple[Any, float]:
    (opened,) = app.config.open_targets([target])
    return dictionary(app.engine, open_plan(app, plan).plan, opened, _moment(at))


def _moment(text: str | None) -> float | None:
    """A time as a person writes it, in the zone of this machine; a date alone means its end."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(f"{text!r} is no time", hint="write 2026-11-25 or 2026-11-25T14:00") from None
    if len(text) == 10:
        parsed = parsed.replace(hour=23, minute=59, second=59)
    return parsed.timestamp()


@with_app
def compare(app: App, before: str, after: str, plan: str | None, as_json: bool) -> int:
    one, other = (_said(app, *_target_and_time(text), plan) for text in (before, after))
    changes = dictionary_changes(one[0], other[0])
    if as_json:
        print_json([{"path": list(change.path), "before": change.before, "after": change.after} for change in changes])
    else:
        for change in changes:
            say(f"{' › '.join(change.path)}: {show.value(change.before)} → {show.value(change.after)}")
        say("no difference" if not changes else f"{len(changes)} differences")
    return 2 if changes else 0


def _target_and_time(text: str) -> tuple[str, str | None]:
    target, separator, at = text.partition("@")
    return target, at if separator else None


@with_app
def restore(app: App, event: str, target: str, at: str, plan: str | None, as_draft: bool, as_json: bool) -> int:
    """`hub dictionary restore`: one event as it was, into the plan or a draft of it."""
    home = open_plan(app, plan)
    said, read_at = _said(app, target, at, plan)
    title = f"{event} as {target} had it {show.moment(read_at)}"
    draft, written = None, list[str]()
    if as_draft:
        draft = restore_into_draft(app, home, event, said, title=title[:200], who=who_am_i()).id
    else:
        written = restore_into_plan(home, event, said, who=who_am_i())
        record(app, "restore", home.plan.name, event=event, target=target, read=read_at, written=written)
    if as_json:
        print_json(restored_data(event, read_at, written, draft))
        return 0
    if draft is not None:
        say(f"{title}: draft {draft}")
        say("  → look at it on the page, and put it into the plan")
    else:
        say(f"{title}: {json.dumps(written) if written else 'no change'}")
        say("  → hub preview, then hub publish")
    return 0
