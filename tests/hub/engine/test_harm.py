"""What the hub does not manage is never touched, whatever the plan does and whoever edits."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Guarded
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import Bench, plan_of
from tests.hub.engine.conftest import OpenBench

PLANNED = ["Net Cast", "Net Torn", "Fish Sold"]
STRAY = ["Net Cast", "fish sold", "Stray 50%/a", "Ink", "Zinc: é"]

texts = st.sampled_from(["", "Calm.", "Rough sea."])
events = st.fixed_dictionaries({"description": texts, "hidden": st.sampled_from([None, True])})
pages = st.dictionaries(
    st.sampled_from(STRAY), st.fixed_dictionaries({"text": st.just("a person's words"), "icon": texts}), max_size=4
)


@st.composite
def plans(draw: Any) -> TrackingPlan:
    """A plan that lists some events, says of others that they are gone, and may have renamed one."""
    listed: dict[str, Any] = draw(st.dictionaries(st.sampled_from(PLANNED), events))
    gone = draw(st.lists(st.sampled_from([*PLANNED, *STRAY]), unique=True, max_size=3))
    removed = [{"event": name, "reason": "calm", "date": "2026-02-03"} for name in gone if name not in listed]
    moved = [{"from": draw(st.sampled_from(STRAY)), "to": "Fish Sold"}] if draw(st.booleans()) else []
    return plan_of(listed, removed=removed, moved=moved)


@settings(deadline=None)
@given(stray=pages, history=st.lists(plans(), min_size=1, max_size=4), delete=st.booleans())
def test_pages_that_are_not_managed_are_never_touched(
    open_bench: OpenBench, stray: dict[str, dict[str, str]], history: list[TrackingPlan], delete: bool
) -> None:
    bench = open_bench()
    bench.publish(plan_of({"Pier Built": {}}))
    for name, page in stray.items():
        bench.box.edit({"do": "write", "name": name, **page})
    before = copy.deepcopy({name: bench.box.pages[name] for name in stray})
    if delete:
        bench.delete_instead_of_hiding()
    for plan in history:
        _publish_or_be_stopped(bench, plan)
    assert {name: bench.box.pages.get(name) for name in stray} == before


def _publish_or_be_stopped(bench: Bench, plan: TrackingPlan) -> None:
    try:
        bench.publish(plan)
    except Guarded as guarded:
        assert {getattr(one, "guard", "") for one in guarded.violations} <= {"unmanaged", "suddenly-empty"}
