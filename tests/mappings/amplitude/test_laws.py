"""Amplitude's mapping obeys the laws, with and without what an organisation may have bought."""

from __future__ import annotations

from hypothesis import given

from mappings.amplitude import AmplitudeMapping
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.contract import EMPTY, differences, uncovered, view
from mappings.testing import LAWS, MappingConformance, changed, plans

WITH_ADD_ONS = AmplitudeMapping(classifications=True, groups=True)


class TestLaws(MappingConformance):
    mapping = AmplitudeMapping()


@LAWS
@given(plan=plans())
def test_with_add_ons_a_view_is_stable_and_its_losses_are_told(plan: TrackingPlan) -> None:
    expanded = expand(plan)
    seen = view(WITH_ADD_ONS, expanded)
    assert differences(view(WITH_ADD_ONS, seen), seen) == []
    assert uncovered(WITH_ADD_ONS.to_tool(expanded, EMPTY).findings, differences(expanded, seen)) == []


@LAWS
@given(plan=plans())
def test_with_add_ons_writing_back_what_was_read_changes_nothing(plan: TrackingPlan) -> None:
    held = WITH_ADD_ONS.to_tool(expand(plan), EMPTY).documents
    read = WITH_ADD_ONS.from_tool(held).plan
    assert changed(held, WITH_ADD_ONS.to_tool(read, held).documents) == []
