"""Taking one event over from a tool's dictionary of any time: into a draft, or into the plan at once."""

from __future__ import annotations

from typing import Any

from hub.app import App
from hub.engine.memory import restored
from hub.plans import PlanHome
from hub.store.drafts import Draft
from hub.verbs.drafting import open_draft
from mappings.canonical.kinds import JSON


def restore_into_plan(home: PlanHome, event: str, said: JSON, *, who: str) -> list[str]:
    """The plan has the event as the dictionary does; what was written, nothing where the plan says that already.

    Raises Refusal when the dictionary lacks the event, the plan cannot hold it, or the plan's home moved.
    """
    changed = restored(home.plan, event, said)
    return home.save(changed, who) if changed != home.plan else []


def restore_into_draft(hub: App, home: PlanHome, event: str, said: JSON, *, title: str, who: str) -> Draft:
    """The same as a new draft of the plan, for somebody to look at. Raises Refusal as above."""
    body = restored(home.plan, event, said)
    return open_draft(hub, home, title=title, who=who, body=body)


def restored_data(event: str, read: float, written: list[str], draft: int | None = None) -> dict[str, Any]:
    """As `hub dictionary restore --json` spells it."""
    data = {"event": event, "read": read, "written": written}
    return data if draft is None else {**data, "draft": draft}
