"""What a plan takes over from another plan that was read from files: thing by thing, as a person chooses. Pure.

Things of the plan that the files do not have stay as they are, and so do properties inside of events: not listed is not
deleted. What the files say about structure holds wholly; what their format has no word for (owners, tags, sensitivity,
the library of shared properties) stays where the files are silent about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hub.changes.diff import FieldChange, field_changes
from hub.changes.matching import How, Match, suggestions
from hub.errors import Refusal
from mappings.canonical.identity import expand, former_names, former_user_property_names
from mappings.canonical.kinds import JSON, Shape
from mappings.canonical.plan import Removed, TrackingPlan
from mappings.canonical.text import same, snake_case

Section = Literal["events", "user_properties", "groups"]
SECTIONS: tuple[Section, ...] = ("events", "user_properties", "groups")
State = Literal["new", "same", "changed", "alike"]
Choice = Literal["take", "keep", "rename", "new"]
"""`take` what is new or has the same name; of an alike thing, `keep` the plan's name, `rename` the plan's thing, or
add it as a `new` one. What is not chosen is left out."""
CHOICES: Mapping[State, tuple[Choice, ...]] = {
    "new": ("take",),
    "same": (),
    "changed": ("take",),
    "alike": ("keep", "rename", "new"),
}
STRUCTURE = frozenset(Shape.model_fields) - {"properties"} | {"required"}
"""What every format can say: not said is then not there."""
Data = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the files, and what taking it would do to the plan.

    `number` counts the things of the files. `ours` is the plan's name for it, "" where it is new, and `how` it was
    matched, with the `score` of the match. `changes` are the plan's fields that would change, `kept` the properties
    that only the plan has. `remark` is what a person should know before taking it.
    """

    number: int
    section: Section
    theirs: str
    ours: str
    state: State
    how: How | None = None
    score: float = 0.0
    changes: tuple[FieldChange, ...] = ()
    kept: tuple[str, ...] = ()
    remark: str = ""

    @property
    def choices(self) -> tuple[Choice, ...]:
        return ("keep",) if self.how == "former" else CHOICES[self.state]


@dataclass(frozen=True)
class Matched:
    """A plan beside what files say. `untouched` are the plan's things that the files have not, by section.

    By the number of an item: `given` is what the files say of it, `results` what the plan would say once it was taken;
    both expanded plain data. `incoming` is all that the files say, `spelled` the plan as it is written and `expanded`
    the same with its references resolved. `tool` has the files' names for its own, where the format belongs to a tool.
    """

    items: tuple[Item, ...]
    untouched: Mapping[Section, tuple[str, ...]]
    given: Mapping[int, Data]
    results: Mapping[int, Data]
    incoming: Data
    spelled: Data
    expanded: Data
    tool: str


def match(plan: TrackingPlan, incoming: TrackingPlan, *, whole: bool = False, tool: str = "") -> Matched:
    """Find each thing of the files in the plan.

    `whole`: the files can say all that a plan can, so that silence means nothing is meant. Raises
    UnknownSharedProperty where one of the two cannot be expanded.
    """
    ours, theirs = expand(plan).data(), expand(incoming).data()
    rows: list[tuple[Item, Data, Data]] = []
    untouched: dict[Section, tuple[str, ...]] = {}
    for section in SECTIONS:
        mine, said = ours.get(section, {}), theirs.get(section, {})
        found = {one.theirs: one for one in _matches(plan, section, mine, said)}
        rows += _rows(plan, section, mine, said, found, first=len(rows), whole=whole)
        meant = {one.ours for one in found.values()}
        untouched[section] = tuple(name for name in mine if name not in meant)
    items = tuple(item for item, _, _ in rows)
    given = {item.number: said for item, said, _ in rows}
    results = {item.number: after for item, _, after in rows}
    return Matched(items, untouched, given, results, theirs, plan.data(), ours, tool)


