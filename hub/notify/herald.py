"""Tells people while something runs: a thread of its own, so that a slow or dead channel holds up nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from hub.errors import Refusal
from hub.notify.delivering import Deliverer, Round

log = logging.getLogger("hub.notify")
EVERY = 2.0
"""Seconds between two rounds."""
FLUSH = 10.0
"""Seconds after the end of a run in which what it caused is still delivered; the rest stays in the outbox."""
LOOK = "they are kept; `hub notifications` lists them, a worker or the next command goes on"


def _unheard(problem: Refusal) -> None:
    """Nobody wants to know before the end."""


class Herald:
    """Delivers for the length of a `with` block, and for a moment after. Never raises: `problem` says what is wrong.

    `open_deliverer` is called in the thread; what it refuses (a missing secret) is a problem like any other. It gives
    None when nothing can have happened yet.
    """

    def __init__(
        self,
        open_deliverer: Callable[[], Deliverer | None],
        *,
        every: float = EVERY,
        flush: float = FLUSH,
        on_problem: Callable[[Refusal], None] = _unheard,
    ) -> None:
        self._open = open_deliverer
        self._on_problem = on_problem
        self._every, self._flush = every, flush
        self._ended = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="herald", daemon=True)
        self.problem: Refusal | None = None

    def __enter__(self) -> Herald:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(self._flush)
        if self._thread.is_alive():
            self._stopping.set()
            self.problem = self.problem or Refusal("notifications still wait", place="notify", hint=LOOK)

    def _tell(self) -> None:
        while not self._ended.wait(self._every):
            self._try()
        while not self._stopping.is_set() and self._try():
            self._stopping.wait(0.2)

    def _try(self) -> bool:
        """A round; whether another one is worth while at once. What is wrong now may be mended by the next round."""
        try:
            goes_on = self._round()
        except Refusal as refusal:
            self._note(refusal)
            return False
        except Exception as error:  # the run that is told of must not fail because the telling does
            if self._note(Refusal(f"{type(error).__name__}: {error}", place="notify", hint=LOOK)):
                log.exception("notifications are not delivered")
            return False
        return goes_on

    def _note(self, problem: Refusal) -> bool:
        """Keep the problem; whether it is another one than before."""
        is_new = str(problem) != str(self.problem)
        self.problem = problem
        if is_new:
            self._on_problem(problem)
        return is_new

    def _round(self) -> bool:
        """Deliver once; whether another round is worth while at once."""
        opened = self._open()
        goes_on = False
        if opened is not None:
            deliverer = replace(opened, stopping=self._stopping)
            goes_on = _goes_on(deliverer.round(), deliverer.time.now())
        if opened is not None and opened.problem is not None:
            self._note(opened.problem)
        else:
            self.problem = None
        return goes_on


def _goes_on(done: Round, now: float) -> bool:
    """Whether another round is worth while at once: something moved, or is due in a moment."""
    return done.next_due is not None and done.next_due <= now + 1.5 and not done.busy
