"""Idempotency keys: the same write with the same key is done once, whatever happens to its answer."""

from __future__ import annotations

import threading

import pytest

from hub.store.answers import KEPT, LONGEST_WORK, Answer
from tests.hub.web.api.programs import Program, edit, previewed, program
from tests.hub.web.visitors import Quay

KEY = {"idempotency-key": "6c4f1f0e-3f5b-4a59-9c4a-3f9f4f1d2a10"}
OPEN = {"plan": "Harbour", "title": "Spring"}


def drafts(one: Program) -> int:
    return len(one.quay.hub.store.drafts.of_plan())


def test_the_same_request_gets_the_same_answer(quay: Quay) -> None:
    one = program(quay)
    first, again = (one.ask("POST", "/drafts", OPEN, headers=KEY) for _ in range(2))
    assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert [again.headers[name] for name in ("etag", "location")] == ['"1"', "/api/v1/drafts/1"]
    assert drafts(one) == 1


def test_without_a_key_it_is_done_again(quay: Quay) -> None:
    one = program(quay)
    for _ in range(2):
        one.post("/drafts", OPEN)
    assert drafts(one) == 2


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [("POST", "/drafts", {**OPEN, "title": "Autumn"}), ("POST", "/readings", {"plan": "Harbour"})],
)
def test_another_request_with_the_key_is_refused(quay: Quay, method: str, address: str, body: dict[str, str]) -> None:
    one = program(quay)
    one.ask("POST", "/drafts", OPEN, headers=KEY)
    answer = one.ask(method, address, body, headers=KEY)
    assert answer.status_code == 422 and answer.json()["place"] == "Idempotency-Key" and drafts(one) == 1


def test_another_revision_is_another_request(quay: Quay) -> None:
    one = program(quay)
    one.post("/drafts", OPEN)
    one.ask("PATCH", "/drafts/1", edit("x"), headers={**KEY, "if-match": '"1"'})
    again = one.ask("PATCH", "/drafts/1", edit("x"), headers={**KEY, "if-match": '"1"'})
    other = one.ask("PATCH", "/drafts/1", edit("x"), headers={**KEY, "if-match": '"2"'})
    assert (again.status_code, again.json()["revision"], other.status_code) == (200, 2, 422)


def test_keys_of_two_people_are_two_keys(quay: Quay) -> None:
    ada, eve = program(quay, name="ada"), program(quay, name="eve")
    assert [one.ask("POST", "/drafts", OPEN, headers=KEY).json()["author"] for one in (ada, eve)] == ["ada", "eve"]


def test_a_refusal_frees_the_key(quay: Quay) -> None:
    one = program(quay)
    assert one.ask("POST", "/publications/p00000000000/resume", headers=KEY).status_code == 404
    assert one.ask("POST", "/drafts", OPEN, headers=KEY).status_code == 201


def test_what_is_at_work_is_not_begun_again(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    one, began, go_on = program(quay), threading.Event(), threading.Event()
    kind, answers = type(quay.hub.store.drafts), []
    real = kind.open

    def slow(*given: object, **more: object) -> object:
        began.set()
        go_on.wait(10)
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(kind, "open", slow)
    first = threading.Thread(target=lambda: answers.append(one.ask("POST", "/drafts", OPEN, headers=KEY)))
    first.start()
    began.wait(10)
    second = one.ask("POST", "/drafts", OPEN, headers=KEY)
    go_on.set()
    first.join()
    assert (second.status_code, second.json()["type"]) == (409, "/api/v1/docs#busy")
    assert answers[0].status_code == 201 and drafts(one) == 1


def test_a_publish_whose_answer_was_lost_in_a_crash_is_done_once(quay: Quay) -> None:
    one = program(quay)
    body = {"plan": "Harbour", "fingerprint": previewed(one)}
    one.post("/publications", body)
    quay.work()
    again = one.ask("POST", "/publications", body)  # the answer was never kept: the key is as good as unused
    quay.work()
    assert again.status_code == 202 and len(one.get("/publications")["items"]) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb"])
def test_what_is_no_key_is_refused(quay: Quay, key: str) -> None:
    answer = program(quay).ask("POST", "/drafts", OPEN, headers={"idempotency-key": key})
    assert answer.status_code == 422 and answer.json()["place"] == "Idempotency-Key"


# The rows


def test_answers_are_kept_for_a_day(quay: Quay) -> None:
    answers, answer = quay.hub.store.answers, Answer(200, {"etag": '"1"'}, "{}")
    assert answers.claim("ada", "k", "r", 0.0) == "first"
    answers.finish("ada", "k", answer)
    assert answers.claim("ada", "k", "r", KEPT) == answer
    assert answers.claim("ada", "k", "r", KEPT + 1) == "first"


def test_a_dead_process_frees_its_key_after_a_while(quay: Quay) -> None:
    answers = quay.hub.store.answers
    assert answers.claim("ada", "k", "r", 0.0) == "first"
    assert answers.claim("ada", "k", "r", LONGEST_WORK) == "at work"
    assert answers.claim("ada", "k", "r", LONGEST_WORK + 1) == "first"
