"""Reading and writing an Iglu registry on good and bad days, against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from connectors import errors
from connectors.contract import Budget, Operation, Receipt, Snapshot
from connectors.limits import NoLimit
from connectors.sandbox import Fault
from connectors.snowplow import PLUGIN
from connectors.snowplow.sandbox import SUPER_KEY, StaticRegistrySandbox
from connectors.snowplow.settings import SnowplowSettings
from connectors.testing.harness import SANDBOX_URL, FakeTime, Rig
from mappings.canonical import TrackingPlan
from mappings.contract import Address, Document
from mappings.snowplow.documents import to_wire
from mappings.testing import LAWS, changed, plans

READ_KEY = "0a000000-0000-4000-8000-000000000002"


def plan_of(**events: Any) -> TrackingPlan:
    return TrackingPlan.model_validate({"name": "Test", "events": events})


def document(name: str, body: dict[str, Any] | None = None, version: str = "1-0-0", **facts: Any) -> Document:
    return Document(Address("schema", ("com.acme", name, version)), body or {"type": "object"}, facts=facts)


def create(one: Document) -> Operation:
    return Operation("create", one.address, one)


def publish_by_hand(rig: Rig, one: Document, *, public: bool = False) -> None:
    rig.sandbox.edit({"do": "publish", "schema": to_wire(one), "isPublic": public})


def outcomes(receipts: list[Receipt]) -> list[str]:
    return [one.outcome for one in receipts]


def settings_with(rig: Rig, **fields: Any) -> SnowplowSettings:
    data = {"base_url": SANDBOX_URL, **rig.sandbox.demo_credentials(), **fields}
    return SnowplowSettings.model_validate(data)


@pytest.fixture
def rig() -> Rig:
    return Rig.of(PLUGIN)


@LAWS
@given(plan=plans())
def test_every_plan_is_accepted_as_projected(plan: TrackingPlan) -> None:
    rig = Rig.of(PLUGIN)
    receipts = rig.publish(plan)
    assert set(outcomes(receipts)) <= {"done"}
    assert changed(rig.observe().documents, rig.project(plan).documents) == []


# Who we are ---------------------------------------------------------------------------------------------------


def test_a_read_key_is_told_from_a_write_key(rig: Rig) -> None:
    reader = rig.connect(settings_with(rig, api_key=READ_KEY)).whoami()
    assert rig.connect().whoami().may_write is True and reader.may_write is False
    assert any("write key" in note for note in reader.notes)


def test_a_key_of_another_vendor_is_a_persons_business(rig: Rig) -> None:
    with pytest.raises(errors.NotEntitled, match=r"for com\.acme, not for com\.other"):
        rig.connect(settings_with(rig, vendor="com.other")).whoami()


def test_an_open_debug_page_and_patches_are_pointed_out() -> None:
    rig = Rig.of(PLUGIN, database="inmemory")
    rig.sandbox.edit({"do": "flags", "patchesAllowed": True})
    notes = " ".join(rig.connect().whoami().notes)
    assert "debug" in notes and "patched" in notes


# Reading ------------------------------------------------------------------------------------------------------


def observed(rig: Rig, **fields: Any) -> Snapshot:
    connector = rig.connect(settings_with(rig, **fields))
    try:
        return connector.observe(None, Budget())
    finally:
        connector.close()


def test_all_versions_of_the_vendor_are_read_with_their_facts(rig: Rig) -> None:
    publish_by_hand(rig, document("a"))
    publish_by_hand(rig, document("a", version="1-0-1"))
    rig.sandbox.edit({"do": "publish", "schema": {**to_wire(_of_vendor("com.other"))}, "isPublic": True})
    snapshot = rig.observe()
    assert [address.names[1:] for address in snapshot.documents] == [("a", "1-0-0"), ("a", "1-0-1")]
    assert snapshot.documents[document("a").address].facts.keys() == {"createdAt", "updatedAt", "isPublic"}


def _of_vendor(vendor: str) -> Document:
    return Document(Address("schema", (vendor, "a", "1-0-0")), {"type": "object"})


def test_other_formats_and_rubbish_are_passed_over(rig: Rig) -> None:
    rig.sandbox.edit({"do": "insert", "uri": "iglu:com.acme/old/avro/1-0-0", "content": {"fields": []}})
    rig.sandbox.edit({"do": "insert", "uri": "iglu:com.acme/odd/jsonschema/1-0-0", "content": {"self": {"name": 5}}})
    publish_by_hand(rig, document("a"))
    assert list(rig.observe().documents) == [document("a").address]


def test_a_row_written_twice_is_one_document(rig: Rig) -> None:
    publish_by_hand(rig, document("a"))
    rig.sandbox.edit({"do": "duplicate", "uri": "iglu:com.acme/a/jsonschema/1-0-0"})
    assert len(rig.observe().documents) == 1


def test_an_unknown_key_reads_nothing_as_complete(rig: Rig) -> None:
    publish_by_hand(rig, document("private"))
    publish_by_hand(rig, document("public"), public=True)
    with pytest.raises(errors.Unauthorized):
        observed(rig, api_key="0a000000-0000-4000-8000-00000000dead")


def test_a_key_of_another_vendor_knows_of_no_absence(rig: Rig) -> None:
    rig.sandbox.edit({"do": "publish", "schema": to_wire(_of_vendor("com.other")), "isPublic": True})
    snapshot = observed(rig, vendor="com.other")
    assert [one.completeness for one in snapshot.coverage] == ["not-entitled"]
    assert not snapshot.knows_absent(Address("schema", ("com.other", "b", "1-0-0")))


def test_an_empty_list_of_a_server_in_trouble_is_no_empty_registry(rig: Rig) -> None:
    rig.sandbox.faults.append(
        Fault("status", on="GET /api/schemas", status=404, body='{"message": "No schemas available"}')
    )
    rig.sandbox.faults.append(Fault("status", on="GET /api/meta", status=500, times=99))
    with pytest.raises(errors.Unavailable):
        rig.observe()


# Writing ------------------------------------------------------------------------------------------------------


def test_a_version_published_meanwhile_with_the_same_content_is_there_already(rig: Rig) -> None:
    publish_by_hand(rig, document("a"))
    assert outcomes(rig.apply([create(document("a"))])) == ["already"]


def test_a_version_published_meanwhile_with_other_content_is_left_alone(rig: Rig) -> None:
    publish_by_hand(rig, document("a", {"type": "object", "description": "Theirs."}))
    (receipt,) = rig.apply([create(document("a"))])
    assert receipt.outcome == "conflict" and receipt.hint
    assert rig.observe().documents[document("a").address].body["description"] == "Theirs."


def test_a_server_that_allows_patches_is_not_made_to_overwrite(rig: Rig) -> None:
    publish_by_hand(rig, document("a", {"type": "object", "description": "Theirs."}))
    rig.sandbox.edit({"do": "flags", "patchesAllowed": True})
    connector = rig.connect()
    connector.whoami()
    assert outcomes(list(connector.apply([create(document("a")), create(document("b"))]))) in (
        ["conflict", "done"],
        ["done", "conflict"],
    )
    assert rig.observe().documents[document("a").address].body["description"] == "Theirs."


def test_visibility_follows_the_versions_that_exist(rig: Rig) -> None:
    publish_by_hand(rig, document("a"), public=True)
    rig.publish(plan_of(a={"description": "New."}))
    posts = [dict(entry.query)["isPublic"] for entry in rig.requests("POST")]
    assert posts == ["true"] and all(one.facts["isPublic"] for one in rig.observe().documents.values())


def test_a_wrong_guess_at_visibility_is_corrected(rig: Rig) -> None:
    publish_by_hand(rig, document("a"), public=True)
    assert outcomes(rig.apply([create(document("a", version="1-0-1"))])) == ["done"]
    assert [entry.status for entry in rig.requests("POST")] == [409, 201]


@pytest.mark.parametrize(
    ("held", "wanted", "words"),
    [("1-0-0", "1-0-2", "missing"), ("1-1-0", "1-0-1", "not sequential")],
)
def test_a_number_out_of_order_fails_with_a_next_step(rig: Rig, held: str, wanted: str, words: str) -> None:
    publish_by_hand(rig, document("a"))
    if held != "1-0-0":
        publish_by_hand(rig, document("a", version=held))
    (receipt,) = rig.apply([create(document("a", version=wanted))])
    assert receipt.outcome == "failed" and words in receipt.message and receipt.hint and receipt.verdict == "give-up"


def test_versions_of_one_name_are_written_in_order(rig: Rig) -> None:
    operations = [create(document("a", version=f"1-0-{number}")) for number in (10, 2, 0, 1, *range(3, 10))]
    assert set(outcomes(rig.apply(operations))) == {"done"}


def test_a_write_key_taken_away_stops_the_run_after_what_was_done(rig: Rig) -> None:
    key = rig.sandbox.demo_credentials()["api_key"]
    rig.sandbox.faults.append(Fault("edit", on="POST", skip=3, edit={"do": "revoke", "key": key}))
    receipts: list[Receipt] = []
    with pytest.raises(errors.NotEntitled):
        for receipt in rig.connect().apply([create(document(f"e{number}")) for number in range(20)]):
            receipts.append(receipt)
    assert outcomes(receipts) == ["done"] * 3
    assert len(rig.requests("POST")) < 10


def test_a_lost_answer_that_reading_does_not_settle_is_unknown(rig: Rig) -> None:
    rig.sandbox.faults += [Fault("lost", on="POST"), Fault("status", on="GET /api/schemas", status=503, times=99)]
    assert outcomes(rig.apply([create(document("a"))])) == ["unknown"]


def test_a_write_that_never_arrived_is_unknown_and_the_next_run_makes_it(rig: Rig) -> None:
    rig.sandbox.faults.append(Fault("status", on="POST", status=503))
    assert outcomes(rig.apply([create(document("a"))])) == ["unknown"]
    assert outcomes(rig.apply([create(document("a"))])) == ["done"]


def test_a_refusal_of_the_linter_names_the_lines(rig: Rig) -> None:
    (receipt,) = rig.apply([create(document("a", {"type": "object", "minLength": 1}))])
    assert receipt.outcome == "failed" and "minLength" in receipt.message and receipt.status == 400


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_published_version_is_neither_changed_nor_deleted(rig: Rig, verb: Any) -> None:
    held = document("a")
    publish_by_hand(rig, held)
    rig.forget_requests()
    after = None if verb == "delete" else document("a", {"type": "object", "description": "New."})
    (receipt,) = rig.apply([Operation(verb, held.address, after, held)])
    assert receipt.outcome == "failed" and receipt.hint and rig.requests() == []


def test_no_more_requests_start_than_receipts_were_taken(rig: Rig) -> None:
    writing = rig.connect().apply([create(document(f"e{number}")) for number in range(40)])
    next(writing)
    writing.close()  # type: ignore[attr-defined]
    assert len(rig.requests("POST")) <= 4


def test_the_super_key_publishes_for_any_vendor(rig: Rig) -> None:
    connector = rig.connect(settings_with(rig, vendor="org.else", api_key=SUPER_KEY))
    one = _of_vendor("org.else")
    assert outcomes(list(connector.apply([create(one)]))) == ["done"]


# Static registries --------------------------------------------------------------------------------------------


def static_rig(**switches: Any) -> Rig:
    time = FakeTime()
    sandbox = StaticRegistrySandbox(clock=time.now, switches=switches)
    for name, version in (("a", "1-0-9"), ("a", "1-0-10"), ("b", "1-0-0")):
        one = document(name, {"type": "object", "description": version}, version)
        uri = f"iglu:com.acme/{name}/jsonschema/{version}"
        sandbox.edit({"do": "put", "uri": uri, "content": to_wire(one)})
    sandbox.edit({"do": "put", "uri": "iglu:com.other/c/jsonschema/1-0-0", "content": to_wire(_of_vendor("com.other"))})
    sandbox.edit({"do": "put", "uri": "iglu:com.acme/d/avro/1-0-0", "content": "{}"})
    return Rig(PLUGIN, sandbox, time, {"vendor": "com.acme", "static": True}, NoLimit())


@pytest.mark.parametrize("switches", [{}, {"content_type": "application/octet-stream"}])
def test_the_newest_file_of_each_listed_name_is_read(switches: dict[str, Any]) -> None:
    rig = static_rig(**switches)
    snapshot = rig.observe()
    assert [address.names[1:] for address in snapshot.documents] == [("a", "1-0-10"), ("b", "1-0-0")]
    assert snapshot.requests == len(rig.requests()) == 3


@pytest.mark.parametrize("missing", [404, 403])
def test_without_lists_only_known_names_are_read(missing: int) -> None:
    known = static_rig().observe()
    bare = static_rig(lists="none", missing=missing)
    assert list(bare.observe().documents) == [] and list(bare.observe(known).documents) == list(known.documents)


def test_a_static_registry_knows_of_no_absence() -> None:
    snapshot = static_rig().observe()
    assert [one.completeness for one in snapshot.coverage] == ["partial"] and snapshot.coverage[0].why
    assert not snapshot.knows_absent(document("new").address)


def test_a_static_registry_refuses_every_write_without_a_request() -> None:
    rig = static_rig()
    receipts = rig.apply([create(document("x")), create(document("y"))])
    assert outcomes(receipts) == ["failed", "failed"] and rig.requests() == []
    assert "static" in receipts[0].message and receipts[0].hint


@pytest.mark.parametrize("switches", [{}, {"lists": "none", "missing": 403}])
def test_a_static_registry_is_read_only(switches: dict[str, Any]) -> None:
    identity = static_rig(**switches).connect().whoami()
    assert identity.may_write is False and identity.workspace == "com.acme on sandbox.test"
