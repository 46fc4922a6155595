"""Following work: pause and go on, how far it is, receipts page by page, and streams that say when to look again."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import anyio
import pytest
from sqlalchemy import select, update

from connectors.contract import Window
from connectors.sandbox import Fault
from hub.chores import resume_job
from hub.engine.ports import Publication
from hub.jobs.embedded import EmbeddedJobs
from hub.jobs.port import Job
from hub.notify.desk import Desk
from hub.notify.telling.publication import living
from hub.store.quota import SharedLimiter
from hub.store.schema import happening, operation, publication
from hub.verbs.pausing import pause
from hub.verbs.pressing import act_on
from hub.web import live
from hub.web.live import MOST_OF_SESSION
from hub.web.pages import following
from hub.web.work import works
from tests.hub.web.test_acting import followed, previewed, published
from tests.hub.web.visitors import Quay, Visitor


def begun(quay: Quay) -> tuple[Visitor, Publication]:
    """A publication that is under way, as far as the records tell."""
    dana = published(quay)
    done = quay.hub.store.publications()[0]
    quay.hub.store.set_run(done.id, replace(done.targets[0], status="running"))
    quay.hub.store.start_publication(done.id, quay.now)
    return dana, quay.hub.store.publication(done.id)


def paused(quay: Quay) -> tuple[Visitor, Publication]:
    """A publication that somebody paused before its first write."""
    dana, seen = previewed(quay, name="dana")
    quay.hub.listen = lambda progress: ask(quay) if (progress.stage, progress.done) == ("writing", 0) else None
    dana.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    quay.hub.listen = lambda progress: None
    return dana, quay.hub.store.publications()[0]


def ask(quay: Quay) -> None:
    if quay.hub.store.people.audit()[0].verb != "pause":
        pause(quay.hub, quay.hub.store.publications()[0].id, who="lee")


# Pause and go on


def test_a_pause_keeps_the_run_from_its_next_write_until_somebody_has_it_go_on(quay: Quay) -> None:
    dana, found = paused(quay)
    said = dana.get(f"/publications/{found.id}").text
    assert (found.status, quay.writes(), quay.jobs()[0].state) == ("paused", 0, "done")
    assert "Paused by lee." in said and "Go on with it" in said and "data-look-again" not in said
    dana.post(f"/publications/{found.id}/resume")
    quay.work()
    assert quay.hub.store.publication(found.id).status == "published" and quay.writes() == 1


def test_pause_stands_on_the_page_of_what_runs_and_ends_what_nobody_is_at_work_on(quay: Quay) -> None:
    dana, found = begun(quay)
    assert 'id="pause"' in dana.get(f"/publications/{found.id}").text
    answer = dana.post(f"/publications/{found.id}/pause")
    assert "Paused by a publisher." in followed(dana, answer).text
    assert [one.verb for one in quay.hub.store.people.audit()][:1] == ["pause"]


def test_while_a_run_is_alive_a_pause_is_only_asked_for(quay: Quay) -> None:
    dana, found = begun(quay)
    with quay.hub.store.lock("segment"):
        said = followed(dana, dana.post(f"/publications/{found.id}/pause")).text
        again = dana.post(f"/publications/{found.id}/pause")
    assert "asked for a pause" in said and 'id="pause"' not in said and again.status_code == 303
    assert quay.hub.store.publication(found.id).status == "running"


def test_no_job_goes_on_with_what_is_paused(quay: Quay) -> None:
    _, found = paused(quay)
    job = Job(1, "resume", "key", {"publication": found.id, "who": "dana"}, "running", 1, 0.0, 0.0)
    assert resume_job(quay.hub, job) == f"publication {found.id} is paused" and quay.writes() == 0


def test_a_publish_whose_process_died_stays_paused_when_it_is_started_again(quay: Quay) -> None:
    dana, seen = previewed(quay)
    quay.hub.listen = lambda progress: quay.hub.stopping.set() if progress.stage == "writing" else None
    dana.post("/publish", plan="Harbour", fingerprint=seen)
    jobs = EmbeddedJobs(quay.hub.database, quay.hub.engine.time.now)
    jobs.run(works(quay.hub), quay.hub.stopping, once=True)
    quay.hub.store.pauses.ask(quay.hub.store.publications()[0].id, "lee", quay.now)
    quay.hub.close()
    quay.reopen()
    quay.work()
    (found,) = quay.hub.store.publications()
    assert (found.status, quay.jobs()[0].state, quay.writes()) == ("paused", "done", 0)


def test_the_button_in_a_chat_has_it_go_on_too(quay: Quay) -> None:
    _, found = paused(quay)
    said = act_on(quay.hub, key="press", act="retry", subject=found.id, who="kim")
    quay.work()
    assert "goes on" in said and quay.hub.store.publication(found.id).status == "published"


def test_people_are_told_who_paused_it_with_a_button_to_go_on(quay: Quay) -> None:
    _, found = paused(quay)
    told = living(Desk(quay.hub.store), found)
    with quay.hub.database.read() as connection:
        kinds = list(connection.execute(select(happening.c.kind).order_by(happening.c.id)).scalars())
    assert told.title == "Harbour v1 is paused by lee: 0 %" and [one.label for one in told.buttons] == ["Go on"]
    assert kinds == ["publish.planned", "publish.started", "publish.paused"]


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_what_has_ended_is_neither_paused_nor_gone_on_with(quay: Quay, verb: str) -> None:
    dana = published(quay)
    answer = dana.post(f"/publications/{quay.hub.store.publications()[0].id}/{verb}")
    assert answer.status_code == 409 and "is published" in answer.text


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_only_a_publisher_with_a_form_of_ours_pauses_and_goes_on(quay: Quay, verb: str) -> None:
    dana, found = begun(quay)
    address = f"/publications/{found.id}/{verb}"
    answers = [quay.somebody("editor").post(address), dana.post(address, form_token="forged")]
    assert [one.status_code for one in answers] == [403, 403] and quay.hub.store.paused_by(found.id) == ""


# How far it is


def test_a_wait_for_a_quota_is_told_with_its_end(quay: Quay) -> None:
    limiter = SharedLimiter(quay.hub.database, "segment", [Window("minute", 1, 60.0)], lambda: quay.now)
    assert limiter.passes_at() is None
    for _ in range(2):
        limiter.reserve({"minute": 1})
    until = limiter.passes_at()
    assert until is not None and 55 < until - quay.now < 65
    dana, found = begun(quay)
    quay.hub.limiter = lambda target: limiter  # type: ignore[method-assign]
    assert "Waits for its quota until <time" in dana.get(f"/publications/{found.id}").text


def test_a_pause_that_a_tool_asked_for_is_waited_for_by_everybody(quay: Quay) -> None:
    limiter = SharedLimiter(quay.hub.database, "segment", [Window("minute", 1, 60.0)], lambda: quay.now)
    limiter.pause(300)
    until = limiter.passes_at()
    assert until is not None and 295 < until - quay.now < 305


def test_what_is_left_is_told_by_the_forecast(quay: Quay) -> None:
    dana, found = begun(quay)
    assert "is being read back" in dana.get(f"/publications/{found.id}").text
    with quay.hub.database.write() as connection:
        connection.execute(update(operation).where(operation.c.position == 0).values(outcome=None))
    assert "50 % is written. About 0 s left, by the forecast." in dana.get(f"/publications/{found.id}").text


# Receipts


def test_the_receipt_to_download_has_the_hash_that_is_shown(quay: Quay) -> None:
    dana = published(quay)
    found = quay.hub.store.publications()[0]
    answer = dana.get(f"/publications/{found.id}/receipt.json")
    assert hashlib.sha256(answer.content).hexdigest() == found.receipt
    assert answer.json()["status"] == "published" and found.id in answer.headers["content-disposition"]


def test_there_is_no_receipt_before_the_end(quay: Quay) -> None:
    dana, found = paused(quay)
    with quay.hub.database.write() as connection:
        connection.execute(update(publication).values(receipt=""))
    assert dana.get(f"/publications/{found.id}/receipt.json").status_code == 404


def test_receipts_are_paged_with_what_needs_a_look_first(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LISTED", 1)
    dana, seen = previewed(quay)
    quay.box.faults.append(Fault("status", on="PATCH", times=1, status=400))
    dana.post("/publish", plan="Harbour", fingerprint=seen)
    quay.work()
    found = quay.hub.store.publications()[0]
    first = dana.get(f"/publications/{found.id}").text
    second = dana.get(f"/publications/{found.id}", target="segment", start="1").text
    assert "1 to 1 of 2" in first and "target=segment&amp;start=1" in first
    assert "2 to 2 of 2" in second and "Receipts of segment: 2" in second


# Streams


class Listener:
    """Somebody whose browser listens to a stream, as the server sees it."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self.heard = ""
        self._asked = False
        self.gone = anyio.Event()
        self._new = anyio.Event()

    async def listen(self, address: str) -> None:
        scope: dict[str, Any] = {"type": "http", "http_version": "1.1", "method": "GET", "path": address}
        scope |= {"query_string": b"", "root_path": "", "scheme": "http", "client": ("127.0.0.1", 1)}
        scope["headers"] = [(b"cookie", f"hub_session={self._visitor.cookie}".encode()), (b"host", b"hub.test")]
        await self._visitor.quay.web(scope, self._receive, self._send)

    async def until(self, words: str) -> None:
        with anyio.fail_after(20):
            while words not in self.heard:
                self._new = anyio.Event()
                await self._new.wait()

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.heard += message.get("body", b"").decode()
        self._new.set()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL", 0.01)


