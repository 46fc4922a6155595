"""Categories and event types: apis/amplitude.md sections 3.1 and 3.2, and the Dashboard events list of section 1."""

from __future__ import annotations

from connectors.amplitude.sandbox.desk import Call, Desk, Refused
from connectors.amplitude.sandbox.fields import EVENT_CREATE, EVENT_UPDATE, first_label, read_fields
from connectors.amplitude.sandbox.state import (
    AFTER_DELETE,
    EVENT_DEFAULTS,
    EVENT_FLAGS,
    IN_PLAN,
    INGESTED,
    Event,
    Fields,
    assign,
)
from connectors.sandbox import JSON

EVENT_LIMIT = 2000
"""Event types in one project (section 2.2)."""


# Categories -------------------------------------------------------------------------------------------------------


def create_category(desk: Desk, call: Call) -> None:
    name = call.required("category_name")
    if _category_is_free(desk, name):
        desk.workspace.add_category(name)


def list_categories(desk: Desk, call: Call) -> JSON:
    return [{"id": number, "name": name} for name, number in desk.workspace.categories.items()]


def read_category(desk: Desk, call: Call) -> JSON:
    """By name, never by id (section 3.1)."""
    if call.name not in desk.workspace.categories:
        raise Refused(400)
    return {"id": desk.workspace.categories[call.name], "name": call.name}


def rename_category(desk: Desk, call: Call) -> None:
    old, new = _category_of(desk, call), call.required("category_name")
    if new != old and _category_is_free(desk, new):
        desk.workspace.rename_category(old, new)


def delete_category(desk: Desk, call: Call) -> None:
    name = _category_of(desk, call)
    if desk.chose("used_category_delete", "refused") and desk.workspace.events_in(name):
        raise Refused(409, f'Attempted to remove event_category "{name}", that is in use.')
    desk.workspace.remove_category(name)


def _category_is_free(desk: Desk, name: str) -> bool:
    if name not in desk.workspace.categories:
        return True
    if desk.chose("duplicate_category", "refused"):
        raise Refused(409, f'Attempted to add an event category, "{name}", that already exists.')
    return False


def _category_of(desk: Desk, call: Call) -> str:
    """The name of the category whose id is in the path."""
    name = desk.workspace.category_name(call.name)
    if name is None:
        raise Refused(409, f'Attempted to operate on entity event_category, id "{call.name}", that does not exist.')
    return name


# Event types ------------------------------------------------------------------------------------------------------


def create_event(desk: Desk, call: Call) -> None:
    name = call.required("event_type")
    values = read_fields(desk, EVENT_CREATE, call.form)
    if not desk.workspace.entitlements["schema"]:
        raise Refused(400, "Schema is not initialized.")
    event = desk.workspace.events.get(name)
    if event is None:
        desk.admit("event types", len(desk.workspace.events), EVENT_LIMIT)
        event = desk.workspace.events[name] = Event()
    elif event.state == "unexpected" and desk.chose("unexpected_create", "adopted"):
        event.state = "live"
    else:
        raise _event_exists(desk, name)
    _write_event(desk, event, values)


def list_events(desk: Desk, call: Call) -> JSON:
    with_deleted = call.ask("showDeleted") == "true"
    return [
        event_row(desk, name, event)
        for name, event in desk.workspace.events.items()
        if _listed(desk, event) or (with_deleted and event.state == "deleted")
    ]


def read_event(desk: Desk, call: Call) -> JSON:
    event = desk.workspace.events.get(call.name)
    if event is None or not _found(desk, event):
        raise Refused(400)
    return event_row(desk, call.name, event)


def update_event(desk: Desk, call: Call) -> None:
    event = desk.workspace.events.get(call.name)
    values = read_fields(desk, EVENT_UPDATE, call.form)
    if event is None or event.state not in IN_PLAN:
        raise _not_in_schema(first_label(EVENT_UPDATE, call.form), call.name)
    if values.get("display_name") and event.state not in INGESTED:
        raise _not_in_schema("display name", call.name)
    new = call.selector("new_event_type") or call.name
    if new != call.name:
        _check_event_rename(desk, event, call.name, new)
    _write_event(desk, event, values)
    if new != call.name:
        desk.workspace.rename_event(call.name, new)


