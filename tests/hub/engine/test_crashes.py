"""The process dies at any step: after every request and every call of the store, one test run per step.

A dead process does nothing more, so from that step on every call raises. Then a new process, on the same database and
the same tools, publishes or resumes; the world must look as if nothing had happened.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from connectors.testing.harness import transport_to
from connectors.testing.template.sandbox import NotebookSandbox
from hub.engine.ports import Publication
from hub.engine.preview import Preview
from hub.errors import Refusal
from mappings.canonical import TrackingPlan
from tests.hub.engine.bench import EVENTS, Bench, plan_of, written_pages

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


@dataclass(frozen=True)
class Aftermath:
    """What is found after dying at one step and going on; after step 0 nobody had died."""

    status: str
    held: Mapping[str, Any]
    writes: Mapping[str, Mapping[str, int]]
    base: Mapping[str, Mapping[str, str]]
    left_to_do: Preview

    @classmethod
    def of(cls, bench: Bench, publication: Publication, plan: TrackingPlan) -> Aftermath:
        writes = {name: written_pages(box) for name, box in bench.boxes.items()}
        return cls(publication.status, bench.held(), writes, bench.base(), bench.preview(plan))


go_on_either_way = pytest.mark.parametrize("go_on", [publish_again, resume_or_publish])


@pytest.fixture(
    scope="module",
    params=[(story, go_on) for story in STORIES for go_on in (publish_again, resume_or_publish)],
    ids=lambda param: f"{param[0]}, {param[1].__name__}",
)
def aftermaths(request: pytest.FixtureRequest, open_bench: OpenBench) -> list[Aftermath]:
    """By step; the first is the undisturbed one."""
    name, go_on = request.param
    story = STORIES[name]
    undisturbed = story.begin(open_bench)
    found = [Aftermath.of(undisturbed, undisturbed.publish(story.plan), story.plan)]
    for _, publication, bench in crash_everywhere(story, open_bench, go_on):
        found.append(Aftermath.of(bench, publication, story.plan))
    assert len(found) > len(story.plan.events) * len(story.targets)
    return found


def test_after_a_crash_at_any_step_the_tools_are_as_undisturbed(aftermaths: list[Aftermath]) -> None:
    wrong = [step for step, one in enumerate(aftermaths) if (one.status, one.held) != ("published", aftermaths[0].held)]
    assert wrong == []


def test_after_a_crash_at_any_step_no_write_is_repeated(aftermaths: list[Aftermath]) -> None:
    wrong = {step: one.writes for step, one in enumerate(aftermaths) if one.writes != aftermaths[0].writes}
    assert wrong == {}


def test_after_a_crash_at_any_step_the_base_is_as_undisturbed(aftermaths: list[Aftermath]) -> None:
    wanted = aftermaths[0].base
    wrong = {step: differing(wanted, one.base) for step, one in enumerate(aftermaths) if one.base != wanted}
    assert wrong == {}


def test_after_a_crash_at_any_step_and_a_rerun_nothing_is_left_to_do(aftermaths: list[Aftermath]) -> None:
    previews = [(step, one.left_to_do) for step, one in enumerate(aftermaths)]
    assert [step for step, seen in previews if not seen.changeset.empty or seen.violations] == []


def differing(wanted: Mapping[str, Mapping[str, str]], found: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is wrong with a base, for the message of a failing test."""
    return [
        f"{target} {address}: {'missing' if address not in found[target] else 'left over or old'}"
        for target, base in wanted.items()
        for address in sorted({*base, *found[target]})
        if base.get(address) != found[target].get(address)
    ]


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
