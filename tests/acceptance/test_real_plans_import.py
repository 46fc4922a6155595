"""Real plans of other people, each read whole: nothing is lost between the file and the plan.

The expectations are counted here straight from the raw files, without any code of the importers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mappings.contract import Reading
from mappings.formats import FORMATS

DATA = Path(__file__).parents[3] / "shared" / "data"
PLANS = DATA / "plans"
CENTRAL = DATA / "iglu-central"
CONSENT = "Segment Consent Preference Updated"

pytestmark = pytest.mark.skipif(not PLANS.is_dir(), reason="the collection of real plans is not beside this repository")


def files(folder: str) -> list[Path]:
    return sorted((PLANS / folder).glob("*")) if PLANS.is_dir() else []


def parse(file: Path) -> Any:
    text = file.read_text(encoding="utf-8")
    # one schema of the registry has line breaks inside a text, so not strict
    return yaml.safe_load(text) if file.suffix in (".yml", ".yaml") else json.loads(text, strict=False)


def read(format: str, *paths: Path) -> Reading:
    return FORMATS[format].read({path.relative_to(DATA).as_posix(): parse(path) for path in paths})


# Counting in raw schemas and in plan data: both are nests of "properties" and "items" -------------------------------


def names(schema: Any) -> Iterator[str]:
    """Each property at any depth that is reached through `properties` and `items` alone."""
    if isinstance(schema, dict):
        for name, inner in (schema.get("properties") or {}).items():
            yield name
            yield from names(inner)
        yield from names(schema.get("items"))


def names_anywhere(node: Any) -> Iterator[str]:
    """Each property that any keyword leads to: alternatives, definitions, items by position."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield from node["properties"]
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from names_anywhere(inner)


def texts(node: Any) -> Iterator[str]:
    """Each description at any depth."""
    if isinstance(node, dict):
        if isinstance(node.get("description"), str) and node["description"]:
            yield node["description"]
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from texts(inner)


def keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from keys(inner)


def assert_holds(reading: Reading, expected: dict[str, Any]) -> None:
    """The plan has just these events, and in each all names and descriptions of the raw schema.

    A schema of something else than an object has no properties of its own; a finding says that it is kept verbatim.
    """
    events = reading.plan.data().get("events", {})
    assert set(events) == set(expected)
    verbatim = {one.path[1] for one in reading.findings if one.code.endswith(".no-object")}
    for event, raw in expected.items():
        assert event in verbatim or Counter(names(events[event])) == Counter(names(raw)), event
        assert set(names_anywhere(raw)) <= set(keys(events[event])), event
        assert set(texts(raw)) <= set(texts(events[event])), event


# Segment -----------------------------------------------------------------------------------------------------------


def message_part(schema: dict[str, Any], part: str) -> dict[str, Any]:
    described = {"description": schema.get("description")}
    return {**described, **schema["properties"].get(part, {})}


@pytest.mark.parametrize("file", files("segment-public-api"), ids=lambda path: path.name)
def test_a_segment_dump_is_read_whole(file: Path) -> None:
    newest: dict[str, dict[str, Any]] = {}
    rules = parse(file)["rules"]
    for rule in sorted(rules, key=lambda rule: rule["version"]):
        newest[rule["key"]] = message_part(rule["jsonSchema"], "properties")
    newest.pop(CONSENT, None)
    reading = read("segment", file)
    assert_holds(reading, newest)
    versions = Counter(rule["key"] for rule in rules)
    left_out = {one.path[1] for one in reading.findings if one.code == "segment.version"}
    assert left_out == {key for key, count in versions.items() if count > 1}


def test_the_large_segment_dump_has_the_counted_size() -> None:
    (file,) = (path for path in files("segment-public-api") if path.name.endswith("webflow-prod-2025-03-27.json"))
    plan = read("segment", file).plan
    assert len(plan.events) == 564 and sum(len(event.properties) for event in plan.events.values()) == sum(
        len(rule["jsonSchema"]["properties"]["properties"].get("properties", {})) for rule in parse(file)["rules"]
    )


