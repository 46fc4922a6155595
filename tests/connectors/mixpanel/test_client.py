"""The wire, pinned: what is sent, byte for byte where it matters, and how each refusal is read."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
import respx

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.mixpanel.client import LexiconClient, deleted_count
from connectors.mixpanel.settings import MixpanelSettings
from connectors.testing.harness import FakeTime
from mappings.contract import Address

SCHEMAS = "https://mixpanel.com/api/app/projects/4711/schemas"
OK = {"status": "ok", "results": {"added": 1, "deleted": 0}}


def client(time: FakeTime | None = None, **more: object) -> LexiconClient:
    settings = MixpanelSettings.model_validate({"project_id": "4711", "username": "hub.sa", "secret": "s3cret", **more})
    return LexiconClient(settings, Wiring(NoLimit(), time or FakeTime()))


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def refusal(status: int, body: object, **headers: str) -> httpx.Response:
    content = body if isinstance(body, str) else json.dumps(body)
    return httpx.Response(status, text=content, headers=headers)


# What is sent


def test_the_list_is_one_get_with_basic_credentials(wire: respx.MockRouter) -> None:
    route = wire.get(SCHEMAS).respond(json={"status": "ok", "results": [{"name": "A"}]})
    assert client().entries() == [{"name": "A"}]
    sent = route.calls.last.request
    assert (str(sent.url), sent.content) == (SCHEMAS, b"")
    assert sent.headers["authorization"] == "Basic aHViLnNhOnMzY3JldA=="
    assert "x-mixpanel-integration-id" not in sent.headers


def test_an_upload_is_one_post_of_entries_and_nothing_else(wire: respx.MockRouter) -> None:
    route = wire.post(SCHEMAS).respond(json=OK)
    entry = {"entityType": "event", "name": "Été 50%", "schemaJson": {"properties": {}, "required": []}}
    client().upload([entry], {})
    sent = route.calls.last.request
    assert sent.headers["content-type"] == "application/json"
    assert sent.content.decode("utf-8").count("Été") == 1 and json.loads(sent.content) == {"entries": [entry]}


@pytest.mark.parametrize(
    ("name", "encoded"),
    [("A b", "A%20b"), ("Cart/Viewed 50%", "Cart%2FViewed%2050%25"), ("é?#", "%C3%A9%3F%23")],
)
def test_a_deletion_names_one_entry_as_one_segment(wire: respx.MockRouter, name: str, encoded: str) -> None:
    route = wire.route(method="DELETE").respond(json={"status": "ok", "results": {"delete_count": 1}})
    client().delete(Address("event", (name,)))
    assert route.calls.last.request.url.raw_path.decode() == f"/api/app/projects/4711/schemas/event/{encoded}"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_could_mean_everything_is_not_deleted(wire: respx.MockRouter, name: str) -> None:
    with pytest.raises(errors.Invalid):
        client().delete(Address("event", (name,)))
    assert wire.calls.call_count == 0


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "https://mixpanel.com"),
        ({"region": "eu"}, "https://eu.mixpanel.com"),
        ({"region": "in"}, "https://in.mixpanel.com"),
        ({"region": "eu", "base_url": "https://proxy.example.com/"}, "https://proxy.example.com"),
    ],
)
def test_the_region_chooses_the_host_and_base_url_overrides_it(
    wire: respx.MockRouter, settings: dict[str, str], host: str
) -> None:
    wire.get(f"{host}/api/app/me").respond(json={"status": "ok", "results": {"projects": {}}})
    assert client(**settings).me() == {"projects": {}}


def test_a_partner_names_itself(wire: respx.MockRouter) -> None:
    route = wire.get(SCHEMAS).respond(json={"status": "ok", "results": []})
    client(integration_id="acme").entries()
    assert route.calls.last.request.headers["X-Mixpanel-Integration-ID"] == "acme"


# How refusals are read


@pytest.mark.parametrize(
    ("status", "error", "kind", "said"),
    [
        (400, "entries[3]: invalid type", errors.Invalid, "entries[3]: invalid type"),
        (400, ["one", "two"], errors.Invalid, "one; two"),
        (400, {"message": "bad tag"}, errors.Invalid, "bad tag"),
        (400, {"field": 1}, errors.Invalid, '{"field": 1}'),
        (422, "no", errors.Invalid, "no"),
        (401, "Invalid credentials", errors.Unauthorized, "Invalid credentials"),
        (403, "does not have permission(s): x", errors.NotEntitled, "permission(s): x"),
        (404, "Not found", errors.Misconfigured, "Not found"),
        (409, "busy", errors.Conflict, "holds something else"),
        (413, "big", errors.TooLarge, "too large"),
        (503, "oops", errors.UnknownOutcome, "in the middle of a write"),
    ],
)
def test_a_refused_upload(
    wire: respx.MockRouter, status: int, error: object, kind: type[errors.ToolError], said: str
) -> None:
    wire.post(SCHEMAS).mock(return_value=refusal(status, {"status": "error", "error": error}))
    with pytest.raises(errors.ToolError) as caught:
        client().upload([], {})
    assert type(caught.value) is kind and caught.value.status == status
    assert said in caught.value.message and caught.value.hint


def test_an_error_in_plain_text_is_read_as_text(wire: respx.MockRouter) -> None:
    wire.post(SCHEMAS).mock(return_value=refusal(400, "upstream says no"))
    with pytest.raises(errors.Invalid, match="upstream says no"):
        client().upload([], {})


@pytest.mark.parametrize(("status", "text"), [(404, "Not found"), (400, "Schema not found")])
def test_an_entry_that_is_not_there_is_not_found(wire: respx.MockRouter, status: int, text: str) -> None:
    wire.route(method="DELETE").mock(return_value=refusal(status, {"status": "error", "error": text}))
    with pytest.raises(errors.NotFound):
        client().delete(Address("event", ("Gone",)))


def test_after_a_429_the_same_request_is_sent_again(wire: respx.MockRouter) -> None:
    route = wire.post(SCHEMAS).mock(side_effect=[refusal(429, "slow down"), httpx.Response(200, json=OK)])
    assert client().upload([], {}).value == OK and route.call_count == 2


class Pauses(NoLimit):
    def __init__(self) -> None:
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.mark.parametrize(("headers", "seconds"), [({"retry-after": "13"}, 13.0), ({}, 60.0)])
def test_retry_after_wins_and_else_a_whole_window_is_waited(
    wire: respx.MockRouter, headers: dict[str, str], seconds: float
) -> None:
    wire.get(SCHEMAS).mock(side_effect=[refusal(429, "{}", **headers), httpx.Response(200, json={"results": []})])
    settings = MixpanelSettings.model_validate({"project_id": 4711, "username": "hub.sa", "secret": "s3cret"})
    limiter = Pauses()
    LexiconClient(settings, Wiring(limiter, FakeTime())).entries()
    assert limiter.pauses == [seconds]


@pytest.mark.parametrize("body", [{"status": "ok"}, {"status": "ok", "results": {}}, [], "x"])
def test_an_odd_list_is_a_bad_answer_and_never_empty(wire: respx.MockRouter, body: object) -> None:
    wire.get(SCHEMAS).respond(json=body)
    with pytest.raises(errors.BadAnswer):
        client().entries()


@pytest.mark.parametrize(
    ("body", "kind"),
    [({"status": "error", "error": "no"}, errors.Invalid), ({}, errors.UnknownOutcome), ([], errors.UnknownOutcome)],
)
def test_a_200_that_does_not_say_ok_is_no_success(
    wire: respx.MockRouter, body: object, kind: type[errors.ToolError]
) -> None:
    wire.post(SCHEMAS).respond(json=body)
    with pytest.raises(kind):
        client().upload([], {})


def test_a_redirect_is_not_followed(wire: respx.MockRouter) -> None:
    wire.post(SCHEMAS).respond(301, headers={"location": "https://elsewhere.example.com/x"})
    with pytest.raises(errors.Misconfigured, match=r"elsewhere\.example\.com"):
        client().upload([], {})


def test_a_lost_answer_to_an_upload_is_not_sent_again(wire: respx.MockRouter) -> None:
    route = wire.post(SCHEMAS).mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(errors.UnknownOutcome):
        client().upload([], {})
    assert route.call_count == 1


def test_the_secret_is_in_no_error(wire: respx.MockRouter) -> None:
    wire.get(SCHEMAS).mock(return_value=refusal(403, {"error": "s3cret Basic aHViLnNhOnMzY3JldA== is not enough"}))
    with pytest.raises(errors.NotEntitled) as caught:
        client().entries()
    assert "s3cret" not in str(caught.value) and "aHViLnNhOnMzY3JldA" not in str(caught.value)


@pytest.mark.parametrize(("results", "count"), [({"delete_count": 2}, 2), ({"deleteCount": 0}, 0), (None, None)])
def test_the_count_of_a_deletion_has_two_names(wire: respx.MockRouter, results: object, count: int | None) -> None:
    wire.route(method="DELETE").respond(json={"status": "ok", "results": results})
    assert deleted_count(client().delete(Address("event", ("A",)))) == count
