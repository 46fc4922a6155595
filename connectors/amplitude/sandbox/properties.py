"""Event properties and group properties: a shared record, and per event or group type an optional override.

Sections 3.3 and 3.5 of apis/amplitude.md; both kinds follow the same rules, told apart by a `Kind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from connectors.amplitude.sandbox.desk import Call, Desk, Refused
from connectors.amplitude.sandbox.fields import (
    EVENT_PROPERTY,
    GROUP_PROPERTY,
    Reader,
    first_label,
    read_fields,
    read_scope,
    settle_property_values,
    show_enum_values,
)
from connectors.amplitude.sandbox.state import (
    AFTER_DELETE,
    EVENT_PROPERTY_DEFAULTS,
    GROUP_PROPERTY_DEFAULTS,
    IN_PLAN,
    INGESTED,
    Fields,
    Property,
    Shelf,
    Use,
    Workspace,
    assign,
)
from connectors.sandbox import JSON

EVENT_PROPERTY_LIMIT = 2000
"""Event properties in one project (section 2.2)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells event properties and group properties apart."""

    noun: str
    parent_noun: str
    name_field: str
    parent_field: str
    rename_field: str
    prefix: str
    shelf: Callable[[Workspace], Shelf]
    readers: Mapping[str, Reader]
    defaults: Fields
    builtin: tuple[str, ...] = ()

    def stored_name(self, name: str) -> str:
        return name if name.startswith(self.prefix) else self.prefix + name


EVENT_KIND: Final = Kind(
    noun="event property",
    parent_noun="event",
    name_field="event_property",
    parent_field="event_type",
    rename_field="new_event_property_value",
    prefix="",
    shelf=lambda workspace: workspace.event_properties,
    readers=EVENT_PROPERTY,
    defaults=EVENT_PROPERTY_DEFAULTS,
)
GROUP_KIND: Final = Kind(
    noun="group property",
    parent_noun="group type",
    name_field="group_property",
    parent_field="group_type",
    rename_field="new_group_property_value",
    prefix="grp:",
    shelf=lambda workspace: workspace.group_properties,
    readers=GROUP_PROPERTY,
    defaults=GROUP_PROPERTY_DEFAULTS,
    builtin=("group_id",),
)


# Reading ----------------------------------------------------------------------------------------------------------


def list_properties(kind: Kind, desk: Desk, call: Call) -> JSON:
    """All of one parent, or the shared ones with the stray override of section 3.3."""
    if kind.name_field == "event_property" and (name := call.ask("event_property")):
        return _read(kind, desk, name, call.ask(kind.parent_field))
    if kind is GROUP_KIND and not desk.workspace.entitlements["accounts"]:
        return []
    parent = call.ask(kind.parent_field)
    if parent is None:
        return _list_shared(kind, desk)
    if not _parent_shows(kind, desk, parent):
        return _list_of_unknown_parent(kind, desk)
    return [
        _row(kind, desk, name, item, parent)
        for name, item in kind.shelf(desk.workspace).of(parent)
        if _shows_on(desk, item, parent) and _visible(kind, desk, item, parent)
    ]


def read_property(kind: Kind, desk: Desk, call: Call) -> JSON:
    return _read(kind, desk, call.name, call.ask(kind.parent_field))


def _read(kind: Kind, desk: Desk, name: str, parent: str | None) -> JSON:
    if name in kind.builtin:
        return _row(kind, desk, name, Property(state="live"), None)
    if parent and not _parent_shows(kind, desk, parent):
        raise Refused(404 if kind is GROUP_KIND else 400)
    item = kind.shelf(desk.workspace).items.get(name)
    if item is None or not (_shows_on(desk, item, parent) if parent else desk.shows(item.state)):
        raise Refused(400)
    return _row(kind, desk, name, item, parent)


def _list_shared(kind: Kind, desk: Desk) -> JSON:
    items = [entry for entry in kind.shelf(desk.workspace).items.items() if desk.shows(entry[1].state)]
    shared = [_row(kind, desk, name, item, None) for name, item in items if _visible(kind, desk, item, None)]
    if desk.chose("unfiltered_overrides", "none"):
        return shared
    strays = (
        _row(kind, desk, name, item, parent)
        for name, item in items
        for parent, use in item.uses.items()
        if use.override is not None and _shows_on(desk, item, parent) and _parent_shows(kind, desk, parent)
    )
    return [*shared, *islice(strays, None if desk.chose("unfiltered_overrides", "all") else 1)]


def _list_of_unknown_parent(kind: Kind, desk: Desk) -> JSON:
    if kind is GROUP_KIND:
        raise Refused(404)
    if desk.chose("properties_of_unknown_event", "400"):
        raise Refused(400)
    return []


def _row(kind: Kind, desk: Desk, name: str, item: Property, parent: str | None) -> JSON:
    values = _values(kind, desk, item, parent)
    values["enum_values"] = show_enum_values(desk, values["enum_values"])
    return {kind.parent_field: parent, kind.name_field: name, **values}


def _values(kind: Kind, desk: Desk, item: Property, parent: str | None) -> Fields:
    shared = {**kind.defaults, **item.fields}
    override = item.uses[parent].override if parent else None
    if override is None:
        return shared
    inherited = shared
    if desk.chose("override_inherits", "description only"):
        inherited = {
            **kind.defaults,
            "description": shared["description"],
            "classifications": shared["classifications"],
        }
    return {**inherited, **override}


def _parent_shows(kind: Kind, desk: Desk, parent: str) -> bool:
    if kind is GROUP_KIND:
        return parent in desk.workspace.group_types
    event = desk.workspace.events.get(parent)
    return event is not None and desk.shows(event.state)


def _shows_on(desk: Desk, item: Property, parent: str) -> bool:
    use = item.uses.get(parent)
    return use is not None and desk.shows(item.state) and desk.shows(use.state)


def _visible(kind: Kind, desk: Desk, item: Property, parent: str | None) -> bool:
    return desk.chose("hidden_properties", "listed") or not _values(kind, desk, item, parent)["is_hidden"]


# Creating ---------------------------------------------------------------------------------------------------------


def create_property(kind: Kind, desk: Desk, call: Call) -> None:
    _check_accounts(kind, desk)
    sent = call.required(kind.name_field)
    parent = call.selector(kind.parent_field)
    values = read_fields(desk, kind.readers, call.form)
    if sent in kind.builtin:
        return _accept_builtin(kind, sent, values)
    if parent:
        _check_parent(kind, desk, parent, _attempt_to_add(kind, sent, parent))
    item = kind.shelf(desk.workspace).items.get(kind.stored_name(sent))
    if item is None:
        return _create_new(kind, desk, kind.stored_name(sent), parent, values)
    exists = Refused(409, f"{_attempt_to_add(kind, sent, parent)}, that already exists.")
    if item.state == "unexpected" and desk.chose("unexpected_create", "adopted"):
        return _adopt(kind, desk, kind.stored_name(sent), parent, values)
    if parent is None or item.state not in IN_PLAN:
        raise exists
    return _create_override(kind, desk, kind.stored_name(sent), parent, values, exists)


def _create_new(kind: Kind, desk: Desk, name: str, parent: str | None, values: Fields) -> None:
    """A property nobody had: a shared record, used on the parent without an override (section 3.3)."""
    shelf = kind.shelf(desk.workspace)
    if kind is EVENT_KIND:
        desk.admit("event properties", len(shelf.items), EVENT_PROPERTY_LIMIT)
    elif values.get("is_array_type"):
        values = {"type": "string", **values}  # only groups have this default (section 3.5)
    item = Property()
    assign(item.fields, settle_property_values(desk, values, {}, item.state), kind.defaults)
    shelf.add(name, item)
    if parent:
        shelf.attach(name, parent, Use())


def _adopt(kind: Kind, desk: Desk, name: str, parent: str | None, values: Fields) -> None:
    """An ingested property enters the plan as live, on the parent too when it was seen there."""
    shelf = kind.shelf(desk.workspace)
    item = shelf.items[name]
    assign(item.fields, settle_property_values(desk, values, item.fields, "live"), kind.defaults)
    item.state = "live"
    if parent:
        shelf.attach(name, parent, Use("live" if parent in item.uses else "planned"))


def _create_override(kind: Kind, desk: Desk, name: str, parent: str, values: Fields, exists: Refused) -> None:
    """The property exists elsewhere: the parent gets it with an override (section 3.3)."""
    shelf = kind.shelf(desk.workspace)
    item = shelf.items[name]
    seen = item.uses.get(parent)
    if seen and not (seen.state == "unexpected" and desk.chose("unexpected_create", "adopted")):
        raise exists
    if "classifications" in values:
        raise _classified_override(kind, name, parent)
    state = "live" if seen else "planned"
    settled = settle_property_values(desk, values, {**kind.defaults, **item.fields}, state)
    override: Fields = {}
    assign(override, settled, {})
    shelf.attach(name, parent, Use(state, override))


def _accept_builtin(kind: Kind, name: str, values: Fields) -> None:
    """Amplitude's own properties may be named, but take no further field (section 3.5)."""
    if values:
        raise Refused(409, f'Attempted to change the {kind.noun} "{name}", that is managed by Amplitude.')


