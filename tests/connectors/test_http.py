"""The HTTP layer's requests and answers: what goes over the wire, what is read from it. respx pins the wire."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from connectors import errors
from connectors.contract import Wiring
from connectors.http import ToolClient, path
from connectors.limits import NoLimit
from connectors.testing.harness import FakeTime

BASE = "https://api.tool.test/v1"


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def client(time: FakeTime | None = None, **options: Any) -> ToolClient:
    return ToolClient(BASE, Wiring(NoLimit(), time or FakeTime()), **options)


def sent(wire: respx.MockRouter) -> httpx.Request:
    return wire.calls.last.request


# Sending


def test_a_form_is_url_encoded(wire: respx.MockRouter) -> None:
    wire.post(f"{BASE}/event").respond(json={})
    client().send("POST", "/event", form={"event_type": "Cart & Co / 50% 🛒", "empty": ""})
    assert sent(wire).headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent(wire).content.decode("ascii"), keep_blank_values=True) == {
        "event_type": ["Cart & Co / 50% 🛒"],
        "empty": [""],
    }


def test_a_body_is_json_in_utf_8(wire: respx.MockRouter) -> None:
    wire.post(f"{BASE}/event").respond(json={})
    client().send("POST", "/event", body={"name": "Größe 🛒", "none": None})
    assert sent(wire).headers["content-type"] == "application/json"
    assert sent(wire).content == '{"name": "Größe 🛒", "none": null}'.encode()


def test_half_a_surrogate_pair_is_escaped_in_json_and_refused_in_a_form(wire: respx.MockRouter) -> None:
    wire.post(f"{BASE}/event").respond(json={})
    client().send("POST", "/event", body={"name": "half \ud83d"})
    assert json.loads(sent(wire).content) == {"name": "half \ud83d"}
    with pytest.raises(errors.Invalid, match="surrogate"):
        client().send("POST", "/event", form={"name": "half \ud83d"})


def test_a_request_without_content_has_no_content_type(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/event").respond(json={})
    client().send("GET", "/event", params=[("page", "1"), ("name", "a&b")])
    assert "content-type" not in sent(wire).headers
    assert sent(wire).url.query == b"page=1&name=a%26b"


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("Cart/Viewed", "Cart%2FViewed"),
        ("50% off", "50%25%20off"),
        ("%2F", "%252F"),
        ("🛒", "%F0%9F%9B%92"),
        ("a?b#c", "a%3Fb%23c"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("...", "..."),
    ],
)
def test_a_name_stays_one_segment_of_the_path(wire: respx.MockRouter, name: str, encoded: str) -> None:
    wire.route().respond(json={})
    client().send("DELETE", path("event", name))
    assert sent(wire).url.raw_path == f"/v1/event/{encoded}".encode()


def test_basic_credentials_and_headers_go_with_each_request(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/me").respond(json={})
    client(basic=("key", "sécret"), headers={"x-region": "eu"}).send("GET", "/me", headers={"x-once": "1"})
    assert sent(wire).headers["authorization"] == "Basic a2V5OnPDqWNyZXQ="
    assert (sent(wire).headers["x-region"], sent(wire).headers["x-once"]) == ("eu", "1")


def test_proxies_and_credentials_in_the_environment_are_not_used(
    wire: respx.MockRouter, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "netrc").write_text("machine api.tool.test login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "not an address")
    wire.get(f"{BASE}/me").respond(json={})
    client().send("GET", "/me")
    assert "authorization" not in sent(wire).headers


@pytest.mark.parametrize("address", ["http://[::1", "http://host:port", "api.tool.test", "ftp://api.tool.test", ""])
def test_an_unusable_address_is_a_matter_of_configuration(address: str) -> None:
    with pytest.raises(errors.Misconfigured):
        ToolClient(address, Wiring(NoLimit(), FakeTime())).send("GET", "/me")


@pytest.mark.parametrize("token", ["tökén-0123456789", "token-0123456789\n", "token\x00-0123456789", "half \ud83d"])
def test_a_credential_that_no_header_can_carry_is_named_but_not_shown(token: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(errors.Misconfigured) as caught:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ToolClient(url, Wiring(NoLimit(), FakeTime()), headers={"authorization": f"Token {token}"}).send("GET", "/me")
    assert "credential" in caught.value.message
    assert "0123456789" not in f"{caught.value} {caught.value!r}"


def test_a_closed_client_sends_nothing_and_closing_twice_is_fine(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/me").respond(json={})
    one = client()
    one.close()
    one.close()
    with pytest.raises(RuntimeError):
        one.send("GET", "/me")
    assert wire.calls.call_count == 0


# Reading


def test_an_answer_has_its_value_headers_and_request_id(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/me").respond(json={"name": "Größe"}, headers={"X-Request-Id": "r-1", "CF-Ray": "c-1"})
    answer = client().send("GET", "/me")
    assert (answer.status, answer.value, answer.request_id) == (200, {"name": "Größe"}, "r-1")


def test_an_answer_may_be_something_else_than_json_when_that_is_said(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/health").respond(text="OK")
    answer = client().send("GET", "/health", expect_json=False)
    assert (answer.text, answer.value) == ("OK", None)


@pytest.mark.parametrize(
    "content", ["<html>Sign in</html>", '{"events": [{"na', "", "[" * 200_000, "\x00", '{"n": ' + "9" * 5000 + "}"]
)
def test_what_is_not_json_is_a_bad_answer_that_names_what_came(wire: respx.MockRouter, content: str) -> None:
    wire.get(f"{BASE}/events").respond(text=content, headers={"content-type": "text/html", "x-request-id": "r-9"})
    with pytest.raises(errors.BadAnswer, match="text/html") as caught:
        client().send("GET", "/events")
    assert (caught.value.status, caught.value.request_id, caught.value.place) == (200, "r-9", "GET /events")


def test_bytes_that_are_not_utf_8_are_a_bad_answer(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/events").respond(content=b'{"name": "\xff"}')
    with pytest.raises(errors.BadAnswer):
        client().send("GET", "/events")


def test_a_large_answer_is_read_to_its_end(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/events").respond(
        json=[{"name": f"Event {number}", "text": "x" * 500} for number in range(20_000)]
    )
    assert client().send("GET", "/events").value[-1]["name"] == "Event 19999"


@pytest.mark.parametrize(
    ("status", "kind", "verdict"),
    [
        (400, errors.Invalid, "give-up"),
        (401, errors.Unauthorized, "ask"),
        (403, errors.NotEntitled, "ask"),
        (404, errors.NotFound, "give-up"),
        (409, errors.Conflict, "give-up"),
        (413, errors.TooLarge, "give-up"),
        (422, errors.Invalid, "give-up"),
        (429, errors.RateLimited, "wait"),
        (500, errors.Unavailable, "retry"),
        (599, errors.Unavailable, "retry"),
    ],
)
def test_a_status_is_read_plainly(
    wire: respx.MockRouter, status: int, kind: type[errors.ToolError], verdict: str
) -> None:
    wire.get(f"{BASE}/me").respond(status, json={"error": "no"}, headers={"x-request-id": "r-2"})
    with pytest.raises(kind) as caught:
        client().send("GET", "/me")
    assert (caught.value.verdict, caught.value.status, caught.value.request_id) == (verdict, status, "r-2")


def test_a_tools_own_reading_of_a_refusal_wins(wire: respx.MockRouter) -> None:
    wire.get(f"{BASE}/me").respond(400, json={"code": "no_addon"})
    explain = lambda answer: answer.error(errors.NotEntitled, answer.json()["code"], hint="Buy it.")  # noqa: E731
    with pytest.raises(errors.NotEntitled, match="no_addon") as caught:
        client(explain=explain).send("GET", "/me")
    assert caught.value.hint == "Buy it."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_reported_and_never_followed(wire: respx.MockRouter, status: int) -> None:
    wire.get(f"{BASE}/me").respond(status, headers={"location": "https://user:pass@elsewhere.test/login?x=1"})
    elsewhere = wire.route(host="elsewhere.test").respond(json={})
    with pytest.raises(errors.Misconfigured, match=r"redirects to .*elsewhere\.test") as caught:
        client().send("GET", "/me")
    assert not elsewhere.called and "pass" not in str(caught.value)


@pytest.mark.parametrize("location", ["", "/login", "http://[broken"])
def test_a_redirect_to_nowhere_is_still_only_a_redirect(wire: respx.MockRouter, location: str) -> None:
    wire.get(f"{BASE}/me").respond(302, headers={"location": location})
    with pytest.raises(errors.Misconfigured, match="another address"):
        client().send("GET", "/me")
