"""The laws of mappings, for Snowplow Iglu."""

from __future__ import annotations

from hypothesis import given

from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.contract import EMPTY, Documents, differences, uncovered, view
from mappings.snowplow import SnowplowMapping
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
