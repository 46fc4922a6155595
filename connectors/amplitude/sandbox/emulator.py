"""A local emulator of Amplitude's Taxonomy API and of the event list of its Dashboard REST API.

Written from apis/amplitude.md. This module holds the door (credentials, budget, routes, bodies, envelopes); the
siblings hold the endpoints (`sandbox_events`, `sandbox_properties`, `sandbox_users`), the state and the edits.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from connectors.amplitude.sandbox import events, properties, users
from connectors.amplitude.sandbox.desk import SWITCHES, Call, Desk, Refused
from connectors.amplitude.sandbox.edits import make_edit
from connectors.amplitude.sandbox.state import Workspace, dump_workspace, load_workspace
from connectors.sandbox import JSON, Clock, Request, Response, Sandbox, Window

API_KEY: Final = "demo-amplitude-api-key"
SECRET_KEY: Final = "demo-amplitude-secret-key"
OTHER_ENVIRONMENT: Final = ("demo-amplitude-staging-api-key", "demo-amplitude-staging-secret-key")
"""The key pair of the same Data project's second environment, which the Taxonomy API refuses (section 1)."""

HOURLY_COST: Final = 7200
CONCURRENT_COST: Final = 4
HOUR: Final = 3600

TAXONOMY: Final = ("api", "2", "taxonomy")
EVENTS_LIST: Final = ("api", "2", "events", "list")
FORM: Final = "application/x-www-form-urlencoded"
SELECTORS: Final = frozenset(
    {"category_name", "event_type", "event_property", "user_property", "group_property", "group_type", "overrideScope"}
)
"""Form fields that say what is written, not which value it gets."""

READ_HEADERS: Final = {"cache-control": "no-cache, no-store, must-revalidate"}

Endpoint = Callable[[Desk, Call], JSON]

ROUTES: Final[Mapping[tuple[str, str], Mapping[str, Endpoint]]] = {
    ("category", "all"): {"GET": events.list_categories, "POST": events.create_category},
    ("category", "one"): {
        "GET": events.read_category,
        "PUT": events.rename_category,
        "DELETE": events.delete_category,
    },
    ("event", "all"): {"GET": events.list_events, "POST": events.create_event},
    ("event", "one"): {"GET": events.read_event, "PUT": events.update_event, "DELETE": events.delete_event},
    ("event", "restore"): {"POST": events.restore_event},
    ("event-property", "all"): {"GET": properties.list_event_properties, "POST": properties.create_event_property},
    ("event-property", "one"): {
        "GET": properties.read_event_property,
        "PUT": properties.update_event_property,
        "DELETE": properties.delete_event_property,
    },
    ("event-property", "restore"): {"POST": properties.restore_event_property},
    ("user-property", "all"): {"GET": users.list_user_properties, "POST": users.create_user_property},
    ("user-property", "one"): {
        "GET": users.read_user_property,
        "PUT": users.update_user_property,
        "DELETE": users.delete_user_property,
    },
    ("user-property", "restore"): {"POST": users.restore_user_property},
    ("group-property", "all"): {"GET": properties.list_group_properties, "POST": properties.create_group_property},
    ("group-property", "one"): {"GET": properties.read_group_property, "PUT": properties.update_group_property},
}
"""Sections 3.1 to 3.5. Group properties have neither DELETE nor restore."""


