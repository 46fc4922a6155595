"""Requests that mean no good: each is refused, changes nothing, and says nothing that it should not."""

from __future__ import annotations

import json
import logging

import pytest

from hub.web.api.calling import DEEPEST
from hub.web.guarding import LARGEST_BODY
from tests.hub.web.api.programs import Program, program, published
from tests.hub.web.visitors import Quay

JSON = {"content-type": "application/json"}


def sent(one: Program, body: bytes, address: str = "/drafts", **headers: str) -> tuple[int, str]:
    """The status and the detail of what is answered to a raw body."""
    answer = one.ask("POST", address, content=body, headers={**JSON, **headers})
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 422, "missing"),
        (b"{", 422, "no JSON"),
        (b"[" * 100_000, 422, "nested"),
        (b"[" * 100_000 + b"]" * 100_000, 422, "nested"),
        (b'{"plan": ' + b'{"a": ' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 2), 422, "nested"),
        (b'{"plan": "Harbour", "title": "a\\u0000b"}', 422, "NUL"),
        (b'{"plan": "Harbour", "title": "\\ud800"}', 422, "half a character"),
        (b'{"plan": "Harbour", "\\ud800": ""}', 422, "half a character"),
        (b'{"plan": "\xff"}', 422, "UTF-8"),
        (b'{"plan": NaN}', 422, "no number"),
        (b'{"plan": 1' + b"0" * 5000 + b"}", 422, "too long"),
        (b'{"plan": "Harbour", "plan": "Harbour"}', 422, "twice"),
        (b'{"plan": "Harbour", "titel": "x"}', 422, "not right"),
        (b'{"plan": 5}', 422, "not right"),
        (b'{"plan": ["Harbour"]}', 422, "not right"),
        (b'"Harbour"', 422, "not right"),
        (b"{" + b" " * LARGEST_BODY + b"}", 413, "more bytes"),
        (b'{"plan": "../../etc/passwd"}', 404, "no plan"),
        (b'{"plan": "plan.yaml"}', 404, "no plan"),
    ],
)
def test_a_bad_body_is_refused_and_changes_nothing(quay: Quay, body: bytes, status: int, said: str) -> None:
    found, detail = sent(program(quay), body)
    assert (found, said in detail) == (status, True), detail
    assert quay.hub.store.drafts.of_plan() == []


def test_a_bad_body_says_where_the_mistake_is_and_not_what_was_sent(quay: Quay) -> None:
    body = json.dumps({"plan": "Harbour", "title": 5, "secret": "s3cret-s3cret"}).encode()
    answer = program(quay).ask("POST", "/drafts", content=body, headers=JSON)
    assert {one["place"] for one in answer.json()["problems"]} == {"body.title", "body.secret"}
    assert "s3cret" not in answer.text


def test_a_body_that_hides_its_length_is_counted(quay: Quay) -> None:
    async def pieces():  # type: ignore[no-untyped-def]
        for _ in range(12):
            yield b" " * 100_000

    answer = program(quay).ask("POST", "/drafts", content=pieces(), headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_of_another_site_can_send_is_not_read(quay: Quay, kind: str) -> None:
    found, _ = sent(program(quay), b'{"plan": "Harbour"}', **{"content-type": kind})
    assert found == 415 and quay.hub.store.drafts.of_plan() == []


def test_the_token_is_looked_at_before_the_body(quay: Quay) -> None:
    assert sent(Program(quay), b"[" * 100_000)[0] == 401
    assert sent(program(quay, "read"), b"[" * 100_000)[0] == 403


@pytest.mark.parametrize(
    ("address", "query", "place"),
    [
        ("/events", {"plan": "Harbour", "limt": "5"}, "query.limt"),
        ("/events", {"plan": "Harbour", "limit": "0"}, "query.limit"),
        ("/events", {"plan": "Harbour", "limit": "201"}, "query.limit"),
        ("/events", {"plan": "Harbour", "limit": "9" * 400}, "query.limit"),
        ("/events", {"plan": ["Harbour", "Harbour"]}, "query.plan"),
        ("/events", {"plan": "Har\x00bour"}, "query.plan"),
        ("/events", {"plan": "x" * 201}, "query.plan"),
        ("/dictionary", {"plan": "Harbour", "target": "segment", "at": "nan"}, "query.at"),
        ("/dictionary", {"plan": "Harbour", "target": "segment", "at": "inf"}, "query.at"),
        ("/proposals/0", {}, "path.number"),
        (f"/proposals/{'9' * 30}", {}, "path.number"),
        ("/publications/..%2f..%2fetc", {}, ""),
        ("/publications/p", {}, "path.publication"),
    ],
)
def test_a_bad_parameter_is_named(quay: Quay, address: str, query: dict[str, str], place: str) -> None:
    answer = program(quay).ask("GET", address, query=query)
    problem = answer.json()
    places = [one["place"] for one in problem.get("problems", ())] or [problem.get("place", "")]
    assert (answer.status_code, places) == ((422, [place]) if place else (404, [""]))


def test_html_comes_back_as_text_of_json(quay: Quay) -> None:
    answer = program(quay).ask("GET", "/event", query={"plan": "Harbour", "name": "<script>alert(1)</script>"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in str(answer.headers)


def test_a_refusal_at_the_tool_shows_no_secret(quay: Quay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = program(quay, name="ada")
    published(one)
    texts = [one.ask("GET", address).text for address in ("/audit", "/jobs", "/publications", "/targets", "/me")]
    secrets = (one.token.split("_", 2)[2], quay.box.demo_credentials()["token"])
    assert not [secret for secret in secrets for text in (*texts, caplog.text) if secret in text]


def test_what_breaks_is_logged_and_not_told(
    quay: Quay, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*given: object, **more: object) -> None:
        raise RuntimeError("the sea is in the engine room")

    monkeypatch.setattr(type(quay.hub.store.outbox), "messages", broken)
    answer = program(quay).ask("GET", "/notifications")
    assert (answer.status_code, answer.json()["type"]) == (500, "/api/v1/docs#broken")
    assert "engine room" not in answer.text and "engine room" in caplog.text