def delete_event(desk: Desk, call: Call) -> None:
    event = desk.workspace.events.get(call.name)
    if event is None or event.state not in AFTER_DELETE:
        raise desk.wrong_state("delete")
    if event.state == "planned":
        desk.workspace.remove_event(call.name)
    else:
        event.state = AFTER_DELETE[event.state]


def restore_event(desk: Desk, call: Call) -> None:
    event = desk.workspace.events.get(call.name)
    if event is None or event.state != "deleted":
        raise desk.wrong_state("restore")
    event.state = "live"


def event_row(desk: Desk, name: str, event: Event) -> JSON:
    """One event as reads show it (section 4.1)."""
    values = {**EVENT_DEFAULTS, **event.fields}
    if values["description"] is None and desk.chose("unset_event_description", "empty"):
        values["description"] = ""
    return {
        "event_type": name,
        **values,
        "category": {"name": values["category"]} if values["category"] else None,
        "deleted": desk.deleted(event.state, None),
    }


def _write_event(desk: Desk, event: Event, values: Fields) -> None:
    if event.state == "planned" and desk.chose("hide_planned_event", "ignored"):
        values = {name: value for name, value in values.items() if name not in EVENT_FLAGS}
    category = values.get("category")
    if category and category not in desk.workspace.categories:
        if desk.chose("unknown_category", "created"):
            desk.workspace.add_category(category)
        else:
            del values["category"]
    if values.get("tags") and desk.chose("tags_update", "merges"):
        values["tags"] = list(dict.fromkeys([*event.fields.get("tags", []), *values["tags"]]))
    assign(event.fields, values, EVENT_DEFAULTS)


def _hidden(desk: Desk, event: Event) -> bool:
    flags = EVENT_FLAGS if desk.chose("hidden_event_means", "any flag") else EVENT_FLAGS[:1]
    return any(event.fields.get(flag) for flag in flags)


def _listed(desk: Desk, event: Event) -> bool:
    """A hidden event leaves the list once ingested; a planned one stays (section 5.5)."""
    ingested = event.state != "planned"
    return desk.shows(event.state) and not (
        _hidden(desk, event) and ingested == desk.chose("hidden_events", "documented")
    )


def _found(desk: Desk, event: Event) -> bool:
    """The single read misses what the list shows of hidden events, and the reverse (section 5.5)."""
    ingested = event.state != "planned"
    return desk.shows(event.state) and not (
        _hidden(desk, event) and ingested != desk.chose("hidden_events", "documented")
    )


def _check_event_rename(desk: Desk, event: Event, old: str, new: str) -> None:
    if new in desk.workspace.events:
        raise _event_exists(desk, new)
    if event.state in INGESTED and desk.chose("rename_live", "refused"):
        raise Refused(409, f'Attempted to change the event name for event "{old}", but the event is live.')


def _event_exists(desk: Desk, name: str) -> Refused:
    if desk.chose("duplicate_event_text", "other"):
        return Refused(409, f'The event type "{name}" is already taken.')
    return Refused(409, f'Attempted to add an event, "{name}", that already exists.')


def _not_in_schema(label: str, name: str) -> Refused:
    return Refused(409, f'Attempted to change the event {label} for event "{name}", but the event is not in schema.')


# The neighbour ----------------------------------------------------------------------------------------------------


def list_dashboard_events(desk: Desk, call: Call) -> JSON:
    """Rows of `GET /api/2/events/list`: ingested, visible events only (section 1)."""
    states = {"live"} if desk.chose("events_list_states", "live") else INGESTED
    return [
        {
            "value": name,
            "display": event.fields.get("display_name") or name,
            "totals": event.volume,
            "non_active": not event.fields.get("is_active", True),
            "deleted": False,
            "hidden": False,
            "flow_hidden": event.fields.get("is_hidden_from_pathfinder", False),
        }
        for name, event in desk.workspace.events.items()
        if event.state in states and not event.fields.get("is_hidden_from_dropdowns")
    ]
