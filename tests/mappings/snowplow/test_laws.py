"""The laws of mappings, for Snowplow Iglu."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand, localise
from mappings.canonical.schemaver import SchemaVer
from mappings.contract import EMPTY, Document, Documents, differences, uncovered, view
from mappings.snowplow import SnowplowMapping
from mappings.snowplow.documents import address_of
from mappings.testing import LAWS, MappingConformance, changed, plans


class TestLaws(MappingConformance):
    mapping = SnowplowMapping("com.acme")


MAPPING = SnowplowMapping("com.acme")


@LAWS
@given(plan=plans())
def test_every_difference_has_a_finding_of_its_own(plan: TrackingPlan) -> None:
    expanded = expand(plan)
    precise = [one for one in MAPPING.to_tool(expanded, EMPTY).findings if len(one.path) > 2]
    assert uncovered(precise, differences(expanded, view(MAPPING, expanded))) == []


@LAWS
@given(old=plans(), new=plans())
def test_a_changed_plan_settles_after_one_publish(old: TrackingPlan, new: TrackingPlan) -> None:
    held = MAPPING.to_tool(expand(old), EMPTY).documents
    after = Documents([*held.values(), *MAPPING.to_tool(expand(new), held).documents.values()])
    assert changed(after, MAPPING.to_tool(expand(new), after).documents) == []


@LAWS
@given(plan=plans(), number=st.integers(0, 99), label=st.sampled_from(["x-name", "x-kind"]), data=st.data())
def test_a_schema_that_somebody_labels_anew_is_edited_and_never_doubled(
    plan: TrackingPlan, number: int, label: str, data: st.DataObject
) -> None:
    expanded = expand(plan)
    held = MAPPING.to_tool(expanded, EMPTY).documents
    assume(held)
    value = data.draw(st.sampled_from([None, "user", "group", "Somebody's", *plan.events, *plan.groups]))
    edited = Documents([*held.values(), labelled(list(held.values())[number % len(held)], label, value)])
    again = MAPPING.to_tool(expanded, edited).documents
    assert {one.names[1] for one in again} == {one.names[1] for one in held}
    after = Documents([*edited.values(), *again.values()])
    assert changed(after, MAPPING.to_tool(expanded, after).documents) == []
    assert differences(read(after, expanded), view(MAPPING, expanded)) == []


def labelled(document: Document, label: str, value: str | None) -> Document:
    """The next version of a schema, which differs in one of our root annotations only."""
    vendor, name, _ = document.address.names
    body = {key: one for key, one in document.body.items() if key != label}
    return Document(address_of(vendor, name, SchemaVer(1, 0, 1)), body if value is None else {**body, label: value})


def read(documents: Documents, plan: TrackingPlan) -> TrackingPlan:
    return localise(MAPPING.from_tool(documents).plan, plan, MAPPING.tool)
