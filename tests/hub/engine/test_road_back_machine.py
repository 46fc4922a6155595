"""Publishes, edits, removals, renames, undos, bad readings, decisions in any order: nothing is lost, all ends equal."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from connectors.sandbox import Fault
from hub.changes.guard import Limits, Share, Ticket
from hub.changes.resolve import value_hash
from hub.engine.adopt import adopt
from hub.engine.deciding import accepted
from hub.engine.undo import undo
from hub.errors import Guarded, Moved, Refusal
from tests.hub.engine.bench import moody, plan_of
from tests.hub.engine.conftest import OpenBench
from tests.hub.engine.road import blind, decide, look, waiting

TARGETS = ("lab", "shop", "attic")
EVENTS = ("Net Cast", "Fish Sold")
"""What the events are called at first, and here for good: a rename changes what plan and tools call them."""
STRANGER = {"text": "a stranger's words", "fields": {}}
ANY_NUMBER = Limits(*(Share(1.0, 10**6) for _ in range(3)))
"""Guards count the changes of a day, and here a day has any number of them; `test_guard` is about guards."""
WORDS = {"string": "text", "number": "number", "boolean": "flag"}
targets = st.sampled_from(TARGETS)
events = st.sampled_from(EVENTS)
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
    """`words` are the texts of people that nobody decided about yet: where, of which event, and what they wrote."""

    open_bench: OpenBench

    @initialize(adopting=st.booleans())
    def begin(self, adopting: bool) -> None:
        """Three empty notebooks; or one of them was in use before, and is adopted."""
        self.bench = self.open_bench(*TARGETS)
        self.bench.targets = [replace(one, limits=ANY_NUMBER) for one in self.bench.targets]
        self.plan = plan_of({name: {"description": "First.", "tags": ["sea"]} for name in EVENTS})
        self.names = {event: [event] for event in EVENTS}
        self.words: dict[tuple[str, str], str] = {}
        self.count = 0
        if adopting:
            self.write("attic", EVENTS[0], text=self.fresh_words("attic", EVENTS[0]))
            adopt(self.bench.engine, self.plan, self.bench.targets[2], take_rest=False)
        self.bench.publish(self.plan)
        for box in self.bench.boxes.values():
            box.edit({"do": "write", "name": "Stranger", **STRANGER})
        self.strangers = {name: copy.deepcopy(box.pages["Stranger"]) for name, box in self.bench.boxes.items()}

    # What people do

    @rule(target_name=targets, event=events)
    def a_person_edits_a_text(self, target_name: str, event: str) -> None:
        self.write(target_name, event, text=self.fresh_words(target_name, event))

    @rule(target_name=targets, event=events)
    def a_person_changes_a_type(self, target_name: str, event: str) -> None:
        fields = self.page(target_name, event)["fields"]
        self.write(target_name, event, fields={key: {**field, "type": "flag"} for key, field in fields.items()})

    @rule(event=events)
    def the_owner_changes_a_text(self, event: str) -> None:
        self.say(event, description=self.fresh())

    @rule(event=events, kind=st.sampled_from(["string", "number"]))
    def the_owner_changes_structure(self, event: str, kind: str) -> None:
        self.say(event, properties={"depth": {"type": kind}})

    @rule(event=events, tags=st.lists(st.lists(st.sampled_from(["sea", "deck", "hull"])), min_size=1, max_size=3))
    def the_owner_publishes_tags_on_calm_days(self, event: str, tags: list[list[str]]) -> None:
        self.all_is_well_again()
        for some in tags:
            self.say(event, tags=some)
            self.publish()

    @rule(event=events)
    def the_owner_removes_an_event(self, event: str) -> None:
        """A tombstone is about a name, so all tools must have heard of the last rename."""
        data, name = self.plan.data(), self.names[event][-1]
        if name in data.get("events", {}) and all(self.page_name(target, event) == name for target in TARGETS):
            left = {key: one for key, one in data["events"].items() if key != name}
            gone = {"event": name, "reason": "no longer sent", "date": "2026-06-01"}
            self.plan = plan_of(left, **{**self.rest(data), "removed": [*data.get("removed", []), gone]})

    @rule(event=events)
    def the_owner_brings_an_event_back(self, event: str) -> None:
        data, name = self.plan.data(), self.names[event][-1]
        if name not in data.get("events", {}):
            left = [one for one in data.get("removed", []) if one["event"] != name]
            again = {name: {"description": self.fresh(), "hidden": False}}
            self.plan = plan_of({**data.get("events", {}), **again}, **{**self.rest(data), "removed": left})

    @rule(event=events)
    def the_owner_renames_an_event_on_a_calm_day(self, event: str) -> None:
        self.all_is_well_again()
        data, name = self.plan.data(), self.names[event][-1]
        if name in data.get("events", {}):
            new = f"{event} {len(self.names[event]) + 1}"
            self.names[event].append(new)
            renamed = {new if key == name else key: one for key, one in data["events"].items()}
            moved = [*data.get("moved", []), {"from": name, "to": new}]
            self.plan = plan_of(renamed, **{**self.rest(data), "moved": moved})
            self.publish()

    @rule(number=numbers, verdict=st.sampled_from(["accepted", "edited", "rejected"]))
    def somebody_decides(self, number: int, verdict: str) -> None:
        found = waiting(self.bench)
        if found:
            self.decide_one(found[number % len(found)], verdict)

    @rule(target_name=targets)
    def somebody_adopts_again(self, target_name: str) -> None:
        self.all_is_well_again()
        target = next(one for one in self.bench.targets if one.name == target_name)
        adopt(self.bench.engine, self.plan, target, take_rest=False)

    @rule(number=st.integers(0, 2))
    def somebody_undoes_a_publication(self, number: int) -> None:
        self.all_is_well_again()
        self.bench.time.sleep(60)
        done = [one for one in self.bench.store.publications("Harbour")[:-1] if one.status == "published"]
        if number < len(done) and not self.plan.removed:
            undo(self.bench.engine, done[number], self.bench.targets, who="dana")

    # What happens by itself

    def something_breaks(self, target_name: str, name: str) -> None:
        self.bench.boxes[target_name].faults.append(copy.copy(FAULTS[name]))

    @rule(target_name=targets, hidden=st.sets(events))
    def a_list_ends_early(self, target_name: str, hidden: set[str]) -> None:
        blind(self.bench, *sorted(name for event in hidden for name in self.names[event]), target=target_name)

    @rule()
    def all_is_well_again(self) -> None:
        for target, box in self.bench.boxes.items():
            box.faults.clear()
            blind(self.bench, target=target)

    @rule(before=st.sampled_from([None, *sorted(FAULTS)]), target_name=targets)
    def the_plan_is_published(self, before: str | None, target_name: str) -> None:
        self.bench.time.sleep(60)
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
        for (target, event), words in getattr(self, "words", {}).items():
            assert self.page(target, event)["text"] == words

    @invariant()
    def strangers_are_never_touched(self) -> None:
        for target, page in getattr(self, "strangers", {}).items():
            assert self.bench.boxes[target].pages["Stranger"] == page

    @invariant()
    def nothing_is_deleted_nor_doubled(self) -> None:
        for target, box in self.bench.boxes.items() if hasattr(self, "strangers") else ():
            assert len(box.pages) == len(EVENTS) + 1 and all(self.page(target, event) for event in EVENTS)
            assert not any(entry.method == "DELETE" for entry in box.log)

    # Little helpers

    def publish(self) -> None:
        """Publish; what an undo gave up and the plan wants again is the hub's only when a person says so."""
        try:
            self.bench.publish(self.plan)
        except Guarded as refusal:
            assert {one.guard for one in refusal.violations} == {"unmanaged"}
            fingerprint, now = self.bench.preview(self.plan).changeset.fingerprint, self.bench.time.now()
            self.bench.store.add_ticket(Ticket("unmanaged", fingerprint, "dana", "it was ours", now + 60))
            self.bench.publish(self.plan)

    def page_name(self, target: str, event: str) -> str:
        """What this tool calls an event now: a rename may not have come there yet, or was undone."""
        return next((name for name in self.names[event] if name in self.bench.boxes[target].pages), event)

    def page(self, target: str, event: str) -> Any:
        return self.bench.boxes[target].pages[self.page_name(target, event)]

    def write(self, target: str, event: str, **fields: Any) -> None:
        self.bench.boxes[target].edit({"do": "write", "name": self.page_name(target, event), **fields})

    def fresh(self) -> str:
        self.count += 1
        return f"Words {self.count}."

    def fresh_words(self, target: str, event: str) -> str:
        self.words[target, event] = self.fresh()
        return self.words[target, event]

    @staticmethod
    def rest(data: Any) -> Any:
        return {section: data[section] for section in ("moved", "removed") if section in data}

    def say(self, event: str, **fields: Any) -> None:
        data, name = self.plan.data(), self.names[event][-1]
        if name in data.get("events", {}):
            said = {**data["events"], name: {**data["events"][name], **fields}}
            self.plan = plan_of(said, **self.rest(data))

    def decide_one(self, stored: Any, verdict: Any) -> None:
        path = stored.proposal.path
        if verdict != "rejected":
            try:
                said: Any = {"value": self.fresh()} if verdict == "edited" and path[2:] == ("description",) else {}
                self.plan = accepted(self.plan, stored, **said)
            except Moved:
                return
            verdict = "edited" if said else "accepted"
        decide(self.bench, verdict, stored)
        decided = set(stored.proposal.shown)
        self.words = {
            (target, event): words
            for (target, event), words in self.words.items()
            if path[1] not in self.names[event]
            or not (((target, value_hash(words)) in decided) or (len(path) == 2 and target in dict(decided)))
        }

    def expected(self, event: str) -> Any:
        """What a page should say of an event of the plan, from the plan's own data."""
        said = self.plan.data()["events"][self.names[event][-1]]
        fields = {
            name: {"type": WORDS[prop["type"][0]], "required": False, "text": ""}
            for name, prop in said.get("properties", {}).items()
        }
        tags = sorted(set(said.get("tags", [])))
        return {"text": said.get("description", ""), "tags": tags, "hidden": said.get("hidden"), "fields": fields}

    def teardown(self) -> None:
        """The weather clears, everything is decided and published."""
        if not hasattr(self, "strangers"):
            return
        self.all_is_well_again()
        for _ in range(4):
            look(self.bench, self.plan)
            for stored in waiting(self.bench):
                self.decide_one(stored, "rejected")
            self.publish()
        assert self.words == {}
        assert self.bench.preview(self.plan).changeset.empty
        for target in TARGETS:
            for event in EVENTS:
                self.ends_as_the_plan_says(target, event)

    def ends_as_the_plan_says(self, target: str, event: str) -> None:
        page = self.page(target, event)
        if self.names[event][-1] not in self.plan.events:
            assert page["hidden"] is True
            return
        assert self.page_name(target, event) == self.names[event][-1]
        expected = self.expected(event)
        hidden = page.get("hidden", False) if expected["hidden"] is not None else None  # else it is the tool's
        fields = {name: page["fields"].get(name) for name in expected["fields"]}
        shown = {"text": page.get("text", ""), "tags": sorted(page.get("tags", []))}
        assert {**shown, "hidden": hidden, "fields": fields} == expected


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
