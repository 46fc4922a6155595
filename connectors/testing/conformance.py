"""The one suite that every connector passes, written as a tour: talking, reading, writing, agreeing, bad days.

A tool's test is a subclass of about fifteen lines that names its plugin and two things the suite cannot know. What
a tool cannot do is asserted as a refusal, not skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors import errors
from connectors.contract import Budget, Plugin, Receipt, Snapshot
from connectors.sandbox import Fault
from connectors.testing.harness import SANDBOX_URL, Rig
from connectors.testing.sample import SAMPLE
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.kinds import JSON
from mappings.contract import differences, view
from mappings.testing import changed

WRITES = ("POST", "PUT", "PATCH", "DELETE")


def edited(**changes: JSON) -> TrackingPlan:
    """The sample plan with whole events replaced (None removes one)."""
    events = {**SAMPLE["events"], **changes}
    return TrackingPlan.model_validate({**SAMPLE, "events": {k: v for k, v in events.items() if v is not None}})


class ConnectorConformance:
    """Subclass per tool. `wrong_credentials` are settings that the tool refuses."""

    plugin: Plugin
    wrong_credentials: Mapping[str, Any]
    options: Mapping[str, Any] = {}

    @pytest.fixture
    def rig(self) -> Rig:
        return Rig.of(self.plugin, self.options)

    @pytest.fixture
    def plan(self) -> TrackingPlan:
        return TrackingPlan.model_validate(SAMPLE)

    # Talking

    def test_whoami_names_the_workspace_and_changes_nothing(self, rig: Rig) -> None:
        before = rig.sandbox.dump()
        identity = rig.connect().whoami()
        assert identity.workspace and identity.account
        assert rig.sandbox.dump() == before and rig.requests(*WRITES) == []

    def test_wrong_credentials_are_a_persons_business_and_stay_secret(self, rig: Rig) -> None:
        settings = self.plugin.settings.model_validate(
            {"base_url": SANDBOX_URL, **rig.sandbox.demo_credentials(), **self.options, **self.wrong_credentials}
        )
        with pytest.raises(errors.Unauthorized) as caught:
            rig.connect(settings).whoami()
        assert caught.value.verdict == "ask" and caught.value.hint
        secrets = [str(value) for value in self.wrong_credentials.values()]
        assert not any(secret in str(caught.value) or secret in repr(settings) for secret in secrets)

    def test_a_dead_tool_is_unavailable(self, rig: Rig) -> None:
        rig.sandbox.faults.append(Fault("refuse", times=1000))
        with pytest.raises(errors.Unavailable):
            rig.connect().whoami()

    def test_closing_twice_is_fine(self, rig: Rig) -> None:
        connector = rig.connect()
        connector.close()
        connector.close()

    # Reading

    def test_an_empty_tool_reads_as_complete(self, rig: Rig) -> None:
        snapshot = rig.observe()
        wanted = rig.project(TrackingPlan.model_validate(SAMPLE)).documents
        assert all(snapshot.knows_absent(address) for address in wanted)

    def test_reading_changes_nothing(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        before = rig.sandbox.dump()
        rig.observe()
        assert rig.sandbox.dump() == before

    def test_reading_takes_the_requests_it_was_forecast_to_take(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        known = rig.observe().documents
        rig.forget_requests()
        snapshot = rig.observe()
        forecast = self.plugin.calls_to_observe(rig.settings, known, Budget())
        assert len(rig.requests()) == len(forecast) == snapshot.requests

    # Writing

    def test_each_operation_gets_one_good_receipt(self, rig: Rig, plan: TrackingPlan) -> None:
        operations = rig.operations(plan, rig.observe())
        receipts = rig.apply(operations)
        assert sorted(one.operation.id for one in receipts) == sorted(one.id for one in operations)
        assert bad(receipts) == []

    def test_writing_takes_the_requests_it_was_forecast_to_take(self, rig: Rig, plan: TrackingPlan) -> None:
        operations = rig.operations(plan, rig.observe())
        rig.forget_requests()
        rig.apply(operations)
        assert len(rig.requests()) == len(self.plugin.calls_to_apply(rig.settings, operations))

    def test_the_tool_then_holds_exactly_the_documents(self, rig: Rig, plan: TrackingPlan) -> None:
        wanted = rig.project(plan).documents
        rig.publish(plan)
        held = rig.observe().documents
        assert changed(held, wanted) == []

    def test_only_what_changed_is_written(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        after = edited(**{"Signed Up": {"description": "An account exists."}})
        operations = rig.operations(after, rig.observe())
        assert {operation.document.about[:2] for operation in operations if operation.document} == {
            ("events", "Signed Up")
        }
        assert bad(rig.apply(operations)) == []
        assert rig.operations(after, rig.observe()) == []

    def test_a_cleared_text_is_cleared(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        bare = edited(**{"Order Completed": {"properties": SAMPLE["events"]["Order Completed"]["properties"]}})
        assert bad(rig.publish(bare)) == []
        assert rig.operations(bare, rig.observe()) == []

    def test_applying_the_same_operations_twice_is_safe(self, rig: Rig, plan: TrackingPlan) -> None:
        operations = rig.operations(plan, rig.observe())
        rig.apply(operations)
        held = rig.observe().documents
        assert bad(rig.apply(operations)) == []
        assert changed(rig.observe().documents, held) == []

    def test_a_tombstone_hides_or_deletes_or_is_said_to_be_impossible(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        removed = {"event": "Signed Up", "reason": "never sent", "date": "2026-01-02"}
        after = edited(**{"Signed Up": None}).model_copy(update={"removed": self._tombstones(removed)})
        projection = rig.project(after, rig.observe().documents)
        operations = rig.operations(after, rig.observe())
        if not {"hide", "delete"} & self.plugin.capabilities:
            assert operations == []
            assert any(finding.code.endswith(".removed") for finding in projection.findings)
            return
        assert {operation.verb for operation in operations} <= {"hide", "delete"} and operations
        assert bad(rig.apply(operations)) == []
        assert rig.operations(after, rig.observe()) == []

    def test_what_is_merely_not_listed_is_left_alone(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        assert rig.operations(edited(**{"Signed Up": None}), rig.observe()) == []

    @staticmethod
    def _tombstones(removed: JSON) -> Any:
        return TrackingPlan.model_validate({"name": "x", "removed": [removed]}).removed

    # Agreeing

    def test_what_is_read_is_the_view_of_what_was_published(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        mapping = self.plugin.mapping(rig.settings)
        read = mapping.from_tool(rig.observe().documents).plan
        assert differences(read, view(mapping, expand(plan))) == []

    def test_a_second_publish_has_nothing_to_do(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        rig.forget_requests()
        assert rig.publish(plan) == [] and rig.requests(*WRITES) == []

    def test_a_narrow_reading_agrees_with_a_full_one(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        full = rig.observe().documents
        some = frozenset(one for one in full if full[one].about[:2] == ("events", "Order Completed"))
        assert some
        narrow = rig.observe(budget=Budget(only=some))
        assert all(narrow.documents[address].equals(full[address]) for address in some)

    # Bad days

    def test_a_429_is_waited_out(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.sandbox.faults.append(Fault("status", status=429, headers={"retry-after": "7"}, body="{}"))
        assert self.plugin.mapping(rig.settings).from_tool(rig.observe().documents).plan.events == {}
        assert sum(rig.time.slept) >= 7

    def test_no_429_is_provoked_with_limits_enforced(self, rig: Rig, plan: TrackingPlan) -> None:
        for _ in range(3):
            rig.publish(plan)
            rig.observe()
        assert [one for one in rig.requests() if one.status == 429] == []

    @pytest.mark.parametrize("fault", [Fault("status", status=503), Fault("refuse"), Fault("html"), Fault("cut")])
    def test_a_read_is_repeated_after_a_hiccup(self, rig: Rig, plan: TrackingPlan, fault: Fault) -> None:
        rig.publish(plan)
        before = rig.observe()
        rig.sandbox.faults.append(Fault(fault.kind, status=fault.status))
        after = rig.observe()
        assert changed(before.documents, after.documents) == [] and complete(after)

    def test_html_instead_of_an_answer_is_never_an_empty_tool(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.publish(plan)
        known = rig.observe()
        rig.sandbox.faults.append(Fault("html", on="GET", status=200, times=1000))
        try:
            snapshot = rig.observe(known)
        except errors.ToolError:
            return
        assert not any(snapshot.knows_absent(address) for address in known.documents)

    def test_a_lost_answer_is_settled_by_reading(self, rig: Rig, plan: TrackingPlan) -> None:
        rig.sandbox.faults.append(Fault("lost", on=r"^(POST|PUT|PATCH)", skip=0))
        receipts = rig.publish(plan)
        assert all(one.outcome in ("done", "already", "unknown") for one in receipts)
        assert bad(rig.publish(plan)) == []
        assert rig.operations(plan, rig.observe()) == []

    def test_a_refused_write_is_a_receipt_that_says_why(self, rig: Rig, plan: TrackingPlan) -> None:
        body = '{"error": "nonsense"}'
        rig.sandbox.faults.append(Fault("status", on=r"^(POST|PUT|PATCH)", status=400, body=body))
        receipts = rig.publish(plan)
        failed = bad(receipts)
        assert failed and all(one.message and one.hint and one.verdict == "give-up" for one in failed)
        assert bad(rig.publish(plan)) == [] and rig.operations(plan, rig.observe()) == []

    def test_credentials_revoked_in_the_middle_stop_the_run(self, rig: Rig, plan: TrackingPlan) -> None:
        operations = rig.operations(plan, rig.observe())
        rig.sandbox.faults.append(Fault("status", on=r"^(POST|PUT|PATCH)", status=401, body="{}", times=1000))
        with pytest.raises(errors.ToolError) as caught:
            rig.apply(operations)
        assert caught.value.verdict == "ask"


def bad(receipts: list[Receipt]) -> list[Receipt]:
    return [receipt for receipt in receipts if not receipt.good]


def complete(snapshot: Snapshot) -> bool:
    return all(one.completeness == "complete" for one in snapshot.coverage)
