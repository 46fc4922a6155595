"""Self-describing schemas of Snowplow, whichever file they came in: apis/snowplow.md section 4.1.

A registry knows only schema versions; which of them is the event, and what the event is called, is decided here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mappings.canonical.jsonschema import event_data
from mappings.canonical.kinds import JSON
from mappings.formats.building import Data, PlanBuilder, as_mapping

TOOL = "snowplow"
ENVELOPE = frozenset({"$schema", "self", "$supersedes", "$supersededBy"})
VERSION = re.compile(r"(\d{1,9})-(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one schema. `fields` and `extension` add to the event what stands beside the schema."""

    file: str
    vendor: str
    name: str
    text: str
    schema: Mapping[str, JSON]
    fields: Data = field(default_factory=dict)
    extension: Data = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[int, ...]:
        match = VERSION.fullmatch(self.text)
        return tuple(map(int, match.groups())) if match else ()


def read_self(schema: JSON) -> tuple[str, str, str, str] | None:
    """Vendor, name, format and version as the schema describes itself; None where it does not, or not fully."""
    about = as_mapping(as_mapping(schema).get("self"))
    parts = [about.get(key) for key in ("vendor", "name", "format", "version")]
    vendor, name, kind, version = (part if isinstance(part, str) and part else None for part in parts)
    return (vendor, name, kind, version) if vendor and name and kind and version else None


def take_versions(builder: PlanBuilder, versions: Iterable[Version]) -> dict[tuple[str, str], str]:
    """Makes an event of the highest version of each schema. Returns what each (vendor, name) is called in the plan."""
    groups: dict[tuple[str, str], list[Version]] = {}
    for version in versions:
        if version.numbers:
            groups.setdefault((version.vendor, version.name), []).append(version)
        else:
            message = f"version {version.text!r} is not of the form 1-0-0; skipped"
            builder.note("warning", "dropped", ("file", version.file), "version-form", message)
    called = _event_names(groups)
    _take_vendors(builder, sorted({vendor for vendor, _ in groups}))
    several_vendors = len({vendor for vendor, _ in groups}) > 1
    for key, group in groups.items():
        highest = max(group, key=lambda version: version.numbers)
        _mention_others(builder, called[key], highest, group)
        _take(builder, called[key], highest, several_vendors)
    return called


def _event_names(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """A schema's name is the event's; names that several vendors use get the vendor before them."""
    used = Counter(name for _, name in keys)
    return {(vendor, name): f"{vendor}.{name}" if used[name] > 1 else name for vendor, name in keys}


def _take_vendors(builder: PlanBuilder, vendors: list[str]) -> None:
    if len(vendors) == 1:
        builder.extensions.setdefault(TOOL, {})["vendor"] = vendors[0]
    elif vendors:
        message = f"schemas of {len(vendors)} vendors: {', '.join(vendors)}; each event keeps its own"
        hint = "A target publishes under one vendor: import one vendor at a time to publish them apart."
        builder.note("info", "transformed", ("extensions", TOOL, "vendor"), "vendors", message, hint)


def _mention_others(builder: PlanBuilder, name: str, highest: Version, group: list[Version]) -> None:
    others = sorted((version for version in group if version is not highest), key=lambda version: version.numbers)
    if others:
        message = f"version {highest.text} is taken; left out: {', '.join(version.text for version in others)}"
        hint = "The registry keeps them; a plan holds what is valid now."
        builder.note("info", "dropped", ("events", name), "version", message, hint)


def _take(builder: PlanBuilder, name: str, version: Version, several_vendors: bool) -> None:
    body = {key: value for key, value in version.schema.items() if key not in ENVELOPE}
    data = event_data(body, builder.report, ("events", name))
    if "type" in data.get("keywords", {}):
        message = "the schema is not of an object; its keywords are kept as they are"
        builder.note("warning", "transformed", ("events", name, "keywords"), "no-object", message)
    extension = {
        "version": version.text,
        **({"vendor": version.vendor} if several_vendors else {}),
        **{key.lstrip("$"): version.schema[key] for key in ("$supersedes", "$supersededBy") if key in version.schema},
        **version.extension,
    }
    data["extensions"] = {TOOL: extension}
    if name != version.name:
        data["names"] = {TOOL: version.name}
    builder.add_event(name, {**data, **version.fields}, version.file)
