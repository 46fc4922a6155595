"""What people and administrators do in an emulated Slack workspace without the API; one function per verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.notify.slack.sandbox.chat import RULES, remove_message
from hub.notify.slack.sandbox.interaction import click
from hub.notify.slack.sandbox.state import PRIVATE, PUBLIC, Channel, Document, Workspace, is_reply, new_person
from hub.notify.slack.sandbox.webhooks import STATES
from hub.notify.slack.sandbox.wording import as_stored

Edit = Callable[[Workspace, Document, float], Document]

TOKEN_STATES = ("active", "revoked", "expired", "inactive")


def make_edit(workspace: Workspace, change: object, now: float) -> Document:
    """Do one change and tell what was made. Raises ValueError with a plain sentence when it makes no sense."""
    verb = change.get("do") if isinstance(change, dict) else None
    if not isinstance(change, dict) or not isinstance(verb, str) or verb not in VERBS:
        raise ValueError(f"a change is an object whose 'do' is one of {', '.join(VERBS)}, not {verb!r}")
    try:
        return VERBS[verb](workspace, change, now)
    except KeyError as missing:
        raise ValueError(f"{verb} needs {missing}") from missing


def _channel(workspace: Workspace, change: Document) -> tuple[str, Channel]:
    """The channel meant by its id or its name, whatever its kind."""
    given = change["channel"]
    for key, one in workspace.channels.items():
        if given in (key, one.name, f"#{one.name}"):
            return key, one
    raise ValueError(f"there is no channel {given!r}")


def _message(workspace: Workspace, change: Document, key: str = "ts") -> tuple[Channel, Document]:
    _, channel = _channel(workspace, change)
    message = channel.find(change[key])
    if message is None:
        raise ValueError(f"there is no message {change[key]!r} in {channel.name}")
    return channel, message


def _user(workspace: Workspace, change: Document) -> Document:
    user = workspace.user(change["user"])
    if user is None:
        raise ValueError(f"there is no user {change['user']!r}")
    return user


# Messages -------------------------------------------------------------------------------------------------------


def _post(workspace: Workspace, change: Document, now: float) -> Document:
    channel_id, channel = _channel(workspace, change)
    ts = _say(workspace, channel, change, now, {})
    return {"channel": channel_id, "ts": ts}


def _reply(workspace: Workspace, change: Document, now: float) -> Document:
    channel, parent = _message(workspace, change, "thread_ts")
    if is_reply(parent):
        raise ValueError("a reply takes no replies")
    broadcast = {"subtype": "thread_broadcast"} if change.get("broadcast") else {}
    return {"ts": _say(workspace, channel, change, now, {"thread_ts": parent["ts"], **broadcast})}


def _say(workspace: Workspace, channel: Channel, change: Document, now: float, extra: Document) -> str:
    user = _user(workspace, change)
    if channel.archived:
        raise ValueError(f"{channel.name} is archived")
    ts = workspace.next_ts(now)
    message = {
        "type": "message",
        "user": user["id"],
        "team": workspace.team["id"],
        "ts": ts,
        "text": as_stored(change["text"], workspace, urls=True, names=True),
        "client_msg_id": workspace.make_id(length=32).lower(),
        **extra,
    }
    channel.messages.append(message)
    return ts


def _edit_message(workspace: Workspace, change: Document, now: float) -> Document:
    _, message = _message(workspace, change)
    message["text"] = as_stored(change["text"], workspace, urls=True, names=True)
    message["edited"] = {"user": message.get("user", ""), "ts": workspace.next_ts(now)}
    return {}


def _delete_message(workspace: Workspace, change: Document, now: float) -> Document:
    remove_message(*_message(workspace, change))
    return {}


def _lock_thread(workspace: Workspace, change: Document, now: float) -> Document:
    channel, message = _message(workspace, change)
    channel.locked_threads.append(message["ts"])
    return {}


def _click(workspace: Workspace, change: Document, now: float) -> Document:
    return click(workspace, change, _channel(workspace, change)[0], now)


# Channels and people --------------------------------------------------------------------------------------------


def _add_channel(workspace: Workspace, change: Document, now: float) -> Document:
    name, private = change["name"], change.get("private", False)
    if any(one.name == name for one in workspace.channels.values()):
        raise ValueError(f"there is a channel {name!r} already")
    key = change.get("id", workspace.make_id("C"))
    members = [user["id"] for user in workspace.users if not user["deleted"]]
    if change.get("bot", True):
        members.append(workspace.bot["user_id"])
    workspace.channels[key] = Channel(name, PRIVATE if private else PUBLIC, members, int(now))
    return {"channel": key}


def _archived(value: bool) -> Edit:
    def do(workspace: Workspace, change: Document, now: float) -> Document:
        _channel(workspace, change)[1].archived = value
        return {}

    return do


def _restrict(workspace: Workspace, change: Document, now: float) -> Document:
    rule = change.get("rule", "read-only")
    if rule not in ("", *RULES):
        raise ValueError(f"a channel's rule is one of {', '.join(RULES)} or empty, not {rule!r}")
    _channel(workspace, change)[1].rule = rule
    return {}


def _remove_bot(workspace: Workspace, change: Document, now: float) -> Document:
    name, channel = _channel(workspace, change)
    if not workspace.has_bot(channel):
        raise ValueError(f"the bot is not in {name}")
    channel.members.remove(workspace.bot["user_id"])
    return {}


def _invite_bot(workspace: Workspace, change: Document, now: float) -> Document:
    _, channel = _channel(workspace, change)
    if not workspace.has_bot(channel):
        channel.members.append(workspace.bot["user_id"])
    return {}


def _delete_channel(workspace: Workspace, change: Document, now: float) -> Document:
    del workspace.channels[_channel(workspace, change)[0]]
    return {}


def _add_user(workspace: Workspace, change: Document, now: float) -> Document:
    key, name = change.get("id", workspace.make_id("U")), change["name"]
    real_name = str(change.get("real_name") or name)
    workspace.users.append(new_person(key, name, real_name, change["email"]))
    return {"user": key}


def _deactivate_user(workspace: Workspace, change: Document, now: float) -> Document:
    _user(workspace, change)["deleted"] = True
    return {}


# The app --------------------------------------------------------------------------------------------------------


def _token(workspace: Workspace, change: Document, now: float) -> Document:
    if change["state"] not in TOKEN_STATES:
        raise ValueError(f"a token is one of {', '.join(TOKEN_STATES)}, not {change['state']!r}")
    workspace.token["state"] = change["state"]
    return {}


def _revoke_token(workspace: Workspace, change: Document, now: float) -> Document:
    return _token(workspace, {"state": "revoked"}, now)


def _remove_scope(workspace: Workspace, change: Document, now: float) -> Document:
    if change["scope"] not in workspace.scopes():
        raise ValueError(f"the token has no scope {change['scope']!r}")
    workspace.scopes().remove(change["scope"])
    return {}


def _add_scope(workspace: Workspace, change: Document, now: float) -> Document:
    if change["scope"] not in workspace.scopes():
        workspace.scopes().append(change["scope"])
    return {}


def _webhook(workspace: Workspace, change: Document, now: float) -> Document:
    if change["state"] not in ("active", *STATES):
        raise ValueError(f"a webhook is active or one of {', '.join(STATES)}, not {change['state']!r}")
    workspace.webhook["state"] = change["state"]
    return {}


def _remove_webhook(workspace: Workspace, change: Document, now: float) -> Document:
    return _webhook(workspace, {"state": "removed"}, now)


def _edit_window(workspace: Workspace, change: Document, now: float) -> Document:
    workspace.edit_window = change["seconds"]
    return {}


VERBS: Mapping[str, Edit] = {
    "post": _post,
    "reply": _reply,
    "edit_message": _edit_message,
    "delete_message": _delete_message,
    "lock_thread": _lock_thread,
    "click": _click,
    "add_channel": _add_channel,
    "delete_channel": _delete_channel,
    "archive": _archived(True),
    "unarchive": _archived(False),
    "restrict": _restrict,
    "remove_bot": _remove_bot,
    "invite_bot": _invite_bot,
    "add_user": _add_user,
    "deactivate_user": _deactivate_user,
    "token": _token,
    "revoke_token": _revoke_token,
    "remove_scope": _remove_scope,
    "add_scope": _add_scope,
    "webhook": _webhook,
    "remove_webhook": _remove_webhook,
    "edit_window": _edit_window,
}