def test_a_stream_says_when_something_changed_and_ends_with_the_work(quay: Quay) -> None:
    dana, found = begun(quay)

    async def story() -> str:
        listener = Listener(dana)
        async with anyio.create_task_group() as group:
            group.start_soon(listener.listen, f"/publications/{found.id}/events")
            await listener.until("event: changed")
            quay.hub.store.close_publication(found.id, "published", {}, quay.now)
            await listener.until("event: ended")
        return listener.heard

    said = anyio.run(story)
    assert said.startswith("retry: 2000\n\n") and said.count("event: changed") == 2
    assert quay.web.state.streams.count() == 0


def test_a_stream_of_a_job_ends_where_the_publication_begins(quay: Quay) -> None:
    dana, seen = previewed(quay)
    job = dana.post("/publish", plan="Harbour", fingerprint=seen).headers["location"]

    async def story() -> str:
        listener = Listener(dana)
        async with anyio.create_task_group() as group:
            group.start_soon(listener.listen, f"{job}/events")
            await listener.until("event: changed")
            await anyio.to_thread.run_sync(quay.work)
            await listener.until("event: ended")
        return listener.heard

    assert anyio.run(story).count("event: changed") >= 2


def test_what_is_silent_says_that_it_is_still_there(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT", 0.02)
    dana, found = begun(quay)
    assert "event: beat" in anyio.run(heard_until, dana, found, "event: beat")


async def heard_until(dana: Visitor, found: Publication, words: str) -> str:
    """What somebody hears who goes away at these words."""
    listener = Listener(dana)
    async with anyio.create_task_group() as group:
        group.start_soon(listener.listen, f"/publications/{found.id}/events")
        await listener.until(words)
        listener.gone.set()
    return listener.heard


def test_whoever_goes_away_makes_room(quay: Quay) -> None:
    dana, found = begun(quay)
    anyio.run(heard_until, dana, found, "event: changed")
    assert quay.web.state.streams.count() == 0


def test_a_session_has_so_many_streams_and_others_have_theirs(quay: Quay) -> None:
    dana, found = begun(quay)
    streams = quay.web.state.streams
    with ExitStack() as stack:
        assert all(stack.enter_context(streams.place(dana.session.form_token)) for _ in range(MOST_OF_SESSION))
        refused = dana.get(f"/publications/{found.id}/events")
        assert refused.status_code == 429 and refused.headers["retry-after"]
        assert "event: changed" in anyio.run(heard_until, quay.somebody("viewer"), found, "event: changed")
    assert streams.count() == 0


def test_a_session_that_ends_hears_no_more(quay: Quay) -> None:
    dana, found = begun(quay)

    async def story() -> str:
        listener = Listener(dana)
        async with anyio.create_task_group() as group:
            group.start_soon(listener.listen, f"/publications/{found.id}/events")
            await listener.until("event: changed")
            quay.hub.store.people.close_session(dana.cookie)
            await listener.until("event: ended")
        return listener.heard

    assert anyio.run(story).count("event: changed") == 1


def test_streams_end_when_the_hub_is_to_stop_and_are_asked_for_again(quay: Quay) -> None:
    dana, found = begun(quay)

    async def story() -> str:
        listener = Listener(dana)
        async with anyio.create_task_group() as group:
            group.start_soon(listener.listen, f"/publications/{found.id}/events")
            await listener.until("event: changed")
            quay.hub.stopping.set()
        return listener.heard

    assert "ended" not in anyio.run(story)


@pytest.mark.parametrize("address", ["/publications/nowhere/events", "/jobs/77/events"])
def test_there_is_no_stream_of_what_is_not_there(quay: Quay, address: str) -> None:
    assert quay.somebody("viewer").get(address).status_code == 404


def test_a_stream_takes_a_login(quay: Quay) -> None:
    _, found = begun(quay)
    assert quay.nobody().get(f"/publications/{found.id}/events").headers["location"].startswith("/login")


def test_a_stream_of_what_has_ended_says_so_at_once(quay: Quay) -> None:
    dana = published(quay)
    said = dana.get(f"/publications/{quay.hub.store.publications()[0].id}/events")
    assert said.headers["content-type"].startswith("text/event-stream") and "event: ended" in said.text
