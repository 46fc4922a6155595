"""The laws every mapping obeys, over generated plans. A tool's test subclasses `MappingConformance` and names it.

Needs hypothesis, which is a development dependency.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand, localise
from mappings.canonical.kinds import JSON
from mappings.contract import EMPTY, Document, Documents, ToolMapping, differences, uncovered, view
from mappings.part import Excerpt, ProjectsPart

LAWS = settings(
    deadline=None,
    # A law is one function for all subclasses; that they call it with mappings of their own is the point.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.differing_executors],
)
"""How the laws are run. How many examples each gets is the hypothesis profile's affair."""

# Names as people and scanners make them: spaces, case, dots, slashes, quotes, emoji, percent signs, line breaks.
_AWKWARD = [
    "Order Completed",
    "order_completed",
    "order completed",
    "a/b",
    'say "hi"',
    "naïve café",
    "50% off",
    "👍 Liked",
]
_UNITED = ["string", "integer", "boolean", "array", "null"]
"""Kinds that unions are made of."""
names = st.one_of(
    st.sampled_from(_AWKWARD),
    st.from_regex(r"[A-Za-z][A-Za-z0-9_ .:-]{0,24}", fullmatch=True),
    st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=30),
)
texts = st.one_of(st.just(""), st.text(st.characters(blacklist_categories=["Cs"]), max_size=60))
words = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,10}|[A-Z][a-z]{1,8}, [a-z]{1,5}", fullmatch=True), max_size=3)
emails = st.lists(st.sampled_from(["dana@example.com", "lee@example.org", "growth"]), max_size=2)
scalars = st.one_of(st.text(max_size=8), st.integers(-1000, 1000), st.booleans(), st.just("EUR, USD"))


def _maybe(draw: Any, data: dict[str, JSON], field: str, values: st.SearchStrategy[Any], odds: int = 4) -> None:
    if draw(st.integers(0, odds)) == 0:
        value = draw(values)
        if value not in ("", [], None):
            data[field] = value


@st.composite
def shapes(draw: Any, depth: int = 2) -> dict[str, JSON]:
    """The plain data of a shape: consistent bounds, nesting up to `depth`."""
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", "object", "array", "null", "any", "union"]))
    data: dict[str, JSON] = {}
    if kind == "union":
        data["type"] = draw(st.lists(st.sampled_from(_UNITED), min_size=2, max_size=3))
    elif kind != "any":
        data["type"] = [kind, "null"] if draw(st.booleans()) and kind != "null" else kind
    if kind == "string":
        _maybe(draw, data, "pattern", st.sampled_from(["^[A-Z]{3}$", "a|b", "^\\d+, \\w+$"]))
        _maybe(draw, data, "format", st.sampled_from(["date-time", "email", "uri", "duration"]))
        _maybe(draw, data, "min_length", st.integers(0, 5))
        _maybe(draw, data, "max_length", st.integers(5, 500))
    if kind in ("integer", "number"):
        _maybe(draw, data, "minimum", st.integers(-100, 0))
        _maybe(draw, data, "maximum", st.integers(0, 100_000))
        _maybe(draw, data, "exclusive_minimum", st.integers(-100, 0))
        _maybe(draw, data, "multiple_of", st.sampled_from([1, 0.5, 10]))
    if kind == "array" or "array" in data.get("type", ()):
        _maybe(draw, data, "min_items", st.integers(0, 2))
        _maybe(draw, data, "max_items", st.integers(2, 20))
        _maybe(draw, data, "unique_items", st.just(True))
        if depth:
            _maybe(draw, data, "items", shapes(depth=depth - 1), odds=1)
    if kind == "object" and depth:
        _maybe(draw, data, "properties", st.dictionaries(names, properties(depth=depth - 1), max_size=3), odds=1)
        _maybe(draw, data, "additional_properties", st.booleans())
    _maybe(draw, data, "enum", st.lists(scalars, min_size=1, max_size=4, unique_by=repr), odds=5)
    if "enum" not in data:
        _maybe(draw, data, "const", scalars, odds=9)
    _maybe(draw, data, "keywords", st.sampled_from([{"oneOf": [{"type": "string"}]}, {"x-custom": {"a": [1]}}]), odds=9)
    return data


@st.composite
def properties(draw: Any, depth: int = 2) -> dict[str, JSON]:
    """The plain data of a property."""
    data: dict[str, JSON] = draw(shapes(depth=depth))
    _maybe(draw, data, "description", texts, odds=1)
    _maybe(draw, data, "display_name", names)
    _maybe(draw, data, "required", st.just(True), odds=2)
    _maybe(draw, data, "owners", emails)
    _maybe(draw, data, "tags", words)
    _maybe(draw, data, "status", st.sampled_from(["planned", "deprecated"]))
    _maybe(draw, data, "sensitivity", st.lists(st.sampled_from(["pii", "revenue", "sensitive", "health"]), max_size=2))
    _maybe(draw, data, "hidden", st.booleans())
    _maybe(draw, data, "examples", st.lists(scalars, max_size=2))
    return data


