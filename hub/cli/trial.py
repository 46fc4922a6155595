"""A connector tried against its own sandbox: the short form of the conformance suite, for `hub connectors check`."""

from __future__ import annotations

from collections.abc import Callable

from connectors.contract import Plugin
from connectors.testing.harness import Rig
from connectors.testing.sample import SAMPLE
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.contract import differences, view


def try_connector(plugin: Plugin) -> list[tuple[str, str]]:
    """(step, trouble) for each step of a tour; trouble is "" where all is well. Later steps go on after a failure."""
    rig = Rig.of(plugin)
    plan = TrackingPlan.model_validate(SAMPLE)

    def forecast_is_exact() -> None:
        operations = rig.operations(plan, rig.observe())
        rig.forget_requests()
        bad = [receipt.message for receipt in rig.apply(operations) if not receipt.good]
        _require(not bad, f"{len(bad)} writes failed: {bad[:1]}")
        expected, made = len(plugin.calls_to_apply(rig.settings, operations)), len(rig.requests())
        _require(expected == made, f"forecast {expected} requests, made {made}")

    def tool_holds_the_view() -> None:
        mapping = plugin.mapping(rig.settings)
        read = mapping.from_tool(rig.observe().documents).plan
        apart = differences(read, view(mapping, expand(plan)))
        _require(not apart, f"differs at {apart[:1]}")

    def second_publish_is_empty() -> None:
        left = rig.operations(plan, rig.observe())
        _require(not left, f"{len(left)} operations are left")

    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("connects and names the workspace", lambda: rig.connect().whoami()),
        ("reads an empty workspace", rig.observe),
        ("writes the sample plan in the requests it forecasts", forecast_is_exact),
        ("reads back exactly its view of the plan", tool_holds_the_view),
        ("has nothing to do the second time", second_publish_is_empty),
    )
    return [(name, _trouble(step)) for name, step in steps]


def _trouble(step: Callable[[], object]) -> str:
    try:
        step()
    except Exception as problem:  # a third party's code: whatever it raises is the finding
        return f"{type(problem).__name__}: {problem}"
    return ""


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)
