"""No secret leaves the HTTP layer, whatever the tool echoes and however it spells it."""

from __future__ import annotations

import base64
import html
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import errors
from connectors.contract import Wiring
from connectors.http import Answer, ToolClient
from connectors.limits import NoLimit
from connectors.testing.harness import FakeTime

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda secret: json.dumps({"error": f"bad key {secret}!"}),
    "json in utf-8": lambda secret: json.dumps({"error": f"bad key {secret}!"}, ensure_ascii=False),
    "json with escaped slashes": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "address": lambda secret: f"/login?key={quote(secret, safe='')}&next=1",
    "path": lambda secret: f"/login/{quote(secret)}/x",
    "form": lambda secret: f"key={quote_plus(secret)}",
    "page": lambda secret: f"<p>{html.escape(secret)}</p>",
    "basic": lambda secret: "authorization: Basic " + base64.b64encode(f"user:{secret}".encode()).decode(),
    "base64 alone": lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
    "cut by the reader": lambda secret: "x" * (300 - len(secret) // 2) + secret,
}
secrets = st.text(st.characters(codec="utf-8", exclude_characters="*", exclude_categories=("Cc", "Cs")), min_size=8)


def client(secret: str, reply: Callable[[httpx.Request], httpx.Response], explain: Any = None) -> ToolClient:
    wiring = Wiring(NoLimit(), FakeTime(), httpx.MockTransport(reply), patience=0)
    return ToolClient("http://tool.test", wiring, basic=("user", secret), explain=explain or (lambda answer: None))


def shown(error: BaseException) -> str:
    """Everything a person or a log could see of an error."""
    parts = "".join(traceback.format_exception(error))
    return f"{parts} {error} {error!r} {error.args} {vars(error)}"


def quoting(answer: Answer) -> errors.ToolError:
    return answer.error(errors.Invalid, f"it says {answer.text[:300]}", hint=answer.content.decode()[:300])


@settings(max_examples=150, deadline=None)
@given(
    secret=secrets,
    spelling=st.sampled_from(sorted(SPELLINGS)),
    status=st.sampled_from([200, 302, 400, 401, 429, 500]),
    explain=st.sampled_from([None, quoting]),
)
def test_an_echoed_secret_is_in_no_error(secret: str, spelling: str, status: int, explain: Any) -> None:
    echo = SPELLINGS[spelling](secret)
    headers = {"content-type": quote(secret), "x-request-id": quote(secret), "location": f"http://{quote(secret)}/"}
    with pytest.raises(errors.ToolError) as caught:
        client(
            secret, lambda request: httpx.Response(status, content=echo.encode() + b"<", headers=headers), explain
        ).send("POST", f"/hook/{quote(secret, safe='')}")
    text = shown(caught.value)
    for piece in (secret, quote(secret, safe=""), quote(secret), html.escape(secret)):
        assert piece not in text
    assert base64.b64encode(f"user:{secret}".encode()).decode() not in text
    assert caught.value.place.startswith("POST /hook/")


@given(secret=secrets)
@settings(max_examples=50, deadline=None)
def test_a_secret_in_a_failed_connection_is_not_shown(secret: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"proxy said: {secret}")

    with pytest.raises(errors.UnknownOutcome) as caught:
        client(secret, fail).send("POST", "/x")
    assert secret not in f"{caught.value} {caught.value!r} {vars(caught.value)}"


def test_half_of_a_secret_at_the_end_of_a_quoted_text_is_gone_too() -> None:
    secret = "0123456789abcdef"
    body = "x" * 290 + secret
    with pytest.raises(errors.Invalid) as caught:
        client(secret, lambda request: httpx.Response(400, text=body)).send("GET", "/x")
    assert "0123" not in caught.value.message


def test_someone_elses_authorization_is_not_shown_either() -> None:
    reply = httpx.Response(400, json={"got": "Bearer eyJhbGciOi.J9-abc_123=="})
    with pytest.raises(errors.Invalid) as caught:
        client("mine-0123456789", lambda request: reply).send("GET", "/x")
    assert "eyJhbGciOi" not in str(caught.value) and "Bearer ***" in caught.value.message


def test_no_log_line_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    secret = "s3cr3t/with+signs"
    caplog.set_level(logging.DEBUG)
    headers = {"x-echo": secret}
    one = client(secret, lambda request: httpx.Response(200, json={"key": secret}, headers=headers))
    one.send("GET", f"/hook/{quote(secret, safe='')}", params={"key": secret})
    assert any(record.name == "connectors.http" and "-> 200" in record.getMessage() for record in caplog.records)
    assert not any(form in caplog.text for form in (secret, quote(secret, safe=""), quote(secret)))


def test_what_the_tool_says_stays_readable_around_the_secret() -> None:
    reply = httpx.Response(400, json={"error": 'key "a/b c" with 0123456789 is bad'})
    with pytest.raises(errors.Invalid, match=r"with \*\*\* is bad"):
        client("0123456789", lambda request: reply).send("GET", "/x")


def test_a_tool_without_secrets_has_nothing_taken_out() -> None:
    wiring = Wiring(NoLimit(), FakeTime(), httpx.MockTransport(lambda request: httpx.Response(400, text="plain words")))
    with pytest.raises(errors.Invalid, match="plain words"):
        ToolClient("http://tool.test", wiring, secrets=("", "")).send("GET", "/x")
