"""Form fields of the Taxonomy API: which each kind has, how their text is read, what it is refused for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from connectors.amplitude.sandbox.desk import Desk, Refused
from connectors.amplitude.sandbox.state import EVENT_FLAGS, Fields
from connectors.sandbox import JSON

TYPES: Final = ("string", "number", "boolean", "enum", "any")
CLASSIFICATIONS: Final = ("PII", "SENSITIVE", "REVENUE")
SCOPES: Final = ("override", "shared")

Reader = Callable[[Desk, str], JSON]
"""Text of a field to its value. Raises ValueError when the text is none of the accepted ones."""


def _text(desk: Desk, text: str) -> str:
    return text


def _flag(desk: Desk, text: str) -> bool:
    """Section 3: `true` and `false` are the only spellings known to be read."""
    return {"true": True, "false": False}[_one_of(text, ("true", "false"))]


def _items(desk: Desk, text: str) -> list[str]:
    """A comma list; nothing escapes a comma (section 5.13)."""
    parts = text.split(",")
    if desk.chose("list_items", "trimmed"):
        parts = [part.strip() for part in parts]
    return [part for part in parts if part]


def _type(desk: Desk, text: str) -> str:
    return _one_of(text, TYPES)


def _classifications(desk: Desk, text: str) -> list[str]:
    return [_one_of(part.strip(), CLASSIFICATIONS) for part in text.split(",")]


def _one_of(text: str, accepted: tuple[str, ...]) -> str:
    if text not in accepted:
        raise ValueError(f'"{text}" is not one of {", ".join(accepted)}.')
    return text


EVENT_CREATE: Final[Mapping[str, Reader]] = {
    "category": _text,
    "description": _text,
    "is_active": _flag,
    **dict.fromkeys(EVENT_FLAGS, _flag),
    "tags": _items,
    "owner": _text,
}
EVENT_UPDATE: Final[Mapping[str, Reader]] = {**EVENT_CREATE, "display_name": _text}
USER_PROPERTY: Final[Mapping[str, Reader]] = {
    "description": _text,
    "type": _type,
    "regex": _text,
    "enum_values": _items,
    "is_array_type": _flag,
    "is_hidden": _flag,
    "classifications": _classifications,
}
GROUP_PROPERTY: Final = USER_PROPERTY
EVENT_PROPERTY: Final[Mapping[str, Reader]] = {**USER_PROPERTY, "is_required": _flag}


def read_fields(desk: Desk, readers: Mapping[str, Reader], form: Mapping[str, str]) -> Fields:
    """The values a form sets; None clears a field. Fields without a reader are ignored in silence (section 3).

    Raises Refused 400 for a value outside the accepted ones, and for classifications without the entitlement.
    """
    values: Fields = {}
    for name, reader in readers.items():
        if name in form and _entitled(desk, name):
            _read_into(values, desk, name, reader, form[name])
    return values


def read_scope(desk: Desk, form: Mapping[str, str], parent: str | None) -> str | None:
    """`overrideScope`, which means something only together with a parent (section 3.3)."""
    values: Fields = {}
    if parent and form.get("overrideScope"):
        _read_into(values, desk, "overrideScope", lambda _, text: _one_of(text, SCOPES), form["overrideScope"])
    return values.get("overrideScope")


def _entitled(desk: Desk, name: str) -> bool:
    if name != "classifications" or desk.workspace.entitlements["dac"]:
        return True
    if desk.chose("classifications_without_dac", "refused"):
        raise Refused(400, "Data Access Controls feature is not enabled.")
    return False


def _read_into(values: Fields, desk: Desk, name: str, reader: Reader, text: str) -> None:
    if text == "":
        if desk.chose("empty_string", "clears"):
            values[name] = None
        return
    try:
        values[name] = reader(desk, text)
    except ValueError as problem:
        if desk.chose("bad_values", "refused"):
            raise Refused(400, f'Invalid value for "{name}": {problem}') from None


def settle_property_values(desk: Desk, values: Fields, current: Fields, state: str) -> Fields:
    """What of `values` takes effect on a property with those current values and that state.

    Raises Refused where a switch turns a silently ignored value into an error.
    """
    settled = dict(values)
    if settled.get("is_hidden") and state == "planned":
        if desk.chose("hide_planned_property", "refused"):
            raise Refused(409, "Attempted to hide a property that was never ingested.")
        del settled["is_hidden"]
    kind = settled.get("type", current.get("type")) or "any"
    if settled.get("enum_values") and kind != "enum" and not desk.chose("enum_values_without_enum", "kept"):
        if desk.chose("enum_values_without_enum", "refused"):
            raise Refused(400, 'Field "enum_values" applies to type "enum" only.')
        del settled["enum_values"]
    return settled


def show_enum_values(desk: Desk, values: list[str] | None) -> JSON:
    """`enum_values` as a reply shows them; the shape of a value that is not null is unknown (section 3.3)."""
    if values is None or desk.chose("enum_values_shape", "array"):
        return values
    return (", " if desk.chose("enum_values_shape", "comma-space") else ",").join(values)


def first_label(readers: Mapping[str, Reader], form: Mapping[str, str]) -> str:
    """The field an "Attempted to change …" text names: the first known one sent, else the name."""
    return next((name.replace("_", " ") for name in form if name in readers), "name")
