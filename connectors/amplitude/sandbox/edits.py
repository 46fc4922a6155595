"""What happens to an Amplitude workspace outside the API: people in the web page, and data coming in.

The verbs are described in the docstring of `AmplitudeSandbox`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from connectors.amplitude.sandbox.state import (
    AFTER_DELETE,
    AFTER_INGESTION,
    EVENT_DEFAULTS,
    EVENT_FLAGS,
    EVENT_PROPERTY_DEFAULTS,
    GROUP_PROPERTY_DEFAULTS,
    STATES,
    USER_PROPERTY_DEFAULTS,
    Entity,
    Event,
    Fields,
    Property,
    Shelf,
    Use,
    Workspace,
    assign,
)
from connectors.amplitude.sandbox.users import stored_name
from connectors.sandbox import JSON

Change = Mapping[str, JSON]

DEFAULTS: Final[Mapping[str, Fields]] = {
    "event": EVENT_DEFAULTS,
    "event_property": EVENT_PROPERTY_DEFAULTS,
    "user_property": USER_PROPERTY_DEFAULTS,
    "group_property": GROUP_PROPERTY_DEFAULTS,
}


def make_edit(workspace: Workspace, change: JSON) -> None:
    """Apply one change. Raises ValueError when it makes no sense."""
    verb = str(change.get("do")) if isinstance(change, dict) else ""
    if verb not in VERBS:
        raise ValueError(f"no edit {verb!r}; known: {', '.join(VERBS)}")
    try:
        VERBS[verb](workspace, change)
    except KeyError as missing:
        raise ValueError(f"edit {verb!r} lacks or does not find {missing}") from None


# Data coming in ---------------------------------------------------------------------------------------------------


def _ingest(workspace: Workspace, change: Change) -> None:
    for name in change.get("user_properties", []):
        _take_in(workspace.user_properties.setdefault(stored_name(name), Entity("unexpected")))
    if group_type := change.get("group_type"):
        _ingest_group(workspace, group_type, change.get("group_properties", []))
    if "event" in change:
        _ingest_event(workspace, change["event"], change.get("properties", []), change.get("count", 1))


def _ingest_event(workspace: Workspace, name: str, properties: list[str], count: int) -> None:
    event = workspace.events.setdefault(name, Event("unexpected"))
    if not _take_in(event):
        return  # a blocked or deleted event is dropped with all it carries (section 4.6)
    event.volume += count
    for each in properties:
        _ingest_property(workspace.event_properties, each, name)


def _ingest_group(workspace: Workspace, group_type: str, properties: list[str]) -> None:
    if group_type not in workspace.group_types:
        workspace.group_types.append(group_type)
    for each in properties:
        _ingest_property(workspace.group_properties, _grouped(each), group_type)


def _ingest_property(shelf: Shelf, name: str, parent: str) -> None:
    if name not in shelf.items:
        shelf.add(name, Property("unexpected"))
    if not _take_in(shelf.items[name]):
        return
    use = shelf.items[name].uses.get(parent) or Use("unexpected")
    _take_in(use)
    shelf.attach(name, parent, use)


def _take_in(target: Entity | Use) -> bool:
    """Move on to the state after ingestion; False when data for it is dropped."""
    if target.state not in AFTER_INGESTION:
        return False
    target.state = AFTER_INGESTION[target.state]
    return True


# People -----------------------------------------------------------------------------------------------------------


def _add(workspace: Workspace, change: Change) -> None:
    kind, name = change["entity"], _stored(change["entity"], change["name"])
    fields = _checked_fields(workspace, kind, change.get("fields", {}))
    if kind in ("event_property", "group_property"):
        parent = _known_parent(workspace, kind, change)
        return _add_property(_shelf(workspace, kind), name, parent, fields, DEFAULTS[kind])
    taken = _names(workspace, kind)
    if name in taken:
        raise ValueError(f"{kind} {name!r} exists already")
    if kind == "category":
        workspace.add_category(name)
    elif kind == "group_type":
        workspace.group_types.append(name)
    else:
        item = Event() if kind == "event" else Entity()
        assign(item.fields, fields, DEFAULTS[kind])
        taken[name] = item
    return None


def _add_property(shelf: Shelf, name: str, parent: str | None, fields: Fields, defaults: Fields) -> None:
    """A new property, or an existing one put on a parent: with an override when fields are given."""
    item = shelf.items.get(name)
    if item is None:
        item = Property()
        assign(item.fields, fields, defaults)
        shelf.add(name, item)
        if parent:
            shelf.attach(name, parent, Use())
    elif parent is None or parent in item.uses:
        raise ValueError(f"property {name!r} exists there already")
    else:
        shelf.attach(name, parent, Use("planned", dict(fields) or None))


def _set(workspace: Workspace, change: Change) -> None:
    kind, name = change["entity"], _stored(change["entity"], change["name"])
    fields, parent = _checked_fields(workspace, kind, change["fields"]), _known_parent(workspace, kind, change)
    item = _entity(workspace, kind, name)
    if not parent:
        return assign(item.fields, fields, DEFAULTS[kind])
    shelf = _shelf(workspace, kind)
    use = shelf.items[name].uses.get(parent) or Use()
    use.override = dict(use.override or {})
    assign(use.override, fields, {})
    return shelf.attach(name, parent, use)


def _share(workspace: Workspace, change: Change) -> None:
    kind = change["entity"]
    _shelf(workspace, kind).items[_stored(kind, change["name"])].uses[change["on"]].override = None


def _rename(workspace: Workspace, change: Change) -> None:
    kind = change["entity"]
    old, new = _stored(kind, change["name"]), _stored(kind, change["to"])
    names = _names(workspace, kind)
    if old not in names:
        raise ValueError(f"no {kind} {old!r}")
    if new in names:
        raise ValueError(f"{kind} {new!r} exists already")
    match kind:
        case "event":
            workspace.rename_event(old, new)
        case "category":
            workspace.rename_category(old, new)
        case "user_property":
            names[new] = names.pop(old)
        case "group_type":
            workspace.group_types[workspace.group_types.index(old)] = new
            workspace.group_properties.rename_parent(old, new)
        case _:
            _shelf(workspace, kind).rename(old, new)


def _visibility(hidden: bool) -> Callable[[Workspace, Change], None]:
    def turn(workspace: Workspace, change: Change) -> None:
        flags = EVENT_FLAGS if change["entity"] == "event" else ("is_hidden",)
        _set(workspace, {**change, "fields": dict.fromkeys(flags, hidden)})

    return turn


def _delete(workspace: Workspace, change: Change) -> None:
    kind, name, parent = change["entity"], _stored(change["entity"], change["name"]), change.get("on")
    if kind == "category":
        return workspace.remove_category(name)
    target = _target(workspace, kind, name, parent)
    if target.state not in AFTER_DELETE:
        raise ValueError(f"{kind} {name!r} is {target.state} and cannot be deleted")
    if target.state == "planned":
        return _forget(workspace, kind, name, parent)
    target.state = AFTER_DELETE[target.state]
    return None


def _forget(workspace: Workspace, kind: str, name: str, parent: str | None) -> None:
    if kind == "event":
        workspace.remove_event(name)
    elif kind == "user_property":
        del workspace.user_properties[name]
    elif parent:
        _shelf(workspace, kind).detach(name, parent)
    else:
        _shelf(workspace, kind).remove(name)


def _restore(workspace: Workspace, change: Change) -> None:
    kind, name = change["entity"], _stored(change["entity"], change["name"])
    target = _target(workspace, kind, name, change.get("on"))
    if target.state != "deleted":
        raise ValueError(f"{kind} {name!r} is {target.state}, not deleted")
    target.state = "live"


def _set_state(workspace: Workspace, change: Change) -> None:
    if change["state"] not in STATES:
        raise ValueError(f"no state {change['state']!r}; known: {', '.join(STATES)}")
    kind = change["entity"]
    _target(workspace, kind, _stored(kind, change["name"]), change.get("on")).state = change["state"]


def _entitle(workspace: Workspace, change: Change) -> None:
    if change["name"] not in workspace.entitlements:
        raise ValueError(f"no entitlement {change['name']!r}; known: {', '.join(workspace.entitlements)}")
    workspace.entitlements[change["name"]] = bool(change["on"])


VERBS: Final[Mapping[str, Callable[[Workspace, Change], None]]] = {
    "ingest": _ingest,
    "add": _add,
    "set": _set,
    "share": _share,
    "rename": _rename,
    "hide": _visibility(True),
    "show": _visibility(False),
    "delete": _delete,
    "restore": _restore,
    "set_state": _set_state,
    "entitle": _entitle,
}


# Finding things ---------------------------------------------------------------------------------------------------


def _grouped(name: str) -> str:
    return name if name.startswith("grp:") else f"grp:{name}"


def _stored(kind: str, name: str) -> str:
    prefixed = {"user_property": stored_name, "group_property": _grouped}
    return prefixed[kind](name) if kind in prefixed else name


def _shelf(workspace: Workspace, kind: str) -> Shelf:
    return {"event_property": workspace.event_properties, "group_property": workspace.group_properties}[kind]


def _names(workspace: Workspace, kind: str) -> dict[str, JSON]:
    """What exists of that kind, by name."""
    tables: dict[str, dict[str, JSON]] = {
        "event": workspace.events,
        "event_property": workspace.event_properties.items,
        "user_property": workspace.user_properties,
        "group_property": workspace.group_properties.items,
        "category": workspace.categories,
        "group_type": dict.fromkeys(workspace.group_types),
    }
    return tables[kind]


def _entity(workspace: Workspace, kind: str, name: str) -> Entity:
    found = _names(workspace, kind).get(name)
    if not isinstance(found, Entity):
        raise ValueError(f"no {kind} {name!r}")
    return found


def _target(workspace: Workspace, kind: str, name: str, parent: str | None) -> Entity | Use:
    return _shelf(workspace, kind).items[name].uses[parent] if parent else _entity(workspace, kind, name)


def _known_parent(workspace: Workspace, kind: str, change: Change) -> str | None:
    """The parent a change names with `on`, which must exist."""
    parent: str | None = change.get("on")
    if parent and parent not in _names(workspace, "event" if kind == "event_property" else "group_type"):
        raise ValueError(f"no parent {parent!r} for a {kind}")
    return parent


def _checked_fields(workspace: Workspace, kind: str, fields: Fields) -> Fields:
    """The fields, when each is writable on that kind and a category exists; None resets a field."""
    unknown = [name for name in fields if name not in DEFAULTS.get(kind, {})]
    if unknown:
        raise ValueError(f"{kind} has no field {', '.join(unknown)}")
    category = fields.get("category")
    if category and category not in workspace.categories:
        raise ValueError(f"no category {category!r}")
    return fields
