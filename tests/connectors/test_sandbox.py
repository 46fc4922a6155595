"""The chassis of the sandboxes: requests, faults, moods, switches, control surface, limits."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox import FAULT_KINDS, ConnectionDropped, Fault, Request, Response, Window
from tests.connectors.notepad import Notepad, request


@pytest.fixture
def pad() -> Notepad:
    pad = Notepad()
    pad.notes = {"a": "first", "b": "second", "c": "third", "d": "fourth"}
    return pad


def control(pad: Notepad, method: str, action: str, value: Any = None) -> Response:
    return pad.handle(request(method, f"/_sandbox/{action}", json.dumps(value)))


# Requests


@pytest.mark.parametrize(
    ("target", "segments"),
    [
        ("/", ()),
        ("/notes", ("notes",)),
        ("/notes/a%2Fb", ("notes", "a/b")),
        ("/notes/50%25%20%F0%9F%9B%92?x=1", ("notes", "50% 🛒")),
        ("/notes/%2E%2E", ("notes", "..")),
        ("/notes/a+b", ("notes", "a+b")),
    ],
)
def test_a_path_is_split_before_it_is_decoded(target: str, segments: tuple[str, ...]) -> None:
    assert request("GET", target).segments == segments


def test_a_request_is_read_whatever_the_case_of_its_names() -> None:
    one = Request.build("post", "/x?a=1&a=2&b=", {"Content-Type": "text/plain"}, b"k=1&k=2&e=")
    assert (one.method, one.headers) == ("POST", {"content-type": "text/plain"})
    assert (one.param("a"), one.param("b"), one.param("c")) == ("1", "", None)
    assert one.form() == {"k": "2", "e": ""}


def test_each_request_is_logged_with_what_came_of_it(pad: Notepad) -> None:
    pad.handle(request("PUT", "/notes/x?force=1", "text"))
    pad.handle(request("GET", "/notes/nothing"))
    assert [(one.number, one.method, one.path, one.status) for one in pad.log] == [
        (0, "PUT", "/notes/x", 200),
        (1, "GET", "/notes/nothing", 404),
    ]
    assert (pad.log[0].query, pad.log[0].body) == ((("force", "1"),), b"text")


# Faults


def test_a_status_fault_answers_and_applies_nothing(pad: Notepad) -> None:
    pad.faults.append(Fault("status", status=429, body='{"slow": 1}', headers={"retry-after": "3"}))
    answer = pad.handle(request("PUT", "/notes/x", "text"))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (429, b'{"slow": 1}', "3")
    assert "x" not in pad.notes and pad.log[-1].fault == "status"


def test_a_html_fault_answers_a_page_and_applies_nothing(pad: Notepad) -> None:
    pad.faults.append(Fault("html", status=200))
    answer = pad.handle(request("PUT", "/notes/x", "text"))
    assert answer.body.startswith(b"<!doctype html>") and answer.headers["content-type"] == "text/html"
    assert "x" not in pad.notes


@pytest.mark.parametrize(("kind", "applied"), [("refuse", False), ("lost", True)])
def test_a_dropped_connection_has_no_status_and_may_have_applied(pad: Notepad, kind: str, applied: bool) -> None:
    pad.faults.append(Fault(kind))
    with pytest.raises(ConnectionDropped):
        pad.handle(request("PUT", "/notes/x", "text"))
    assert ("x" in pad.notes) is applied
    assert (pad.log[-1].status, pad.log[-1].fault) == (0, kind)


def test_a_cut_answer_was_applied_and_is_half_of_it(pad: Notepad) -> None:
    pad.faults.append(Fault("cut"))
    assert pad.handle(request("PUT", "/notes/x", "text")).body == b'{"kept": "x"}'[:6]
    assert pad.notes["x"] == "text"


def test_a_persons_edit_comes_just_before_the_request(pad: Notepad) -> None:
    pad.faults.append(Fault("edit", edit={"name": "a", "text": "edited"}))
    assert pad.handle(request("GET", "/notes/a")).body == b"edited"


def test_a_mood_lasts_for_one_request(pad: Notepad) -> None:
    pad.faults.append(Fault("mood", mood="half-page"))
    lists = [json.loads(pad.handle(request("GET", "/notes")).body) for _ in range(2)]
    assert lists == [["a", "b"], ["a", "b", "c", "d"]] and pad.mood == ""


def test_a_mood_ends_although_the_sandbox_broke(pad: Notepad) -> None:
    pad.faults.append(Fault("mood", mood="half-page"))
    with pytest.raises(RuntimeError):
        pad.handle(request("POST", "/break"))
    assert pad.mood == ""


@given(skip=st.integers(0, 4), times=st.integers(0, 4), total=st.integers(0, 10))
def test_a_fault_skips_and_then_strikes_so_many_times(skip: int, times: int, total: int) -> None:
    pad = Notepad()
    pad.faults.append(Fault("status", on="^PUT", skip=skip, times=times, status=503))
    statuses = [pad.handle(request("PUT", "/notes/x", "")).status for _ in range(total)]
    assert statuses == [503 if skip <= number < skip + times else 200 for number in range(total)]


@pytest.mark.parametrize(
    ("on", "struck"),
    [("", True), ("^PUT", True), ("^GET", False), (r"/notes/a/b\?force=yes$", True), ("notes/c", False)],
)
def test_a_fault_strikes_the_decoded_line(pad: Notepad, on: str, struck: bool) -> None:
    pad.faults.append(Fault("status", on=on, status=503))
    assert (pad.handle(request("PUT", "/notes/a%2Fb?force=yes")).status == 503) is struck


def test_one_request_is_struck_by_one_fault(pad: Notepad) -> None:
    pad.faults += [Fault("status", status=500), Fault("status", status=502)]
    assert [pad.handle(request("GET", "/notes")).status for _ in range(3)] == [500, 502, 200]


def test_a_fault_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match=", ".join(FAULT_KINDS)):
        Fault("explode")


# Switches and the control surface


@pytest.mark.parametrize(
    ("switches", "message"), [({"colour": 1}, "no switch 'colour'"), ({"missing": 500}, r"one of \[404, 410\]")]
)
def test_a_wrong_switch_is_refused_with_what_there_is(switches: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Notepad(switches=switches)


def test_switches_are_seen_and_set_from_outside(pad: Notepad) -> None:
    assert json.loads(control(pad, "GET", "switches").body) == {"missing": 404, "shout": False}
    assert control(pad, "PUT", "switches", {"missing": 410}).status == 200
    assert pad.handle(request("GET", "/notes/nothing")).status == 410


def test_the_state_can_be_taken_and_put_back(pad: Notepad) -> None:
    state = json.loads(control(pad, "GET", "state").body)
    other = Notepad()
    control(other, "PUT", "state", state)
    assert other.dump() == pad.dump()


def test_an_edit_and_a_fault_can_be_ordered_from_outside(pad: Notepad) -> None:
    assert json.loads(control(pad, "POST", "edit", {"name": "e", "text": "fifth"}).body) == {"edited": "e"}
    control(pad, "POST", "faults", {"kind": "status", "status": 418, "times": 2})
    assert pad.handle(request("GET", "/notes/e")).status == 418
    control(pad, "DELETE", "faults")
    assert pad.handle(request("GET", "/notes/e")).body == b"fifth"


def test_the_log_can_be_read_and_cleared_and_holds_no_control_requests(pad: Notepad) -> None:
    pad.handle(request("PUT", "/notes/a%2Fb?x=1", "ü"))
    (entry,) = json.loads(control(pad, "GET", "requests").body)
    assert (entry["path"], entry["query"], entry["body"], entry["status"]) == ("/notes/a/b", [["x", "1"]], "ü", 200)
    control(pad, "DELETE", "requests")
    assert json.loads(control(pad, "GET", "requests").body) == []


@pytest.mark.parametrize(
    ("method", "action", "value", "status", "message"),
    [
        ("GET", "nonsense", None, 404, "no control 'nonsense'"),
        ("POST", "state", {}, 404, "no control 'state'"),
        ("POST", "faults", {"kind": "explode"}, 400, "unknown fault kind"),
        ("POST", "faults", {"kind": "html", "on": "("}, 400, "unterminated subpattern"),
        ("POST", "faults", {"kind": "html", "colour": 1}, 400, "colour"),
        ("POST", "faults", ["html"], 400, ""),
        ("POST", "edit", {}, 400, "an edit needs a name"),
        ("POST", "edit", {"name": "x"}, 400, "text"),
        ("PUT", "switches", {"colour": 1}, 400, "no switch"),
        ("PUT", "switches", ["colour"], 400, ""),
        ("PUT", "state", 5, 400, ""),
    ],
)
def test_a_wrong_order_is_refused_with_a_sentence(
    pad: Notepad, method: str, action: str, value: Any, status: int, message: str
) -> None:
    answer = control(pad, method, action, value)
    assert answer.status == status and message in json.loads(answer.body)["error"]


def test_an_order_that_is_not_json_is_refused(pad: Notepad) -> None:
    assert pad.handle(request("POST", "/_sandbox/faults", "{")).status == 400


# Concurrency


def overlapping(pad: Notepad, units: int) -> Response:
    """A request of so many units, sent while one of 1 unit is in flight."""
    inside, finish = threading.Event(), threading.Event()
    respond = pad.respond

    def slow(one: Request) -> Response:
        inside.set()
        assert finish.wait(10)
        return respond(one)

    pad.respond = slow  # type: ignore[method-assign]
    first = threading.Thread(target=pad.handle, args=(request("GET", "/notes", x_units="1"),))
    first.start()
    assert inside.wait(10)
    pad.respond = respond  # type: ignore[method-assign]
    threading.Timer(0.05, finish.set).start()
    answer = pad.handle(request("GET", "/notes", x_units=str(units)))
    first.join()
    return answer


@pytest.mark.parametrize(("units", "status"), [(1, 200), (2, 429), (3, 429)])
def test_requests_in_flight_share_the_units(pad: Notepad, units: int, status: int) -> None:
    assert overlapping(pad, units).status == status


def test_units_are_given_back_by_every_ending(pad: Notepad) -> None:
    pad.faults += [Fault("lost", on="GET"), Fault("status", on="GET", status=500)]
    with pytest.raises(ConnectionDropped):
        pad.handle(request("GET", "/notes", x_units="2"))
    with pytest.raises(RuntimeError):
        pad.handle(request("POST", "/break", x_units="2"))
    assert [pad.handle(request("GET", "/notes", x_units="2")).status for _ in range(2)] == [500, 200]


def test_a_request_that_may_always_come_in_does_not_count(pad: Notepad) -> None:
    pad.most = 0
    assert pad.handle(request("GET", "/notes")).status == 200
    assert pad.handle(request("GET", "/notes", x_units="1")).status == 429
    assert pad.log[-1].fault == "concurrency"


# Window


def test_a_window_is_free_again_exactly_when_it_says() -> None:
    window = Window(2, 60)
    assert (window.take(0), window.take(10)) == (0, 0)
    assert window.take(10) == 50
    assert window.take(59.999) > 0
    assert window.take(60) == 0


def test_what_did_not_fit_was_not_counted() -> None:
    window = Window(2, 60)
    window.take(0, 2)
    for moment in range(1, 60):
        assert window.take(moment) > 0
    assert window.used(60) == 0


def test_more_than_the_whole_window_never_fits() -> None:
    window = Window(2, 60)
    assert window.take(0, 3) == 60 and window.used(0) == 0


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=40))
def test_a_window_never_holds_more_than_its_limit(steps: list[tuple[int, int]]) -> None:
    window, now, taken = Window(5, 60), 0, []
    for pause, units in steps:
        now += pause
        wait = window.take(now, units)
        if wait == 0:
            taken.append((now, units))
        else:
            assert Window.take(_copy(window), now + wait, units) == 0
    for end, _ in taken:
        assert sum(units for at, units in taken if end - 60 < at <= end) <= 5


def _copy(window: Window) -> Window:
    other = Window(window.limit, window.seconds)
    other._taken.extend(window._taken)
    return other
