"""A stateful local emulator of Mixpanel's Lexicon, strict where the service is, adjustable where it is unknown."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlencode

from connectors.mixpanel.sandbox.answers import ok, refused
from connectors.mixpanel.sandbox.definitions import DefinitionsApi
from connectors.mixpanel.sandbox.edits import make_edit
from connectors.mixpanel.sandbox.schemas import SchemasApi
from connectors.mixpanel.sandbox.state import JSON, Refusal, Workspace
from connectors.sandbox import Clock, Request, Response, Sandbox

PROJECT_ID = "4711"
WORKSPACE_ID = "815"
"""The project's one data view; the same routes answer under it (apis/mixpanel.md section 1.1)."""
USERNAME = "schema-sync.demo.mp-service-account"
SECRET = "demo-secret-of-no-value"

PREFIX = "/api/app/"
SLASHLESS = re.compile(r"/data-definitions/(events|properties|tags|tags/[^/]+)$")


class MixpanelSandbox(Sandbox):
    """One project with one service account. Serves A1 to A10, B1 to B4, P1 to P3, T1 to T5 and `/api/app/me`.

    `edit` takes ``{"do": verb, ...}``. An entity is named by `name` and `type` (default ``event``; the name of a
    ``profile`` defaults to ``$user``); with `property` a verb means that property inside its schema.

    * ``add`` (`schema`; `id` for a ``custom_event``), ``remove``: a row of any type, ``group`` and ``lookup`` too;
    * ``set`` (`field`, `value`), ``clear`` (`field`): any field of the schema, of a property, or of road B alone;
    * ``hide``, ``show``, ``drop``, ``undrop``; ``tag``, ``untag`` (`tag`); ``contacts`` (`contacts`, `teams`);
    * ``add_property`` (`property`, `schema`), ``remove_property``, ``unknown_type`` (`property`);
    * ``ingest`` (`event`, `properties`: name → type): data arrives for an event, which gets no schema by that;
    * ``rename_tag`` (`tag`, `to`; without `to` the tag is deleted);
    * ``role`` (`role`: owner, admin, analyst, consumer), ``expire`` (`at`, seconds; default now),
      ``classified`` (`project`, `permission`: booleans), ``people`` (`members`, `teams`: who exists).

    Moods: ``half-batch``, ``half-page``, ``empty-list``, and ``fail-after-delete`` (a truncating upload deletes,
    then answers 500). `dump` holds what the project says, not when it was said: change times, limit windows and
    readings that lag are left out, and `load` forgets the times.
    """

    tool = "mixpanel"

    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {
        # Limits (apis/mixpanel.md section 2).
        "gets_count": (True, False),
        "retry_after": (True, False),
        "limit_body": ("json", "text"),
        "delete_limit": (3000, 2999),
        # Shapes of answers (sections 3.1 and 3.1.2).
        "error_shape": ("text", "list", "object"),
        "single_read": ("results", "bare", "entry"),
        "single_write": ("status", "schema"),
        "delete_key": ("delete_count", "deleteCount"),
        "added": ("entries", "new"),
        "one_type": ("exact", "mixed"),
        "list_order": ("stored", "reversed"),
        "read_defaults": ("entity", "everywhere", "off"),
        "read_noise": ("keys", "entities", "off"),
        "read_lag": (0, 5),  # seconds until a write shows in A1 to A3
        # Things that are not there (sections 3.1 and 3.7).
        "unknown_entity": (404, 400),
        "delete_unknown": ("refuse", "zero"),
        "delete_by_name": ("one", "whole-type"),
        # What an upload may hold (sections 3.7, 4 and 5).
        "body_keys": ("strict", "lenient"),
        "metadata_keys": ("strict", "lenient"),
        "schema_keys": ("keep", "drop", "refuse"),
        "property_keys": ("documented", "spec", "drop", "keep"),
        "property_types": ("strict", "lenient"),
        "missing_type": ("refuse", "accept"),
        "profile_names": ("strict", "lenient"),
        "profile_dropped": ("ignore", "refuse"),
        "custom_event_writes": ("refuse", "accept"),
        "managed_events": ("refuse", "accept"),
        "unknown_tags": ("create", "ignore", "refuse"),
        "unknown_people": ("keep", "ignore", "refuse"),
        # What an upload does (sections 3.1, 3.7 and 9).
        "bad_entry": ("nothing", "keeps-earlier"),
        "truncate_scope": ("everything", "types"),
        "property_metadata": ("merge", "replace"),
        "empty_list": ("clears", "ignored"),
        "patch": (True, False),
        "patch_null": ("removes", "refuses"),
        "patch_arrays": ("replace", "unite"),
        "patch_depth": ("deep", "property"),
        # Rights (section 1.2).
        "reading": ("any-role", "writers"),
        "admin_drop": ("refuse", "ignore", "allow"),
        # Road B (sections 1.1, 3.2 to 3.4 and 5).
        "slash_redirect": (False, True),
        "extra_parameters": ("refuse", "ignore"),
        "bulk_rows": ("rows", "empty"),
        "team_contacts": ("ignored", "read"),
        "property_edits": ("separate", "shared"),
        "dollar_prefix": ("kept", "stripped"),
        "existing_tag": ("refuse", "answer"),
    }

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self._workspace = Workspace()
        self._schemas = SchemasApi(self, self._workspace)
        self._definitions = DefinitionsApi(self, self._workspace)

    def demo_credentials(self) -> Mapping[str, str]:
        return {"project_id": PROJECT_ID, "username": USERNAME, "secret": SECRET}

    def respond(self, request: Request) -> Response:
        try:
            return self._routed(request)
        except Refusal as refusal:
            return refused(self, refusal)

    def edit(self, change: JSON) -> JSON:
        make_edit(self._workspace, change, self.clock())
        return {}

    def dump(self) -> JSON:
        return self._workspace.dump()

    def load(self, state: JSON) -> None:
        self._workspace.load(state)
        self._schemas.forget_past()

    def _routed(self, request: Request) -> Response:
        if self.switch("slash_redirect") and SLASHLESS.search(request.path):
            query = f"?{urlencode(request.query)}" if request.query else ""
            return Response(301, b"", {"location": f"{request.path}/{query}"})
        if not request.path.startswith(PREFIX):
            raise Refusal(404, "Not found")
        if not self._authenticated(request.headers.get("authorization", "")):
            raise Refusal(401, "Invalid service account credentials")
        match Request("GET", request.path.removeprefix(PREFIX)).segments:
            case ("me",):
                return self._me(request)
            case ("projects" | "workspaces" as scope, identifier, family, *rest) if identifier.isdecimal():
                self._check_scope(scope, identifier)
                if family == "schemas" and not request.path.endswith("/"):
                    return self._schemas.answer(request, rest)
                if family == "data-definitions":
                    return self._definitions.answer(request, rest)
        raise Refusal(404, "Not found")

    def _authenticated(self, header: str) -> bool:
        """Basic, in base64 or as plain text; an expired account is as good as none (section 1.2)."""
        expires_at = self._workspace.access.expires_at
        if expires_at is not None and self.clock() >= expires_at:
            return False
        scheme, _, given = header.partition(" ")
        plain = f"{USERNAME}:{SECRET}"
        return scheme.lower() == "basic" and given.strip() in (plain, base64.b64encode(plain.encode()).decode())

    def _me(self, request: Request) -> Response:
        """Proves credentials (section 1.2). What it answers is not documented, so there is nothing in it."""
        if request.method != "GET":
            raise Refusal(405, "Method not allowed")
        return ok({})

    def _check_scope(self, scope: str, identifier: str) -> None:
        if identifier != (PROJECT_ID if scope == "projects" else WORKSPACE_ID):
            raise Refusal(403, f"Service account does not have permission(s) in {scope} {identifier}")
