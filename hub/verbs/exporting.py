"""A plan as files to take away: YAML as the hub reads it, or one JSON Schema per event."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from hub.files.emit import file_data, yaml_text
from mappings.canonical import TrackingPlan
from mappings.canonical.identity import expand
from mappings.canonical.jsonschema import SCHEMA_URIS, Draft, event_schema
from mappings.canonical.text import snake_case, spell_uniquely

LONGEST_NAME = 80
"""Characters of an event's name that a file name takes; what makes it unique comes after them."""
NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The moment that zipped files carry: the same plan is then the same zip."""


def plan_text(plan: TrackingPlan) -> str:
    """The plan as one YAML file."""
    return yaml_text(file_data(plan))


def schema_files(plan: TrackingPlan, draft: Draft) -> dict[str, bytes]:
    """One JSON Schema per event, by the name of its file. Raises UnknownSharedProperty."""
    events = expand(plan).events
    names = spell_uniquely(events, lambda name: snake_case(name)[:LONGEST_NAME])
    contents = {}
    for name, event in events.items():
        schema: dict[str, Any] = {"$schema": SCHEMA_URIS[draft], "title": name}
        schema |= {key: one for key, one in event_schema(event, draft).items() if key != "title"}
        contents[f"{names[name]}.json"] = f"{json.dumps(schema, ensure_ascii=False, indent=2)}\n".encode()
    return contents


def zipped(files: dict[str, bytes]) -> bytes:
    """The files as one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
