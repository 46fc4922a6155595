"""Both shapes of typewriter's plan.json."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.contract import Reading
from mappings.formats import FORMATS, FormatError

READ = FORMATS["typewriter"].read


def message(section: str, *names: str, **root: Any) -> dict[str, Any]:
    members = {name: {"type": ["string"], "description": ""} for name in names}
    return {"type": "object", "properties": {"context": {}, section: {"type": "object", "properties": members}}, **root}


def config(events: list[Any], **sections: Any) -> dict[str, Any]:
    head = {"name": "workspaces/shop/tracking-plans/rs_1", "display_name": "Web shop"}
    return {**head, "rules": {"events": events, "identify_traits": [], "group_traits": [], **sections}}


def flat(name: str, kind: str = "TRACK", meta: dict[str, Any] | None = None, **schema: Any) -> dict[str, Any]:
    marked = {"eventMetadata": meta or {"name": name, "type": kind}, "type": "object", **schema}
    return {"key": name, "type": kind, "version": 1, "jsonSchema": marked}


def read(document: Any) -> Reading:
    return READ({"plan.json": document})


def test_the_older_shape_has_all_sections() -> None:
    reading = read(
        config(
            [{"name": "Paid", "version": 1, "rules": message("properties", "total")}],
            identify=message("traits", "email"),
            group=message("traits", "seats"),
            **{"global": message("properties")},
        )
    )
    plan = reading.plan
    assert plan.name == "Web shop" and list(plan.events["Paid"].properties) == ["total"]
    assert list(plan.user_properties) == ["email"] and list(plan.groups["group"].properties) == ["seats"]
    assert reading.findings == () and plan.extensions["segment"] == {
        "plan": {"name": "workspaces/shop/tracking-plans/rs_1"}
    }


def test_an_event_of_the_older_shape_may_be_described_beside_its_schema() -> None:
    event = {"name": "Paid", "version": 3, "description": "at the till", "rules": message("properties")}
    paid = read(config([event])).plan.events["Paid"]
    assert paid.description == "at the till" and paid.extensions == {"segment": {"version": 3}}


def test_a_global_rule_with_content_is_kept_and_told() -> None:
    reading = read(config([], **{"global": message("properties", **{"not": {"required": ["bot"]}})}))
    assert "common" in reading.plan.extensions["segment"] and reading.findings[0].code == "typewriter.common-rule"


def test_the_newer_shape_is_flattened() -> None:
    rule = flat(
        "Paid",
        **{
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "/properties/properties",
            "description": "at the till",
            "labels": {"core": "tag"},
            "required": ["properties"],
            "properties": {"properties": {"$id": "/properties/properties", "type": "string"}, "total": {}},
        },
    )
    reading = read({"name": "Web shop", "id": "tp_1", "rules": [rule]})
    paid = reading.plan.events["Paid"]
    assert (paid.description, paid.tags, paid.keywords, paid.extensions) == ("at the till", ("core",), {}, {})
    assert list(paid.properties) == ["properties", "total"] and paid.properties["properties"].required
    assert reading.findings == () and reading.plan.extensions["segment"]["plan"] == {"id": "tp_1"}


def test_a_flattened_identify_rule_gives_user_properties() -> None:
    plan = read({"rules": [flat("", "IDENTIFY", properties={"email": {"type": "string"}})]}).plan
    assert list(plan.user_properties) == ["email"]


def test_a_list_that_was_not_flattened_is_read_all_the_same() -> None:
    rule = {"key": "Paid", "type": "TRACK", "version": 1, "jsonSchema": message("properties", "total")}
    assert list(read({"rules": [rule]}).plan.events["Paid"].properties) == ["total"]


def test_metadata_that_says_something_else_is_kept() -> None:
    rule = flat("Paid", meta={"name": "Paid", "type": "TRACK", "team": "web"})
    assert read({"rules": [rule]}).plan.events["Paid"].extensions["segment"]["schema"] == {
        "eventMetadata": {"team": "web"}
    }


def test_names_that_only_look_alike_stay_apart() -> None:
    events = [{"name": name, "version": 1, "rules": message("properties")} for name in ("Event Done", "event_done")]
    assert list(read(config(events)).plan.events) == ["Event Done", "event_done"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (config([5]), "typewriter.no-rule"),
        (config([{"name": "", "rules": {}}]), "typewriter.no-name"),
        (config([{"name": "A", "rules": {}, "owner": "ada"}]), "typewriter.rule-fields"),
        (config([], pages=[]), "typewriter.section"),
        (config([], identify_traits=[{"name": "email"}]), "typewriter.kept"),
    ],
)
def test_what_is_not_understood_is_told(document: Any, code: str) -> None:
    assert [one.code for one in read(document).findings] == [code]


@pytest.mark.parametrize("document", [[], {}, {"rules": "none"}, None])
def test_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(FormatError, match=r"plan\.json: expected a plan\.json as typewriter"):
        read(document)
