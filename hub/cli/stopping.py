"""What Ctrl-C and SIGTERM do to a command that goes on for a while."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

BOTH = (signal.SIGTERM, signal.SIGINT)
"""A shell starts background jobs deaf to SIGINT, so those end by SIGTERM."""


@contextmanager
def hearing(asked: Callable[[], None], signals: tuple[signal.Signals, ...] = BOTH) -> Iterator[None]:
    """Calls `asked` at each of these signals while the block runs; outside the main thread nothing is heard."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.signal(one, lambda number, frame: asked()) for one in signals}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def ending_on_signals(
    stopping: threading.Event,
    signals: tuple[signal.Signals, ...] = BOTH,
    *,
    first: Callable[[], None] = lambda: None,
    last: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """The first signal asks for an orderly end, the second leaves at once.

    That is safe, as a power cut is: what was sent is on record, and the next run looks before it writes. `first` and
    `last` are done at those moments.
    """

    def asked() -> None:
        if stopping.is_set():
            last()
            os._exit(1)
        stopping.set()
        first()

    with hearing(asked, signals):
        yield


def until_stopped() -> None:
    """Returns at Ctrl-C or SIGTERM."""
    ended: list[bool] = []
    with hearing(lambda: ended.append(True)):
        while not ended:
            time.sleep(0.5)  # not for ever: a signal in the moment before going to sleep is heard at the next waking
