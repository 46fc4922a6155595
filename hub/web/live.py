"""Server-sent events: a page is told when there is something new to see, and fetches it as it did before.

A stream says *when*, never *what*: what a person may see is decided where the page is made. It ends with the work,
with the session, and at once when the hub is to stop.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from hub.errors import Refusal

MOST_OF_SESSION, MOST_OF_ALL = 4, 100
"""Streams at a time; whoever wants more is told to look again every now and then, which the page's script does."""
POLL = 0.5
"""Seconds between two looks at the database."""
BEAT = 15.0
"""Seconds of silence after which a stream says that it is still there: proxies close what is silent."""
RETRY = 2000
"""Milliseconds until a browser asks again for a stream that broke off."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be seen at this moment: equal where nothing new is. `ended`: nothing new will come."""

    key: Hashable
    ended: bool = False


Look = Callable[[], Told | None]
"""Looks at the database; None when whoever asked may not look any more."""


@dataclass
class Streams:
    """The open streams of one hub, and whether it is to stop."""

    stopping: threading.Event
    _open: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def place(self, session: str) -> Iterator[bool]:
        """Whether there is room for one more; it is taken for the length of a `with` block."""
        with self._lock:
            free = self._open[session] < MOST_OF_SESSION and self._open.total() < MOST_OF_ALL
            self._open[session] += free
        try:
            yield free
        finally:
            with self._lock:
                self._open[session] -= free
                self._open += Counter()  # forgets whoever has none

    def count(self) -> int:
        """How many are open."""
        with self._lock:
            return self._open.total()


class EventStream(Response):
    """An answer that lasts as long as there is something to wait for."""

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, session: str, look: Look) -> None:
        super().__init__()
        self._streams = streams
        self._session = session
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.place(self._session) as free:
            await self._answer(free)(scope, receive, send)

    def _answer(self, free: bool) -> Response:
        if not free:
            return PlainTextResponse("too many streams are open", 429, {"retry-after": "5"})
        return StreamingResponse(self._events(), media_type=self.media_type, headers={"x-accel-buffering": "no"})

    async def _events(self) -> AsyncIterator[str]:
        yield f"retry: {RETRY}\n\n"
        before: Hashable = _NOTHING
        silent = 0.0
        while not self._streams.stopping.is_set():
            told = await run_in_threadpool(self._seen)
            if told is not None and told.key != before:
                before, silent = told.key, 0.0
                yield _event("changed")
            if told is None or told.ended:
                yield _event("ended")
                return
            if silent >= BEAT:
                silent = 0.0
                yield _event("beat")
            await anyio.sleep(POLL)
            silent += POLL

    def _seen(self) -> Told | None:
        try:
            return self._look()
        except Refusal:  # it is not there any more
            return None


_NOTHING = object()


def _event(name: str) -> str:
    """One event; browsers pass on none without data."""
    return f"event: {name}\ndata: -\n\n"
