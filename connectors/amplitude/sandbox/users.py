"""User properties: apis/amplitude.md section 3.4. Custom ones live under `gp:`, Amplitude's own do not."""

from __future__ import annotations

from typing import Final

from connectors.amplitude.sandbox.desk import Call, Desk, Refused
from connectors.amplitude.sandbox.fields import USER_PROPERTY, read_fields, settle_property_values, show_enum_values
from connectors.amplitude.sandbox.state import (
    AFTER_DELETE,
    IN_PLAN,
    INGESTED,
    USER_PROPERTY_DEFAULTS,
    Entity,
    Fields,
    assign,
)
from connectors.sandbox import JSON

PREFIX: Final = "gp:"
USER_PROPERTY_LIMIT: Final = 1000
"""User properties in one project (section 2.2)."""

BUILTIN: Final = (
    "amplitude_id",
    "event_id",
    "session_id",
    "user_id",
    "device_id",
    "location_lat",
    "location_lng",
    "server_upload_time",
    "_time",
)
BUILTIN_ONCE_INGESTED: Final = "library"


def stored_name(name: str) -> str:
    return name if name.startswith(PREFIX) else PREFIX + name


def create_user_property(desk: Desk, call: Call) -> None:
    name = stored_name(call.required("user_property"))
    values = read_fields(desk, USER_PROPERTY, call.form)
    item = desk.workspace.user_properties.get(name)
    if item is None:
        desk.admit("user properties", len(desk.workspace.user_properties), USER_PROPERTY_LIMIT)
        item = Entity()
    elif item.state != "unexpected" or not desk.chose("unexpected_create", "adopted"):
        raise Refused(409, bare=True)
    else:
        item.state = "live"
    _write(desk, item, values)
    desk.workspace.user_properties[name] = item


def list_user_properties(desk: Desk, call: Call) -> JSON:
    with_deleted = call.ask("showDeleted") == "true"
    custom = [
        _row(desk, name, item)
        for name, item in desk.workspace.user_properties.items()
        if (desk.shows(item.state) and not item.fields.get("is_hidden")) or (with_deleted and item.state == "deleted")
    ]
    return [*(_row(desk, name, Entity("live")) for name in _builtins(desk)), *custom]


def read_user_property(desk: Desk, call: Call) -> JSON:
    """Raises Refused 404, where the other kinds give 400 (section 3.4)."""
    if call.name in _builtins(desk):
        return _row(desk, call.name, Entity("live"))
    item = desk.workspace.user_properties.get(call.name)
    if item is None or not (desk.shows(item.state) or (item.state == "deleted" and call.ask("showDeleted") == "true")):
        raise Refused(404)
    return _row(desk, call.name, item)


def update_user_property(desk: Desk, call: Call) -> None:
    values = read_fields(desk, USER_PROPERTY, call.form)
    name = call.name
    if not name.startswith(PREFIX):
        # A recorded update under the bare name answered success; nobody knows what it changed.
        if desk.chose("bare_user_property_update", "no effect"):
            return
        name = stored_name(name)
    item = desk.workspace.user_properties.get(name)
    if item is None or item.state not in IN_PLAN:
        raise Refused(409, bare=True)
    new = _checked_new_name(desk, call, name, item)
    _write(desk, item, values)
    if new != name:
        desk.workspace.user_properties[new] = desk.workspace.user_properties.pop(name)


def delete_user_property(desk: Desk, call: Call) -> None:
    item = desk.workspace.user_properties.get(call.name)
    if item is None or item.state not in AFTER_DELETE:
        raise desk.wrong_state("delete")
    if item.state == "planned":
        del desk.workspace.user_properties[call.name]
    else:
        item.state = AFTER_DELETE[item.state]


def restore_user_property(desk: Desk, call: Call) -> None:
    item = desk.workspace.user_properties.get(call.name)
    if item is None or item.state != "deleted":
        raise desk.wrong_state("restore")
    item.state = "live"


def _builtins(desk: Desk) -> tuple[str, ...]:
    ingested = any(event.volume for event in desk.workspace.events.values())
    return (*BUILTIN, BUILTIN_ONCE_INGESTED) if ingested else BUILTIN


def _write(desk: Desk, item: Entity, values: Fields) -> None:
    settled = settle_property_values(desk, values, item.fields, item.state)
    assign(item.fields, settled, USER_PROPERTY_DEFAULTS)


def _checked_new_name(desk: Desk, call: Call, name: str, item: Entity) -> str:
    sent = call.selector("new_user_property_value")
    if not sent or desk.chose("user_property_rename", "no effect") or stored_name(sent) == name:
        return name
    taken = stored_name(sent) in desk.workspace.user_properties
    if taken or (item.state in INGESTED and desk.chose("rename_live", "refused")):
        raise Refused(409, bare=True)
    return stored_name(sent)


def _row(desk: Desk, name: str, item: Entity) -> JSON:
    values = {**USER_PROPERTY_DEFAULTS, **item.fields}
    values["enum_values"] = show_enum_values(desk, values["enum_values"])
    return {"user_property": name, **values, "deleted": desk.deleted(item.state, False)}
