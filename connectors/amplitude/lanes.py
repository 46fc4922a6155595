"""Two requests at a time, results as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def run(tasks: Iterable[Task], work: Callable[[Task], Result], lanes: int) -> Iterator[Result]:
    """The results of `work` on each task, at most `lanes` at once, in the order in which they end.

    A further task starts only when a result was taken, so whoever stores results is never more than `lanes` behind.
    An exception of `work` comes out here; tasks not yet started are then not started.
    """
    waiting = iter(tasks)
    with ThreadPoolExecutor(lanes, thread_name_prefix="amplitude") as pool:
        running: set[Future[Result]] = {pool.submit(work, task) for task in islice(waiting, lanes)}
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
                running |= {pool.submit(work, task) for task in islice(waiting, 1)}
