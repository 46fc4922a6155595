"""Publishes, people, partial readings, failures and decisions in any order: nothing is lost, and all ends equal."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from connectors.sandbox import Fault
from hub.changes.resolve import value_hash
from hub.engine.deciding import accepted
from hub.errors import Guarded, Moved, Refusal
from tests.hub.engine.bench import moody, plan_of
from tests.hub.engine.conftest import OpenBench
from tests.hub.engine.road import blind, decide, look, waiting

TARGETS = ("lab", "shop", "attic")
NAMES = ("Net Cast", "Fish Sold")
STRANGER = {"text": "a stranger's words", "fields": {}}
targets = st.sampled_from(TARGETS)
names = st.sampled_from(NAMES)
numbers = st.integers(min_value=0, max_value=10_000)
FAULTS = {
    "lost answer": Fault("lost", "PUT|POST"),
    "bad gateway": Fault("html", "GET /pages", status=502, times=9),
    "refused write": Fault("status", "PUT|POST", status=400, body="{}"),
    "revoked": Fault("status", "", skip=3, status=401, body="{}", times=9),
    "half a page": moody("half-page", "GET /pages"),
    "empty list": moody("empty-list", "GET /pages"),
    "forgotten write": moody("forget", "PUT|POST"),
}


class RoadBack(RuleBasedStateMachine):
    """`words` are the texts of people that nobody decided about yet: where, and what they wrote."""

    open_bench: OpenBench

    @initialize()
    def begin(self) -> None:
        self.bench = self.open_bench(*TARGETS)
        self.plan = plan_of({name: {"description": "First.", "tags": ["sea"]} for name in NAMES})
        self.bench.publish(self.plan)
        for box in self.bench.boxes.values():
            box.edit({"do": "write", "name": "Stranger", **STRANGER})
        self.strangers = {name: copy.deepcopy(box.pages["Stranger"]) for name, box in self.bench.boxes.items()}
        self.words: dict[tuple[str, str], str] = {}
        self.count = 0

    def fresh(self) -> str:
        self.count += 1
        return f"Words {self.count}."

    # What people do

    @rule(target_name=targets, name=names)
    def a_person_edits_a_text(self, target_name: str, name: str) -> None:
        if name in self.bench.boxes[target_name].pages:
            self.words[target_name, name] = self.fresh()
            self.edit(target_name, name, text=self.words[target_name, name])

    @rule(target_name=targets, name=names)
    def a_person_changes_a_type(self, target_name: str, name: str) -> None:
        if name in self.bench.boxes[target_name].pages:
            fields = self.bench.boxes[target_name].pages[name]["fields"]
            self.edit(target_name, name, fields={key: {**field, "type": "flag"} for key, field in fields.items()})

    @rule(name=names)
    def the_owner_changes_a_text(self, name: str) -> None:
        self.say(name, description=self.fresh())

    @rule(name=names, kind=st.sampled_from(["string", "number"]))
    def the_owner_changes_structure(self, name: str, kind: str) -> None:
        self.say(name, properties={"depth": {"type": kind}})

    @rule(name=names, tags=st.lists(st.lists(st.sampled_from(["sea", "deck", "hull"])), min_size=1, max_size=3))
    def the_owner_publishes_tags_on_calm_days(self, name: str, tags: list[list[str]]) -> None:
        self.all_is_well_again()
        for some in tags:
            self.say(name, tags=some)
            self.bench.publish(self.plan)

    @rule(number=numbers, verdict=st.sampled_from(["accepted", "edited", "rejected"]))
    def somebody_decides(self, number: int, verdict: str) -> None:
        found = waiting(self.bench)
        if found:
            self.decide_one(found[number % len(found)], verdict)

    # What happens by itself

    def something_breaks(self, target_name: str, name: str) -> None:
        self.bench.boxes[target_name].faults.append(copy.copy(FAULTS[name]))

    @rule(target_name=targets, hidden=st.sets(names))
    def a_list_ends_early(self, target_name: str, hidden: set[str]) -> None:
        blind(self.bench, *sorted(hidden), target=target_name)

    @rule()
    def all_is_well_again(self) -> None:
        for target, box in self.bench.boxes.items():
            box.faults.clear()
            blind(self.bench, target=target)

    @rule(before=st.sampled_from([None, *sorted(FAULTS)]), target_name=targets)
    def the_plan_is_published(self, before: str | None, target_name: str) -> None:
        for box in self.bench.boxes.values():
            box.faults.clear()
        if before:
            self.something_breaks(target_name, before)
        with contextlib.suppress(Guarded, Refusal):
            self.bench.publish(self.plan)

    @rule(mode=st.sampled_from(["observe", "propose", "heal"]), before=st.sampled_from(sorted(FAULTS)))
    def the_tools_are_reconciled_on_a_bad_day(self, mode: Any, before: str) -> None:
        self.something_breaks("lab", before)
        look(self.bench, self.plan, mode)

    @rule(mode=st.sampled_from(["observe", "propose", "heal"]))
    def the_tools_are_reconciled(self, mode: Any) -> None:
        look(self.bench, self.plan, mode)

    # What always holds

    @invariant()
    def no_undecided_words_are_overwritten(self) -> None:
        for (target, name), words in getattr(self, "words", {}).items():
            assert self.bench.boxes[target].pages[name]["text"] == words

    @invariant()
    def strangers_are_never_touched(self) -> None:
        for target, page in getattr(self, "strangers", {}).items():
            assert self.bench.boxes[target].pages["Stranger"] == page

    @invariant()
    def nothing_is_deleted(self) -> None:
        for box in self.bench.boxes.values() if hasattr(self, "bench") else ():
            assert set(box.pages) == {*NAMES, "Stranger"}
            assert not any(entry.method == "DELETE" for entry in box.log)

    # Little helpers

    def edit(self, target: str, name: str, **fields: Any) -> None:
        self.bench.boxes[target].edit({"do": "write", "name": name, **fields})

    def say(self, name: str, **fields: Any) -> None:
        events = self.plan.data()["events"]
        self.plan = plan_of({**events, name: {**events[name], **fields}})

    def decide_one(self, stored: Any, verdict: Any) -> None:
        if verdict != "rejected":
            try:
                said: Any = {"value": self.fresh()} if verdict == "edited" else {}
                self.plan = accepted(self.plan, stored, **said)
            except Moved:
                return
        decide(self.bench, verdict, stored)
        decided = {(target, seen) for target, seen in stored.proposal.shown}
        self.words = {
            (target, name): words
            for (target, name), words in self.words.items()
            if name != stored.proposal.path[1] or (target, value_hash(words)) not in decided
        }

    def teardown(self) -> None:
        """The weather clears, everything is decided and published."""
        if not hasattr(self, "plan"):
            return
        self.all_is_well_again()
        for _ in range(4):
            look(self.bench, self.plan)
            for stored in waiting(self.bench):
                self.decide_one(stored, "rejected")
            self.bench.publish(self.plan)
        assert self.words == {}
        assert self.bench.preview(self.plan).changeset.empty
        for box in self.bench.boxes.values():
            shown = {name: page.get("text", "") for name, page in box.pages.items() if name in NAMES}
            assert shown == {name: event.description for name, event in self.plan.events.items()}


def test_no_edit_is_lost_and_all_ends_equal(open_bench: OpenBench) -> None:
    class Here(RoadBack):
        pass

    Here.open_bench = staticmethod(open_bench)
    run_state_machine_as_test(
        Here,
        settings=settings(
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
