"""One plain JSON Schema per event, any of the three drafts."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.canonical.jsonschema import event_data
from mappings.canonical.kinds import JSON
from mappings.contract import Reading
from mappings.formats.building import PlanBuilder, as_mapping, as_text, is_name, stem

EXPECTED = 'JSON Schemas, one per event: objects with "type", "properties", "$schema" or the like'
MARKS = frozenset({"$schema", "$id", "type", "properties", "required", "allOf", "anyOf", "oneOf", "$ref"})
"""Keywords by which an object is taken for a schema."""


def read(documents: Mapping[str, JSON]) -> Reading:
    """The plan of one or several schemas. Raises FormatError where no file is one.

    An event is called what its schema's `title` says, else the end of its `$id`, else its file.
    """
    builder = PlanBuilder("json-schema", EXPECTED)
    for file, schema in builder.documents(documents):
        if isinstance(schema, Mapping) and MARKS & set(schema):
            _take(builder, file, schema)
        else:
            builder.reject(file)
    return builder.reading()


def _take(builder: PlanBuilder, file: str, schema: Mapping[str, JSON]) -> None:
    name = _name(file, schema)
    body = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "id")}
    if body.get("title") == name:
        del body["title"]
    data = event_data(body, builder.report, ("events", name))
    if "type" in data.get("keywords", {}):
        message = "the schema is not of an object; its keywords are kept as they are"
        builder.note("warning", "transformed", ("events", name, "keywords"), "no-object", message)
    if (own := schema.get("$id", schema.get("id"))) is not None:
        data["extensions"] = {"json-schema": {"$id": own}}
    builder.add_event(name, data, file)


def _name(file: str, schema: Mapping[str, JSON]) -> str:
    for key in ("title", "$id", "id"):
        text = as_text(schema.get(key))
        name = text if key == "title" else stem(text.rstrip("/#"))
        if is_name(name):
            return name
    return stem(file)


def sniff(data: JSON) -> bool:
    """Whether this is a JSON Schema of an object that does not describe itself the Iglu way."""
    schema = as_mapping(data)
    if "self" in schema:
        return False
    named = "json-schema.org" in as_text(schema.get("$schema"))
    return named or (schema.get("type") == "object" and isinstance(schema.get("properties"), Mapping))