# Updating ---------------------------------------------------------------------------------------------------------


def update_property(kind: Kind, desk: Desk, call: Call) -> None:
    _check_accounts(kind, desk)
    parent = call.selector(kind.parent_field)
    values = read_fields(desk, kind.readers, call.form)
    scope = read_scope(desk, call.form, parent)
    absent = _not_in_schema(kind, first_label(kind.readers, call.form), call.name, parent)
    item = kind.shelf(desk.workspace).items.get(call.name)
    if item is None or item.state not in IN_PLAN:
        raise absent
    if parent:
        _check_parent(kind, desk, parent, None, absent)
    new = _checked_new_name(kind, desk, call, item)
    if parent and _aims_at_override(item, parent, scope):
        _update_override(kind, desk, call.name, parent, values, absent)
    else:
        _update_shared(kind, desk, item, parent if scope == "shared" else None, values)
    if new != call.name:
        kind.shelf(desk.workspace).rename(call.name, new)


def _aims_at_override(item: Property, parent: str, scope: str | None) -> bool:
    """Without a scope the override is meant if there is one, else the shared record, for all parents (section 3.3)."""
    use = item.uses.get(parent)
    has_override = use is not None and use.state in IN_PLAN and use.override is not None
    return scope == "override" or (scope is None and has_override)


