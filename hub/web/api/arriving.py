"""What comes from outside: files that become a plan or a draft, and what a tool held before the hub came."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from hub.changes.matching import How
from hub.changes.taking import State as ItemState
from hub.errors import Problems, Refusal
from hub.shapes.deciding import ProposalShape
from hub.shapes.parts import Change, Finding, closed
from hub.verbs.adopting import adopt_seen, adoption_data, outlook
from hub.verbs.importing import (
    Upload,
    draft_of,
    import_data,
    make_plan,
    matched,
    new_plan,
    proposed_choice,
    read_upload,
)
from hub.web.api.bodies import Body, PlanInBody, TargetInBody
from hub.web.api.calling import Asked, calls, needs
from hub.web.api.drafts import DraftShape, draft_data
from hub.web.api.finding import PlanName, TargetName, find_plan, open_target
from hub.web.api.problems import Faults, Invalid
from hub.web.guarding import Hub, Plans

router = calls("Arriving")


@closed
class ImportShape(TypedDict):
    """A plan that was made of files; `place` is where it is kept, `findings` what the files could not say."""

    plan: str
    place: str
    events: int
    properties: int
    user_properties: int
    groups: int
    findings: list[Finding]


@closed
class Incoming(TypedDict):
    """One thing of the files: where it has its place in the plan, and whether it was taken. What only looks alike is
    left for a person."""

    section: Literal["events", "user_properties", "groups"]
    theirs: str
    ours: str
    state: ItemState
    taken: bool


@closed
class ImportedDraft(TypedDict):
    """A draft that was made of files."""

    draft: DraftShape
    format: str
    things: list[Incoming]
    findings: list[Finding]


@closed
class MatchShape(TypedDict):
    """An event of the tool and the one of the plan that it stands for; `score` says how sure that is."""

    theirs: str
    ours: str
    how: How
    score: float


@closed
class OutlookShape(TypedDict):
    """What adopting a target would do, as it was last read. `seen` is when that was, and what adopting takes."""

    target: str
    seen: float | None
    documents: int
    matches: list[MatchShape]
    suggestions: list[MatchShape]
    strangers: list[str]
    missing: list[str]
    differing: dict[str, list[Change]]


@closed
class AdoptionShape(TypedDict):
    """What was adopted: how many documents became managed, and what became of the rest."""

    target: str
    documents: int
    matches: list[MatchShape]
    suggestions: list[MatchShape]
    proposed: list[ProposalShape]
    unmanaged: list[str]


Format = Literal["", "plan", "segment", "typewriter", "iglu", "snowplow-data-structure", "json-schema"]
Files = Annotated[
    dict[str, str],
    Field(
        min_length=1,
        max_length=5_000,
        description="The texts of the files, by name. Names are only names.",
        examples=[{"plan.yaml": "format: 1\nname: Pier\nevents: {Ferry Turned: {}}\n"}],
    ),
]


class ToImport(Body):
    """Files of another tool, or of our own, as a new plan. Without a format it is found out."""

    files: Files
    format: Format = ""
    name: str = Field(default="", max_length=200, description="Of the plan; its own, by default.", examples=["Pier"])


class ToTakeIn(Body):
    """The same as a draft of a plan that there is."""

    plan: PlanInBody
    files: Files
    format: Format = ""
    title: str = Field(default="", max_length=200, examples=["From the pier's own files"])


class ToAdopt(Body):
    """What to adopt: exactly what was seen. `same` are suggestions, by the tool's names, that a person agrees to;
    `rest` makes proposals of what the plan lacks."""

    plan: PlanInBody
    target: TargetInBody
    seen: float = Field(allow_inf_nan=False, ge=0, le=1e11, examples=[1795617556.0])
    same: list[str] = Field(default_factory=list, max_length=5_000)
    rest: bool = True


@router.post("/imports", status_code=201, **needs("propose"))
def import_plan(hub: Hub, caller: Asked, body: ToImport) -> ImportShape:
    """Make a new plan of files. 409 when there is a plan of that name: import into a draft of it instead."""
    upload = _read(body.format, body.files)
    try:
        plan = new_plan(upload, body.name, {})
    except Refusal as refusal:
        raise Invalid(refusal.message, place="body.name", hint=refusal.hint) from None
    version = make_plan(hub, plan, caller.account)
    now = hub.engine.time.now()
    hub.store.people.note(caller.account, "import", plan.name, now, format=upload.format, events=len(plan.events))
    return cast(ImportShape, import_data(plan, f"store, version {version.number}", upload.findings))


def _read(format: str, files: dict[str, str]) -> Upload:
    """Raises Faults, and Invalid: what cannot be read is the fault of the body."""
    try:
        return read_upload(format, {name: text.encode() for name, text in files.items()})
    except Problems as problems:
        raise Faults(problems.message, problems.problems, hint=problems.hint) from None
    except Refusal as refusal:
        raise Invalid(refusal.message, place=refusal.place or "body.files", hint=refusal.hint) from None


@router.post("/imports/draft", status_code=201, **needs("propose"))
def import_into_draft(hub: Hub, plans: Plans, caller: Asked, body: ToTakeIn) -> ImportedDraft:
    """Make a draft of a plan with what files say. Things whose names only look alike are left out, and named."""
    home = find_plan(plans, body.plan).home
    upload = _read(body.format, body.files)
    items = matched(home.plan, upload).items
    choices = {one.number: choice for one in items if (choice := proposed_choice(one)) is not None}
    draft = draft_of(hub, home, upload, choices, who=caller.account, title=body.title)
    shown: list[Any] = [
        {
            "section": one.section,
            "theirs": one.theirs,
            "ours": one.ours,
            "state": one.state,
            "taken": one.number in choices,
        }
        for one in items
    ]
    findings = import_data(upload.plan, "", upload.findings)["findings"]
    return {"draft": draft_data(draft), "format": upload.format, "things": shown, "findings": findings}


@router.get("/adoption", **needs("read"))
def preview_adoption(hub: Hub, plans: Plans, plan: PlanName, target: TargetName) -> OutlookShape:
    """What adopting a target would do, as it was last read. POST /readings reads it again."""
    open_target(hub, target)
    found = outlook(hub, find_plan(plans, plan).plan, target)
    seen = found.prospect
    return {
        "target": target,
        "seen": found.snapshot.taken_at if found.snapshot is not None else None,
        "documents": len(seen.common) if seen else 0,
        "matches": [_match(one) for one in seen.matches] if seen else [],
        "suggestions": [_match(one) for one in seen.suggestions] if seen else [],
        "strangers": list(seen.strangers) if seen else [],
        "missing": list(seen.missing) if seen else [],
        "differing": {name: [_change(one) for one in changes] for name, changes in found.differing.items()},
    }


def _match(one: Any) -> MatchShape:
    return {"theirs": one.theirs, "ours": one.ours, "how": one.how, "score": one.score}


def _change(one: Any) -> Change:
    return {"path": list(one.path), "before": one.before, "after": one.after}


@router.post("/adoptions", **needs("publish"))
def adopt_target(hub: Hub, plans: Plans, caller: Asked, body: ToAdopt) -> AdoptionShape:
    """Take over what a tool holds already, before the first publish to it. Writes nothing to the tool."""
    open_target(hub, body.target)
    with plans.writing:
        home = find_plan(plans, body.plan).home
        done = adopt_seen(
            hub, home, body.target, seen=body.seen, same=body.same, take_rest=body.rest, who=caller.account
        )
    now = hub.engine.time.now()
    hub.store.people.note(caller.account, "adopt", body.target, now, plan=body.plan, documents=done.documents)
    return cast(AdoptionShape, adoption_data(done))
