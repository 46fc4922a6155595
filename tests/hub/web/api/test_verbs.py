"""Every verb of the hub through the API: what it answers, and what it does."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connectors.sandbox import Fault
from hub.changes.resolve import Edit
from tests.hub.cli.test_json_output import SHAPES
from tests.hub.web.api.programs import Program, previewed, program, published
from tests.hub.web.visitors import EDITED, PLAN, Quay

APPROVAL = PLAN.replace("name: Harbour\n", "name: Harbour\nconventions: {approval: true}\n")


def has_shape(shape: str, data: Any) -> bool:
    return not [one.message for one in Draft202012Validator(SHAPES[shape]).iter_errors(data)]


# Plans


def test_plans_and_events_are_found_by_name(quay: Quay) -> None:
    one = program(quay, "read")
    assert [plan["name"] for plan in one.get("/plans")["items"]] == ["Harbour"]
    assert [event["name"] for event in one.get("/events", plan="Harbour", search="aboard")["items"]] == [
        "Ferry Boarded"
    ]
    event = one.get("/event", plan="Harbour", name="Ferry Boarded")
    assert event["content"]["properties"]["deck"]["description"] == "Which deck."
    assert event["json_schema"]["properties"]["deck"]["type"] == "string"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"owner": "quay@harbour.example"}, 1),
        ({"tag": "core"}, 1),
        ({"status": "deprecated"}, 0),
        ({"mark": "missing"}, 2),
        ({"mark": "in sync"}, 0),
    ],
)
def test_events_are_filtered(quay: Quay, query: dict[str, str], found: int) -> None:
    assert len(program(quay, "read").get("/events", plan="Harbour", **query)["items"]) == found


def test_a_check_says_what_a_target_would_lose(quay: Quay) -> None:
    checked = program(quay, "read").get("/check", plan="Harbour")
    assert has_shape("check", checked)
    assert [one["code"] for one in checked["targets"]["segment"]] == ["segment.label"]


def test_an_exported_plan_is_the_plan(quay: Quay) -> None:
    one = program(quay, "read")
    (text,) = one.get("/export", plan="Harbour")["files"].values()
    quay.plan_file.write_text(text)
    assert one.get("/plan", plan="Harbour")["events"] == 2
    schemas = one.get("/export", plan="Harbour", format="json-schema")["files"]
    assert sorted(schemas) == ["ferry_boarded.json", "ferry_left.json"]


def test_who_asks_is_told_who_they_are(quay: Quay) -> None:
    me = program(quay, "propose", name="ben").get("/me")
    assert (me["account"], me["role"], me["scopes"]) == ("ben", "editor", ["read", "propose"])


# Publishing


def test_preview_publish_receipt(quay: Quay) -> None:
    one = program(quay, "publish", name="dana")
    seen = previewed(one)
    preview = one.get("/preview", plan="Harbour")
    assert has_shape("preview", {key: preview[key] for key in preview if key not in ("unread", "ages", "approval")})
    asked = one.ask("POST", "/publications", {"plan": "Harbour", "fingerprint": seen})
    assert asked.status_code == 202 and asked.headers["location"] == f"/api/v1/jobs/{asked.json()['job']}"
    quay.work()
    job = one.get(f"/jobs/{asked.json()['job']}")
    done = one.get(f"/publications/{job['publication']}")
    assert has_shape("publish", done) and (done["status"], done["who"]) == ("published", "dana")
    receipts = one.get(f"/publications/{done['id']}/receipts")["items"]
    assert [receipt["outcome"] for receipt in receipts] == ["done", "done"]
    assert one.get(f"/publications/{done['id']}/record")["record"]["fingerprint"] == seen


def test_asking_twice_publishes_once(quay: Quay) -> None:
    one = program(quay, "publish")
    seen = previewed(one)
    jobs = {one.post("/publications", {"plan": "Harbour", "fingerprint": seen})["job"] for _ in range(2)}
    quay.work()
    assert len(jobs) == 1 and len(one.get("/publications")["items"]) == 1


def test_what_moved_is_not_published(quay: Quay) -> None:
    one = program(quay, "publish")
    seen = previewed(one)
    quay.plan_file.write_text(PLAN.replace("The ferry left.", "It left."))
    job = one.post("/publications", {"plan": "Harbour", "fingerprint": seen})["job"]
    quay.work()
    assert one.get(f"/jobs/{job}")["state"] == "failed" and quay.writes() == 0


def test_a_publication_that_failed_is_resumed(quay: Quay) -> None:
    one = program(quay, "publish")
    quay.box.faults.append(Fault("status", "^(PATCH|PUT|POST)", times=99, status=400, body='{"errors": []}'))
    identity = published(one)
    assert one.get(f"/publications/{identity}")["status"] == "failed"
    quay.box.faults.clear()
    assert one.post(f"/publications/{identity}/resume")["publication"] == identity
    quay.work()
    assert one.get(f"/publications/{identity}")["status"] == "published"


def test_what_ended_well_is_neither_paused_nor_resumed(quay: Quay) -> None:
    one = program(quay, "publish")
    identity = published(one)
    answers = [one.ask("POST", f"/publications/{identity}/{verb}") for verb in ("pause", "resume")]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert all(answer.json()["hint"] for answer in answers)


def test_an_undo_is_previewed(quay: Quay) -> None:
    one = program(quay, "read", role="publisher")
    identity = published(program(quay, "publish"))
    undo = one.get(f"/publications/{identity}/undo")
    assert undo["undo"]["targets"][0]["verbs"] == {"delete": 2} and undo["violations"] == []


def test_an_undo_does_exactly_what_was_previewed(quay: Quay) -> None:
    one = program(quay, "publish", name="dana")
    identity = published(one)
    seen = one.get(f"/publications/{identity}/undo")["fingerprint"]
    wrong = one.post(f"/publications/{identity}/undo", {"fingerprint": "0" * 16})["job"]
    quay.work()
    assert one.get(f"/jobs/{wrong}")["state"] == "failed"
    job = one.post(f"/publications/{identity}/undo", {"fingerprint": seen})["job"]
    quay.work()
    undone = one.get(f"/publications/{one.get(f'/jobs/{job}')['publication']}")
    assert undone["status"] == "published" and one.get("/target", target="segment")["managed"] == 0


def test_a_ticket_lets_one_guard_pass(quay: Quay) -> None:
    one = program(quay, "publish")
    published(one)
    ticket = {"fingerprint": "7fdf753d9a0843ef", "guard": "too-many-updates", "why": "Agreed.", "life": "1 day"}
    assert one.post("/tickets", ticket)["expires"] == pytest.approx(quay.now + 86_400, abs=60)
    assert [given.guard for given in quay.hub.store.tickets("7fdf753d9a0843ef")] == ["too-many-updates"]


def test_an_approval_takes_another_person(quay: Quay) -> None:
    quay.plan_file.write_text(APPROVAL)
    dana, ben = program(quay, "publish", name="dana"), program(quay, "publish", name="ben")
    seen = previewed(dana)
    dana.post("/publications", {"plan": "Harbour", "fingerprint": seen})
    quay.work()
    assert dana.get("/preview", plan="Harbour")["approval"] == "open"
    assert has_shape("approvals", dana.get("/approvals")["items"])
    own = dana.ask("POST", f"/approvals/{seen}", {"answer": "approve"})
    assert own.status_code == 409 and "another person" in own.json()["detail"]
    assert ben.post(f"/approvals/{seen}", {"answer": "approve", "why": "Fine."})["state"] == "approved"
    dana.post("/publications", {"plan": "Harbour", "fingerprint": seen})
    quay.work()
    assert dana.get("/publications")["items"][0]["status"] == "published"


# Deciding


def test_an_accepted_proposal_is_written_into_the_plan(quay: Quay) -> None:
    one, number = program(quay, "propose", name="ben"), quay.propose("Went aboard.")
    assert has_shape("proposals", one.get("/proposals")["items"])
    done = one.post(f"/proposals/{number}/decision", {"decision": "accept", "why": "Shorter."})
    assert (done["proposal"]["state"], done["proposal"]["who"], done["written"]) == ("accepted", "ben", ["plan.yaml"])
    assert "Went aboard." in quay.plan_file.read_text()


def test_another_value_is_accepted_instead(quay: Quay) -> None:
    one, number = program(quay, "propose"), quay.propose("Went aboard.")
    done = one.post(f"/proposals/{number}/decision", {"decision": "edit", "value": "Boarded."})
    assert done["proposal"]["state"] == "edited" and "Boarded." in quay.plan_file.read_text()


def test_what_was_decided_stays_decided(quay: Quay) -> None:
    one, number = program(quay, "propose", name="ben"), quay.propose("Went aboard.")
    one.post(f"/proposals/{number}/decision", {"decision": "reject"})
    again = one.ask("POST", f"/proposals/{number}/decision", {"decision": "accept"})
    assert again.status_code == 409 and "rejected already" in again.json()["detail"]
    assert "Went aboard." not in quay.plan_file.read_text()


def test_several_are_decided_alike_and_what_cannot_be_stays_open(quay: Quay) -> None:
    one, number = program(quay, "propose"), quay.propose("Went aboard.", ours="Not what the plan says.")
    done = one.post("/proposals/decisions", {"decision": "accept", "matching": {"field": "description"}})
    assert (done["decided"], [left["id"] for left in done["left"]]) == ([], [number])
    done = one.post("/proposals/decisions", {"decision": "different", "numbers": [number]})
    assert [decided["state"] for decided in done["decided"]] == ["different"]


def test_a_snoozed_proposal_sleeps_and_wakes(quay: Quay) -> None:
    one, number = program(quay, "propose"), quay.propose("Went aboard.")
    until = quay.now + 3600
    assert one.post(f"/proposals/{number}/snooze", {"until": until})["until"] == until
    assert number in quay.hub.store.snoozes.asleep(quay.now)
    one.post(f"/proposals/{number}/snooze", {"until": None})
    assert number not in quay.hub.store.snoozes.asleep(quay.now)
    assert one.ask("POST", f"/proposals/{number}/snooze", {"until": 5}).status_code == 422


# Targets and what they said


def test_a_target_says_how_it_stands(quay: Quay) -> None:
    one = program(quay, "publish")
    published(one)
    (target,) = one.get("/targets")["items"]
    assert (target["state"], target["managed"]) == ("in sync", 2) and one.get("/target", target="segment")["tool"]
    assert one.get("/events", plan="Harbour")["items"][0]["marks"] == {"segment": "in sync"}


def test_a_target_is_tested_and_reconciled(quay: Quay) -> None:
    one = program(quay, "publish")
    quay.hub.resolve = lambda host: ["1.1.1.1"]
    tested = one.post("/targets/test", {"target": "segment"})
    assert has_shape("connect", tested) and "workspace" in tested["workspace"]
    job = one.post("/targets/reconcile", {"target": "segment"})
    quay.work()
    assert job["kind"] == "reconcile" and one.get(f"/jobs/{job['job']}")["state"] == "done"


def test_wrong_credentials_are_said_and_not_shown(quay: Quay) -> None:
    one = program(quay, "publish")
    quay.hub.resolve = lambda host: ["1.1.1.1"]
    quay.box.faults.append(Fault("status", times=99, status=401, body="{}"))
    answer = one.ask("POST", "/targets/test", {"target": "segment"})
    assert answer.status_code == 409 and answer.json()["hint"]
    assert quay.box.demo_credentials()["token"] not in answer.text


def test_dictionaries_and_why(quay: Quay) -> None:
    one = program(quay, "publish", name="dana")
    identity = published(one)
    now = one.get("/dictionary", plan="Harbour", target="segment")
    assert has_shape("dictionary", now) and sorted(now["events"]) == ["Ferry Boarded", "Ferry Left"]
    first = one.get("/dictionary/moments", target="segment")["moments"][0]
    changes = one.get("/dictionary/diff", plan="Harbour", target="segment", at=first)["items"]
    assert ["events", "Ferry Left", "description"] in [change["path"] for change in changes]
    why = one.get("/why", plan="Harbour", field="Ferry Left.description")
    assert has_shape("why", why) and why["targets"]["segment"][0]["publication"] == identity


def test_what_was_never_read_is_not_there(quay: Quay) -> None:
    answer = program(quay, "read").ask("GET", "/dictionary", query={"plan": "Harbour", "target": "segment"})
    assert answer.status_code == 404 and "readings" in answer.json()["hint"]


def test_drift_says_since_when(quay: Quay) -> None:
    changed = Edit("segment", EDITED, "Went.", "Went.", "Gone.", "propose", "propose", "Gone.")
    quay.hub.store.decisions.note_drift("Harbour", "segment", [changed], 1000.0)
    assert program(quay, "read").get("/drift", target="segment")["items"] == [
        {"target": "segment", "path": list(EDITED), "since": 1000.0}
    ]


# Watching


def test_every_act_is_in_the_audit(quay: Quay) -> None:
    one = program(quay, "admin", name="ada")
    published(one)
    entries = one.get("/audit")["items"]
    assert [(entry["who"], entry["verb"]) for entry in entries] == [("ada", "publish"), ("ada", "make token")]


def test_notifications_are_listed_and_tried_again(quay: Quay) -> None:
    one = program(quay, "publish")
    assert one.get("/notifications")["items"] == [] and one.get("/destinations") == {"destinations": []}
    assert one.post("/notifications/retry") == {"retried": 0}
    assert one.ask("POST", "/notifications/7/retry", {}).status_code == 404


# What is not there


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/plan", {"plan": "Nowhere"}),
        ("/events", {"plan": "../../etc/passwd"}),
        ("/event", {"plan": "Harbour", "name": "Nothing"}),
        ("/export", {"plan": "plan.yaml"}),
        ("/target", {"target": "nowhere"}),
        ("/dictionary", {"plan": "Harbour", "target": "nowhere"}),
        ("/why", {"plan": "Harbour", "field": "Nothing.description"}),
        ("/publications/p00000000000", {}),
        ("/proposals/99", {}),
        ("/drafts/99", {}),
        ("/jobs/99", {}),
        ("/approvals/0000000000000000", {}),
        ("/nowhere", {}),
    ],
)
def test_what_is_not_there_is_a_404_with_a_next_step(quay: Quay, address: str, query: dict[str, str]) -> None:
    answer = program(quay, "read").ask("GET", address, query=query)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["hint"] and answer.json()["type"] == "/api/v1/docs#unknown"


def test_a_broken_plan_file_is_the_hubs_state_not_the_callers_mistake(quay: Quay) -> None:
    quay.plan_file.write_text("name: Harbour\nevents: []\n")
    answer = program(quay, "read").ask("GET", "/plan", query={"plan": "Harbour"})
    assert answer.status_code == 409 and answer.json()["problems"][0]["place"].startswith(str(quay.plan_file)[:1])


def test_another_method_is_a_405_with_all_there_are(quay: Quay) -> None:
    assert Program(quay).ask("DELETE", "/drafts").headers["allow"] == "GET, POST"
    assert Program(quay).ask("DELETE", "/drafts/1").headers["allow"] == "GET, PATCH"
    answer = Program(quay).ask("DELETE", "/openapi.json")
    assert (answer.status_code, answer.json()["type"]) == (405, "/api/v1/docs#method") and "GET" in answer.headers[
        "allow"
    ]
