"""Sandbox of Segment's Public API for Protocols tracking plans, written from apis/segment.md."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar
from urllib.parse import urlencode

from connectors.sandbox import JSON, Clock, Request, Response, Sandbox, Window
from connectors.segment.sandbox import plans, rules, sources
from connectors.segment.sandbox.call import (
    FORBIDDEN,
    NOT_ENTITLED,
    NOT_FOUND,
    SERVER_FAILURE,
    TOO_LARGE,
    UNAUTHORIZED,
    Call,
    Refusal,
)
from connectors.segment.sandbox.edits import perform
from connectors.segment.sandbox.state import DEMO_PLAN, DEMO_TOKEN, Token, Workspace

EU_HOST = "eu1.api.segmentapis.com"

_LEVELS = ("none", "read", "admin")


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers, and the roles the token must have (apis/segment.md section 1)."""

    answer: Callable[[Call], JSON]
    plans: str = "none"
    sources: str = "none"

    def permits(self, token: Token) -> bool:
        needed = ((self.plans, token.plans), (self.sources, token.sources))
        return all(_LEVELS.index(has) >= _LEVELS.index(least) for least, has in needed)


_PLAN = ("tracking-plans", "{id}")
_SOURCE = ("sources", "{id}")

ROUTES: Mapping[tuple[str, tuple[str, ...]], Route] = {
    ("GET", ()): Route(sources.show_workspace),
    ("GET", ("tracking-plans",)): Route(plans.list_plans, "read"),
    ("POST", ("tracking-plans",)): Route(plans.create_plan, "admin"),
    ("GET", _PLAN): Route(plans.read_plan, "read"),
    ("PATCH", _PLAN): Route(plans.change_plan, "admin"),
    ("DELETE", _PLAN): Route(plans.delete_plan, "admin"),
    ("GET", (*_PLAN, "rules")): Route(rules.list_rules, "read"),
    ("PUT", (*_PLAN, "rules")): Route(rules.replace_rules, "admin"),
    ("PATCH", (*_PLAN, "rules")): Route(rules.upsert_rules, "admin"),
    ("DELETE", (*_PLAN, "rules")): Route(rules.remove_rules, "admin"),
    ("GET", (*_PLAN, "sources")): Route(sources.list_connected, "read", "read"),
    ("POST", (*_PLAN, "sources")): Route(sources.connect_source, "admin", "admin"),
    ("DELETE", (*_PLAN, "sources")): Route(sources.disconnect_source, "admin", "admin"),
    ("GET", ("sources",)): Route(sources.list_sources, sources="read"),
    ("GET", _SOURCE): Route(sources.read_source, sources="read"),
    ("GET", (*_SOURCE, "settings")): Route(sources.read_settings, sources="read"),
    ("PATCH", (*_SOURCE, "settings")): Route(sources.change_settings, sources="admin"),
    ("GET", ("audit-events",)): Route(sources.list_audit_events),
}


