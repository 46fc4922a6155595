"""The endpoints of Iglu Server as a table (apis/snowplow.md sections 3.1 to 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sandbox import Request
from connectors.snowplow.sandbox.access import Permission
from connectors.snowplow.sandbox.schema import SchemaKey, SchemaVer, parse_version
from connectors.snowplow.sandbox.wire import Capture, Pattern, Refusal, read_integer, read_natural

JSON = Any

FORMS = ("canonical", "meta", "uri")
_VERSION_PATH = ("{vendor}", "{name}", "{format}", "{version}")
_DRAFT_PATH = ("{vendor}", "{name}", "{format}", "{number}")
_DOCS: Mapping[Pattern, Mapping[str, str]] = {("swagger.json",): {"GET": "docs"}, ("swagger.yaml",): {"GET": "docs"}}

SERVICES: Mapping[str, Mapping[Pattern, Mapping[str, str]]] = {
    "schemas": {
        **_DOCS,
        (): {"GET": "list_schemas", "POST": "post_schema"},
        ("validate", "{vendor}", "{name}", "jsonschema", "{version}"): {"POST": "validate_schema"},
        ("{vendor}", "{name}", "jsonschema", "{model}"): {"GET": "list_schemas"},
        ("{vendor}",): {"GET": "list_schemas"},
        ("{vendor}", "{name}"): {"GET": "list_schemas"},
        _VERSION_PATH: {"GET": "get_schema", "PUT": "put_schema", "DELETE": "delete_schema"},
    },
    "validation": {
        **_DOCS,
        ("validate", "instance"): {"POST": "validate_instance"},
        ("validate", "schema", "{known_format}"): {"POST": "validate_schema"},
    },
    "auth": {**_DOCS, ("keygen",): {"POST": "make_keys", "DELETE": "delete_key"}},
    "meta": {
        **_DOCS,
        ("health",): {"GET": "health"},
        ("health", "db"): {"GET": "health_db"},
        ("server",): {"GET": "server"},
    },
    "drafts": {**_DOCS, (): {"GET": "list_drafts"}, _DRAFT_PATH: {"GET": "get_draft", "PUT": "put_draft"}},
}


def _capture_version(text: str) -> SchemaVer:
    version = parse_version(text)
    if version is None:
        raise Refusal(400, f"Cannot parse version part '{text}' as SchemaVer, INVALID_SCHEMAVER")
    return version


def _capture_known_format(text: str) -> str:
    if text != "jsonschema":
        raise Refusal(400, f"Unknown schema format: '{text}'")
    return text


CAPTURES: Mapping[str, Capture] = {
    "version": _capture_version,
    "model": read_integer,
    "number": read_natural,
    "known_format": _capture_known_format,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A routed request: who asks, and what the path said."""

    request: Request
    service: str
    permission: Permission
    path: Mapping[str, JSON]

    def key(self) -> SchemaKey:
        return SchemaKey(self.path["vendor"], self.path["name"], self.path["format"], self.path["version"])

    def form(self, default: str) -> str:
        """The representation asked for. Raises Refusal 400."""
        given = self.request.param("repr")
        text = default if given is None else given
        if text.lower() not in FORMS:
            raise Refusal(400, f"Unknown schema representation format: '{text}'")
        return text.lower()
