"""Other tools' files as a plan, or as changes to one: for the command, the page and the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hub.app import App
from hub.changes.render import finding_data
from hub.changes.taking import Choice, Item, Matched, Section, match, taken
from hub.engine.ports import PlanVersion
from hub.errors import Problems, Refusal
from hub.explaining import shared_properties_explained
from hub.files import load_given
from hub.files.data import parse_data
from hub.plans import PlanHome, open_plan
from hub.store.drafts import Draft
from hub.verbs.drafting import open_draft
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.kinds import JSON
from mappings.canonical.plan import Event
from mappings.contract import Finding, Reading
from mappings.formats import FORMATS, FormatError

OWN = "plan"
"""Our own plan files: they can say all there is to say."""
TITLES: Mapping[str, str] = {OWN: "A plan of this hub", **{name: one.title for name, one in FORMATS.items()}}
"""Every format that can be handed over, with what people call it."""
EXPECTS: Mapping[str, str] = {
    OWN: "A plan file, YAML or JSON, or a plan folder: plan.yaml with events/*.yaml.",
    **{name: one.expects for name, one in FORMATS.items()},
}
OWN_ENDINGS = (".yaml", ".yml", ".json")
TOOLS = {"segment": "segment", "typewriter": "segment", "iglu": "snowplow", "snowplow-data-structure": "snowplow"}
"""Whose names for things the files of a format have."""
LONGEST_NAME = 200
"""Characters of a plan's name."""
SHOWN = 50
"""Mistakes in files that a refusal lists."""
PLAN_KEYS, EVENT_KEYS = (
    frozenset(one.alias or name for name, one in model.model_fields.items()) for model in (TrackingPlan, Event)
)


@dataclass(frozen=True)
class Upload(Reading):
    """What files say: a plan with findings.

    `format` is a key of `TITLES`; `guessed` says why it is taken for that, and is empty where somebody named it.
    `left_out` are the names of files that were not looked at.
    """

    format: str = OWN
    guessed: str = ""
    left_out: tuple[str, ...] = ()


def read_upload(format: str, files: Mapping[str, bytes]) -> Upload:
    """The plan that these files say, by the names they go by. `format` is a key of `TITLES`, or "" to find out.

    Raises Refusal where there is nothing to read, where the files have no known shape or not that of the format, and
    Problems with the places of what is wrong in them.
    """
    if format not in TITLES and format:
        raise Refusal(f"there is no format {format!r}", place="format", hint=f"known are {', '.join(TITLES)}")
    endings = _endings(format)
    fitting = {name: one for name, one in files.items() if len(files) == 1 or fits(name, endings)}
    left_out = tuple(name for name in files if name not in fitting)
    if not fitting:
        given = (
            f"{', '.join(left_out[:5])} {'is' if len(left_out) == 1 else 'are'} none" if left_out else "none is given"
        )
        hint = f"expected names that end in {' or '.join(filter(None, endings))}"
        raise Refusal(f"there is no file to read: {given}", place="files", hint=hint)
    if format == OWN:
        return _read_own(fitting, "", left_out)
    documents = _parsed(fitting)
    found, why = (format, "") if format else guess(documents)
    if found == OWN:
        return _read_own(fitting, why, left_out)
    reading = read_documents(found, documents)
    return Upload(reading.plan, reading.findings, found, why, left_out)


def _endings(format: str) -> tuple[str, ...]:
    if format == OWN:
        return OWN_ENDINGS
    if format:
        return FORMATS[format].extensions
    return tuple(dict.fromkeys(ending for one in FORMATS.values() for ending in one.extensions))


def fits(name: str, endings: Iterable[str]) -> bool:
    """Whether a file of this name is worth a look. Iglu's files have no ending: their names are versions."""
    path = Path(name)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    version = path.name.count("-") == 2 and path.name[:1].isdigit()
    return not hidden and (path.suffix.lower() in filter(None, endings) or ("" in endings and version))


def guess(documents: Mapping[str, JSON]) -> tuple[str, str]:
    """The format that most of these parsed files look like, and why. Raises Refusal when none looks like any."""
    votes = Counter(found for one in documents.values() if (found := _looks_like(one)) is not None)
    if not votes:
        hint = f"name the format: {', '.join(TITLES)}"
        raise Refusal("no file looks like a format that is known", place=next(iter(documents)), hint=hint)
    ((format, count),) = votes.most_common(1)
    said = "the file looks" if len(documents) == 1 else f"{count} of {len(documents)} files look"
    return format, f"{said} like this: {EXPECTS[format]}"


def _looks_like(document: JSON) -> str | None:
    found = next((name for name, one in FORMATS.items() if one.sniff(document)), None)
    return found or (OWN if _is_own(document) else None)


def _is_own(document: JSON) -> bool:
    """Whether this has a name, and says otherwise what a plan file or an event file of a plan folder says."""
    if not isinstance(document, Mapping) or not isinstance(document.get("name"), str):
        return False
    known = set(document) <= PLAN_KEYS or set(document) <= EVENT_KEYS | {"name"}
    return known or isinstance(document.get("events"), Mapping)