@st.composite
def events(draw: Any) -> dict[str, JSON]:
    """The plain data of an event."""
    data: dict[str, JSON] = {"properties": draw(st.dictionaries(names, properties(), max_size=4))}
    _maybe(draw, data, "kind", st.sampled_from(["page", "screen", "entity"]), odds=6)
    _maybe(draw, data, "description", texts, odds=1)
    _maybe(draw, data, "display_name", names)
    _maybe(draw, data, "category", names)
    _maybe(draw, data, "owners", emails)
    _maybe(draw, data, "tags", words)
    _maybe(draw, data, "sources", words)
    _maybe(draw, data, "status", st.sampled_from(["planned", "deprecated"]))
    _maybe(draw, data, "hidden", st.booleans())
    _maybe(draw, data, "additional_properties", st.booleans())
    _maybe(draw, data, "keywords", st.just({"not": {"required": ["debug"]}}), odds=9)
    return data


@st.composite
def plans(draw: Any) -> TrackingPlan:
    """A tracking plan of up to four events, with user properties, groups and a shared property now and then."""
    data: dict[str, JSON] = {"name": "Generated", "events": draw(st.dictionaries(names, events(), max_size=4))}
    _maybe(draw, data, "user_properties", st.dictionaries(names, properties(), max_size=3), odds=1)
    groups = st.fixed_dictionaries({"properties": st.dictionaries(names, properties(), max_size=2)})
    _maybe(draw, data, "groups", st.dictionaries(names, groups, max_size=2), odds=2)
    if data["events"] and draw(st.booleans()):
        data["shared_properties"] = {"currency": draw(properties(depth=1))}
        first = next(iter(data["events"].values()))
        first["properties"]["currency"] = {"shared": "currency", "required": True}
    return TrackingPlan.model_validate(data)


class MappingConformance:
    """Subclass as ``class TestLaws(MappingConformance): mapping = ...``."""

    mapping: ToolMapping

    @LAWS
    @given(plan=plans())
    def test_the_view_of_a_view_is_the_view(self, plan: TrackingPlan) -> None:
        seen = view(self.mapping, expand(plan))
        assert differences(view(self.mapping, seen), seen) == []

    @LAWS
    @given(plan=plans())
    def test_every_difference_has_a_finding(self, plan: TrackingPlan) -> None:
        expanded = expand(plan)
        findings = self.mapping.to_tool(expanded, EMPTY).findings
        assert uncovered(findings, differences(expanded, view(self.mapping, expanded))) == []

    @LAWS
    @given(plan=plans())
    def test_writing_back_what_was_read_changes_nothing(self, plan: TrackingPlan) -> None:
        expanded = expand(plan)
        held = self.mapping.to_tool(expanded, EMPTY).documents
        read = localise(self.mapping.from_tool(held).plan, expanded, self.mapping.tool)
        assert changed(held, self.mapping.to_tool(read, held).documents) == []

    @LAWS
    @given(plan=plans())
    def test_publishing_twice_changes_nothing(self, plan: TrackingPlan) -> None:
        expanded = expand(plan)
        held = self.mapping.to_tool(expanded, EMPTY).documents
        assert changed(held, self.mapping.to_tool(expanded, held).documents) == []

    @LAWS
    @given(plan=plans())
    def test_every_document_has_a_wave_and_a_place_in_the_plan(self, plan: TrackingPlan) -> None:
        documents = self.mapping.to_tool(expand(plan), EMPTY).documents
        assert {address.kind for address in documents} <= set(self.mapping.waves)
        assert all(document.about for document in documents.values())

    @LAWS
    @given(plan=plans())
    def test_the_order_of_the_plan_does_not_matter(self, plan: TrackingPlan) -> None:
        backwards = plan.model_copy(update={"events": dict(reversed(plan.events.items()))})
        one = self.mapping.to_tool(expand(plan), EMPTY).documents
        other = self.mapping.to_tool(expand(backwards), EMPTY).documents
        assert set(one) == set(other) and changed(one, other) == []

    @LAWS
    @given(plan=plans(), before=plans(), which=st.sets(st.integers(0, 3)))
    def test_a_part_is_what_the_whole_says_of_it(
        self, plan: TrackingPlan, before: TrackingPlan, which: set[int]
    ) -> None:
        onto = self.mapping.to_tool(expand(before), EMPTY).documents
        whole = self.mapping.to_tool(expand(plan), onto)
        asked = {name for number, name in enumerate(plan.events) if number in which}
        part = Excerpt(self.mapping, expand(plan), onto).of(asked, ())
        if isinstance(self.mapping, ProjectsPart):
            expected = [
                one for one in whole.documents.values() if one.about[:1] != ("events",) or one.about[1] in asked
            ]
            assert spelled(part.documents.values()) == spelled(expected)
        assert [one.address for one in part.removals] == [one.address for one in whole.removals]


def spelled(documents: Iterable[Document]) -> list[tuple[Any, ...]]:
    """All that each document says."""
    return [(one.address, one.body, one.about, one.facts, one.formerly) for one in documents]


def changed(before: Documents, after: Documents) -> list[Document]:
    """The documents of `after` that `before` does not hold just so."""
    return [one for one in after.values() if one.address not in before or not before[one.address].equals(one)]
