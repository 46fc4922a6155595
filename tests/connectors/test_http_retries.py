"""What the HTTP layer repeats, how long it waits before, and what it says when it gives up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from connectors import errors
from connectors.contract import Limiter, Window, Wiring
from connectors.http import ATTEMPTS, FALLBACK_PAUSE, ToolClient
from connectors.limits import NoLimit, WindowLimiter
from connectors.testing.harness import FakeTime

BASE = "https://api.tool.test"
LIMITERS = (lambda now: NoLimit(), lambda now: WindowLimiter((), now))


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def client(time: FakeTime, limiter: Limiter | None = None, patience: float = 7200.0, **options: Any) -> ToolClient:
    return ToolClient(BASE, Wiring(limiter or NoLimit(), time, patience=patience), **options)


def answers(wire: respx.MockRouter, method: str, *replies: httpx.Response | Exception) -> respx.Route:
    """The tool answers so, one after the other; the last answer stays."""
    left = list(replies)

    def reply(request: httpx.Request) -> httpx.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return wire.route(method=method, host="api.tool.test").mock(side_effect=reply)


def ok() -> httpx.Response:
    return httpx.Response(200, json={"fine": True})


@pytest.mark.parametrize("make_limiter", LIMITERS)
def test_each_trouble_has_its_pause(wire: respx.MockRouter, time: FakeTime, make_limiter: Any) -> None:
    too_many = httpx.Response(429, headers={"retry-after": "7"})
    route = answers(wire, "GET", too_many, httpx.Response(503), httpx.ConnectError("refused"), ok())
    assert client(time, make_limiter(time.now)).send("GET", "/x").value == {"fine": True}
    first, second, third = time.slept
    assert first == pytest.approx(7.0) and 0.6 <= second <= 0.8 and 1.2 <= third <= 1.4
    assert route.call_count == 4


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 2.5 ", 2.5),
        ("Thu, 28 May 2026 20:27:50 GMT", 70.0),
        ("Thu, 28 May 2026 20:26:40 GMT", 0.0),
        ("Sunday, 01-Jan-26 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_wins(wire: respx.MockRouter, time: FakeTime, status: int, header: str, seconds: float) -> None:
    answers(wire, "GET", httpx.Response(status, headers={"retry-after": header}), ok())
    client(time).send("GET", "/x")
    assert sum(time.slept) == pytest.approx(seconds)


@pytest.mark.parametrize("header", ["", "soon", "inf", "nan", "-5", "1e99", "Thu, 99 May 2026 20:27:50 GMT"])
def test_a_retry_after_nobody_understands_is_none(wire: respx.MockRouter, time: FakeTime, header: str) -> None:
    answers(wire, "GET", httpx.Response(429, headers={"retry-after": header}), ok())
    client(time).send("GET", "/x")
    assert sum(time.slept) == pytest.approx(FALLBACK_PAUSE)


def test_a_429_stops_all_who_share_the_limiter(wire: respx.MockRouter, time: FakeTime) -> None:
    limiter = WindowLimiter((), time.now)
    answers(wire, "GET", httpx.Response(429, headers={"retry-after": "7000"}), ok())
    with pytest.raises(errors.RateLimited):
        client(time, limiter, patience=60).send("GET", "/x")
    client(time, limiter).send("GET", "/x")
    assert time.slept == [pytest.approx(7000)]


@pytest.mark.parametrize(
    ("method", "repeatable", "calls"),
    [
        ("GET", None, ATTEMPTS),
        ("HEAD", None, ATTEMPTS),
        ("PUT", None, ATTEMPTS),
        ("DELETE", None, ATTEMPTS),
        ("POST", None, 1),
        ("PATCH", None, 1),
        ("POST", True, ATTEMPTS),
        ("PUT", False, 1),
    ],
)
@pytest.mark.parametrize("trouble", [httpx.Response(502), httpx.ReadError("reset"), httpx.ReadTimeout("slow")])
def test_only_a_repeatable_request_is_repeated(
    wire: respx.MockRouter, time: FakeTime, method: str, repeatable: bool | None, calls: int, trouble: Any
) -> None:
    route = answers(wire, method, trouble)
    kind = errors.UnknownOutcome if calls == 1 else errors.Unavailable
    with pytest.raises(kind):
        client(time).send(method, "/x", repeatable=repeatable)
    assert route.call_count == calls


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
def test_a_write_that_never_left_is_repeated(wire: respx.MockRouter, time: FakeTime, trouble: Exception) -> None:
    route = answers(wire, "POST", trouble, ok())
    client(time).send("POST", "/x", body={})
    assert route.call_count == 2


def test_a_write_refused_for_the_quota_is_repeated(wire: respx.MockRouter, time: FakeTime) -> None:
    route = answers(wire, "POST", httpx.Response(429, headers={"retry-after": "1"}), ok())
    client(time).send("POST", "/x", body={})
    assert route.call_count == 2


@pytest.mark.parametrize("content", ["<html>Gateway</html>", '{"ok": tr'])
def test_a_write_answered_with_nonsense_has_an_unknown_outcome(
    wire: respx.MockRouter, time: FakeTime, content: str
) -> None:
    route = answers(wire, "POST", httpx.Response(200, text=content))
    with pytest.raises(errors.UnknownOutcome) as caught:
        client(time).send("POST", "/x", body={})
    assert (caught.value.verdict, caught.value.status, route.call_count) == ("read", 200, 1)


def test_a_read_answered_with_nonsense_is_repeated(wire: respx.MockRouter, time: FakeTime) -> None:
    answers(wire, "GET", httpx.Response(200, text="<html>"), ok())
    assert client(time).send("GET", "/x").value == {"fine": True}


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 413])
def test_what_will_fail_the_same_way_is_not_repeated(wire: respx.MockRouter, time: FakeTime, status: int) -> None:
    route = answers(wire, "GET", httpx.Response(status))
    with pytest.raises(errors.ToolError):
        client(time).send("GET", "/x")
    assert (route.call_count, time.slept) == (1, [])


@pytest.mark.parametrize("status", [429, 503])
def test_longer_than_the_patience_is_not_waited_for(wire: respx.MockRouter, time: FakeTime, status: int) -> None:
    route = answers(wire, "GET", httpx.Response(status, headers={"retry-after": "61"}), ok())
    with pytest.raises(errors.ToolError) as caught:
        client(time, patience=60).send("GET", "/x")
    assert (caught.value.retry_after, route.call_count, time.slept) == (61.0, 1, [])


def test_a_quota_used_up_beyond_the_patience_is_said_before_anything_is_sent(
    wire: respx.MockRouter, time: FakeTime
) -> None:
    route = answers(wire, "GET", ok())
    limited = client(time, WindowLimiter((Window("hour", 1, 3600),), time.now), patience=60)
    limited.send("GET", "/x", units={"hour": 1})
    with pytest.raises(errors.RateLimited) as caught:
        limited.send("GET", "/x", units={"hour": 1})
    assert caught.value.retry_after and 3600 <= caught.value.retry_after <= 3700
    assert (route.call_count, time.slept) == (1, [])


def test_each_attempt_takes_its_units(wire: respx.MockRouter, time: FakeTime) -> None:
    answers(wire, "GET", httpx.Response(503), ok())
    client(time, WindowLimiter((Window("minute", 1, 60),), time.now)).send("GET", "/x", units={"minute": 1})
    assert sum(time.slept) >= 60


def test_long_waits_are_announced_and_short_ones_are_not(wire: respx.MockRouter, time: FakeTime) -> None:
    heard: list[float] = []
    wiring = Wiring(NoLimit(), time, on_wait=heard.append)
    answers(wire, "GET", httpx.Response(503), httpx.Response(429, headers={"retry-after": "9"}), ok())
    ToolClient(BASE, wiring).send("GET", "/x")
    assert heard == [pytest.approx(9.0)]


def test_what_stops_a_wait_passes_through(wire: respx.MockRouter) -> None:
    class Impatient(FakeTime):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    answers(wire, "GET", httpx.Response(503))
    with pytest.raises(KeyboardInterrupt):
        client(Impatient()).send("GET", "/x")
