"""What differs between two values, leaf by leaf."""

from __future__ import annotations

from typing import Any

import pytest

from hub.changes.diff import FieldChange, field_changes


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": 1}, {"a": True}, [(("a",), 1, True)]),
        ({"a": 1}, {"a": 2}, [(("a",), 1, 2)]),
        ({"a": 1}, {}, [(("a",), 1, None)]),
        ({}, {"a": 1}, [(("a",), None, 1)]),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1, "d": 3}}}, [(("a", "b", "d"), 2, 3)]),
        ({}, {"a": {"b": 1, "c": {"d": 2}}}, [(("a", "b"), None, 1), (("a", "c", "d"), None, 2)]),
        ({"a": {"b": 1}}, {}, [(("a",), {"b": 1}, None)]),
        ({}, {"a": {}}, [(("a",), None, {})]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [(("a",), [1, 2], [1, 3])]),
        ({"a": "text"}, {"a": {"b": 1}}, [(("a",), "text", {"b": 1})]),
    ],
)
def test_only_the_leaves_that_differ_are_named(before: Any, after: Any, found: list[tuple[Any, ...]]) -> None:
    assert list(field_changes(before, after)) == [FieldChange(*one) for one in found]
