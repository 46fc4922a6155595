"""The collector rests while somebody wants it to, and finds afterwards what it always finds."""

from __future__ import annotations

import gc
import threading
import weakref

from hub.engine.collecting import uncollected


class Knot:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.me = self


def test_the_collector_rests_until_the_outermost_block_ends() -> None:
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_last_of_several_threads_wakes_it() -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with uncollected():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with uncollected():
        thread.start()
        assert inside.wait(10)
    rests = not gc.isenabled()
    leave.set()
    thread.join()
    assert rests and gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_cycle_made_meanwhile_is_found_by_the_next_full_search() -> None:
    with uncollected():
        knot = weakref.ref(Knot())
    gc.collect()
    assert knot() is None
