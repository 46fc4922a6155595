"""What is remembered: dictionaries of any tool at any time, why a value is what it is, the history, and undoing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.changes.diff import field_changes
from hub.changes.merge import get
from hub.engine.target import Target
from hub.errors import Refusal
from hub.verbs.restoring import restore_into_draft, restore_into_plan
from hub.web.catalogue import Catalogued, usable_targets
from hub.web.dictionaries import MOMENTS, PLAN, READINGS, Dictionaries, Dictionary, moment_of, wanted_of
from hub.web.guarding import EditorActs, Hub, Plans, Viewer
from hub.web.pages import history, undoing
from hub.web.rendering import moment, page, to
from mappings.canonical.identity import content_at

router = APIRouter()
router.include_router(history.router)
router.include_router(undoing.router)
SHOWN = 100
"""Events of one page."""
Start = Annotated[int, Query(ge=0, le=2**53)]
Text = Annotated[str, Query(max_length=500)]
SECTIONS = ("events", "user_properties", "groups")


def dictionaries_of(request: Request, hub: Hub, plans: Plans) -> Dictionaries:
    """Those of this application; made when they are first asked for."""
    found: Dictionaries | None = getattr(request.app.state, "dictionaries", None)
    if found is None:
        found = request.app.state.dictionaries = Dictionaries(hub, plans)
    return found


Known = Annotated[Dictionaries, Depends(dictionaries_of)]


@router.get("/dictionary")
def show_dictionary(
    request: Request,
    hub: Hub,
    known: Known,
    session: Viewer,
    target: Text = "",
    at: Text = "",
    when: Text = "",
    plan: Text = "",
    search: Text = "",
    start: Start = 0,
) -> Response:
    """What a tool held at a time: its events, and where the plan says something else. `when` is typed, `at` chosen."""
    names = list(hub.config.targets)
    asked = {"target": target or (names[0] if names else ""), "at": at, "when": when, "plan": plan, "search": search}
    common = {"names": names, "asked": asked, "shown": SHOWN, "start": start, "moment": moment}
    if not names:
        return page(request, "dictionary.html", session, **common, **_nothing(None, []))
    opened, moments = _target(hub, asked["target"]), _moments(hub, asked["target"])
    try:
        ours = known.plan(plan)
        held = known.of_target(opened, ours, moment_of(when or at))
    except Refusal as refusal:
        return page(request, "dictionary.html", session, **common, **_nothing(refusal, moments))
    fitting = [one for one in held.entries if all(word in one.words for word in search.lower().split())]
    rows = fitting[start : start + SHOWN]
    wanted = wanted_of(opened, ours, [one.name for one in rows])
    return page(
        request,
        "dictionary.html",
        session,
        **common,
        problem=None,
        moments=moments,
        held=held,
        ours=ours,
        found=len(fitting),
        rows=[(one, _compared(ours, wanted, one.name, one.said)) for one in rows],
        missing=_missing(ours, held),
    )


def _nothing(problem: Refusal | None, moments: list[float]) -> dict[str, Any]:
    return {"problem": problem, "moments": moments, "held": None, "ours": None, "found": 0, "rows": [], "missing": 0}


def _target(hub: Hub, name: str) -> Target:
    """Raises HTTPException 404 for a target that is not configured, Refusal for one that cannot be used."""
    if name not in hub.config.targets:
        raise HTTPException(404, f"There is no target {name!r}.")
    (opened,) = hub.config.open_targets([name])
    return opened


def _moments(hub: Hub, target: str) -> list[float]:
    """When it was seen to hold something else than before, newest first."""
    return [one.at for one in hub.store.observations.changes(target, MOMENTS)][::-1]


def _compared(ours: Catalogued | None, wanted: dict[str, Any], name: str, said: Any) -> list[Any] | None:
    """Where the tool differs from what it could hold of the plan; None where the plan has no such event."""
    return list(field_changes(wanted.get(name), said)) if ours is not None and name in ours.expanded.events else None


def _missing(ours: Catalogued | None, held: Dictionary) -> int:
    """How many events of the plan the dictionary lacks."""
    return 0 if ours is None else sum(name not in held.content["events"] for name in ours.expanded.events)


@router.get("/dictionary/event")
def show_entry(
    request: Request,
    hub: Hub,
    known: Known,
    session: Viewer,
    target: Text,
    name: Annotated[str, Query(max_length=2_000)],
    at: Text = "",
    plan: Text = "",
) -> Response:
    """One event as a tool had it, beside what it could hold of the plan; and taking it over."""
    opened, ours = _target(hub, target), known.plan(plan)
    held = known.of_target(opened, ours, moment_of(at))
    said = held.content["events"].get(name)
    if said is None:
        raise Refusal(f"{target} had no event {name!r} then", hint="the page Dictionary lists what it had")
    differing = _compared(ours, wanted_of(opened, ours, [name]), name, said)
    asked = {"target": target, "at": at, "plan": plan, "name": name}
    return page(
        request, "dictionary_event.html", session, held=held, ours=ours, said=said, differing=differing, asked=asked
    )


@router.post("/dictionary/restore")
def restore(
    hub: Hub,
    plans: Plans,
    known: Known,
    session: EditorActs,
    target: Annotated[str, Form(max_length=500)],
    name: Annotated[str, Form(max_length=2_000)],
    plan: Annotated[str, Form(max_length=500)],
    into: Annotated[Literal["draft", "plan"], Form()],
    at: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """The event as the tool had it becomes the plan's: in a draft to look at, or at once."""
    ours = plans.get(plan)
    held = known.of_target(_target(hub, target), ours, moment_of(at))
    read = held.read or 0.0
    title = f"{name[:120]} as {target[:40]} had it {moment(read)}"
    if into == "draft":
        draft = restore_into_draft(hub, ours.home, name, held.content, title=title, who=session.account)
        return RedirectResponse(f"/drafts/{draft.id}", 303)
    with plans.writing:
        written = restore_into_plan(plans.get(plan).home, name, held.content, who=session.account)
    note = {"event": name, "target": target, "read": read, "written": written}
    hub.store.people.note(session.account, "restore", plan, hub.engine.time.now(), **note)
    return RedirectResponse(to("/event", plan=plan, name=name), 303)


