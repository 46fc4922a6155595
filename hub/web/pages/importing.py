"""Import: other tools' files as a plan, or as a draft of one; and a plan as files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, cast, get_args

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from hub.changes.render import finding_data
from hub.changes.taking import SECTIONS, Choice, Item, Matched, Section, State, match
from hub.errors import Refusal
from hub.files.unpacking import MAX_FILES, gather
from hub.store.people import Session
from hub.verbs.exporting import plan_text, schema_files, zipped
from hub.verbs.importing import (
    EXPECTS,
    TITLES,
    Upload,
    counts,
    draft_of,
    make_plan,
    matched,
    new_plan,
    proposed_choice,
    read_upload,
)
from hub.web.catalogue import Catalogue
from hub.web.guarding import EditorActs, Hub, Plans, Viewer
from hub.web.rendering import page, to
from mappings.canonical import TrackingPlan
from mappings.canonical.rules import check
from mappings.canonical.text import snake_case
from mappings.contract import Finding

router = APIRouter()
LISTED = 500
"""Things of one sort that can be chosen one by one; of more, the others are chosen together."""
NAMED = 200
"""Names of things that nothing happens to."""
MOST_CHOICES = 3 * 3 * LISTED + 100
"""Fields of the form in which people choose."""
HEADINGS: Mapping[Section, str] = {
    "events": "Events",
    "user_properties": "User properties",
    "groups": "Groups",
}
WORDS: Mapping[State, str] = {
    "alike": "Named alike",
    "changed": "Different from the plan",
    "new": "New",
}
"""The sorts of things that can be chosen, those that need a look first."""


@router.get("/import")
def show_form(request: Request, hub: Hub, plans: Plans, session: Viewer, plan: str = "") -> Response:
    """What to choose before anything is read. `plan` is chosen already."""
    return _form(request, plans, session, {"format": "", "into": plan, "name": ""})


@router.post("/import", form_limits={"max_files": MAX_FILES})
def upload(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    files: Annotated[list[UploadFile] | None, File()] = None,
    folder: Annotated[list[UploadFile] | None, File()] = None,
    format: Annotated[str, Form()] = "",
    into: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    """Read the files and keep what they say until the person has decided. Nothing is changed yet."""
    typed = {"format": format, "into": into, "name": name}
    given = [one for one in (*(files or ()), *(folder or ())) if one.filename]
    try:
        if not given:
            raise Refusal("no file was chosen", hint="choose files, a zip or a folder")
        if into:
            plans.get(into)
        contents = gather((one.filename or "", one.file.read()) for one in given)
        found = read_upload(format, contents)
    except Refusal as refusal:
        return _form(request, plans, session, typed, refusal)
    now = hub.engine.time.now()
    identity = hub.store.uploads.keep(session.account, now, {**_kept(found), "into": into, "name": name.strip()})
    hub.store.people.note(session.account, "upload", identity, now, files=len(contents), format=found.format, plan=into)
    return RedirectResponse(f"/import/{identity}", 303)


def _form(
    request: Request, plans: Catalogue, session: Session, typed: Mapping[str, str], problem: Refusal | None = None
) -> Response:
    known = [one.plan.name for one in plans.every()[0]]
    values = {"typed": typed, "problem": problem, "plans": known, "titles": TITLES, "expects": EXPECTS}
    return page(request, "import.html", session, 200 if problem is None else 409, **values)


def _kept(found: Upload) -> dict[str, Any]:
    return {
        "plan": found.plan.data(),
        "findings": [*map(finding_data, found.findings)],
        "format": found.format,
        "guessed": found.guessed,
        "left_out": list(found.left_out),
    }


def _upload(hub: Hub, identity: str, who: str) -> tuple[Upload, Mapping[str, Any]]:
    """What this person handed over, and all that was kept of it. Raises Refusal."""
    kept = hub.store.uploads.find(identity, who)
    if kept is None:
        hint = "hand the files over again, under Import"
        raise Refusal("there is no such upload of yours: it was decided about, or it is older than two days", hint=hint)
    findings = tuple(Finding(**{**one, "path": tuple(one["path"])}) for one in kept["findings"])
    plan = TrackingPlan.model_validate(kept["plan"])
    return Upload(plan, findings, kept["format"], kept["guessed"], tuple(kept["left_out"])), kept


# Looking and choosing ------------------------------------------------------------------------------------------------


@router.get("/import/done")
def show_result(
    request: Request, hub: Hub, plans: Plans, session: Viewer, plan: str, draft: int | None = None
) -> Response:
    """What came of an import, and where to go from here."""
    opened = hub.store.drafts.one(draft) if draft is not None else None
    known = plans.get(plan)
    return page(request, "import_done.html", session, known=known, draft=opened, counts=counts(known.plan))


@router.get("/import/{identity}")
def show_upload(request: Request, hub: Hub, plans: Plans, session: Viewer, identity: str) -> Response:
    """What would come in, before anything does."""
    found, kept = _upload(hub, identity, session.account)
    beside = _beside(plans, found, kept["into"])
    chosen = {item.number: choice for item in beside.items if (choice := proposed_choice(item)) is not None}
    typed = {"name": kept["name"] or found.plan.name, "title": ""}
    return _look(request, session, identity, found, kept["into"], beside, chosen, REST, typed)


REST = tuple(f"{section}:{state}" for section in SECTIONS for state in WORDS)


@router.post("/import/{identity}", form_limits={"max_fields": MOST_CHOICES})
def decide(
    request: Request,
    hub: Hub,
    plans: Plans,
    session: EditorActs,
    identity: str,
    choice: Annotated[list[str] | None, Form()] = None,
    rest: Annotated[list[str] | None, Form()] = None,
    name: Annotated[str, Form()] = "",
    title: Annotated[str, Form()] = "",
) -> Response:
    """Make the plan, or the draft. Each upload is decided about once."""
    with plans.writing:
        found, kept = _upload(hub, identity, session.account)
        into = kept["into"]
        beside = _beside(plans, found, into)
        chosen = _chosen(beside, choice or (), rest or ())
        try:
            place = _carry_out(hub, plans, session.account, found, into, beside, chosen, name=name, title=title)
        except Refusal as refusal:
            typed = {"name": name, "title": title}
            return _look(request, session, identity, found, into, beside, chosen, rest or (), typed, refusal)
        hub.store.uploads.forget(identity)
    return RedirectResponse(place, 303)


def _carry_out(
    hub: Hub,
    plans: Catalogue,
    who: str,
    found: Upload,
    into: str,
    beside: Matched,
    chosen: Mapping[int, Choice],
    *,
    name: str,
    title: str,
) -> str:
    """Where the result is shown."""
    if into:
        named = title.strip() or f"Import: {TITLES[found.format]}"
        draft = draft_of(hub, plans.get(into).home, found, chosen, who=who, title=named)
        return to("/import/done", plan=into, draft=str(draft.id))
    left_out = {
        section: {one.theirs for one in beside.items if one.section == section and one.number not in chosen}
        for section in SECTIONS
    }
    plan = new_plan(found, name, left_out)
    version = make_plan(hub, plan, who)
    hub.store.people.note(who, "import", plan.name, hub.engine.time.now(), format=found.format, version=version.number)
    return to("/import/done", plan=plan.name)


def _beside(plans: Catalogue, found: Upload, into: str) -> Matched:
    """The files beside the plan that they are for; beside an empty one where they are to be a new plan."""
    return matched(plans.get(into).plan, found) if into else match(TrackingPlan(name="New"), found.plan)


def _chosen(beside: Matched, choices: Iterable[str], rest: Collection[str]) -> dict[int, Choice]:
    """What the form says, by the numbers of items. Raises Refusal for what no form of ours says."""
    chosen: dict[int, Choice] = {}
    for one in filter(None, choices):
        number, _, choice = one.partition(":")
        if choice not in get_args(Choice) or not number.isdecimal() or len(number) > 9:
            raise Refusal(f"{one[:40]!r} is no choice", place="choice", hint="open the page again")
        chosen[int(number)] = cast(Choice, choice)
    for section in SECTIONS:
        for state, items in _by_state(beside.items, section).items():
            if f"{section}:{state}" in rest:
                chosen |= {one.number: one.choices[0] for one in items[LISTED:]}
    return chosen


def _by_state(items: Iterable[Item], section: Section) -> dict[State, list[Item]]:
    found: dict[State, list[Item]] = defaultdict(list)
    for item in items:
        if item.section == section:
            found[item.state].append(item)
    return found


def _look(
    request: Request,
    session: Session,
    identity: str,
    found: Upload,
    into: str,
    beside: Matched,
    chosen: Mapping[int, Choice],
    rest: Collection[str],
    typed: Mapping[str, str],
    problem: Refusal | None = None,
) -> Response:
    """The page on which people choose. `chosen`, `rest` and `typed` are what it was left with."""
    rules = check(found.plan) if not into else ()
    return page(
        request,
        "import_look.html",
        session,
        200 if problem is None else 409,
        identity=identity,
        upload=found,
        into=into,
        title=TITLES[found.format],
        counts=counts(found.plan),
        sections=[_section(beside, section) for section in SECTIONS],
        words=WORDS,
        given=beside.given,
        chosen=chosen,
        rest=rest,
        typed=typed,
        findings=_by_code((*found.findings, *rules)),
        problem=problem,
    )


def _section(beside: Matched, section: Section) -> dict[str, Any]:
    by_state = _by_state(beside.items, section)
    same, untouched = [one.theirs for one in by_state.get("same", ())], beside.untouched[section]
    return {
        "key": section,
        "heading": HEADINGS[section],
        "any": bool(by_state),
        "rows": {state: by_state[state][:LISTED] for state in WORDS if state in by_state},
        "more": {state: len(items) - LISTED for state, items in by_state.items() if len(items) > LISTED},
        "tally": {state: len(by_state.get(state, ())) for state in (*WORDS, "same")},
        "quiet": [("The same already", same[:NAMED], len(same)), ("Untouched", untouched[:NAMED], len(untouched))],
    }


def _by_code(findings: Iterable[Finding]) -> list[tuple[str, int, Finding]]:
    """Findings of one sort are told once, with how many there are; what weighs most comes first."""
    counted = Counter(one.code for one in findings)
    first = {one.code: one for one in reversed([*findings])}
    weights = ("error", "warning", "info")
    return [
        (code, counted[code], first[code]) for code in sorted(first, key=lambda one: weights.index(first[one].severity))
    ]


# Export --------------------------------------------------------------------------------------------------------------


@router.get("/plan/export")
def export(
    hub: Hub, plans: Plans, session: Viewer, name: str, format: Literal["yaml", "json-schema"] = "yaml"
) -> Response:
    """The plan as a file to keep."""
    plan = plans.get(name).plan
    stem = snake_case(plan.name) or "plan"
    if format == "yaml":
        return _file(plan_text(plan).encode(), f"{stem}.yaml", "application/yaml; charset=utf-8")
    return _file(zipped(schema_files(plan, "2020-12")), f"{stem}-json-schema.zip", "application/zip")


def _file(content: bytes, name: str, kind: str) -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