def _matches(plan: TrackingPlan, section: Section, ours: Data, theirs: Data) -> Iterator[Match]:
    former = _former(plan, section, ours)
    yield from (Match(name, name, "exact", 1.0) for name in theirs if name in ours)
    strangers = [name for name in theirs if name not in ours]
    back = {name: now for name in strangers if (now := former.get(name)) is not None and now not in theirs}
    yield from (Match(name, now, "former", 1.0) for name, now in back.items())
    meant = set(back.values())
    missing = [name for name in ours if name not in theirs and name not in meant]
    for one in suggestions([name for name in strangers if name not in back], missing):
        if one.ours not in meant:
            meant.add(one.ours)
            yield one


def _rows(
    plan: TrackingPlan,
    section: Section,
    ours: Data,
    theirs: Data,
    found: Mapping[str, Match],
    *,
    first: int,
    whole: bool,
) -> Iterator[tuple[Item, Data, Data]]:
    """Each thing of a section as an item, with what the files say of it and what becomes of it."""
    spellings = {snake_case(name): name for name in ours}
    for number, (name, said) in enumerate(theirs.items(), first):
        if name not in found:
            yield _new(number, section, name, plan, spellings), said, said
            continue
        before = ours[found[name].ours]
        after = _whole(before, said) if whole else _overlaid(before, said)
        yield _known(number, section, found[name], before, after, said), said, after


def _former(plan: TrackingPlan, section: Section, ours: Data) -> dict[str, str]:
    """What the plan's things were called before, and are called now."""
    if section == "events":
        return {was: name for name in ours for was in former_names(plan, name)} if plan.moved else {}
    if section == "user_properties":
        return {was: name for name in ours for was in former_user_property_names(plan, name)}
    return {move.from_name: move.to_name for move in plan.moved if move.scope == "group" and move.group is None}


def _known(number: int, section: Section, found: Match, before: Data, after: Data, given: Data) -> Item:
    changes = tuple(field_changes(before, after))
    state: State = "alike" if found.how != "exact" else "changed" if changes else "same"
    kept = tuple(name for name in after.get("properties", {}) if name not in given.get("properties", {}))
    return Item(number, section, found.theirs, found.ours, state, found.how, found.score, changes, kept)


def _new(number: int, section: Section, name: str, plan: TrackingPlan, spellings: Mapping[str, str]) -> Item:
    item = Item(number, section, name, "", "new")
    gone = next((one for one in plan.removed if _is_tombstone(one, section, name)), None)
    if gone is not None:
        return replace(item, remark=f"The plan removed it on {gone.date}: {gone.reason}. Taking it undoes that.")
    alike = spellings.get(snake_case(name)) if snake_case(name) else None
    remark = f"It differs from {alike} only in spelling: some tools take the two for one." if alike else ""
    return replace(item, remark=remark)


def _is_tombstone(removed: Removed, section: Section, name: str) -> bool:
    if section == "events":
        return removed.event == name and removed.property is None
    return section == "user_properties" and removed.event is None and removed.property == name


def _whole(ours: Data, theirs: Data) -> Data:
    """Theirs, with the stable identities of ours."""
    own = {"id": ours["id"]} if "id" in ours and "id" not in theirs else {}
    inner = ours.get("properties", {})
    properties = {name: _whole(inner.get(name, {}), one) for name, one in theirs.get("properties", {}).items()}
    return {**own, **theirs, **({"properties": properties} if properties else {})}


def _overlaid(ours: Data, theirs: Data) -> Data:
    """Theirs wherever it says something, and in all of the structure; ours elsewhere, its own properties included."""
    result = {field: value for field, value in ours.items() if field not in STRUCTURE} | dict(theirs)
    for field in ("extensions", "names"):
        if field in ours and field in theirs:
            result[field] = {**ours[field], **theirs[field]}
    if "items" in ours and "items" in theirs:
        result["items"] = _overlaid(ours["items"], theirs["items"])
    properties = _properties(ours, theirs)
    result.pop("properties", None)
    return {**result, "properties": properties} if properties else result


