"""What holds for every format: it is told apart, reads anything without raising, and gives a plan that can be kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.canonical import TrackingPlan
from mappings.canonical.text import content_hash
from mappings.formats import FORMATS, FormatError

WORDS = st.sampled_from(
    [
        *("rules", "data", "events", "type", "key", "version", "jsonSchema", "properties", "traits", "labels", "items"),
        *("self", "vendor", "name", "format", "resourceType", "meta", "eventSpecifications", "event", "source"),
        *("required", "global", "identify", "eventMetadata", "title", "$id", "sourceApplications", "", "\ud800"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.sampled_from(["TRACK", "GROUP", "jsonschema", "1-0-0", "object", "", "\udfff", "com.acme", "data-product"])
    | st.sampled_from([10**400, 1e308, b"bytes"])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=25
)
EXAMPLES: dict[str, Any] = {
    "segment": {"rules": [{"type": "TRACK", "key": "A", "version": 1, "jsonSchema": {}}]},
    "typewriter": {"rules": {"events": []}},
    "iglu": {"self": {"vendor": "v", "name": "n", "format": "jsonschema", "version": "1-0-0"}, "type": "object"},
    "snowplow-data-structure": {"resourceType": "data-structure", "data": {}},
    "json-schema": {"type": "object", "properties": {}},
}
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_every_format_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(FORMATS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_format_knows_its_example(name: str) -> None:
    assert [other for other, format in FORMATS.items() if format.sniff(EXAMPLES[name])] == [name]


@pytest.mark.parametrize("name", FORMATS)
@FUZZ
@given(document=ANYTHING)
def test_any_content_is_read_or_refused(name: str, document: Any) -> None:
    FORMATS[name].sniff(document)
    try:
        reading = FORMATS[name].read({"a.json": document})
    except FormatError:
        return
    assert content_hash(reading.plan.data()) and all(one.code.startswith(f"{name}.") for one in reading.findings)


SHAPED: dict[str, Any] = {
    "segment": lambda x: [{"type": "TRACK", "key": "A", "version": x, "jsonSchema": {"properties": x, "labels": x}}],
    "typewriter": lambda x: {"rules": {"events": [{"name": "A", "version": x, "rules": x}], "identify": x, "group": x}},
    "iglu": lambda x: {**EXAMPLES["iglu"], "properties": x, "required": x, "x": x},
    "snowplow-data-structure": lambda x: {
        "resourceType": "data-product",
        "data": {"name": "P", "sourceApplications": x, "eventSpecifications": [x, {"name": "S", "event": x}]},
    },
    "json-schema": lambda x: {"type": "object", "properties": {"a": x}, "title": x, "items": x},
}


@pytest.mark.parametrize("name", FORMATS)
@FUZZ
@given(odd=ANYTHING)
def test_odd_content_in_the_right_shape_never_raises(name: str, odd: Any) -> None:
    reading = FORMATS[name].read({"a.json": SHAPED[name](odd)})
    assert TrackingPlan.model_validate(reading.plan.data()) == reading.plan


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"deeper": schema}}
    return schema


@pytest.mark.parametrize("levels", [40, 400])
def test_deep_nesting_is_read_as_far_as_it_is_sane(levels: int) -> None:
    reading = FORMATS["json-schema"].read({"deep.json": nested(levels)})
    assert content_hash(reading.plan.data())
    assert ("json-schema.not-json" in [one.code for one in reading.findings]) is (levels == 400)


@pytest.mark.parametrize("name", FORMATS)
def test_no_files_are_refused(name: str) -> None:
    with pytest.raises(FormatError):
        FORMATS[name].read({})
