"""The emulated workspace as a person sees it: one HTML page without scripts and without outside requests."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from hub.notify.slack.sandbox.markup import show_message
from hub.notify.slack.sandbox.state import PRIVATE, Channel, Document, Workspace, is_reply

STYLE = """
:root { color-scheme: light dark; --ink: #1d1c1d; --soft: #616061; --line: #e3e3e4; --paper: #ffffff; --back: #f4f4f6;
  --mark: #1264a3; --glow: #e8f2fb; --app: #e9e9ec; --go: #007a5a; --stop: #c0264f; }
@media (prefers-color-scheme: dark) { :root { --ink: #d9dade; --soft: #9b9ca2; --line: #34363b; --paper: #1b1d21;
  --back: #131417; --mark: #5db3f0; --glow: #17324a; --app: #34363b; --go: #2bac76; --stop: #f0708f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", sans-serif; }
main { max-width: 54rem; margin: auto; }
h1 { font-size: 1.3rem; margin: 0 0 1.2rem; }
h1 span, .quiet, time { color: var(--soft); font-weight: normal; font-size: .85rem; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; margin-bottom: 1.2rem;
  overflow: hidden; }
h2 { font-size: 1.05rem; margin: 0; padding: .7rem 1.1rem; border-bottom: 1px solid var(--line); }
.badge { font-size: .7rem; font-weight: 600; background: var(--app); color: var(--soft); border-radius: 4px;
  padding: .1rem .35rem; vertical-align: middle; margin-left: .35rem; }
.message { display: grid; grid-template-columns: 2.3rem 1fr; gap: .7rem; padding: .7rem 1.1rem; }
.message > div { min-width: 0; overflow-wrap: anywhere; }
.face { width: 2.3rem; height: 2.3rem; border-radius: 7px; background: var(--glow); color: var(--mark);
  display: grid; place-items: center; font-weight: 700; }
.thread { margin: 0 0 .6rem 3.6rem; border-left: 2px solid var(--line); }
.thread .message { padding-top: .35rem; padding-bottom: .35rem; }
.empty { margin: 0; padding: .7rem 1.1rem; }
.only { background: var(--back); }
.who { font-weight: 700; }
time { margin-left: .4rem; }
p, h3 { margin: .15rem 0; }
h3 { font-size: 1.1rem; }
.plain { white-space: pre-wrap; }
.section { display: flex; justify-content: space-between; gap: 1rem; align-items: flex-start; margin: .35rem 0; }
.section > div { flex: 1; min-width: 0; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem 1.5rem; }
.context { color: var(--soft); font-size: .82rem; display: flex; flex-wrap: wrap; gap: .2rem .9rem; margin: .35rem 0; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0 .2rem; }
button { font: inherit; font-weight: 600; font-size: .85rem; color: var(--ink); background: transparent;
  border: 1px solid var(--soft); border-radius: 5px; padding: .25rem .7rem; }
button.primary { background: var(--go); border-color: var(--go); color: #fff; }
button.danger { color: var(--stop); border-color: var(--stop); }
hr { border: 0; border-top: 1px solid var(--line); margin: .7rem 0; }
a { color: var(--mark); }
.mention { background: var(--glow); color: var(--mark); border-radius: 3px; padding: 0 .15rem; }
code, pre { font: .86em/1.4 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--back);
  border: 1px solid var(--line); border-radius: 4px; }
code { padding: .05rem .25rem; color: var(--stop); }
pre { padding: .5rem; margin: .3rem 0; white-space: pre-wrap; }
blockquote { margin: .2rem 0; padding-left: .7rem; border-left: 3px solid var(--line); }
@media (max-width: 40rem) { .fields { grid-template-columns: 1fr; } .thread { margin-left: 1.2rem; } }
"""


def draw_page(workspace: Workspace) -> str:
    """The whole page. Conversations in which something was said come first."""
    channels = sorted(workspace.channels.items(), key=lambda pair: not pair[1].messages)
    shown = "".join(_channel(workspace, key, one) for key, one in channels)
    team = escape(workspace.team["name"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{team}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><main><h1>{team} <span>emulated Slack workspace, times in UTC</span></h1>{shown}</main></body></html>"
    )


def _channel(workspace: Workspace, key: str, channel: Channel) -> str:
    private = ["private"] if channel.kind == PRIVATE else []
    badges = [*private, *(["archived"] if channel.archived else []), *([channel.rule] if channel.rule else [])]
    shown = "".join(f'<span class="badge">{escape(one)}</span>' for one in badges)
    messages = _messages(workspace, key, channel) or '<p class="empty quiet">Nothing said yet</p>'
    return f"<section><h2>{escape(_title(workspace, channel))}{shown}</h2>{messages}</section>"


def _title(workspace: Workspace, channel: Channel) -> str:
    if not channel.is_dialogue:
        return f"# {channel.name}"
    others = [one for one in channel.members if one != workspace.bot["user_id"]]
    return f"Direct message with {', '.join(map(workspace.name_of, others))}"


def _messages(workspace: Workspace, key: str, channel: Channel) -> str:
    """Oldest first, threads below their parents; a reply whose parent is not there stands by itself."""
    private = [one for one in workspace.ephemerals if one["channel"] == key and "thread_ts" not in one]
    parents = {one["ts"] for one in channel.messages if not is_reply(one)}
    shown = [one for one in channel.messages if not is_reply(one) or one["thread_ts"] not in parents]
    rows = sorted([*shown, *private], key=lambda one: str(one["ts"]))
    return "".join(_message(workspace, one) + _thread(workspace, key, channel, one["ts"]) for one in rows)


def _thread(workspace: Workspace, key: str, channel: Channel, ts: str) -> str:
    private = [one for one in workspace.ephemerals if one["channel"] == key and one.get("thread_ts") == ts]
    rows = sorted([*channel.replies(ts), *private], key=lambda one: str(one["ts"]))
    inside = "".join(_message(workspace, one) for one in rows)
    return f'<div class="thread">{inside}</div>' if inside else ""


def _message(workspace: Workspace, message: Document) -> str:
    who = _author(workspace, message)
    app = '<span class="badge">APP</span>' if "bot_id" in message else ""
    only = f'<span class="badge">only {escape(workspace.name_of(message["to"]))}</span>' if "to" in message else ""
    said = datetime.fromtimestamp(float(message["ts"]), UTC)
    edited = ' <span class="quiet">(edited)</span>' if "edited" in message else ""
    kind = "message only" if "to" in message else "message"
    return (
        f'<div class="{kind}"><div class="face" aria-hidden="true">{escape(who[:1].upper())}</div><div>'
        f'<span class="who">{escape(who)}</span>{app}{only}<time datetime="{said:%Y-%m-%dT%H:%M:%SZ}">'
        f"{said:%d %b %Y %H:%M}</time>{edited}{show_message(message, workspace)}</div></div>"
    )


def _author(workspace: Workspace, message: Document) -> str:
    if message.get("username"):
        return str(message["username"])
    if message.get("bot_id") == workspace.webhook["id"]:
        return "Incoming webhook"
    return workspace.name_of(message.get("user", workspace.bot["user_id"]))
