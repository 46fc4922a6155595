"""Targets: how they stand, connect a tool, test it, and say how it is reconciled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from connectors.contract import Plugin
from connectors.registry import installed
from hub import target_facts
from hub.app import App
from hub.errors import Moved, Problems, Refusal
from hub.plans import only_plan
from hub.schedule import RECONCILE
from hub.store.people import Session
from hub.verbs import connecting
from hub.verbs.connecting import Connected, connected_data
from hub.web import target_forms, work
from hub.web.guarding import AdminActs, Hub, PublisherActs, Targets, Viewer
from hub.web.rendering import page, to
from hub.web.standings import Standings
from hub.web.target_forms import Filled

router = APIRouter()
AT_FIRST = ("mode", "schedule")
"""The settings of every target that the form of a new one asks for; the rest can wait."""
TESTS = ("connect", "change target", "test")
"""Verbs of the audit log that may say what a tool said of itself."""
UNTESTED = "untested"
"""The value of the button that saves without asking the tool; the page afterwards says that nobody did."""


async def sent(request: Request) -> Mapping[str, str]:
    """A form's fields by name; which ones it has depends on the tool."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


Sent = Annotated[Mapping[str, str], Depends(sent)]


@router.get("/targets")
@router.get("/drift")
def show_targets(request: Request, hub: Hub, standings: Targets, session: Viewer) -> Response:
    """How each target stands: what differs and since when, what is unknown and why."""
    try:
        own = hub.config.own_settings()
    except Problems as problems:
        names = list(hub.config.targets)
        return page(request, "targets.html", session, targets=[], own={}, names=names, problem=problems, under_way={})
    targets = [standings.status(name, settings) for name, settings in own.items()]
    under_way = {name: work.under_way(hub, name, kinds=[RECONCILE]) for name in own}
    return page(request, "targets.html", session, targets=targets, own=own, names=[], problem=None, under_way=under_way)


@router.post("/reconcile")
def reconcile_now(hub: Hub, session: PublisherActs, target: Annotated[str, Form()]) -> Response:
    """Read one target now, as its schedule would: what people changed there becomes proposals."""
    if target not in hub.config.targets:
        raise HTTPException(404, f"There is no target {target!r}.")
    number = work.ask(hub, RECONCILE, target, {"plan": only_plan(hub), "target": target})
    hub.store.people.note(session.account, "reconcile", target, hub.engine.time.now())
    return RedirectResponse(f"/jobs/{number}", 303)


# A new one


@router.get("/targets/new")
def show_new(request: Request, hub: Hub, session: Viewer, tool: str = "") -> Response:
    """The tools to choose from; with one chosen, its form."""
    if session.role != "admin":
        raise HTTPException(403, f"connecting a tool takes the role admin; you are {session.role}: ask an admin")
    if not tool:
        return page(request, "connect.html", session, tools=installed())
    chosen = connecting.tool_of(tool)
    return _new_form(request, hub, session, chosen, _free_name(hub, tool), Filled())


def _free_name(hub: App, tool: str) -> str:
    """The tool's own name, or that with the first number that is free."""
    names = (tool if number == 1 else f"{tool}-{number}" for number in range(1, len(hub.config.targets) + 2))
    return next(name for name in names if name not in hub.config.targets)


def _new_form(
    request: Request, hub: App, session: Session, tool: Plugin, name: str, filled: Filled, status: int = 200
) -> Response:
    own = [one for one in target_forms.own_fields(tool) if one.key in AT_FIRST]
    fields = target_forms.fields_of(tool)
    private = hub.config.allow_private_addresses
    values = {"tool": tool, "name": name, "fields": fields, "own": own, "filled": filled, "private": private}
    return page(request, "connect_tool.html", session, status, **values)


@router.post("/targets/new")
def connect(
    request: Request,
    hub: Hub,
    session: AdminActs,
    form: Sent,
    tool: Annotated[str, Form()],
    name: Annotated[str, Form()] = "",
    act: Annotated[str, Form()] = "",
) -> Response:
    """Test and save a new target; what is wrong is said beside the field, and what was typed stays."""
    chosen = connecting.tool_of(tool)
    fields = [*target_forms.fields_of(chosen), *target_forms.own_fields(chosen)]
    try:
        values = target_forms.values(fields, form)
        done = connecting.connect(hub, tool, name.strip(), values, test=act != UNTESTED)
    except Refusal as refusal:
        _note_refusal(hub, session, "connect", name, refusal)
        beside, rest = target_forms.wrong(fields, refusal)
        filled = Filled(target_forms.typed_texts(fields, form), problems=beside, rest=rest)
        return _new_form(request, hub, session, chosen, name, filled, 409 if rest else 400)
    _note(hub, session, "connect", done)
    return RedirectResponse(_address(done.target, after="connect" if done.identity else UNTESTED), 303)


# One target


@router.get("/targets/{name:path}")
def show_target(
    request: Request, hub: Hub, standings: Targets, session: Viewer, name: str, after: str = ""
) -> Response:
    """Everything about one target, and what can be done with it. Raises Refusal when there is none."""
    return _target(request, hub, standings, session, name, after=after)


@router.post("/targets/{name:path}/test")
def test(request: Request, hub: Hub, standings: Targets, session: PublisherActs, name: str) -> Response:
    """Ask the tool who we are, now."""
    connecting.table_of(hub, name)
    try:
        done = connecting.try_out(hub, name)
    except Refusal as refusal:
        _note_refusal(hub, session, "test", name, refusal)
        return _target(request, hub, standings, session, name, 409, trouble=refusal)
    _note(hub, session, "test", done)
    return RedirectResponse(_address(name, after="test"), 303)


