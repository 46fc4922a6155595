"""The process dies at any step: after every request and every call of the store, one test run per step.

A dead process does nothing more, so from that step on every call raises. Then a new process, on the same database and
the same tools, publishes or resumes; the world must look as if nothing had happened.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from connectors.testing.harness import transport_to
from hub.engine.ports import Publication
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import EVENTS, Bench, plan_of, written_pages
from tests.toy.sandbox import NotebookSandbox

OpenBench = Callable[..., Bench]
GoOn = Callable[[Bench, TrackingPlan], Any]
Steps = Iterator[tuple[int, Any, Bench]]
MOST_STEPS = 200

BEFORE = plan_of()
AFTER = plan_of(
    {
        "Boat Rented": {**EVENTS["Boat Rented"], "description": "A boat is gone."},
        "Boat Returned": EVENTS["Boat Returned"],
        "Paddle Lost": EVENTS["Oar Lost"],
        "Boat Sunk": {"description": "It will not come back."},
        "Found By Hand": {"description": "A person was faster."},
    },
    moved=[{"from": "Oar Lost", "to": "Paddle Lost"}],
    removed=[{"event": "Anchor Dropped", "reason": "anchors are welded on", "date": "2026-02-03"}],
)
EARLIER = plan_of({**EVENTS, "Anchor Dropped": {"description": "Splash."}})


class Crash(BaseException):
    """The end of the process. No `except Exception` survives it."""


class Countdown:
    """Counts steps over all threads; at the given one, and at all after it, the process is dead."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self._lock = threading.Lock()

    @property
    def struck(self) -> bool:
        return self._left <= 0

    def before(self) -> None:
        if self.struck:
            raise Crash

    def after(self) -> None:
        with self._lock:
            self._left -= 1
        self.before()


class MortalStore:
    """A store in a process that dies."""

    def __init__(self, store: Any, countdown: Countdown) -> None:
        self._store = store
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def step(*args: Any, **options: Any) -> Any:
            self._countdown.before()
            result = method(*args, **options)
            self._countdown.after()
            return result

        return method if name == "lock" else step


def mortal_transport(box: NotebookSandbox, countdown: Countdown) -> httpx.MockTransport:
    inner = transport_to(box)

    def handle(request: httpx.Request) -> httpx.Response:
        countdown.before()
        answer = inner.handle_request(request)
        countdown.after()
        return answer

    return httpx.MockTransport(handle)


def make_mortal(bench: Bench, steps: int) -> Countdown:
    countdown = Countdown(steps)
    bench.store = MortalStore(bench.store, countdown)
    bench.transports = {name: mortal_transport(box, countdown) for name, box in bench.boxes.items()}
    return countdown


def restarted(bench: Bench) -> Bench:
    """A new process with the same database and the same tools."""
    return Bench(bench.folder, boxes=bench.boxes, time=bench.time, batch=bench.batch)


@dataclass(frozen=True)
class Story:
    """A publish that is to be disturbed, and what came before it."""

    plan: TrackingPlan
    targets: tuple[str, ...] = ("lab",)
    batch: int = 1
    earlier: TrackingPlan | None = None

    def begin(self, open_bench: OpenBench) -> Bench:
        bench = open_bench(*self.targets, batch=self.batch)
        if self.earlier is not None:
            bench.publish(self.earlier)
            for box in bench.boxes.values():
                box.edit({"do": "write", "name": "Found By Hand", "text": "A person was faster."})
        bench.forget_requests()
        return bench


STORIES = {
    "first publish": Story(BEFORE),
    "every verb": Story(AFTER, earlier=EARLIER),
    "in batches": Story(AFTER, batch=50, earlier=EARLIER),
    "two targets": Story(BEFORE, targets=("lab", "shop")),
}


def publish_again(bench: Bench, plan: TrackingPlan) -> Publication:
    return bench.publish(plan)


def resume_or_publish(bench: Bench, plan: TrackingPlan) -> Publication:
    """What `hub publish` with an interrupted publication at hand can also do."""
    unfinished = [one for one in bench.store.publications() if one.status == "running"]
    return bench.resume(unfinished[0]) if unfinished else bench.publish(plan)


def crash_everywhere(story: Story, open_bench: OpenBench, go_on: GoOn) -> Steps:
    """For each step: its number, what going on gave, and the hub after it, until a step lies beyond the end."""
    for step in range(1, MOST_STEPS):
        bench = story.begin(open_bench)
        countdown = make_mortal(bench, step)
        with contextlib.suppress(Crash):
            bench.publish(story.plan)
        if not countdown.struck:
            return
        after = restarted(bench)
        yield step, go_on(after, story.plan), after


go_on_either_way = pytest.mark.parametrize("go_on", [publish_again, resume_or_publish])
in_every_story = pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())


@go_on_either_way
@in_every_story
def test_after_a_crash_at_any_step_the_tools_are_as_undisturbed_and_no_write_was_repeated(
    story: Story, go_on: GoOn, open_bench: OpenBench
) -> None:
    undisturbed = story.begin(open_bench)
    undisturbed.publish(story.plan)
    wanted = (undisturbed.held(), written(undisturbed))
    steps = 0
    for step, publication, bench in crash_everywhere(story, open_bench, go_on):
        assert (step, publication.status, bench.held(), written(bench)) == (step, "published", *wanted)
        steps = step
    assert steps > len(story.plan.events) * len(story.targets)


@go_on_either_way
@in_every_story
def test_after_a_crash_at_any_step_the_base_is_as_undisturbed(story: Story, go_on: GoOn, open_bench: OpenBench) -> None:
    undisturbed = story.begin(open_bench)
    undisturbed.publish(story.plan)
    wanted = undisturbed.base()
    wrong = {
        step: differing(wanted, bench.base())
        for step, _, bench in crash_everywhere(story, open_bench, go_on)
        if bench.base() != wanted
    }
    assert wrong == {}


def written(bench: Bench) -> dict[str, dict[str, int]]:
    return {name: written_pages(box) for name, box in bench.boxes.items()}


def differing(wanted: dict[str, dict[str, str]], found: dict[str, dict[str, str]]) -> list[str]:
    """What is wrong with a base, for the message of a failing test."""
    return [
        f"{target} {address}: {'missing' if address not in found[target] else 'left over or old'}"
        for target, base in wanted.items()
        for address in sorted({*base, *found[target]})
        if base.get(address) != found[target].get(address)
    ]


@in_every_story
def test_after_a_crash_and_a_rerun_nothing_is_left_to_do(story: Story, open_bench: OpenBench) -> None:
    for step, _, bench in crash_everywhere(story, open_bench, publish_again):
        seen = bench.preview(story.plan)
        assert (step, seen.changeset.empty, seen.violations) == (step, True, ())


@go_on_either_way
def test_an_edit_made_while_the_hub_was_dead_survives_or_is_asked_about(go_on: GoOn, open_bench: OpenBench) -> None:
    def edit_and_go_on(bench: Bench, plan: TrackingPlan) -> Any:
        bench.box.edit({"do": "write", "name": "Boat Rented", "text": "a person's words"})
        try:
            return go_on(bench, plan)
        except Refusal:
            return None

    for step, _, bench in crash_everywhere(STORIES["every verb"], open_bench, edit_and_go_on):
        assert (step, bench.box.pages["Boat Rented"]["text"]) == (step, "a person's words")
