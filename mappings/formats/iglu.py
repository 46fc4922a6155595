"""Schemas of an Iglu registry, in any number of files and any layout of folders: apis/snowplow.md section 4."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from mappings.canonical.kinds import JSON
from mappings.contract import Reading
from mappings.formats.building import PlanBuilder
from mappings.formats.snowplow_schemas import Version, read_self, take_versions

EXPECTED = 'self-describing JSON Schemas: objects with "self" (vendor, name, format, version)'
OTHER_FORMATS = ("avro", "thrift", "protobuf")
"""Formats other than JSON Schema that registries hold: apis/snowplow.md section 4.1."""


def read(documents: Mapping[str, JSON]) -> Reading:
    """The plan of a registry or a part of it. Raises FormatError where no file is a self-describing schema.

    Files of a format other than JSON Schema are known by ``self.format`` or by a folder of that name, as in
    ``vendor/name/avro/1-0-0``; their content may be anything.
    """
    builder = PlanBuilder("iglu", EXPECTED)
    versions: list[Version] = []
    for file, document in builder.documents(documents):
        described = read_self(document)
        other = _other_format(file, described[2] if described else "")
        if other:
            message = f"a schema in {other}, which a plan cannot express; skipped"
            builder.note("info", "dropped", ("file", file), "other-format", message)
        elif described is None:
            builder.reject(file)
        else:
            vendor, name, _, version = described
            versions.append(Version(file, vendor, name, version, document))
    take_versions(builder, versions)
    return builder.reading()


def _other_format(file: str, stated: str) -> str:
    if stated:
        return "" if stated == "jsonschema" else stated
    folder = PurePosixPath(file.replace("\\", "/")).parent.name
    return folder if folder in OTHER_FORMATS else ""


def sniff(data: JSON) -> bool:
    """Whether this is a self-describing schema on its own. Old registries leave out its `$schema`."""
    return read_self(data) is not None
