"""Where a plan lives: in files, written back with comments kept, or in the store, as a new version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.app import App
from hub.errors import Refusal
from hub.files import load, update
from mappings.canonical import TrackingPlan


@dataclass(frozen=True, slots=True)
class PlanHome:
    """A plan as it was read, and how to write it back. `save` refuses when the home changed in between."""

    plan: TrackingPlan
    place: str
    save: Callable[[TrackingPlan, str], list[str]]
    """Takes the new plan and who saves it; returns what was written (file paths, or the version in the store)."""


def open_plan(app: App, name: str | None) -> PlanHome:
    """A plan by path, by its name in the store, or the configuration's own when none is named."""
    wanted = name or only_plan(app)
    path = Path(wanted)
    if path.exists() or path.suffix in (".yaml", ".yml", ".json") or "/" in wanted:
        read = load(path)
        return PlanHome(read.plan, str(path), lambda plan, who: [str(one) for one in update(read, plan)])
    plan = app.store.plan_version(wanted)

    def freeze(changed: TrackingPlan, who: str) -> list[str]:
        version = app.store.freeze(changed, who, app.engine.time.now())
        return [f"{version.plan} version {version.number}"]

    return PlanHome(plan, f"store: {wanted}", freeze)


def only_plan(app: App) -> str:
    """The configuration's plan, or the only one in the store. Raises Refusal when it is not clear which is meant."""
    configured = getattr(app.config, "plan", None)
    if configured:
        return str(configured)
    known = [one.plan for one in app.store.plans()]
    if len(known) == 1:
        return known[0]
    hint = f"the store has {', '.join(known)}" if known else "import one first"
    raise Refusal("which plan?", place="plan", hint=f"name it, or set `plan` in hub.toml; {hint}")
