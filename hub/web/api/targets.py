"""Targets: how they stand, and what can be done with one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal, NotRequired, cast

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from connectors.contract import Plugin
from connectors.registry import Broken, installed
from hub.errors import Problems, Refusal
from hub.plans import only_plan
from hub.schedule import RECONCILE
from hub.shapes.parts import Unread, closed
from hub.target_facts import target_data
from hub.verbs import connecting
from hub.verbs.connecting import Connected, connected_data
from hub.web import work
from hub.web.api.bodies import Body, TargetInBody
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.finding import SomeTarget, TargetName, find_target
from hub.web.api.paging import Page, Paging
from hub.web.api.problems import Faults, Unknown
from hub.web.api.publishing import JobShape, asked_for
from hub.web.guarding import Hub, Targets

router = calls("Targets")


@closed
class Drift(TypedDict):
    """A field that reconcile found to differ, and since when."""

    path: list[str]
    since: float


@closed
class TargetDrift(Drift):
    """The same with the target where it differs."""

    target: str


@closed
class CoverageShape(TypedDict):
    """How completely one list of a tool was read."""

    scope: str
    completeness: Literal["complete", "partial", "failed", "not-entitled", "hidden", "stale"]
    since: float
    why: str


@closed
class TargetShape(TypedDict):
    """How a target stands as far as it was last read, as in `hub status --json`."""

    target: str
    tool: str
    managed: int
    drift: list[Drift]
    slo: float | None
    late: bool
    state: Literal["never read", "in sync", "drifted", "gone", "unknown"]
    age: float | None
    documents: int
    differing: list[str]
    gone: list[str]
    unknown: list[Unread]
    coverage: list[CoverageShape]


@closed
class ConnectedShape(TypedDict):
    """A target that was saved or tested; what the tool says of itself, where it was asked."""

    target: str
    tool: str
    added: bool
    tested: bool
    workspace: NotRequired[str]
    account: NotRequired[str]
    may_write: NotRequired[bool | None]
    notes: NotRequired[list[str]]


@closed
class SettingsShape(TypedDict):
    """A target's settings as hub.toml has them; of a secret only where it is kept. `version` stands for just these;
    `overridden` are keys about which the environment has the last word."""

    target: str
    tool: str
    version: str
    settings: dict[str, Any]
    overridden: list[str]
    authority: list[dict[str, Any]]


@closed
class ToolShape(TypedDict):
    """A tool that can be connected; `settings` is the JSON Schema of what it takes. One that is `broken` says why."""

    tool: str
    title: str
    summary: str
    capabilities: list[str]
    settings: dict[str, Any]
    broken: str


@closed
class Tools(TypedDict):
    """The installed tools."""

    tools: list[ToolShape]


@closed
class Gone(TypedDict):
    """A target that is not connected any more; what the hub knows of it stays in the records."""

    target: str


class OneTarget(Body):
    """Which target is meant."""

    target: TargetInBody


Settings = Annotated[
    dict[str, Any],
    Field(
        description="The tool's own settings and those of every target, by key. A secret is a reference "
        "(env:NAME, file:PATH) or the secret itself, which is kept sealed; null takes a key out.",
        examples=[{"token": "env:SEGMENT_TOKEN", "tracking_plan_id": "tp_1"}],
    ),
]


class ToConnect(Body):
    """A new target. With `test`, nothing is saved when its tool says no."""

    tool: str = Field(min_length=1, max_length=64, examples=["segment"])
    target: TargetInBody
    settings: Settings
    test: bool = True


class ToChange(Body):
    """Other settings; what is not named stays. `version` is that of the settings that were seen."""

    settings: Settings
    version: str = Field(max_length=64, examples=["0b7c0c4e4f2e5d43"])
    test: bool = True


@router.get("/targets", **needs("read"))
def list_targets(hub: Hub, standings: Targets, paging: Paging) -> Page[TargetShape]:
    """All targets, by name, as far as they were last read; asks no tool."""
    rows = sorted(hub.config.own_settings().items())
    return paging.page("targets", rows, lambda row: row[0], lambda row: _shape(standings.status(*row)))


def _shape(status: Any) -> TargetShape:
    return cast(TargetShape, status)


@router.get("/target", **needs("read"))
def get_target(hub: Hub, standings: Targets, target: TargetName) -> TargetShape:
    """How one target stands."""
    return _shape(standings.status(target, find_target(hub, target)))


@router.get("/drift", **needs("read"))
def list_drift(hub: Hub, paging: Paging, target: SomeTarget = "") -> Page[TargetDrift]:
    """Fields on which a tool left what was published, the oldest first."""
    names = [target] if target else list(hub.config.targets)
    for name in names:
        find_target(hub, name)
    found = [(since, name, path) for name in names for path, since in hub.store.decisions.drifting(name)]
    rows: list[TargetDrift] = [
        {"target": name, "path": list(path), "since": since} for since, name, path in sorted(found)
    ]
    return paging.page("drift", rows, _place, lambda one: one)


def _place(one: TargetDrift) -> str:
    return "\n".join((f"{one['since']:020.6f}", one["target"], *one["path"]))


@router.get("/tools", **needs("read"))
def list_tools(hub: Hub) -> Tools:
    """The tools that can be connected, each with the settings that it takes."""
    return {"tools": [_tool(one) for one in installed()]}


def _tool(one: Plugin | Broken) -> ToolShape:
    if isinstance(one, Broken):
        return {"tool": one.tool, "title": "", "summary": "", "capabilities": [], "settings": {}, "broken": one.reason}
    told = {"tool": one.tool, "title": one.title, "summary": one.summary, "capabilities": sorted(one.capabilities)}
    return cast(ToolShape, {**told, "settings": one.settings.model_json_schema(), "broken": ""})


@router.get("/target/settings", **needs("read"))
def get_settings(hub: Hub, target: TargetName) -> SettingsShape:
    """How a target is connected, and who has the last word there about which field."""
    find_target(hub, target)
    return cast(SettingsShape, target_data(hub, target))


@router.post("/targets", status_code=201, **needs("admin"))
def connect_target(hub: Hub, caller: Asked, body: ToConnect) -> ConnectedShape:
    """Connect a tool: its settings are checked, the tool is asked who we are, and hub.toml is written."""
    if body.tool not in {one.tool for one in installed()}:
        hint = "GET /api/v1/tools lists those there are"
        raise Unknown(f"there is no tool {body.tool!r}", place="body.tool", hint=hint)
    with settings_at_fault(), noted_failure(hub, caller, "connect", body.target):
        done = connecting.connect(hub, body.tool, body.target, body.settings, test=body.test)
    hub.store.people.note(caller.account, "connect", body.target, hub.engine.time.now(), tool=body.tool)
    return connected(done)


@router.patch("/target", **needs("admin"))
def change_target(hub: Hub, caller: Asked, target: TargetName, body: ToChange) -> ConnectedShape:
    """Change how a target is connected or reconciled. 409 when somebody changed it in between."""
    find_target(hub, target)
    with settings_at_fault(), noted_failure(hub, caller, "change target", target):
        done = connecting.change(hub, target, body.settings, test=body.test, known=body.version)
    hub.store.people.note(caller.account, "change target", target, hub.engine.time.now(), keys=sorted(body.settings))
    return connected(done)


@router.delete("/target", **needs("admin"))
def disconnect_target(hub: Hub, caller: Asked, target: TargetName) -> Gone:
    """Take a target out of hub.toml. Nothing is changed in its tool, and the records stay."""
    find_target(hub, target)
    connecting.disconnect(hub, target)
    hub.store.people.note(caller.account, "disconnect", target, hub.engine.time.now())
    return {"target": target}


def connected(done: Connected) -> ConnectedShape:
    """The shape of `hub connect --json`."""
    return cast(ConnectedShape, connected_data(done))


@contextmanager
def noted_failure(hub: Hub, caller: Asked, verb: str, target: str) -> Iterator[None]:
    """What is refused stands in the audit: an address that may not be asked is worth a look."""
    try:
        yield
    except Refusal as refusal:
        hub.store.people.note(caller.account, f"{verb} refused", target, hub.engine.time.now(), why=str(refusal))
        raise


@contextmanager
def settings_at_fault() -> Iterator[None]:
    """Problems with settings that were sent are the fault of the body. Raises Faults."""
    try:
        yield
    except Problems as problems:
        raise Faults(problems.message, problems.problems, hint=problems.hint) from None


@router.post("/targets/test", **needs("publish"))
def check_connection(hub: Hub, caller: Asked, body: OneTarget) -> ConnectedShape:
    """Prove the credentials of a target with one request to its tool."""
    find_target(hub, body.target)
    with noted_failure(hub, caller, "test", body.target):
        done = connecting.try_out(hub, body.target)
    hub.store.people.note(caller.account, "test", body.target, hub.engine.time.now())
    return connected(done)


@router.post("/targets/reconcile", status_code=202, **needs("publish"))
def reconcile_now(hub: Hub, caller: Asked, body: OneTarget, response: Response) -> JobShape:
    """Read a target now, as its schedule would: what people changed there becomes proposals."""
    find_target(hub, body.target)
    number = work.ask(hub, RECONCILE, body.target, {"plan": only_plan(hub), "target": body.target})
    hub.store.people.note(caller.account, "reconcile", body.target, hub.engine.time.now())
    return asked_for(hub, response, number)
