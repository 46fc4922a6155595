"""Sources, their settings and the audit trail in the Segment sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.segment.sandbox import SegmentSandbox

OpenDesk = Callable[..., Any]
PLAN = SegmentSandbox().demo_credentials()["tracking_plan_id"]
RULES = f"/tracking-plans/{PLAN}/rules"
CONNECTED = f"/tracking-plans/{PLAN}/sources"


# Sources and audit trail --------------------------------------------------------------------------------------


def test_connect_and_disconnect(open_desk: OpenDesk) -> None:
    desk = open_desk()
    source = desk.add_source()
    assert desk.data("POST", CONNECTED, {"sourceId": source}) == {"status": "SUCCESS"}
    assert [one["id"] for one in desk.data("GET", CONNECTED)["sources"]] == [source]
    assert desk.data("GET", f"/sources/{source}")["trackingPlanId"] == PLAN
    assert desk.data("DELETE", f"{CONNECTED}?sourceId={source}") == {"status": "SUCCESS"}
    assert desk.data("GET", CONNECTED)["pagination"]["totalEntries"] == 0


def test_a_source_has_all_that_the_sdk_requires(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.add_source()
    source = desk.data("GET", "/sources")["sources"][0]
    assert {"id", "slug", "metadata", "workspaceId", "enabled", "writeKeys", "labels"} <= set(source)
    metadata = {"id", "name", "slug", "description", "logos", "options", "categories", "isCloudEventSource", "status"}
    assert set(source["metadata"]) == metadata
    assert "trackingPlanId" not in source


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("POST", CONNECTED, {}, 422),
        ("POST", CONNECTED, {"sourceId": 5}, 422),
        ("POST", CONNECTED, {"sourceId": "unknown"}, 404),
        ("DELETE", CONNECTED, {"sourceId": "in the body"}, 422),
        ("DELETE", f"{CONNECTED}?sourceId=", None, 422),
    ],
)
def test_bad_connections(open_desk: OpenDesk, method: str, target: str, body: Any, status: int) -> None:
    assert open_desk().ask(method, target, body)[0] == status


@pytest.mark.parametrize(("switch", "status"), [("conflict", 409), ("moves", 200)])
def test_source_that_has_another_plan(open_desk: OpenDesk, switch: str, status: int) -> None:
    desk = open_desk(connect_occupied=switch)
    source, other = desk.add_source(), desk.box.edit({"do": "add-plan", "name": "Other"})["id"]
    desk.box.edit({"do": "connect-source", "source": source, "plan": other})
    assert desk.ask("POST", CONNECTED, {"sourceId": source})[0] == status
    assert (desk.data("GET", f"/sources/{source}")["trackingPlanId"] == PLAN) == (status == 200)


@pytest.mark.parametrize(("switch", "status"), [("ignored", 200), ("conflict", 409)])
def test_connecting_again(open_desk: OpenDesk, switch: str, status: int) -> None:
    desk = open_desk(connect_again=switch)
    source = desk.add_source()
    desk.data("POST", CONNECTED, {"sourceId": source})
    assert desk.ask("POST", CONNECTED, {"sourceId": source})[0] == status


@pytest.mark.parametrize(("switch", "status"), [("live-only", 422), ("any", 200)])
def test_connecting_to_a_library(open_desk: OpenDesk, switch: str, status: int) -> None:
    desk = open_desk(connectable_types=switch)
    source, library = desk.add_source(), desk.box.edit({"do": "add-plan", "name": "L", "type": "RULE_LIBRARY"})["id"]
    assert desk.ask("POST", f"/tracking-plans/{library}/sources", {"sourceId": source})[0] == status


@pytest.mark.parametrize(("switch", "status"), [("not-found", 404), ("ignored", 200)])
def test_disconnecting_what_is_not_connected(open_desk: OpenDesk, switch: str, status: int) -> None:
    desk = open_desk(disconnect_unconnected=switch)
    assert desk.ask("DELETE", f"{CONNECTED}?sourceId={desk.add_source()}")[0] == status


def test_settings_merge_but_forwarding_does_not(open_desk: OpenDesk) -> None:
    desk = open_desk()
    source, other = desk.add_source(), desk.add_source("Violations")
    path = f"/sources/{source}/settings"
    desk.data("PATCH", path, {"track": {"allowUnplannedEvents": False}, "forwardingViolationsTo": other})
    settings = desk.data("PATCH", path, {"group": {"commonEventOnViolations": "OMIT_TRAITS"}})["settings"]
    assert (settings["track"]["allowUnplannedEvents"], settings["track"]["allowEventOnViolations"]) == (False, True)
    assert "forwardingViolationsTo" not in settings


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"forwardingViolationsTo": ""}, 422),
        ({"forwardingBlockedEventsTo": None}, 422),
        ({"forwardingViolationsTo": "unknown"}, 404),
        ({"track": {"allowUnplannedEvents": "yes"}}, 422),
        ({"identify": {"commonEventOnViolations": "OMIT_PROPERTIES"}}, 422),
        ({"group": []}, 422),
    ],
)
def test_bad_settings(open_desk: OpenDesk, body: Any, status: int) -> None:
    desk = open_desk()
    assert desk.ask("PATCH", f"/sources/{desk.add_source()}/settings", body)[0] == status


@pytest.mark.parametrize(("resets", "allowed"), [(False, False), (True, True)])
def test_connecting_may_reset_settings(open_desk: OpenDesk, resets: bool, allowed: bool) -> None:
    desk = open_desk(connecting_resets_settings=resets)
    path = f"/sources/{(source := desk.add_source())}/settings"
    desk.data("PATCH", path, {"track": {"allowUnplannedEvents": False}})
    desk.data("POST", CONNECTED, {"sourceId": source})
    assert desk.data("GET", path)["settings"]["track"]["allowUnplannedEvents"] is allowed


def test_settings_are_defaults_while_protocols_is_off(open_desk: OpenDesk) -> None:
    desk = open_desk()
    path = f"/sources/{desk.add_source()}/settings"
    desk.data("PATCH", path, {"track": {"allowUnplannedEvents": False}})
    desk.box.edit({"do": "switch-protocols", "on": False})
    assert desk.data("GET", path)["settings"]["track"]["allowUnplannedEvents"] is True


def test_audit_trail_tells_people_from_tokens(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.fill(1)
    desk.now += 10
    desk.box.edit({"do": "rename-plan", "name": "Mine"})
    events = desk.data("GET", "/audit-events")["events"]
    assert [(event["type"], event["actor"].split("/")[0]) for event in events] == [
        ("Tracking Plan Modified", "user"),
        ("Tracking Plan Modified", "token"),
    ]
    assert ("actorEmail" in events[0], "actorEmail" in events[1]) == (True, False)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("startTime=2026-01-05T09:00:05Z", 1),
        ("endTime=2026-01-05T09:00:05.000Z", 1),
        (f"resourceId={PLAN}", 2),
        ("resourceId=tp_other", 0),
        ("resourceType=tracking_plan", 2),
        ("resourceType=source", 0),
    ],
)
def test_audit_filters(open_desk: OpenDesk, query: str, count: int) -> None:
    desk = open_desk()
    desk.fill(1)
    desk.now += 10
    desk.fill(1)
    assert len(desk.data("GET", f"/audit-events?{query}")["events"]) == count


def test_audit_switches_and_retention(open_desk: OpenDesk) -> None:
    desk = open_desk(audit_order="oldest-first", audit_resource_type="tracking-plan")
    desk.box.edit({"do": "add-plan", "name": "B"})
    desk.fill(1)
    events = desk.data("GET", "/audit-events")["events"]
    assert [event["type"] for event in events] == ["Tracking Plan Created", "Tracking Plan Modified"]
    assert events[0]["resourceType"] == "tracking-plan"
    assert desk.ask("GET", "/audit-events?startTime=yesterday")[0] == 422
    desk.now += 91 * 86400
    assert desk.data("GET", "/audit-events")["events"] == []
