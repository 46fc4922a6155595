"""The wire to Amplitude, byte for byte (apis/amplitude.md sections 1 and 3), and the reading of its refusals."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx

from connectors import errors
from connectors.amplitude.client import AmplitudeClient, selectors
from connectors.amplitude.settings import AmplitudeSettings
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.testing.harness import FakeTime
from mappings.contract import Address

HOST = "https://amplitude.com"
KEYS = {"api_key": "key-of-the-ferries", "secret_key": "a-secret-of-the-ferries"}
DONE = httpx.Response(200, json={"success": True})
PROPERTY = Address("event-property", ("Trip Booked", "seat no."))


class Counter(NoLimit):
    """Adds up what was reserved."""

    def __init__(self) -> None:
        self.units = 0.0

    def reserve(self, units: Any) -> float:
        self.units += units["hour"]
        return 0.0


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=HOST, assert_all_called=False) as router:
        yield router


def client(limiter: NoLimit | None = None, **settings: Any) -> AmplitudeClient:
    chosen = AmplitudeSettings.model_validate({**KEYS, **settings})
    return AmplitudeClient(chosen, Wiring(limiter or NoLimit(), FakeTime()))


def sent(wire: respx.MockRouter) -> httpx.Request:
    return wire.calls.last.request


def refusal(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"success": False, "errors": [{"message": message}]})


# What is sent -------------------------------------------------------------------------------------------------------

REQUESTS: list[tuple[Callable[[AmplitudeClient], Any], str, str, str]] = [
    (lambda one: one.rows("category"), "GET", "/api/2/taxonomy/category", ""),
    (lambda one: one.rows("event", showDeleted="true"), "GET", "/api/2/taxonomy/event?showDeleted=true", ""),
    (lambda one: one.ingested(), "GET", "/api/2/events/list", ""),
    (
        lambda one: one.rows("event-property", event_type="Trip & Tour"),
        "GET",
        "/api/2/taxonomy/event-property?event_type=Trip+%26+Tour",
        "",
    ),
    (
        lambda one: one.create("event", {"event_type": "Trip Booked", "tags": "core,sea", "description": "à bord"}),
        "POST",
        "/api/2/taxonomy/event",
        "event_type=Trip+Booked&tags=core%2Csea&description=%C3%A0+bord",
    ),
    (
        lambda one: one.update(Address("event", ("a/b 50%?",)), {"description": ""}),
        "PUT",
        "/api/2/taxonomy/event/a%2Fb%2050%25%3F",
        "description=",
    ),
    (
        lambda one: one.update(PROPERTY, {"event_type": "Trip Booked", "overrideScope": "override", "type": "any"}),
        "PUT",
        "/api/2/taxonomy/event-property/seat%20no.",
        "event_type=Trip+Booked&overrideScope=override&type=any",
    ),
    (
        lambda one: one.update(Address("shared-property", ("seat",)), {"classifications": "PII"}),
        "PUT",
        "/api/2/taxonomy/event-property/seat",
        "classifications=PII",
    ),
    (
        lambda one: one.delete(PROPERTY, selectors(PROPERTY)),
        "DELETE",
        "/api/2/taxonomy/event-property/seat%20no.",
        "event_type=Trip+Booked",
    ),
    (
        lambda one: one.restore(Address("user-property", ("gp:port",))),
        "POST",
        "/api/2/taxonomy/user-property/gp%3Aport/restore",
        "",
    ),
]


@pytest.mark.parametrize(("act", "method", "target", "body"), REQUESTS)
def test_a_request_as_it_leaves(
    wire: respx.MockRouter, act: Callable[[AmplitudeClient], Any], method: str, target: str, body: str
) -> None:
    wire.route().mock(return_value=httpx.Response(200, json={"success": True, "data": []}))
    act(client())
    request = sent(wire)
    assert (request.method, request.url.raw_path.decode(), request.content.decode()) == (method, target, body)


def test_one_thing_is_asked_for_by_its_name_and_its_event(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=httpx.Response(200, json={"success": True, "data": {"event_property": "seat no."}}))
    assert client().one(PROPERTY) == {"event_property": "seat no."}
    assert sent(wire).url.raw_path == b"/api/2/taxonomy/event-property/seat%20no.?event_type=Trip+Booked"


def test_writes_are_forms_and_the_keys_are_basic_credentials(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=DONE)
    client().create("category", {"category_name": "Booking"})
    headers = sent(wire).headers
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    scheme, token = headers["authorization"].split()
    assert (scheme, base64.b64decode(token).decode()) == ("Basic", f"{KEYS['api_key']}:{KEYS['secret_key']}")


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "amplitude.com"),
        ({"region": "eu"}, "analytics.eu.amplitude.com"),
        ({"region": "eu", "base_url": "https://proxy.example.com/"}, "proxy.example.com"),
    ],
)
def test_the_region_chooses_the_host_unless_another_is_given(settings: dict[str, Any], host: str) -> None:
    with respx.mock:
        route = respx.get(url__regex=r".*/api/2/taxonomy/category$").mock(
            return_value=httpx.Response(200, json={"success": True, "data": []})
        )
        client(**settings).rows("category")
        assert route.calls.last.request.url.host == host


def test_a_read_costs_one_and_a_write_two(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=httpx.Response(200, json={"success": True, "data": []}))
    counter = Counter()
    client(counter).rows("event")
    client(counter).create("event", {"event_type": "x"})
    assert counter.units == 3


# What is answered ---------------------------------------------------------------------------------------------------


def test_a_restore_may_answer_201(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=httpx.Response(201, json={"success": True}))
    assert client().restore(PROPERTY).status == 201


def test_only_named_rows_of_the_events_list_count(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=httpx.Response(200, json={"data": [{"value": "Trip Booked"}, {"value": None}, 3]}))
    assert client().ingested() == {"Trip Booked"}


KEYS_REFUSED = {
    "error": {
        "http_code": 403,
        "type": "unspecified",
        "message": "Unspecified Error",
        "metadata": {"details": "Invalid API Key"},
    }
}
NOT_IN_SCHEMA = 'Attempted to change the event description for event "x", but the event is not in schema.'
OVERRIDDEN = 'Attempted to update classifications for an overridden group property, "grp:x" on group type "y".'

REFUSALS: list[tuple[httpx.Response, type[errors.ToolError], str, str]] = [
    (httpx.Response(401), errors.Unauthorized, "", "region"),
    (httpx.Response(403, json=KEYS_REFUSED), errors.Unauthorized, "Invalid API Key", "first one's keys"),
    (httpx.Response(403, text="Forbidden"), errors.Unauthorized, "", "region"),
    (refusal(400, "Not found"), errors.NotFound, "Not found", "deleted"),
    (refusal(404, "Not found"), errors.NotFound, "Not found", "deleted"),
    (refusal(400, "Account Properties feature is not enabled."), errors.NotEntitled, "Account", "groups = false"),
    (refusal(400, "Data Access Controls feature is not enabled."), errors.NotEntitled, "Data", "classifications"),
    (refusal(400, "Schema is not initialized."), errors.Misconfigured, "Schema", "Initialise"),
    (refusal(400, "Something is odd."), errors.Invalid, "Something is odd.", "hub check"),
    (refusal(409, 'Attempted to add an event, "x", that already exists.'), errors.Conflict, "already", "Read"),
    (refusal(409, NOT_IN_SCHEMA), errors.NotFound, "not in schema", "deleted"),
    (
        refusal(409, 'Attempted to operate on entity event_category, id "7", that does not exist.'),
        errors.NotFound,
        "does not exist",
        "deleted",
    ),
    (refusal(409, OVERRIDDEN), errors.Invalid, "overridden", "shared"),
    (refusal(409, 'The event name for event "x" is live.'), errors.Invalid, "live", "tombstone"),
    (httpx.Response(409, json={"success": False}), errors.Conflict, "without giving a reason", "Read"),
    (httpx.Response(200, json={"success": False}), errors.Conflict, "without giving a reason", "Read"),
    (
        httpx.Response(302, headers={"location": "https://elsewhere.example.com/"}),
        errors.Misconfigured,
        "elsewhere",
        "",
    ),
]


@pytest.mark.parametrize(("answer", "kind", "message", "hint"), REFUSALS)
def test_a_refusal_and_what_it_means(
    wire: respx.MockRouter, answer: httpx.Response, kind: type[errors.ToolError], message: str, hint: str
) -> None:
    wire.route().mock(return_value=answer)
    with pytest.raises(kind) as caught:
        client().update(Address("event", ("x",)), {"description": "y"})
    assert message in caught.value.message and hint in caught.value.hint


def test_a_404_of_a_whole_list_is_a_missing_entitlement(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=refusal(404, "Not found"))
    with pytest.raises(errors.NotEntitled) as caught:
        client().rows("category")
    assert caught.value.verdict == "ask"


def test_a_404_of_one_event_is_just_that(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=refusal(404, "Not found"))
    with pytest.raises(errors.NotFound):
        client().one(Address("event", ("category",)))


@pytest.mark.parametrize("value", [{"success": True}, {"success": True, "data": {}}, [], None])
def test_an_answer_without_rows_is_no_empty_list(wire: respx.MockRouter, value: Any) -> None:
    wire.route().mock(return_value=httpx.Response(200, json=value))
    with pytest.raises(errors.BadAnswer):
        client().rows("event")


def test_an_answer_that_does_not_say_success_is_no_success(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=httpx.Response(200, json={}))
    with pytest.raises(errors.BadAnswer):
        client().create("event", {"event_type": "x"})


def test_a_create_is_repeated_after_a_hiccup(wire: respx.MockRouter) -> None:
    route = wire.post("/api/2/taxonomy/event").mock(side_effect=[httpx.Response(503), httpx.ReadError("gone"), DONE])
    client().create("event", {"event_type": "x"})
    assert route.call_count == 3


def test_a_429_without_retry_after_is_waited_out(wire: respx.MockRouter) -> None:
    wire.get("/api/2/taxonomy/event").mock(
        side_effect=[httpx.Response(429), httpx.Response(200, json={"success": True, "data": []})]
    )
    assert client().rows("event") == []


def test_keys_echoed_by_the_tool_are_not_passed_on(wire: respx.MockRouter) -> None:
    wire.route().mock(return_value=refusal(400, f"odd: {KEYS['secret_key']} and {KEYS['api_key']}"))
    with pytest.raises(errors.Invalid) as caught:
        client().create("event", {"event_type": "x"})
    assert not any(secret in str(caught.value) for secret in KEYS.values())