def _properties(ours: Data, theirs: Data) -> dict[str, JSON]:
    """The properties of both; of something that is no object any more, only theirs."""
    mine = ours.get("properties", {}) if "object" in theirs.get("type", ("object",)) else {}
    given = theirs.get("properties", {})
    both = {name: _overlaid(mine[name], given[name]) if name in given else mine[name] for name in mine}
    return both | {name: one for name, one in given.items() if name not in mine}


# Taking --------------------------------------------------------------------------------------------------------------


def taken(matched: Matched, choices: Mapping[int, Choice]) -> TrackingPlan:
    """The plan with what was chosen, by the numbers of items. Raises Refusal for a choice that an item has not."""
    items = {item.number: item for item in matched.items}
    data = dict(matched.spelled)
    data |= {section: dict(data.get(section, {})) for section in SECTIONS}
    for number, choice in sorted(choices.items()):
        item = items.get(number)
        if item is None or choice not in item.choices:
            hint = "look at the upload again, and choose anew"
            raise Refusal(f"{choice!r} cannot be done here", place=f"row {number}", hint=hint)
        _take(data, matched, item, choice)
    _add_headings(data, matched, choices)
    _drop_tombstones(data, matched.spelled)
    return TrackingPlan.model_validate(data)


def _take(data: dict[str, JSON], matched: Matched, item: Item, choice: Choice) -> None:
    things = data[item.section]
    if item.state == "new" or choice == "new":
        things[item.theirs] = matched.given[item.number]
        return
    was = (one.get(item.section, {}).get(item.ours, {}) for one in (matched.expanded, matched.spelled))
    result = dict(_respelled(matched.results[item.number], *was))
    if choice == "keep" and matched.tool and item.how != "former":
        result["names"] = {**result.get("names", {}), matched.tool: item.theirs}
    things[item.ours] = result
    if choice == "rename":
        data[item.section] = {(item.theirs if name == item.ours else name): one for name, one in things.items()}
        data["moved"] = [*_following(data.get("moved", ()), item), _move(item)]
        data["removed"] = _following(data.get("removed", ()), item)


def _respelled(result: Data, expanded: Data, spelled: Data) -> Data:
    if same(result, expanded):
        return spelled
    if "properties" not in result:
        return result
    known, as_written = expanded.get("properties", {}), spelled.get("properties", {})
    inner = {
        name: _respelled(one, known[name], as_written[name]) if name in known and name in as_written else one
        for name, one in result["properties"].items()
    }
    return {**result, "properties": inner}


def _move(item: Item) -> Data:
    scopes: Mapping[Section, Data] = {
        "events": {},
        "user_properties": {"scope": "user"},
        "groups": {"scope": "group"},
    }
    return {"from": item.ours, "to": item.theirs, **scopes[item.section]}


def _following(rows: Iterable[Data], item: Item) -> list[Data]:
    """Rows about what is inside of a renamed thing, under its new name."""
    key = {"events": "event", "groups": "group"}.get(item.section, "")
    return [{**row, key: item.theirs} if key and row.get(key) == item.ours else row for row in rows]


def _add_headings(data: dict[str, JSON], matched: Matched, choices: Iterable[int]) -> None:
    """The sources and categories of what was taken, where the plan does not have them."""
    things = [matched.given[number] for number in choices]
    used = {
        "sources": {source for one in things for source in one.get("sources", ())},
        "categories": {one["category"] for one in things if "category" in one},
    }
    for section, names in used.items():
        known = data.get(section, {})
        new = {name: one for name, one in matched.incoming.get(section, {}).items() if name in names - known.keys()}
        if new:
            data[section] = {**known, **new}


def _drop_tombstones(data: dict[str, JSON], before: Data) -> None:
    """What was taken is there again."""
    rows = [row for row in data.get("removed", ()) if _is_there(row, before) or not _is_there(row, data)]
    if "removed" in data:
        data["removed"] = rows


def _is_there(row: Data, data: Data) -> bool:
    event, prop = row.get("event"), row.get("property")
    if event is None:
        return prop in data.get("user_properties", {})
    found = data.get("events", {}).get(event)
    return found is not None and (prop is None or prop in found.get("properties", {}))