def _update_override(kind: Kind, desk: Desk, name: str, parent: str, values: Fields, absent: Refused) -> None:
    item = kind.shelf(desk.workspace).items[name]
    if "classifications" in values:
        raise _classified_override(kind, name, parent)
    use = item.uses.get(parent)
    if use is None and desk.chose("override_where_unattached", "created"):
        use = Use()
    if use is None or use.state not in IN_PLAN:
        raise absent
    override = dict(use.override or {})
    assign(override, settle_property_values(desk, values, _merged(kind, item, override), use.state), {})
    kind.shelf(desk.workspace).attach(name, parent, Use(use.state, override))


def _update_shared(kind: Kind, desk: Desk, item: Property, shed: str | None, values: Fields) -> None:
    """Write the shared record; the override on the parent `shed` goes (`overrideScope=shared`, section 3.3)."""
    assign(item.fields, settle_property_values(desk, values, item.fields, item.state), kind.defaults)
    if shed and (use := item.uses.get(shed)):
        use.override = None


def _merged(kind: Kind, item: Property, override: Fields) -> Fields:
    return {**kind.defaults, **item.fields, **override}


def _checked_new_name(kind: Kind, desk: Desk, call: Call, item: Property) -> str:
    sent = call.selector(kind.rename_field)
    new = kind.stored_name(sent) if sent else call.name
    if sent is None or new == call.name:
        return call.name
    if new in kind.shelf(desk.workspace).items:
        raise Refused(409, f"{_attempt_to_add(kind, sent, call.selector(kind.parent_field))}, that already exists.")
    if item.state in INGESTED and desk.chose("rename_live", "refused"):
        raise Refused(409, f'Attempted to change the {kind.noun} name for property "{call.name}", that is live.')
    return new


