"""Files of snowplow-cli: data structures, data products, source applications. See apis/snowplow.md section 8.4."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from mappings.canonical.kinds import JSON
from mappings.contract import Reading
from mappings.formats.building import Data, PlanBuilder, as_mapping
from mappings.formats.snowplow_products import take_product, take_source
from mappings.formats.snowplow_schemas import Version, read_self, take_versions

EXPECTED = 'files of snowplow-cli: objects with "resourceType" and "data"'
KINDS: dict[str, Data] = {"event": {}, "entity": {"kind": "entity"}}
"""`meta.schemaType`, and what it says about the event. Empty in old entries of the Console."""


def read(documents: Mapping[str, JSON]) -> Reading:
    """The plan of one or several files. Raises FormatError where none is of snowplow-cli."""
    builder = PlanBuilder("snowplow-data-structure", EXPECTED)
    by_type: dict[str, dict[str, Mapping[str, JSON]]] = {}
    for file, document in builder.documents(documents):
        kind, data = as_mapping(document).get("resourceType"), as_mapping(document).get("data")
        if not isinstance(kind, str) or not isinstance(data, Mapping):
            builder.reject(file)
        elif kind not in ("data-structure", "source-application", "data-product"):
            message = f"resources of type {kind!r} have no place in a plan; skipped"
            builder.note("warning", "dropped", ("file", file), "resource-type", message)
        else:
            by_type.setdefault(kind, {})[file] = document
    found = [_version(builder, file, one) for file, one in by_type.get("data-structure", {}).items()]
    called = take_versions(builder, [version for version in found if version])
    applications = by_type.get("source-application", {}).items()
    sources = {
        posixpath.normpath(file): name
        for file, one in applications
        if (name := take_source(builder, file, one["data"]))
    }
    for file, one in by_type.get("data-product", {}).items():
        take_product(builder, file, one["data"], called, sources)
    return builder.reading()


def _version(builder: PlanBuilder, file: str, document: Mapping[str, JSON]) -> Version | None:
    described = read_self(document["data"])
    if described is None:
        builder.reject(file, 'a data structure whose "data.self" has vendor, name, format and version')
        return None
    vendor, name, _, version = described
    fields, extension = _meta(builder, file, as_mapping(document.get("meta")))
    return Version(file, vendor, name, version, document["data"], fields, extension)


def _meta(builder: PlanBuilder, file: str, meta: Mapping[str, JSON]) -> tuple[Data, Data]:
    """What `meta` says, as fields of the event and as its extension. Not hidden is what everything is anyway."""
    kind = meta.get("schemaType", "event")
    known = isinstance(kind, str) and kind in KINDS
    fields = {**(KINDS[kind] if known else {}), **({"hidden": True} if meta.get("hidden") is True else {})}
    extension = {"customData": meta["customData"]} if meta.get("customData") else {}
    beyond = sorted(set(meta) - {"hidden", "schemaType", "customData"})
    if not known or beyond:
        said = [*([] if known else [f"schemaType {kind!r}, read as event"]), *beyond]
        message = f"meta is not fully understood: {', '.join(said)}"
        builder.note("warning", "dropped", ("file", file), "meta", message)
    return fields, extension


def sniff(data: JSON) -> bool:
    """Whether this is a file of snowplow-cli."""
    return isinstance(as_mapping(data).get("resourceType"), str) and "data" in as_mapping(data)
