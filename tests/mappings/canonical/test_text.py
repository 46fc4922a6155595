"""Canonical bytes, equality as JSON, and restricted spellings that stay put."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical import text
from mappings.canonical.text import any_bytes, canonical_bytes, content_hash, same, snake_case, spell_uniquely

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.integers(-(2**80), 2**80) | FLOATS
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_bytes_do_not_depend_on_the_extra_being_installed(value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast = canonical_bytes(value)
        patch.setattr(text, "orjson", None)
        assert canonical_bytes(value) == fast


@pytest.mark.parametrize("library", [vars(text)["orjson"], None])
@pytest.mark.parametrize(("one", "other"), [(True, 1), (False, 0), (None, False), ("1", 1), ([], {})])
def test_any_bytes_tell_apart_what_python_may_not(
    one: Any, other: Any, library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "orjson", library)
    assert any_bytes({"a": [one]}) != any_bytes({"a": [other]})
    assert any_bytes({"a": [one]}) == any_bytes({"a": [one]}) is not None


def test_any_bytes_of_what_is_nested_too_deep_are_none() -> None:
    deep: list[Any] = []
    for _ in range(3_000):
        deep = [deep]
    assert any_bytes(deep) is None


@pytest.mark.parametrize(
    "number",
    [
        *(2**53, 2**63, 2**64, -(2**63) - 1, 10**40, 1e16, 1e22, 0.1, -0.0, 5e-324, 1.7976931348623157e308),
        *(1e-5, 1e-7),
    ],
)
def test_numbers_at_the_edges_have_one_spelling(number: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast = canonical_bytes({"n": number})
        patch.setattr(text, "orjson", None)
        assert canonical_bytes({"n": number}) == fast


@given(VALUES)
def test_the_bytes_mean_the_value(value: Any) -> None:
    assert same(json.loads(canonical_bytes(value)), value)


def test_the_bytes_are_sorted_tight_utf_8() -> None:
    assert canonical_bytes({"é": 1, "b": [True, None], "B": "ü\n"}) == '{"B":"ü\\n","b":[true,null],"é":1}'.encode()


def test_keys_sort_by_code_point_also_beyond_the_basic_plane() -> None:
    assert canonical_bytes({"\U0001f600": 1, "\ufb01": 2}) == '{"\ufb01":2,"\U0001f600":1}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("nan")], "\ud800", {"\udfff": 1}])
def test_what_is_not_json_has_no_hash(value: Any) -> None:
    with pytest.raises(ValueError):
        content_hash(value)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        (None, False, False),
        ("1", 1, False),
        ([1, 2], (1, 2), True),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([], {}, False),
        (2**70, float(2**70), True),
    ],
)
def test_same(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal and same(other, one) is equal


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("Order Completed!", "order_completed"),
        ("orderCompleted", "order_completed"),
        ("Café Größe", "cafe_gro_e"),
        ("site id", "site_id"),
        ("siteId", "site_id"),
        ("HTTPCode2Text", "httpcode2_text"),
        ("!!!", ""),
    ],
)
def test_snake_case(name: str, spelled: str) -> None:
    assert snake_case(name) == spelled


NAMES = st.lists(st.text("aAbB _-!é", min_size=1, max_size=4), unique=True, max_size=8)


@given(NAMES)
def test_spellings_are_distinct(names: list[str]) -> None:
    spelled = spell_uniquely(names, snake_case)
    assert set(spelled) == set(names) and len(set(spelled.values())) == len(names)


@given(NAMES, st.randoms(use_true_random=False))
def test_spellings_do_not_depend_on_the_order(names: list[str], random: Any) -> None:
    shuffled = random.sample(names, len(names))
    assert spell_uniquely(shuffled, snake_case) == spell_uniquely(names, snake_case)


@given(NAMES, NAMES)
def test_a_new_name_moves_no_old_one(old: list[str], new: list[str]) -> None:
    before = spell_uniquely(old, snake_case)
    after = spell_uniquely([*new, *old], snake_case, before)
    assert {name: after[name] for name in old} == before and len(set(after.values())) == len(after)


def test_a_name_that_needs_no_respelling_keeps_itself() -> None:
    spelled = spell_uniquely(["Order Done", "order_done"], snake_case)
    assert spelled["order_done"] == "order_done" and spelled["Order Done"].startswith("order_done_")


def test_a_name_of_symbols_gets_a_spelling() -> None:
    assert spell_uniquely(["!!!"], snake_case)["!!!"].startswith("name_")
