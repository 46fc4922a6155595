"""A static Iglu registry: files and optional list objects on any web host (apis/snowplow.md section 1.3)."""

from __future__ import annotations

import copy
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote

from connectors.sandbox import Clock, Request, Response, Sandbox
from connectors.snowplow.sandbox.schema import SchemaKey, SchemaVer, parse_uri

JSON = Any


class StaticRegistrySandbox(Sandbox):
    """Read-only files under `/schemas`, no key asked for; one that is sent is ignored.

    Switches: `lists` says whether the list objects of a copy tool lie beside the files; `missing` is the status of
    an object that is not there (buckets that may not be listed say 403); `content_type` is what a host makes of a
    file name without extension.

    `dump()`: `{"files": {iglu URI: content}}`, content being JSON, or a text for another format than JSON.

    `edit`: `{"do": "put", "uri", "content"}` and `{"do": "remove", "uri"}`: what the owner of the files does.
    """

    tool = "snowplow-static"
    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {
        "lists": ("kept", "none"),
        "missing": (404, 403),
        "content_type": ("application/json", "application/octet-stream"),
    }

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self._files: dict[SchemaKey, JSON] = {}

    def respond(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(405)
        path = unquote(request.path)
        try:
            content = self._files[parse_uri("iglu:" + path.removeprefix("/schemas/"))]
        except (KeyError, ValueError):
            content = self._list(path) if self.switch("lists") == "kept" else None
        if content is None:
            return Response(int(self.switch("missing")))
        return self._serve(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))

    def edit(self, change: JSON) -> JSON:
        key = parse_uri(change.get("uri", ""))
        match change.get("do"):
            case "put" if change.get("content") is not None:
                self._files[key] = copy.deepcopy(change["content"])
            case "remove" if key in self._files:
                del self._files[key]
            case other:
                raise ValueError(f"cannot {other!r} {key.uri}; a change puts content or removes what is there")
        return {}

    def dump(self) -> JSON:
        return {"files": {key.uri: copy.deepcopy(content) for key, content in self._files.items()}}

    def load(self, state: JSON) -> None:
        self._files = {parse_uri(uri): copy.deepcopy(content) for uri, content in state["files"].items()}

    def _serve(self, text: str) -> Response:
        return Response(200, text.encode(), {"content-type": str(self.switch("content_type"))})

    def _list(self, path: str) -> list[str] | None:
        """The list object at a path, sorted as plain strings; None where there is none."""
        lists = self._build_lists()
        if path == "/schemas":
            return self._moody(sorted(uri for uris in lists.values() for uri in uris))
        return self._moody(sorted(lists[path])) if path in lists else None

    def _build_lists(self) -> dict[str, list[str]]:
        """Models whose versions have no one order are left out, from the top-level list as well."""
        models: dict[str, list[SchemaKey]] = defaultdict(list)
        for key in self._files:
            if key.format == "jsonschema":
                models[f"/schemas/{key.vendor}/{key.name}/jsonschema/{key.version.model}"].append(key)
        return {
            path: [key.uri for key in keys]
            for path, keys in models.items()
            if not _is_ambiguous(key.version for key in keys)
        }

    def _moody(self, uris: list[str]) -> list[str]:
        if self.mood == "empty-list":
            return []
        return uris[: len(uris) // 2] if self.mood == "half-page" else uris


def _is_ambiguous(versions: Iterable[SchemaVer]) -> bool:
    by_revision = sorted(versions)
    return by_revision != sorted(by_revision, key=lambda one: (one.addition, one.revision))