def _parsed(files: Mapping[str, bytes]) -> dict[str, JSON]:
    """The content of each file. Raises Problems with all that cannot be read."""
    found: dict[str, JSON] = {}
    faults: list[Refusal] = []
    for name, content in files.items():
        try:
            found[name] = parse_data(Path(name), content)
        except Problems as problems:
            faults += problems.problems
        except Refusal as refusal:
            faults.append(refusal)
    if faults:
        said = "a file cannot be read" if len(faults) == 1 else f"{len(faults)} mistakes in the files"
        raise Problems(said, _few(faults), hint="mend them, or leave those files out, and try again")
    return found


def _few(faults: list[Refusal]) -> list[Refusal]:
    """As many as a person reads, and how many more there are."""
    more = len(faults) - SHOWN
    return [*faults[:SHOWN], Refusal(f"and {more} more")] if more > 0 else faults


def read_documents(format: str, documents: Mapping[str, JSON]) -> Reading:
    """The plan of parsed documents of one of `FORMATS`. Raises Refusal where none is of this format."""
    try:
        return FORMATS[format].read(documents)
    except FormatError as error:
        raise Refusal(str(error), hint=f"{format}: {EXPECTS[format]}") from None


def _read_own(files: Mapping[str, bytes], guessed: str, left_out: tuple[str, ...]) -> Upload:
    try:
        plan = load_given(files).plan
    except Problems as found:
        raise Problems(found.message, _few(found.problems), hint=found.hint) from None
    with shared_properties_explained(next(iter(files))):
        expand(plan)
    return Upload(plan, (), OWN, guessed, left_out)


# What comes of it ----------------------------------------------------------------------------------------------------


def counts(plan: TrackingPlan) -> dict[str, int]:
    """How many things of each sort a plan has; properties are those of events."""
    return {
        "events": len(plan.events),
        "properties": sum(len(event.properties) for event in plan.events.values()),
        "user_properties": len(plan.user_properties),
        "groups": len(plan.groups),
    }


def import_data(plan: TrackingPlan, place: str, findings: Iterable[Finding]) -> dict[str, JSON]:
    """The shape of `hub import --json`: `place` is where the plan is kept."""
    return {"plan": plan.name, "place": place, **counts(plan), "findings": [*map(finding_data, findings)]}


def matched(plan: TrackingPlan, upload: Upload) -> Matched:
    """Where each thing of the files has its place in the plan, and what taking it would change.

    Raises Refusal where the plan's own references do not resolve.
    """
    with shared_properties_explained(plan.name):
        return match(plan, upload.plan, whole=upload.format == OWN, tool=TOOLS.get(upload.format, ""))


def proposed_choice(item: Item) -> Choice | None:
    """What is chosen unless a person says something else: nothing where only a person can know."""
    if item.remark or not item.choices or item.how == "similar":
        return None
    return item.choices[0]


def draft_of(hub: App, home: PlanHome, upload: Upload, choices: Mapping[int, Choice], *, who: str, title: str) -> Draft:
    """A draft of the plan with what was chosen of the files. Raises Refusal where nothing would change."""
    body = taken(matched(home.plan, upload), choices)
    if body == home.plan:
        hint = "choose something that is new or different"
        raise Refusal("nothing was chosen that would change the plan", place="choice", hint=hint)
    return open_draft(hub, home, title=title, who=who, body=body, what=f"imported: {TITLES[upload.format]}")


def new_plan(upload: Upload, name: str, left_out: Mapping[Section, Collection[str]]) -> TrackingPlan:
    """The plan of the files under this name, without what is left out. Raises Refusal for a name that cannot be."""
    kept: dict[str, object] = {
        section: {one: thing for one, thing in getattr(upload.plan, section).items() if one not in names}
        for section, names in left_out.items()
    }
    return upload.plan.model_copy(update={"name": checked_plan_name(name or upload.plan.name), **kept})


def checked_plan_name(name: str) -> str:
    """The name as it is kept: commands must not take it for a path. Raises Refusal."""
    named = name.strip()
    if not named.isprintable() or not 0 < len(named) <= LONGEST_NAME:
        hint = "choose a shorter one, of letters and digits"
        raise Refusal(f"a name has 1 to {LONGEST_NAME} printable characters", place="name", hint=hint)
    if "/" in named or "\\" in named or named.lower().endswith(OWN_ENDINGS):
        hint = "leave out slashes, and endings such as .yaml"
        raise Refusal(f"{named!r} looks like a path", place="name", hint=hint)
    return named


def make_plan(hub: App, plan: TrackingPlan, who: str) -> PlanVersion:
    """The first version of a plan in the store. Raises Refusal when there is a plan of this name already."""
    if plan.name in plan_names(hub):
        hint = "choose another name, or make a draft of that plan"
        raise Refusal(f"there is a plan {plan.name!r} already", place="name", hint=hint)
    return hub.store.freeze(plan, who, hub.engine.time.now())


def plan_names(hub: App) -> set[str]:
    """The plans that are there: in the store, and the configuration's own where it can be read."""
    found = {one.plan for one in hub.store.plans()}
    if hub.config.plan is not None:
        with suppress(Refusal):
            found.add(open_plan(hub, hub.config.plan).plan.name)
    return found
