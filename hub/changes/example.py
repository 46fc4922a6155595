"""An example payload of an event: what somebody who instruments it copies. Every value fits the plan's rules where
those can be met by looking; a pattern is shown, not solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mappings.canonical.kinds import JSON, Property, Shape
from mappings.canonical.plan import Event

_FORMATS: Mapping[str, str] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "ada@example.com",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


def example_payload(event: Event) -> dict[str, JSON]:
    """The properties of one call, required and optional ones, in the order of the plan."""
    return _object(event.properties)


def _object(properties: Mapping[str, Property]) -> dict[str, JSON]:
    return {name: example_value(prop, name) for name, prop in properties.items()}


def example_value(shape: Shape, name: str = "text") -> JSON:
    """One value: what the plan gives as an example, else one that its rules allow."""
    examples = shape.examples if isinstance(shape, Property) else ()
    if examples:
        return examples[0]
    if shape.const is not None:
        return shape.const
    if shape.enum:
        return shape.enum[0]
    kind = next(iter(shape.solid_kinds), "null" if shape.type else "string")
    return _BY_KIND[kind](shape, name)


def _text(shape: Shape, name: str) -> str:
    if shape.pattern is not None:
        return f"<{shape.pattern}>"
    words = _FORMATS.get(shape.format or "", name.replace("_", " "))
    words = words.ljust(shape.min_length or 0, "x")
    return words if shape.max_length is None else words[: shape.max_length]


def _number(shape: Shape, name: str) -> float | int:
    if shape.minimum is not None:
        return shape.minimum
    if shape.exclusive_minimum is not None:
        return shape.exclusive_minimum + 1
    largest = [bound for bound in (shape.maximum, shape.exclusive_maximum) if bound is not None]
    return min([*(bound - 1 for bound in largest), shape.multiple_of or 1])


def _list(shape: Shape, name: str) -> list[JSON]:
    if shape.max_items == 0:
        return []
    item = example_value(shape.items, name) if shape.items is not None else name
    return [item] * (1 if shape.unique_items else max(shape.min_items or 1, 1))


_BY_KIND: Mapping[str, Callable[[Shape, str], JSON]] = {
    "string": _text,
    "integer": lambda shape, name: int(_number(shape, name)),
    "number": _number,
    "boolean": lambda shape, name: True,
    "object": lambda shape, name: _object(shape.properties),
    "array": _list,
    "null": lambda shape, name: None,
}


def kinds_text(shape: Shape) -> str:
    """What a value is, in words: `integer`, `string or number`, `array of object`, `any`."""
    words = " or ".join(shape.solid_kinds) or "any"
    if shape.items is not None and "array" in shape.solid_kinds:
        return f"{words} of {' or '.join(shape.items.solid_kinds) or 'any'}"
    return words


def rules_text(shape: Shape) -> str:
    """The constraints of a value in a few words: `one of "a", "b"; 1 to 10; nullable`."""
    parts = [part for rule in _RULES if (part := rule(shape))]
    return "; ".join(parts)


def _allowed(shape: Shape) -> str:
    if shape.const is not None:
        return f"always {_spelt(shape.const)}"
    return "one of " + ", ".join(map(_spelt, shape.enum)) if shape.enum else ""


def _spelt(value: JSON) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _range(low: object, high: object, unit: str = "") -> str:
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    return f"at least {low}{unit}" if low is not None else f"at most {high}{unit}" if high is not None else ""


def _exclusive(shape: Shape) -> str:
    above = f"more than {shape.exclusive_minimum}" if shape.exclusive_minimum is not None else ""
    below = f"less than {shape.exclusive_maximum}" if shape.exclusive_maximum is not None else ""
    return " and ".join(filter(None, (above, below)))


_RULES: tuple[Callable[[Shape], str], ...] = (
    _allowed,
    lambda shape: f"pattern {shape.pattern}" if shape.pattern else "",
    lambda shape: f"format {shape.format}" if shape.format else "",
    lambda shape: _range(shape.minimum, shape.maximum),
    _exclusive,
    lambda shape: f"multiple of {shape.multiple_of}" if shape.multiple_of else "",
    lambda shape: _range(shape.min_length, shape.max_length, " characters"),
    lambda shape: _range(shape.min_items, shape.max_items, " items"),
    lambda shape: "no item twice" if shape.unique_items else "",
    lambda shape: "may be null" if "null" in shape.type else "",
)
