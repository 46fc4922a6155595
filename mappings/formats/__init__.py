"""Other people's plan formats: what is in the files, as a canonical plan, with a finding for what is not taken over.

Pure: the caller has read and parsed the files. An importer never raises for odd content; it raises `FormatError` where
no file has the shape of its format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mappings.canonical.kinds import JSON
from mappings.contract import Reading
from mappings.formats import iglu, json_schema, segment, snowplow_data_structure, typewriter
from mappings.formats.building import FormatError

__all__ = ["FORMATS", "Format", "FormatError"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: what people call it, how its files end, and how it is read.

    `extensions` are with the dot; the empty one stands for files without any, as in an Iglu registry. `read` takes
    parsed documents by file name. `expects` says in one sentence what to hand over. `sniff` tells whether one parsed
    document looks like this format; at most one format says so of a document.
    """

    title: str
    extensions: tuple[str, ...]
    read: Callable[[Mapping[str, JSON]], Reading]
    expects: str
    sniff: Callable[[JSON], bool]


FORMATS: Mapping[str, Format] = {
    "segment": Format(
        "Segment tracking plan",
        (".json",),
        segment.read,
        "The answer of the Public API's list of rules, saved as one or more JSON files.",
        segment.sniff,
    ),
    "typewriter": Format(
        "Segment typewriter",
        (".json",),
        typewriter.read,
        "The plan.json that typewriter keeps beside the code it generates.",
        typewriter.sniff,
    ),
    "iglu": Format(
        "Iglu registry",
        ("", ".json"),
        iglu.read,
        "Self-describing JSON Schemas, single files or a folder laid out as vendor/name/jsonschema/version.",
        iglu.sniff,
    ),
    "snowplow-data-structure": Format(
        "Snowplow data structures",
        (".yaml", ".yml", ".json"),
        snowplow_data_structure.read,
        "The files of snowplow-cli: data structures, and data products and source applications with them.",
        snowplow_data_structure.sniff,
    ),
    "json-schema": Format(
        "JSON Schema",
        (".json", ".yaml", ".yml"),
        json_schema.read,
        "One JSON Schema per event, named by its title, its $id or its file.",
        json_schema.sniff,
    ),
}
"""Every format by the name it has on the command line."""