@pytest.mark.parametrize("file", files("segment-typewriter"), ids=lambda path: path.name)
def test_a_typewriter_plan_is_read_whole(file: Path) -> None:
    document = parse(file)
    rules = document["rules"]
    if isinstance(rules, list):
        expected = {rule["key"]: rule["jsonSchema"] for rule in rules}
        traits: dict[str, Any] = {}
        group: dict[str, Any] = {}
    else:
        expected = {}
        for event in sorted(rules["events"], key=lambda event: event["version"]):
            expected[event["name"]] = {
                "description": event.get("description"),
                "x": {"description": event["rules"].get("description")},
                **event["rules"]["properties"].get("properties", {}),
            }
        traits = rules.get("identify", {}).get("properties", {}).get("traits", {}).get("properties", {})
        group = rules.get("group", {}).get("properties", {}).get("traits", {}).get("properties", {})
    reading = read("typewriter", file)
    assert_holds(reading, expected)
    assert set(reading.plan.user_properties) == set(traits)
    assert set(reading.plan.groups["group"].properties if group else ()) == set(group)
    assert reading.plan.name == document.get("display_name", document["name"])


# Snowplow ----------------------------------------------------------------------------------------------------------


def test_the_data_structures_are_read_whole() -> None:
    paths = files("snowplow-data-structure")
    documents = [parse(path) for path in paths]
    structures = {
        one["data"]["self"]["name"]: one["data"] for one in documents if one["resourceType"] == "data-structure"
    }
    specifications: dict[str, Any] = {}
    for one in documents:
        for specification in one["data"].get("eventSpecifications", []):
            number = sum(name.startswith(specification["name"]) for name in specifications) + 1
            name = specification["name"] + (f" ({number})" if number > 1 else "")
            specifications[name] = {**specification, **specification["event"].get("schema", {})}
    reading = read("snowplow-data-structure", *paths)
    assert_holds(reading, {**structures, **specifications})
    entities = {one["data"]["self"]["name"] for one in documents if one.get("meta", {}).get("schemaType") == "entity"}
    assert {name for name, event in reading.plan.events.items() if event.kind == "entity"} == entities
    resources = [one["data"] for one in documents if one["resourceType"] != "data-structure"]
    assert {one["description"] for one in resources} <= set(texts(reading.plan.data()))


def test_the_schemas_of_one_company_are_read_whole() -> None:
    paths = files("snowplow-iglu-schema")
    reading = read("iglu", *paths)
    assert_holds(reading, {one["self"]["name"]: one for one in map(parse, paths)})
    assert reading.findings == () and reading.plan.extensions["snowplow"] == {"vendor": "com.jumbleberry"}


def test_the_public_registry_is_read_whole() -> None:
    paths = [path for path in sorted(CENTRAL.rglob("*")) if path.is_file()]
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    schemas = [parse(path) for path in paths if path.parent.name == "jsonschema"]
    for schema in sorted(schemas, key=lambda one: [int(part) for part in one["self"]["version"].split("-")]):
        newest[schema["self"]["vendor"], schema["self"]["name"]] = schema
    used = Counter(name for _, name in newest)
    expected = {f"{vendor}.{name}" if used[name] > 1 else name: one for (vendor, name), one in newest.items()}
    reading = read("iglu", *paths)
    assert_holds(reading, expected)
    skipped = {one.path[1] for one in reading.findings if one.code == "iglu.other-format"}
    others = [path for path in paths if path.parent.name in ("avro", "thrift", "protobuf")]
    assert skipped == {path.relative_to(DATA).as_posix() for path in others} and skipped


@pytest.mark.parametrize(
    ("folder", "format"),
    [
        ("segment-public-api", "segment"),
        ("segment-typewriter", "typewriter"),
        ("snowplow-data-structure", "snowplow-data-structure"),
        ("snowplow-iglu-schema", "iglu"),
    ],
)
def test_each_file_is_known_for_what_it_is(folder: str, format: str) -> None:
    for file in files(folder):
        assert [name for name, one in FORMATS.items() if one.sniff(parse(file))] == [format], file.name
