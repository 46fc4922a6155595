"""What surrounds the plans: workspace, sources, their connections and schema settings, the audit trail."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from connectors.sandbox import JSON
from connectors.segment.sandbox.call import CONFLICT, NOT_FOUND, Call, Problems, invalid
from connectors.segment.sandbox.input import TextRule, check_text, read_body, read_page
from connectors.segment.sandbox.rules import SUCCESS, find_plan
from connectors.segment.sandbox.state import Plan, Source, copy_json

AUDIT_RETENTION = 90 * 86400
"""Seconds (apis/segment.md section 2)."""

_TRAIT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "allowUnplannedTraits": (),
    "allowTraitsOnViolations": (),
    "commonEventOnViolations": ("ALLOW", "BLOCK", "OMIT_TRAITS"),
}
_SETTINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "track": {
        "allowUnplannedEvents": (),
        "allowUnplannedEventProperties": (),
        "allowEventOnViolations": (),
        "allowPropertiesOnViolations": (),
        "commonEventOnViolations": ("ALLOW", "BLOCK", "OMIT_PROPERTIES"),
    },
    "identify": _TRAIT_FIELDS,
    "group": _TRAIT_FIELDS,
}
"""Section, field, permitted words (none: a boolean); apis/segment.md section 4.4."""

_FORWARDING = ("forwardingViolationsTo", "forwardingBlockedEventsTo")


def default_settings() -> dict[str, JSON]:
    """Schema settings of a source that nobody changed: everything is let through."""
    return {
        section: {name: words[0] if words else True for name, words in fields.items()}
        for section, fields in _SETTINGS.items()
    }


def show_workspace(call: Call) -> JSON:
    return {"workspace": call.workspace.card}


# Sources ------------------------------------------------------------------------------------------------------


def find_source(call: Call, source_id: str) -> Source:
    """Raises Refusal with 404."""
    source = call.workspace.sources.get(source_id)
    if source is None:
        raise NOT_FOUND.refusal(call.switches, "Source not found")
    return source


def list_sources(call: Call) -> JSON:
    return read_page(call).answer(call, "sources", list(call.workspace.sources.values()), _shown_to(call))


def read_source(call: Call) -> JSON:
    """The only answer that says which plan a source has."""
    source = find_source(call, call.item)
    return {"source": _shown_to(call)(source), "trackingPlanId": source.plan}


def _shown_to(call: Call) -> Callable[[Source], JSON]:
    """Write keys are for a Source Admin only; others see an empty list (section 4.4)."""
    if call.token.sources == "admin":
        return lambda source: source.card
    return lambda source: {**source.card, "writeKeys": []}


# Connections --------------------------------------------------------------------------------------------------


def list_connected(call: Call) -> JSON:
    page, plan = read_page(call), find_plan(call)
    connected = [source for source in call.workspace.sources.values() if source.plan == plan.id]
    return page.answer(call, "sources", connected, _shown_to(call))


def connect_source(call: Call) -> JSON:
    """A source has at most one plan; what a second one answers is not documented (section 10.9)."""
    body, problems = read_body(call), Problems()
    check_text(problems, body, TextRule("sourceId", required=True))
    problems.settle(call.switches)
    plan, source = find_plan(call), find_source(call, body["sourceId"])
    _refuse_connection(call, plan, source)
    source.plan = plan.id
    if call.switches["connecting_resets_settings"]:
        source.settings = default_settings()
    call.workspace.record(call.now, call.actor, "Source Modified", source)
    call.workspace.record(call.now, call.actor, "Source Connected To Tracking Plan", plan)
    return SUCCESS


def _refuse_connection(call: Call, plan: Plan, source: Source) -> None:
    if plan.card["type"] != "LIVE" and call.switches["connectable_types"] == "live-only":
        raise invalid(call, "trackingPlanId", "must be the id of a LIVE tracking plan")
    if source.plan == plan.id:
        if call.switches["connect_again"] == "conflict":
            raise CONFLICT.refusal(call.switches, "The source is connected to this tracking plan already")
    elif source.plan is not None and call.switches["connect_occupied"] == "conflict":
        raise CONFLICT.refusal(call.switches, "The source is connected to another tracking plan")


def disconnect_source(call: Call) -> JSON:
    """The source id is a query parameter; a body is not looked at."""
    source_id = call.request.param("sourceId")
    if not source_id:
        raise invalid(call, "sourceId", "is required" if source_id is None else "is not allowed to be empty")
    plan, source = find_plan(call), find_source(call, source_id)
    if source.plan != plan.id:
        if call.switches["disconnect_unconnected"] == "not-found":
            raise NOT_FOUND.refusal(call.switches, "The source is not connected to this tracking plan")
        return SUCCESS
    source.plan = None
    call.workspace.record(call.now, call.actor, "Source Disconnected From Tracking Plan", plan)
    return SUCCESS


# Schema settings ----------------------------------------------------------------------------------------------


def read_settings(call: Call) -> JSON:
    """Defaults while Protocols is off (section 3.2)."""
    source = find_source(call, call.item)
    settings = source.settings if call.workspace.protocols else default_settings()
    return {"sourceId": source.id, "settings": settings}


def change_settings(call: Call) -> JSON:
    """Named fields change; a forwarding that is left out is switched off, an empty one is refused (section 3.2)."""
    body, problems = read_body(call), Problems()
    for section in _SETTINGS:
        _check_section(problems, section, body.get(section, {}))
    for name in _FORWARDING:
        check_text(problems, body, TextRule(name))
    problems.settle(call.switches)
    source = find_source(call, call.item)
    targets = {name: find_source(call, body[name]).id for name in _FORWARDING if name in body}
    changed = copy_json({section: source.settings[section] for section in _SETTINGS})
    for section, fields in _SETTINGS.items():
        changed[section].update({name: value for name, value in body.get(section, {}).items() if name in fields})
    source.settings = {**changed, **targets}
    call.workspace.record(call.now, call.actor, "Source Modified", source)
    return {"sourceId": source.id, "settings": source.settings}


def _check_section(problems: Problems, section: str, given: JSON) -> None:
    if not isinstance(given, dict):
        problems.add(section, "must be of type object")
        return
    for name, words in _SETTINGS[section].items():
        value = given.get(name, words[0] if words else True)
        if words and value not in words:
            problems.add(f"{section}.{name}", f"must be one of [{', '.join(words)}]")
        elif not words and not isinstance(value, bool):
            problems.add(f"{section}.{name}", "must be a boolean")


# Audit trail --------------------------------------------------------------------------------------------------


def list_audit_events(call: Call) -> JSON:
    """The last 90 days, filtered by time, resource id and resource type; order by the switch "audit_order"."""
    page = read_page(call)
    start = max(_moment(call, "startTime", -math.inf), call.now - AUDIT_RETENTION)
    end = _moment(call, "endTime", math.inf)
    rows = [event for event in _events(call) if start <= _seconds(event["timestamp"]) <= end]
    for name in ("resourceId", "resourceType"):
        wanted = call.request.param(name)
        rows = [event for event in rows if wanted in (None, event[name])]
    if call.switches["audit_order"] == "newest-first":
        rows.reverse()
    return page.answer(call, "events", rows, dict)


def _events(call: Call) -> list[JSON]:
    words = {"plan": call.switches["audit_resource_type"], "source": "source"}
    return [{**event, "resourceType": words[event["resourceType"]]} for event in call.workspace.events]


def _moment(call: Call, name: str, otherwise: float) -> float:
    text = call.request.param(name)
    if text is None:
        return otherwise
    try:
        return _seconds(text)
    except ValueError:
        raise invalid(call, name, "must be in ISO 8601 date format") from None


def _seconds(text: str) -> float:
    """Seconds since the epoch; a time without zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
