"""The poorer road: a letter is told once at most, and every refusal has its next step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
import respx

from connectors import errors
from connectors.contract import Wiring
from connectors.limits import NoLimit
from connectors.testing.harness import FakeTime
from hub.notify.contract import Channel
from hub.notify.slack import KIND
from tests.hub.notify.slack.bench import APPROVE, Bench, letter, parts, story

URL = "https://hooks.slack.com/services/T0DEMO/B0HOOK/s3cr3tS3cr3t"


@pytest.fixture
def bench() -> Bench:
    return Bench({"road": "webhook", "people": {"Ada": "U0ADA0001"}})


def hook() -> Channel:
    settings = KIND.settings.model_validate({"webhook_url": URL})
    return KIND.connect(settings, Wiring(NoLimit(), FakeTime(), patience=5))


def tell(channel: Channel, **fields: Any) -> None:
    channel.deliver(letter(**fields), lambda memo: None)


def test_a_story_is_posted_with_its_blocks_and_mentions_and_without_buttons(bench: Bench) -> None:
    told = story(mentions=("Ada", "ben@example.com"), buttons=(APPROVE,), parts=parts(50), url="https://hub.example/1")
    delivered = bench.deliver(letter(story=told))
    (message,) = bench.messages()
    assert "For <@U0ADA0001>, ben@example.com" in str(message["blocks"]) and "actions" not in str(message["blocks"])
    assert delivered.remote and delivered.url == "https://hub.example/1"


def test_what_was_told_is_not_told_again(bench: Bench) -> None:
    first = bench.deliver(letter())
    bench.deliver(letter(remote=first.remote, story=story("Otherwise")))
    assert len(bench.messages()) == 1


@pytest.mark.parametrize("kind", ["lost", "refuse", "html", "cut", "status"])
def test_an_unclear_end_is_given_up_and_never_sent_again(bench: Bench, kind: str) -> None:
    bench.fail(kind, "services")
    with pytest.raises(errors.ToolError, match="may or may not have arrived") as caught:
        bench.tell(letter())
    assert caught.value.verdict == "give-up" and len(bench.sandbox.log) == 1


@respx.mock
@pytest.mark.parametrize("body", ["", "fine", "<h1>Sign in</h1>", '{"ok":true}'])
def test_only_the_vendors_own_ok_counts(body: str) -> None:
    respx.post(URL).respond(200, text=body)
    with pytest.raises(errors.UnknownOutcome):
        tell(hook())


def test_a_letter_that_may_have_arrived_is_not_even_tried(bench: Bench) -> None:
    with pytest.raises(errors.Conflict):
        bench.deliver(replace(letter(), first_sent=bench.time.now() - 100))
    assert bench.sandbox.log == []


REFUSALS: list[tuple[int, str, type[errors.ToolError], str]] = [
    (403, "invalid_token", errors.Unauthorized, "ask"),
    (404, "no_service", errors.Unauthorized, "ask"),
    (400, "no_active_hooks", errors.Unauthorized, "ask"),
    (404, "channel_not_found", errors.Misconfigured, "ask"),
    (410, "channel_is_archived", errors.Misconfigured, "ask"),
    (403, "action_prohibited", errors.NotEntitled, "ask"),
    (400, "no_text", errors.Invalid, "give-up"),
    (418, "brand_new_word", errors.Invalid, "give-up"),
    (500, "rollup_error", errors.UnknownOutcome, "read"),
    (500, "no_service", errors.UnknownOutcome, "read"),
    (302, "", errors.Misconfigured, "ask"),
]


@respx.mock
@pytest.mark.parametrize(("status", "word", "kind", "verdict"), REFUSALS)
def test_the_word_decides_and_then_the_status(
    status: int, word: str, kind: type[errors.ToolError], verdict: str
) -> None:
    respx.post(URL).respond(status, text=word)
    with pytest.raises(kind) as caught:
        tell(hook())
    assert caught.value.verdict == verdict and "s3cr3t" not in str(caught.value)


@respx.mock
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "30"}])
def test_a_throttled_post_waits_as_the_header_or_the_body_says(headers: Any) -> None:
    body = {"retry_after": 30, "ok": False, "error": "rate_limited"}
    respx.post(URL).respond(429, json=body, headers=headers)
    with pytest.raises(errors.RateLimited) as caught:
        tell(hook())
    assert caught.value.retry_after == 30


@respx.mock
def test_refused_blocks_are_told_as_a_line() -> None:
    refused, fine = httpx.Response(400, text="invalid_blocks"), httpx.Response(200, text="ok")
    route = respx.post(URL).mock(side_effect=[refused, fine])
    tell(hook())
    assert b"blocks" in route.calls[0].request.content and b"blocks" not in route.calls[1].request.content


@pytest.mark.parametrize(
    "change",
    [{"do": "webhook", "state": state} for state in ("removed", "disabled", "revoked", "prohibited", "team-disabled")]
    + [{"do": "archive", "channel": "C0TRACK01"}],
    ids=str,
)
def test_a_webhook_that_no_longer_works_is_a_persons_business(bench: Bench, change: Any) -> None:
    bench.sandbox.edit(change)
    with pytest.raises(errors.ToolError) as caught:
        bench.deliver(letter())
    assert caught.value.verdict == "ask" and bench.messages() == []


def test_posts_keep_the_pace_of_a_channel() -> None:
    bench = Bench({"road": "webhook"}, burst=1)
    for number in range(10):
        bench.deliver(letter(f"k{number}"))
    assert len(bench.messages()) == 10 == len(bench.sandbox.log)


def test_whoami_says_which_webhook_it_is_without_its_secret() -> None:
    told = hook().whoami()
    assert "B0HOOK" in told and "T0DEMO" in told and "s3cr3t" not in told


@pytest.mark.parametrize(
    "url", ["unresolved", "https://example.com/", "ftp://hooks.slack.com/services/T/B/x", "http://["]
)
def test_an_address_that_is_no_webhook_is_refused_without_showing_it(url: str) -> None:
    settings = KIND.settings.model_validate({"webhook_url": url})
    with pytest.raises(errors.Misconfigured, match="webhook_url") as caught:
        KIND.connect(settings, Wiring(NoLimit(), FakeTime()))
    assert url not in str(caught.value)