class SegmentSandbox(Sandbox):
    """One emulated Segment workspace; the workspace, as always, is implied by the token.

    `dump()` is `{workspace, settings: {protocols, consentManagement, rulesPerReplace}, tokens: {TEXT: {id, plans,
    sources, region}}, plans: [{...card, rules}], sources: [{...card, trackingPlanId, schemaSettings}], auditEvents,
    minted}`. Cards and rules are as a read answers them. Requests counted against a rate limit are no part of it.

    `edit({"do": VERB, ...})`; `plan` and `token` default to the first of the workspace, a rule is named by `key`,
    `type` (TRACK) and `version` (1):

    * ``add-rule``, ``replace-rule``: `description`, `labels`, `properties` {NAME: type or schema}, `required`, written
      as the app's grid does with its residue; or `jsonSchema`, as typed into the app's JSON editor;
    * ``remove-rule``; ``rename-rule`` (`to`); ``set-description`` (`value`); ``set-label`` (`label`, `value`; null
      removes);
    * ``set-property`` (`property`: a name or the list of names that leads to it, `field`, `value`; the field
      "required" takes a boolean, null removes any other), ``remove-property``;
    * ``add-plan`` (`name`, `type`, `description`) answers `{"id"}`; ``remove-plan``; ``rename-plan`` (`name`);
      ``describe-plan`` (`value`);
    * ``switch-consent``, ``switch-protocols`` (`on`); ``raise-rule-limit`` (`limit`, 2000);
    * ``add-source`` (`name`, `id`, `slug`) answers `{"id"}`; ``connect-source``, ``disconnect-source`` (`source`);
    * ``add-token`` (`token`, `access`, `region`); ``revoke-token``; ``limit-token`` (`access`: admin, read-only or
      none; `sources`: admin, read or none); ``move-token`` (`region`: us or eu).

    Moods: "half-batch" on the three rule writes, "half-page" and "empty-list" on every list.
    """

    tool: ClassVar[str] = "segment"
    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {
        # Access and errors (sections 1, 3.6, 10.2)
        "bad_token_status": (401, 403),
        "missing_role_status": (401, 403),
        "protocols_off_status": (401, 403, 404, 422),
        "eu_redirect_status": (308, 301),
        "error_types": ("named", "unknown"),
        "validation_reports": ("first", "all"),
        "broken_json_status": (422, 400),
        "largest_body": (10_000_000, 1_000_000),
        "content_type": ("application/json", "application/vnd.segment.v1+json"),
        # Limits and pages (sections 2, 3.3, 10.1)
        "default_limit": (1000, 700),
        "rule_writes_limit": (None, 200),
        "retry_after": (True, False),
        "largest_page": (1000, 200),
        "first_page_previous": ("absent", "null"),
        "total_entries": (True, False),
        "cursors": ("offset", "opaque"),
        # Plans (sections 4.1, 10.6, 10.7)
        "plan_names": ("repeatable", "unique"),
        "plan_order": ("oldest-first", "newest-first"),
        "omitted_description": ("absent", "null", "empty"),
        "null_description": ("refused", "ignored", "cleared"),
        "rule_writes_move_plan": (True, False),
        # Rules (sections 4.2, 5, 10.3 to 10.6)
        "null_keys": ("first", "last"),
        "keyless_track": ("refused", "accepted"),
        "keys_on_unnamed_types": ("dropped", "kept", "refused"),
        "keys_on_pages": ("kept", "dropped"),
        "odd_versions": ("accepted", "refused"),
        "null_in_type": ("refused", "accepted"),
        "library_rule_types": ("track-only", "any"),
        "raised_limit_covers": ("replace", "every-write"),
        "removals_per_request": (200, None),
        "python_repr_query": ("refused", "parsed"),
        "batch": ("atomic", "prefix"),
        "duplicates_in_batch": ("last-wins", "first-wins", "refused"),
        "equal_content": ("moves-updated-at", "untouched"),
        "remove_unknown_rule": ("ignored", "not-found"),
        "rename_of_unknown": ("creates-new-key", "creates-old-key", "refused"),
        "rename_onto_existing": ("refused", "overwrites"),
        "rename_created_at": ("kept", "reset"),
        "rename_covers": ("one-version", "every-version"),
        # Sources and audit trail (sections 3.2, 10.9, 10.11)
        "connectable_types": ("live-only", "any"),
        "connect_occupied": ("conflict", "moves"),
        "connect_again": ("ignored", "conflict"),
        "connecting_resets_settings": (False, True),
        "disconnect_unconnected": ("not-found", "ignored"),
        "audit_order": ("newest-first", "oldest-first"),
        "audit_resource_type": ("tracking_plan", "tracking-plan"),
    }

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self._workspace = Workspace.demo(clock())
        self._windows: dict[tuple[str, str, int], Window] = {}

    def demo_credentials(self) -> Mapping[str, str]:
        return {"token": DEMO_TOKEN, "tracking_plan_id": DEMO_PLAN}

    def dump(self) -> JSON:
        return self._workspace.as_json()

    def load(self, state: JSON) -> None:
        """Rate-limit windows stay: the vendor's limiter does not know what a workspace holds."""
        self._workspace = Workspace.from_json(state)

    def edit(self, change: JSON) -> JSON:
        return perform(self._workspace, self.clock(), change)

    def respond(self, request: Request) -> Response:
        try:
            return self._serve(request)
        except Refusal as refusal:
            body = {"errors": refusal.errors}
            return Response.json(refusal.status, body, {**self._content_type(), **refusal.headers})
        except RecursionError:  # a schema nested hundreds of levels deep; the vendor's depth is not documented
            failure = SERVER_FAILURE.refusal(self.switches)
            return Response.json(failure.status, {"errors": failure.errors}, self._content_type())

    def _serve(self, request: Request) -> Response:
        text, token = self._authenticate(request)
        on_eu_host = request.headers.get("host", "").partition(":")[0].lower() == EU_HOST
        if token.region == "eu" and not on_eu_host:
            return self._redirect(request)
        if token.region == "us" and on_eu_host:
            raise UNAUTHORIZED.refusal(self.switches, status=self.switch("bad_token_status"))
        meter = self._count(text, request)
        call, route = self._route(request, token)
        data = route.answer(call)
        return Response.json(200, {"data": data}, {**self._content_type(), **meter})

    def _content_type(self) -> Mapping[str, str]:
        return {"content-type": self.switch("content_type")}

    def _authenticate(self, request: Request) -> tuple[str, Token]:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        token = self._workspace.tokens.get(text.strip())
        if scheme != "Bearer" or token is None:
            raise UNAUTHORIZED.refusal(self.switches, status=self.switch("bad_token_status"))
        return text.strip(), token

    def _redirect(self, request: Request) -> Response:
        """The US host sends an EU token to the EU host (section 1); the status is a guess, hence a switch."""
        query = f"?{urlencode(request.query)}" if request.query else ""
        return Response(self.switch("eu_redirect_status"), b"", {"location": f"https://{EU_HOST}{request.path}{query}"})

    # Rate limits (section 2) ---------------------------------------------------------------------------------

    def _count(self, token: str, request: Request) -> Mapping[str, str]:
        """Counts the request and gives the headers of a successful answer. Raises Refusal with 429."""
        bucket, limit = self._bucket(request)
        window = self._windows.setdefault((token, bucket, limit), Window(limit, 60))
        now = self.clock()
        wait = window.take(now)
        if wait:
            raise self._too_many(window, now, wait)
        used = int(window.used(now))
        # The wait for one unit more than there is room for ends when the oldest request leaves the window.
        reset = now + window.take(now, limit - used + 1)
        return {
            "x-ratelimit-consumed": str(used),
            "x-ratelimit-remaining": str(limit - used),
            "x-ratelimit-reset": format_datetime(datetime.fromtimestamp(math.ceil(reset), UTC)),
        }

    def _bucket(self, request: Request) -> tuple[str, int]:
        shape = _shape(request.segments)
        writes = self.switch("rule_writes_limit")
        if shape == (*_PLAN, "rules"):
            if request.method == "GET":
                return "rules-list", 200
            if writes is not None:
                return "rule-writes", writes
        return "default", self.switch("default_limit")

    def _too_many(self, window: Window, now: float, wait: float) -> Refusal:
        data = {
            "remainingPoints": 0,
            "msBeforeNext": math.ceil(wait * 1000),
            "consumedPoints": int(window.used(now)) + 1,
        }
        headers = {"retry-after": str(math.ceil(wait))} if self.switch("retry_after") else {}
        return Refusal(429, [{"type": "RequestError", "message": "Too many requests", "data": data}], headers)

    # Routes --------------------------------------------------------------------------------------------------

    def _route(self, request: Request, token: Token) -> tuple[Call, Route]:
        """Raises Refusal: unknown route, missing role, product not bought, body too large; in this order."""
        segments = request.segments
        route = ROUTES.get((request.method, _shape(segments)))
        if route is None:
            raise NOT_FOUND.refusal(self.switches)
        if not route.permits(token):
            raise FORBIDDEN.refusal(self.switches, status=self.switch("missing_role_status"))
        if segments[:1] == _PLAN[:1] and not self._workspace.protocols:
            raise NOT_ENTITLED.refusal(self.switches, status=self.switch("protocols_off_status"))
        if len(request.body) > self.switch("largest_body"):
            raise TOO_LARGE.refusal(self.switches)
        item = segments[1] if len(segments) > 1 else ""
        return Call(self._workspace, token, request, item, self.switches, self.mood, self.clock()), route


def _shape(segments: tuple[str, ...]) -> tuple[str, ...]:
    """The path with its id replaced: ids stand at the second place and nowhere else."""
    return (segments[0], "{id}", *segments[2:]) if len(segments) > 1 else segments