@router.get("/dictionary/diff")
def show_difference(
    request: Request,
    hub: Hub,
    known: Known,
    session: Viewer,
    before: Text = "",
    before_at: Text = "",
    after: Text = "",
    after_at: Text = "",
    plan: Text = "",
    search: Text = "",
    start: Start = 0,
) -> Response:
    """Two dictionaries, or one and the plan, thing by thing."""
    names = list(hub.config.targets)
    asked = {"before": before or (names[0] if names else ""), "before_at": before_at, "after": after or PLAN}
    asked |= {"after_at": after_at, "plan": plan, "search": search}
    common = {"names": names, "asked": asked, "shown": SHOWN, "start": start, "plan_word": PLAN, "moment": moment}
    common["moments"] = {name: _moments(hub, name) for name in names}
    if not names:
        return page(request, "dictionary_diff.html", session, **common, problem=None, sides=None, rows=[], found=0)
    try:
        sides = _sides(hub, known, asked)
    except Refusal as refusal:
        return page(request, "dictionary_diff.html", session, **common, problem=refusal, sides=None, rows=[], found=0)
    differing = [one for one in known.compare(*sides) if all(word in one.words for word in search.lower().split())]
    rows = differing[start : start + SHOWN]
    return page(
        request, "dictionary_diff.html", session, **common, problem=None, sides=sides, rows=rows, found=len(differing)
    )


def _sides(hub: Hub, known: Dictionaries, asked: dict[str, str]) -> tuple[Dictionary, Dictionary]:
    """The plan is compared as the tool at the other side can hold it. Raises Refusal for two plans."""
    ours = known.plan(asked["plan"])
    tools = [asked[side] for side in ("before", "after") if asked[side] != PLAN]
    if not tools:
        raise Refusal("the plan does not differ from itself", hint="choose a tool at one side at least")
    found = []
    for side in ("before", "after"):
        if asked[side] != PLAN:
            found.append(known.of_target(_target(hub, asked[side]), ours, moment_of(asked[f"{side}_at"])))
        elif ours is None:
            raise Refusal("there is no plan to compare with", hint="import one first")
        else:
            found.append(known.of_plan(_target(hub, tools[0]), ours))
    return found[0], found[1]


@router.get("/why")
def show_why(
    request: Request,
    hub: Hub,
    plans: Plans,
    dictionaries: Known,
    session: Viewer,
    plan: str,
    path: Annotated[list[str], Query()],
) -> Response:
    """How the value of a field came about in each tool: publishes and observations, with times and who."""
    if len(path) < 2 or path[0] not in SECTIONS:
        raise Refusal("this leads to no field", place=" › ".join(path), hint="open an event, and ask from there")
    known = plans.get(plan)
    targets, problem = usable_targets(hub.config)
    chains = {one.name: dictionaries.chain(one, known, tuple(path)) for one in targets}
    ours = get(content_at(known.expanded, [tuple(path)]), tuple(path))
    values = {"asked": path, "ours": ours, "chains": chains, "readings": READINGS}
    return page(request, "why.html", session, known=known, problem=problem, **values)