# Deleting and restoring (event properties only) ---------------------------------------------------------------------


def delete_property(kind: Kind, desk: Desk, call: Call) -> None:
    """With a parent only the use there ends; without, the property itself (section 3.3)."""
    shelf = kind.shelf(desk.workspace)
    target = _find(shelf, call, kind)
    if target is None or target.state not in AFTER_DELETE:
        raise desk.wrong_state("delete")
    if target.state != "planned":
        target.state = AFTER_DELETE[target.state]
    elif parent := call.selector(kind.parent_field):
        shelf.detach(call.name, parent)
    else:
        shelf.remove(call.name)


def restore_property(kind: Kind, desk: Desk, call: Call) -> int:
    target = _find(kind.shelf(desk.workspace), call, kind)
    if target is None or target.state != "deleted":
        raise desk.wrong_state("restore")
    target.state = "live"
    return int(desk.switches["restore_status"])


def _find(shelf: Shelf, call: Call, kind: Kind) -> Property | Use | None:
    item = shelf.items.get(call.name)
    parent = call.selector(kind.parent_field)
    if item is None or parent is None:
        return item
    return None if item.state == "deleted" else item.uses.get(parent)


# Refusals ---------------------------------------------------------------------------------------------------------


def _check_accounts(kind: Kind, desk: Desk) -> None:
    if kind is GROUP_KIND and not desk.workspace.entitlements["accounts"]:
        raise Refused(400, "Account Properties feature is not enabled.")


def _check_parent(kind: Kind, desk: Desk, parent: str, attempt: str | None, absent: Refused | None = None) -> None:
    if kind is GROUP_KIND:
        if parent not in desk.workspace.group_types:
            raise Refused(404)
        return
    event = desk.workspace.events.get(parent)
    if event is None or event.state not in IN_PLAN:
        raise absent or Refused(409, f"{attempt}, but the event is not in schema.")


def _attempt_to_add(kind: Kind, name: str, parent: str | None) -> str:
    if kind is GROUP_KIND:
        return f'Attempted to add a group property, "{name}"'
    return f'Attempted to add an event property, "{name}" for event "{parent or ""}"'


def _not_in_schema(kind: Kind, label: str, name: str, parent: str | None) -> Refused:
    place = f'for property "{name}" for {kind.parent_noun} "{parent or ""}"'
    return Refused(409, f"Attempted to change the {kind.noun} {label} {place}, but the property is not in schema.")


def _classified_override(kind: Kind, name: str, parent: str) -> Refused:
    article = f'Attempted to update classifications for an overridden {kind.noun}, "{name}"'
    remedy = (
        f'Call the Update API without the "{kind.parent_field}" parameter to update classifications of the shared '
        "property."
    )
    return Refused(409, f'{article} on {kind.parent_noun} "{parent}". {remedy}')


create_event_property = partial(create_property, EVENT_KIND)
list_event_properties = partial(list_properties, EVENT_KIND)
read_event_property = partial(read_property, EVENT_KIND)
update_event_property = partial(update_property, EVENT_KIND)
delete_event_property = partial(delete_property, EVENT_KIND)
restore_event_property = partial(restore_property, EVENT_KIND)
create_group_property = partial(create_property, GROUP_KIND)
list_group_properties = partial(list_properties, GROUP_KIND)
read_group_property = partial(read_property, GROUP_KIND)
update_group_property = partial(update_property, GROUP_KIND)