@router.post("/targets/{name:path}/disconnect")
def disconnect(
    request: Request,
    hub: Hub,
    standings: Targets,
    session: AdminActs,
    name: str,
    typed: Annotated[str, Form()] = "",
) -> Response:
    """Take the target out of hub.toml, if its name was typed again."""
    connecting.table_of(hub, name)
    if typed.strip() != name:
        wrong = Refusal("type the target's name to disconnect it; nothing was changed", place="typed")
        return _target(request, hub, standings, session, name, 400, mistyped=wrong)
    connecting.disconnect(hub, name)
    hub.store.people.note(session.account, "disconnect", name, hub.engine.time.now())
    return RedirectResponse("/targets", 303)


@router.post("/targets/{name:path}")
def change(
    request: Request,
    hub: Hub,
    standings: Targets,
    session: AdminActs,
    form: Sent,
    name: str,
    known: Annotated[str, Form()] = "",
    act: Annotated[str, Form()] = "",
) -> Response:
    """Test and save other settings. Of two people, the second is told and keeps what they typed."""
    tool = connecting.tool_of(str(connecting.table_of(hub, name).get("tool")))
    fields = [*target_forms.fields_of(tool), *target_forms.own_fields(tool)]
    values = target_forms.values(fields, form)
    try:
        done = connecting.change(hub, name, values, test=act != UNTESTED, known=known)
    except Refusal as refusal:
        _note_refusal(hub, session, "change target", name, refusal)
        beside, rest = target_forms.wrong(fields, refusal)
        texts = target_forms.typed_texts(fields, form)
        now = target_forms.filled(fields, connecting.table_of(hub, name))
        filled = Filled(texts, now.kept, beside, rest)
        theirs = _told_apart(now.texts, texts) if isinstance(refusal, Moved) else {}
        return _target(request, hub, standings, session, name, 409 if rest else 400, filled=filled, theirs=theirs)
    _note(hub, session, "change target", done, settings=sorted(key for key in values if key != target_forms.GUARDS))
    return RedirectResponse(_address(name, after="change" if done.identity else UNTESTED), 303)


def _told_apart(now: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """What stands in hub.toml by now where something else was typed."""
    return {key: now.get(key, "") for key, text in typed.items() if text != now.get(key, "")}


def _target(
    request: Request,
    hub: App,
    standings: Standings,
    session: Session,
    name: str,
    status: int = 200,
    *,
    filled: Filled | None = None,
    theirs: Mapping[str, str] | None = None,
    trouble: Refusal | None = None,
    mistyped: Refusal | None = None,
    after: str = "",
) -> Response:
    table = connecting.table_of(hub, name)
    tool, own, broken = _tool_and_own(hub, name, table)
    fields = target_forms.fields_of(tool) if tool else []
    general = target_forms.own_fields(tool) if tool else []
    return page(
        request,
        "target.html",
        session,
        status,
        name=name,
        tool=tool,
        own=own,
        trouble=trouble or broken,
        mistyped=mistyped,
        after=after,
        standing=standings.status(name, own) if own else None,
        fields=fields,
        general=general,
        filled=filled or target_forms.filled([*fields, *general], table),
        now=target_forms.filled([*fields, *general], table),
        theirs=theirs or {},
        known=connecting.version_of(table),
        overridden=target_facts.overridden(hub, name, table),
        authority=target_facts.authority_rows(hub, name),
        quota=_quota(hub, name),
        under_way=work.under_way(hub, name, kinds=[RECONCILE]),
        tested=_last_test(hub, name),
        private=hub.config.allow_private_addresses,
    )


def _tool_and_own(hub: App, name: str, table: Mapping[str, Any]) -> tuple[Plugin | None, Any, Refusal | None]:
    """The plugin and the settings that all targets have, as far as they can be used; and why not."""
    try:
        tool = connecting.tool_of(str(table.get("tool")))
        return tool, hub.config.own_settings()[name], None
    except Refusal as refusal:
        return None, None, refusal
    except KeyError:
        return tool, None, Refusal("hub.toml was saved a moment ago", place=name, hint="open the page again")


def _quota(hub: App, name: str) -> Any:
    """What is used, and the seconds that the tool asked to wait; or the Refusal that says why nobody knows."""
    try:
        (target,) = hub.config.open_targets([name])
    except Refusal as refusal:
        return refusal
    return target_facts.quota_used(hub, target)


def _last_test(hub: App, name: str) -> Any:
    """The last of the newest entries in the audit log that has what this target's tool said of itself."""
    entries = hub.store.people.audit()
    return next(
        (one for one in entries if one.subject == name and one.verb in TESTS and "workspace" in one.details), None
    )


def _note(hub: App, session: Session, verb: str, done: Connected, **more: Any) -> None:
    said = {key: value for key, value in connected_data(done).items() if key not in ("target", "added")}
    hub.store.people.note(session.account, verb, done.target, hub.engine.time.now(), **said, **more)


def _note_refusal(hub: App, session: Session, verb: str, name: str, refusal: Refusal) -> None:
    """What was tried and why it was not done; a refusal repeats no secret."""
    said = [str(one) for one in (refusal.problems if isinstance(refusal, Problems) else [refusal])]
    hub.store.people.note(session.account, verb, name, hub.engine.time.now(), refused=said)


def _address(name: str, **query: str) -> str:
    return to(f"/targets/{quote(name)}", **query)
