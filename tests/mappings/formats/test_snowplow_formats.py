"""Iglu registries and the files of snowplow-cli: apis/snowplow.md sections 4 and 8."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from mappings.contract import Reading
from mappings.formats import FORMATS, FormatError

URI = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"


def schema(name: str = "click", version: str = "1-0-0", vendor: str = "com.acme", **body: Any) -> dict[str, Any]:
    about = {"vendor": vendor, "name": name, "format": "jsonschema", "version": version}
    return {"$schema": URI, "self": about, "type": "object", "properties": {}, **body}


def structure(name: str = "click", meta: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    said = {"hidden": False, "schemaType": "event", "customData": {}} if meta is None else meta
    return {"apiVersion": "v1", "resourceType": "data-structure", "meta": said, "data": schema(name, **body)}


def resource(kind: str, **data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "resourceType": kind, "resourceName": "id-1", "data": data}


def iglu(*schemas: Any) -> Reading:
    return FORMATS["iglu"].read({f"schemas/{number}": one for number, one in enumerate(schemas)})


def cli(**files: Any) -> Reading:
    return FORMATS["snowplow-data-structure"].read({f"{name}.yml": one for name, one in files.items()})


def codes(reading: Reading) -> list[str]:
    return [one.code.split(".")[1] for one in reading.findings]


def test_a_schema_is_an_event() -> None:
    body = {"description": "a click", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    reading = iglu(schema(**body, additionalProperties=False))
    click = reading.plan.events["click"]
    assert (click.description, click.additional_properties, click.properties["x"].required) == ("a click", False, True)
    assert click.keywords == {} and click.names == {} and reading.findings == ()
    assert reading.plan.extensions["snowplow"] == {"vendor": "com.acme"}


def test_the_highest_version_by_numbers_is_the_event() -> None:
    reading = iglu(*(schema(version=one, description=one) for one in ("1-0-9", "1-0-10", "1-0-2")))
    assert reading.plan.events["click"].description == "1-0-10" and codes(reading) == ["version"]
    assert "left out: 1-0-2, 1-0-9" in reading.findings[0].message


def test_equal_names_of_two_vendors_get_the_vendor_before_them() -> None:
    reading = iglu(schema(), schema(vendor="org.other"), schema("view"))
    assert list(reading.plan.events) == ["com.acme.click", "org.other.click", "view"]
    assert reading.plan.events["org.other.click"].names == {"snowplow": "click"}
    assert reading.plan.events["view"].extensions["snowplow"]["vendor"] == "com.acme"
    assert codes(reading) == ["vendors"] and "vendor" not in reading.plan.extensions.get("snowplow", {})


@pytest.mark.parametrize(
    ("file", "document"),
    [
        ("com.acme/click/avro/1-0-0", {"type": "record"}),
        ("com.acme/click/thrift/1-0-0", None),
        ("com.acme\\click\\protobuf\\1-0-0", "message Click {}"),
        ("click.json", {"self": {"vendor": "com.acme", "name": "c", "format": "avro", "version": "1-0-0"}}),
    ],
)
def test_other_formats_are_skipped_and_told(file: str, document: Any) -> None:
    reading = FORMATS["iglu"].read({file: document, "view": schema("view")})
    assert list(reading.plan.events) == ["view"]
    assert [(one.code, one.path) for one in reading.findings] == [("iglu.other-format", ("file", file))]


def test_a_schema_that_is_no_object_is_kept_and_told() -> None:
    reading = iglu({**schema(), "type": "array", "items": {"type": "string"}})
    assert reading.plan.events["click"].keywords == {"type": "array", "items": {"type": "string"}}
    assert codes(reading) == ["no-object"]


def test_what_the_registry_says_about_superseding_is_kept() -> None:
    click = iglu({**schema(version="1-0-1"), "$supersedes": ["1-0-0"]}).plan.events["click"]
    assert click.extensions["snowplow"] == {"version": "1-0-1", "supersedes": ["1-0-0"]}


@pytest.mark.parametrize("version", ["1.0.0", "1-0", "latest", "1-0-9999999999"])
def test_a_version_of_another_form_is_told(version: str) -> None:
    assert codes(iglu(schema("view"), schema(version=version))) == ["version-form"]


@pytest.mark.parametrize("document", [{}, [], None, {"self": {"vendor": "com.acme"}}, {"self": 5}])
def test_what_does_not_describe_itself_is_refused(document: Any) -> None:
    with pytest.raises(FormatError, match="click: expected self-describing JSON Schemas"):
        FORMATS["iglu"].read({"click": document})


def test_a_data_structure_is_an_event_with_its_meta() -> None:
    meta = {"hidden": True, "schemaType": "entity", "customData": {"team": "web"}}
    reading = cli(user=structure("user", meta, properties={"id": {"type": "string"}}))
    user = reading.plan.events["user"]
    assert (user.kind, user.hidden, list(user.properties)) == ("entity", True, ["id"])
    assert user.extensions["snowplow"] == {"version": "1-0-0", "customData": {"team": "web"}}
    assert reading.findings == () and reading.plan.extensions["snowplow"]["vendor"] == "com.acme"


def test_not_hidden_is_left_to_the_tools() -> None:
    assert cli(click=structure()).plan.events["click"].hidden is None


@pytest.mark.parametrize("meta", [{"schemaType": ""}, {"schemaType": ["event"]}, {"schemaType": "event", "lock": 1}])
def test_odd_meta_is_told(meta: dict[str, Any]) -> None:
    reading = cli(click=structure(meta=meta))
    assert reading.plan.events["click"].kind == "track" and codes(reading) == ["meta"]


def product(*specifications: dict[str, Any], **data: Any) -> dict[str, Any]:
    shared = {"name": "Shop", "description": "all of the shop", "owner": "ada@example.com"}
    return resource("data-product", **shared, eventSpecifications=list(specifications), **data)


def specification(name: str = "Buy clicked", vendor: str = "com.acme", **fields: Any) -> dict[str, Any]:
    return {
        "resourceName": "id-2",
        "name": name,
        "event": {"source": f"iglu:{vendor}/click/jsonschema/1-0-0"},
        **fields,
    }


def test_source_applications_are_sources() -> None:
    reading = cli(web=resource("source-application", name="Web", description="the site", appIds=["web"]))
    assert reading.plan.sources["Web"].description == "the site"
    assert reading.plan.extensions["snowplow"]["source_applications"] == {"Web": {"appIds": ["web"]}}
    assert codes(reading) == ["kept"]


def test_a_data_product_adds_to_the_events_it_specifies() -> None:
    web, app = (resource("source-application", name=name) for name in ("Web", "App"))
    references = [{"$ref": "./web.yml"}, {"$ref": "app.yml"}, {"$ref": "gone.yml"}]
    spec = specification(excludedSourceApplications=[{"$ref": "./app.yml"}])
    reading = cli(shop=product(spec, sourceApplications=references), web=web, app=app, click=structure())
    click = reading.plan.events["click"]
    assert (click.category, click.sources, click.owners) == ("Shop", ("Web",), ("ada@example.com",))
    assert click.extensions["snowplow"]["event_specifications"] == [spec]
    assert reading.plan.categories["Shop"].description == "all of the shop"
    assert codes(reading) == ["kept", "specification"]


def test_a_specification_of_a_foreign_schema_is_an_event_of_its_own() -> None:
    narrowing = {"type": "object", "properties": {"label": {"enum": ["buy"]}}}
    foreign = specification(vendor="org.other", description="at the button")
    foreign["event"]["schema"] = narrowing
    reading = cli(shop=product(foreign, foreign))
    first, second = reading.plan.events.values()
    assert list(reading.plan.events) == ["Buy clicked", "Buy clicked (2)"] and first.id == second.id == "id-2"
    assert first.description == "at the button" and first.properties["label"].enum == ("buy",)
    assert codes(reading) == ["kept", "specification", "specification"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a": resource("image", name="x")}, "resource-type"),
        ({"a": resource("source-application", name="")}, "no-name"),
        ({"a": resource("source-application", name="A"), "b": resource("source-application", name="A")}, "duplicate"),
        ({"a": resource("data-product", name="P", eventSpecifications=[5])}, "no-specification"),
        ({"a": structure(), "b": {"resourceType": "data-structure", "data": {}}}, "not-this-format"),
        ({"a": structure(properties={"d": {"default": datetime.datetime.max, "x": {1}}})}, "not-json"),
    ],
)
def test_what_has_no_place_is_told(files: dict[str, Any], code: str) -> None:
    assert code in codes(cli(**files))


def test_dates_of_yaml_are_text() -> None:
    reading = cli(a=structure(properties={"d": {"enum": [datetime.date(2024, 5, 1)]}}))
    assert reading.plan.events["click"].properties["d"].enum == ("2024-05-01",) and reading.findings == ()


@pytest.mark.parametrize("document", [[], None, {"resourceType": "data-structure"}, {"data": {}}])
def test_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(FormatError, match=r"a\.yml: expected files of snowplow-cli"):
        cli(a=document)