class AmplitudeSandbox(Sandbox):
    """One emulated Amplitude project.

    A dump holds, per kind, name → `{"state", "fields"}`, where `fields` lists only what differs from the default;
    events add `volume`, event and group properties add `uses`: parent → `{"state", "override"}`, where `override` is
    null when the shared record applies. The cost meter and the switches are not part of it.

    `edit` takes `{"do": VERB, ...}`; `entity` is one of event, event_property, user_property, group_property,
    category, group_type; `on` names the event type or group type a property is meant on:

    * ``ingest``: data arrives, `event` with `properties` and `count` (1), and/or `user_properties`, and/or
      `group_type` with `group_properties`. Planned becomes live, unknown becomes unexpected, data for blocked or
      deleted things is dropped. A new group type comes into being;
    * ``add``: `entity`, `name`, `fields`, `on`. A planned entity; an existing property with `on` is put on that
      parent, with an override when `fields` are given;
    * ``set``: `entity`, `name`, `fields` (values as reads show them, a category by name, null resets), `on` for an
      override, which is created if missing;  ``share``: `entity`, `name`, `on` drops the override;
    * ``rename``: `entity`, `name`, `to`;
    * ``hide``, ``show``: `entity`, `name`, `on`. An event gets all four flags;
    * ``delete``, ``restore``: `entity`, `name`, `on`; planned things vanish, others can be restored. A category is
      named, and vanishes from its events;
    * ``set_state``: `entity`, `name`, `state`, `on`. Any state, e.g. `blocked`, `transformed`, or `unexpected` for a
      live thing taken out of the plan;
    * ``entitle``: `name` (enterprise, dac, accounts, schema), `on` true or false.

    Moods: ``half-batch`` applies the first half of a write's fields, then answers 500 (a write of one thing is applied
    whole); ``half-page`` and ``empty-list`` shorten every list.
    """

    tool: ClassVar[str] = "amplitude"
    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = SWITCHES

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self.workspace = Workspace()
        self._rolling = Window(HOURLY_COST, HOUR)
        self._clock_hour = (0, 0)
        self._noise = random.Random(2)

    # State ---------------------------------------------------------------------------------------------------------

    def demo_credentials(self) -> Mapping[str, str]:
        return {"api_key": API_KEY, "secret_key": SECRET_KEY}

    def edit(self, change: JSON) -> JSON:
        make_edit(self.workspace, change)
        return {}

    def dump(self) -> JSON:
        return json.loads(json.dumps(dump_workspace(self.workspace)))

    def load(self, state: JSON) -> None:
        self.workspace = load_workspace(json.loads(json.dumps(state)))

    # Limits --------------------------------------------------------------------------------------------------------

    def concurrency(self, request: Request) -> tuple[int, int] | None:
        cost = self._cost(request)
        return (cost, CONCURRENT_COST) if cost else None

    def over_concurrency(self, request: Request) -> Response:
        """The same answer as to an exhausted hour; body and Retry-After are unknown (section 2.1)."""
        wait = self.switch("retry_after")
        return Response.json(429, {}, None if wait == "absent" else {"retry-after": wait})

    def _cost(self, request: Request) -> int:
        if request.segments == EVENTS_LIST:
            return int(self.switch("events_list_cost"))
        if request.segments[:3] != TAXONOMY:
            return 0
        return 1 if request.method == "GET" else 2

    def _spend(self, cost: int) -> bool:
        now = self.clock()
        if self.switch("hour_window") == "rolling":
            return self._rolling.take(now, cost) == 0
        hour, used = self._clock_hour
        used = used if hour == now // HOUR else 0
        if used + cost > HOURLY_COST:
            return False
        self._clock_hour = (int(now // HOUR), used + cost)
        return True

    # Answering -----------------------------------------------------------------------------------------------------

    def respond(self, request: Request) -> Response:
        keys = _basic_credentials(request)
        if keys is None:
            return Response(401, b"", {"www-authenticate": "Basic"})
        if keys == OTHER_ENVIRONMENT:
            return self._answer_other_environment(request)
        if keys != (API_KEY, SECRET_KEY):
            return _forbidden("Invalid API Key")
        cost = self._cost(request)
        if cost and not self._spend(cost):
            return self.over_concurrency(request)
        if request.segments[:3] == TAXONOMY:
            return self._answer_taxonomy(request)
        return self._answer_events_list(request, events.list_dashboard_events(self._desk(), Call("", {}, {})))

    def _answer_other_environment(self, request: Request) -> Response:
        """Those keys belong to another project, here one without events, and open no taxonomy (section 1)."""
        if request.segments[:3] == TAXONOMY:
            return _forbidden("Forbidden")
        return self._answer_events_list(request, [])

    def _answer_events_list(self, request: Request, rows: list[JSON]) -> Response:
        """The Dashboard envelope has no `success`."""
        if request.segments != EVENTS_LIST or request.method != "GET":
            return _no_route(404)
        return self._answer_read(request, {"data": self._disturbed(rows)})

    def _answer_taxonomy(self, request: Request) -> Response:
        if not self.workspace.entitlements["enterprise"]:
            return _refusal(Refused(404))
        route = self._route(request)
        if route is None:
            return _no_route(404)
        name, methods = route
        if request.method not in methods:
            return _no_route(405)
        try:
            call = Call(name, _first_values(request), self._form(request))
            return self._carry_out(request, methods[request.method], call)
        except Refused as refused:
            return _refusal(refused)

    def _route(self, request: Request) -> tuple[str, Mapping[str, Endpoint]] | None:
        """The name in the path and the endpoints there."""
        resource, *rest = request.segments[3:] or ("",)
        if "%2f" in request.path.lower() and self.switch("slash_in_name") == "404":
            return None
        match rest:
            case []:
                name, shape = "", "all"
            case [name]:
                shape = "one"
            case [name, "restore"]:
                shape = "restore"
            case _:
                return None
        methods = ROUTES.get((resource, shape))
        return (name, methods) if methods else None

    def _form(self, request: Request) -> dict[str, str]:
        """The fields of a body. Only a form is known to be parsed; whatever else was sent counts as no fields."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == FORM:
            return request.form()
        if kind != "application/json" or not request.body or self.switch("json_bodies") == "ignored":
            return {}
        if self.switch("json_bodies") == "refused":
            raise Refused(400, "Request body must be form encoded.")
        return _json_fields(request)

    def _carry_out(self, request: Request, endpoint: Endpoint, call: Call) -> Response:
        if request.method == "GET":
            data = endpoint(self._desk(), call)
            data = self._disturbed(data) if isinstance(data, list) else data
            return self._answer_read(request, {"success": True, "data": data})
        if self.mood == "half-batch":
            endpoint(self._desk(), Call(call.name, call.query, _first_half(call.form)))
            return Response.text(500, "Internal Server Error")
        return Response.json(endpoint(self._desk(), call) or 200, {"success": True})

    def _answer_read(self, request: Request, value: JSON) -> Response:
        answer = Response.json(200, value)
        etag = f'W/"{hashlib.sha1(answer.body, usedforsecurity=False).hexdigest()}"'
        headers = {**answer.headers, **READ_HEADERS, "etag": etag}
        if self.switch("etag_match") == "304" and request.headers.get("if-none-match") == etag:
            return Response(304, b"", headers)
        return Response(200, answer.body, headers)

    def _disturbed(self, rows: list[JSON]) -> list[JSON]:
        """A list as the mood and the unstable order leave it (section 3)."""
        if self.mood == "empty-list":
            return []
        kept = rows[: len(rows) // 2] if self.mood == "half-page" else list(rows)
        if self.switch("list_order") == "shuffled":
            self._noise.shuffle(kept)
        return kept

    def _desk(self) -> Desk:
        return Desk(self.workspace, self.switches)


def _basic_credentials(request: Request) -> tuple[str, str] | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        return None
    return user, password


def _first_values(request: Request) -> dict[str, str]:
    return dict(reversed(request.query))


def _first_half(form: Mapping[str, str]) -> dict[str, str]:
    """The selectors and the first half of the values, rounded up."""
    values = [name for name in form if name not in SELECTORS]
    dropped = values[(len(values) + 1) // 2 :]
    return {name: value for name, value in form.items() if name not in dropped}


def _json_fields(request: Request) -> dict[str, str]:
    """A JSON object read as form fields: lists joined by commas, null as empty."""
    try:
        value = request.json()
    except ValueError:
        raise Refused(400, "Request body is not JSON.") from None
    if not isinstance(value, dict):
        raise Refused(400, "Request body is not a JSON object.")
    return {name: _form_text(one) for name, one in value.items()}


def _form_text(value: JSON) -> str:
    if isinstance(value, list):
        return ",".join(map(_form_text, value))
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)


def _refusal(refused: Refused) -> Response:
    """The error envelope of the Taxonomy API (section 3.6)."""
    if refused.bare:
        return Response.json(refused.status, {"success": False})
    return Response.json(refused.status, {"success": False, "errors": [{"message": refused.message}]})


def _forbidden(details: str) -> Response:
    """The envelope of refused keys, which is another one than the API's own (section 1)."""
    error = {
        "http_code": 403,
        "type": "unspecified",
        "message": "Unspecified Error",
        "metadata": {"details": details},
    }
    return Response.json(403, {"error": error})


def _no_route(status: int) -> Response:
    """No such path or method; the vendor's page for it is unknown, so it is no JSON."""
    return Response.text(status, "Not Found" if status == 404 else "Method Not Allowed")
