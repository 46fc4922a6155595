"""Data products and source applications of snowplow-cli: apis/snowplow.md section 8.5.

A plan has sources and categories for a part of what they say. The rest stays, verbatim, in the extensions.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mappings.canonical.jsonschema import event_data
from mappings.canonical.kinds import JSON
from mappings.formats.building import Data, PlanBuilder, as_mapping, as_text, is_name
from mappings.formats.snowplow_schemas import TOOL

Called = Mapping[tuple[str, str], str]
"""What the schemas in the same files are called in the plan, by (vendor, name)."""


def take_source(builder: PlanBuilder, file: str, data: Mapping[str, JSON]) -> str:
    """Makes a source of a source application. Returns its name, empty where it has no usable one."""
    name = data.get("name")
    if not builder.add_heading("sources", name, data.get("description"), file):
        return ""
    _keep(builder, "source_applications", as_text(name), data)
    return as_text(name)


def take_product(
    builder: PlanBuilder, file: str, data: Mapping[str, JSON], called: Called, sources: Mapping[str, str]
) -> None:
    """Makes a category of a data product, and takes its event specifications. `sources` are source names by file."""
    name = data.get("name")
    if not builder.add_heading("categories", name, data.get("description"), file):
        return
    product = Product(file, as_text(name), as_text(data.get("owner")), sources)
    specifications = data.get("eventSpecifications")
    _keep(builder, "data_products", product.name, data)
    if not isinstance(specifications, list):
        return
    for index, specification in enumerate(specifications):
        if isinstance(specification, Mapping):
            _take_specification(builder, product, data, specification, called)
        else:
            message = f"entry {index} of the event specifications is none; skipped"
            builder.note("warning", "dropped", ("file", file, str(index)), "no-specification", message)


def _keep(builder: PlanBuilder, section: str, name: str, data: Mapping[str, JSON]) -> None:
    kept = {key: value for key, value in data.items() if key not in ("name", "description", "eventSpecifications")}
    if kept:
        builder.extensions.setdefault(TOOL, {}).setdefault(section, {})[name] = kept
        message = f"no place in the plan for {', '.join(sorted(kept))}; kept for Snowplow"
        builder.note("info", "transformed", ("extensions", TOOL, section, name), "kept", message)


class Product(NamedTuple):
    """What the event specifications of one data product have in common."""

    file: str
    name: str
    owner: str
    sources: Mapping[str, str]

    def names_of(self, references: JSON) -> Iterator[str]:
        """The sources that references such as ``{"$ref": "./web.yml"}`` mean, as far as their files are given."""
        for reference in references if isinstance(references, list) else ():
            path = as_text(as_mapping(reference).get("$ref"))
            target = posixpath.normpath(posixpath.join(posixpath.dirname(self.file), path))
            if path and target in self.sources:
                yield self.sources[target]


def _take_specification(
    builder: PlanBuilder, product: Product, data: Mapping[str, JSON], specification: Mapping[str, JSON], called: Called
) -> None:
    taken = {
        *product.names_of(data.get("sourceApplications")),
        *product.names_of(specification.get("sourceApplications")),
    } - set(product.names_of(specification.get("excludedSourceApplications")))
    event = as_mapping(specification.get("event"))
    name = called.get(_schema_key(as_text(event.get("source"))))
    if name is not None and name in builder.events:
        _add_to_event(builder, product, name, sorted(taken), specification)
    else:
        _make_event(builder, product, sorted(taken), specification)


def _schema_key(uri: str) -> tuple[str, str]:
    """Vendor and name of an address such as ``iglu:com.example/click/jsonschema/1-0-0``."""
    parts = uri.removeprefix("iglu:").split("/")
    return (parts[0], parts[1]) if len(parts) == 4 else ("", "")


def _add_to_event(
    builder: PlanBuilder, product: Product, name: str, sources: list[str], specification: Mapping[str, JSON]
) -> None:
    event = dict(builder.events[name])
    event["sources"] = sorted({*event.get("sources", ()), *sources})
    event["owners"] = sorted({*event.get("owners", ()), *([product.owner] if product.owner else [])})
    event.setdefault("category", product.name)
    kept = event.setdefault("extensions", {}).setdefault(TOOL, {}).setdefault("event_specifications", [])
    kept.append(dict(specification))
    builder.events[name] = builder.sound(event, ("events", name))
    if len(kept) == 1:
        message = "event specifications say more than the plan can; kept for Snowplow"
        path = ("events", name, "extensions", TOOL, "event_specifications")
        builder.note("info", "transformed", path, "specification", message)


def _make_event(builder: PlanBuilder, product: Product, sources: list[str], specification: Mapping[str, JSON]) -> None:
    name = specification.get("name")
    if not builder.is_usable(name, "events", product.file):
        return
    free = _free_name(as_text(name), builder)
    narrowing = as_mapping(as_mapping(specification.get("event")).get("schema"))
    body = {key: value for key, value in narrowing.items() if key != "$schema"}
    event: Data = event_data(body, builder.report, ("events", free))
    if text := as_text(specification.get("description")):
        event["description"] = text
    event |= {"category": product.name, "sources": sources, "owners": [product.owner] if product.owner else []}
    event["extensions"] = {TOOL: {"event_specifications": [dict(specification)]}}
    if is_name(specification.get("resourceName")):
        event["id"] = specification["resourceName"]
    builder.add_event(free, event, product.file)
    message = "an event specification whose schema is not among the files; taken as an event of its own"
    hint = "Import the schema it points to together with it."
    builder.note("warning", "transformed", ("events", free), "specification", message, hint)


def _free_name(name: str, builder: PlanBuilder) -> str:
    number, free = 2, name
    while free in builder.events:
        number, free = number + 1, f"{name} ({number})"
    return free
