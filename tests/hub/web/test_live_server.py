"""Streams on a real server: they reach a client as they are said, and do not keep the hub from ending."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from hub.cli.serving import Server
from hub.engine.ports import Publication
from tests.hub.web.test_following import begun
from tests.hub.web.visitors import Quay, Visitor


class Served:
    """A hub on loopback, in a thread of this process."""

    def __init__(self, quay: Quay) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.server = Server(uvicorn.Config(quay.web, log_level="error", lifespan="off"), quay.hub.stopping)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listening]})
        self.thread.start()

    def end(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)


@pytest.fixture
def story(quay: Quay) -> Iterator[tuple[Served, Visitor, Publication]]:
    """A hub that serves, somebody, and a publication that is under way."""
    dana, found = begun(quay)
    served = Served(quay)
    yield served, dana, found
    served.end()


def test_a_hub_that_is_to_end_does_not_wait_for_those_who_listen(story: tuple[Served, Visitor, Publication]) -> None:
    served, dana, found = story
    cookies = {"hub_session": dana.cookie}
    with httpx.stream("GET", f"{served.url}/publications/{found.id}/events", cookies=cookies, timeout=30) as answer:
        lines = answer.iter_lines()
        assert "event: changed" in [next(lines) for _ in range(3)]
        served.end()
        assert not served.thread.is_alive() and "event: ended" not in list(lines)
