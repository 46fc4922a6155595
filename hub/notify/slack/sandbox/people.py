"""The `users.*`, `usergroups.*`, `auth.*` and `api.*` methods (apis/slack.md section 3.3)."""

from __future__ import annotations

from hub.notify.slack.sandbox.reading import list_page
from hub.notify.slack.sandbox.state import Document, Refusal
from hub.notify.slack.sandbox.wire import Call


def prove_token(call: Call) -> Document:
    """Whose token it is."""
    team, bot = call.workspace.team, call.workspace.bot
    return {
        "url": f"https://{team['domain']}.slack.com/",
        "team": team["name"],
        "user": bot["name"],
        "team_id": team["id"],
        "user_id": bot["user_id"],
        "bot_id": bot["bot_id"],
        "is_enterprise_install": False,
    }


def echo(call: Call) -> Document:
    """Says back what it was told; `error` makes it fail with that word."""
    arguments = {name: value for name, value in call.arguments.items() if name != "token"}
    if error := call.text("error", ""):
        raise Refusal(error, {"args": arguments})
    return {"args": arguments}


def find_by_email(call: Call) -> Document:
    """The active person with this address, in whatever case."""
    email = call.text("email").lower()
    for user in call.workspace.users:
        if user["email"].lower() == email and not user["deleted"]:
            return {"user": _described(call, user)}
    raise Refusal("users_not_found")


def user_info(call: Call) -> Document:
    """One person, active or not."""
    user = call.workspace.user(call.text("user"))
    if user is None:
        raise Refusal("user_not_found")
    return {"user": _described(call, user)}


def list_users(call: Call) -> Document:
    """Everybody, in pages."""
    rows = [_described(call, user) for user in call.workspace.users]
    return {"cache_ts": int(call.now), **list_page(call, "members", rows, call.limit(1000, 1000))}


def list_usergroups(call: Call) -> Document:
    """Groups that can be mentioned; their people and their number on request."""
    with_users, with_count = call.flag("include_users"), call.flag("include_count")
    return {
        "usergroups": [
            {
                **{key: value for key, value in group.items() if key != "users"},
                "team_id": call.workspace.team["id"],
                "is_usergroup": True,
                **({"users": group["users"]} if with_users else {}),
                **({"user_count": len(group["users"])} if with_count else {}),
            }
            for group in call.workspace.usergroups
        ]
    }


def _described(call: Call, user: Document) -> Document:
    address = {"email": user["email"]} if "users:read.email" in call.workspace.scopes() else {}
    return {
        "id": user["id"],
        "team_id": call.workspace.team["id"],
        "name": user["name"],
        "real_name": user["real_name"],
        "deleted": user["deleted"],
        "is_bot": False,
        "profile": {"real_name": user["real_name"], "display_name": user["name"], **address},
    }
