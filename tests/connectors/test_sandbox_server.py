"""A sandbox on loopback: what HTTP itself adds to the chassis."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from connectors.sandbox import Fault
from connectors.sandbox_server import SandboxServer, serve_on_loopback
from tests.connectors.notepad import Notepad


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    pad = Notepad()
    pad.notes = {"a": "first"}
    with serve_on_loopback(pad) as server:
        yield server


@pytest.fixture
def line(server: SandboxServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    yield connection
    connection.close()


def exchange(line: http.client.HTTPConnection, method: str, target: str, body: bytes = b"") -> tuple[int, bytes]:
    line.request(method, target, body)
    answer = line.getresponse()
    return answer.status, answer.read()


def test_it_listens_on_loopback_only(server: SandboxServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")


def test_one_connection_serves_many_requests(line: http.client.HTTPConnection) -> None:
    exchange(line, "GET", "/notes")
    first = line.sock
    assert exchange(line, "PUT", "/notes/b", b"second")[0] == 200
    assert exchange(line, "GET", "/notes/nothing")[0] == 404
    assert exchange(line, "GET", "/notes/b") == (200, b"second")
    assert line.sock is first


def test_encoded_segments_and_bodies_arrive_as_they_were_sent(
    line: http.client.HTTPConnection, server: SandboxServer
) -> None:
    exchange(line, "PUT", "/notes/a%2Fb%25%20%F0%9F%9B%92", "Größe\r\n\0".encode())
    assert server.sandbox.dump()["a/b% 🛒"] == "Größe\r\n\0"


def test_a_head_answer_has_the_length_and_no_body(line: http.client.HTTPConnection) -> None:
    line.request("HEAD", "/notes/a")
    answer = line.getresponse()
    assert (answer.getheader("content-length"), answer.read()) == ("5", b"")
    assert exchange(line, "GET", "/notes/a") == (200, b"first")


@pytest.mark.parametrize(("kind", "applied"), [("refuse", False), ("lost", True)])
def test_a_dropped_connection_ends_without_a_byte(
    line: http.client.HTTPConnection, server: SandboxServer, kind: str, applied: bool
) -> None:
    server.sandbox.faults.append(Fault(kind))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        exchange(line, "PUT", "/notes/b", b"second")
    assert ("b" in server.sandbox.dump()) is applied


def test_a_cut_answer_arrives_complete_as_http_and_broken_as_json(
    line: http.client.HTTPConnection, server: SandboxServer
) -> None:
    server.sandbox.faults.append(Fault("cut"))
    status, body = exchange(line, "PUT", "/notes/b", b"second")
    assert status == 200
    with pytest.raises(ValueError):
        json.loads(body)


def test_the_control_surface_is_reached_over_http(line: http.client.HTTPConnection) -> None:
    assert exchange(line, "PUT", "/_sandbox/switches", b'{"shout": true}')[0] == 200
    assert exchange(line, "GET", "/notes/a") == (200, b"FIRST")
    logged = json.loads(exchange(line, "GET", "/_sandbox/requests")[1])
    assert [entry["path"] for entry in logged] == ["/notes/a"]


def test_requests_that_overlap_meet_the_concurrency_limit(server: SandboxServer) -> None:
    server.sandbox.latency = 0.3
    statuses: list[int] = []

    def ask() -> None:
        line = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
        line.request("GET", "/notes", headers={"x-units": "1"})
        statuses.append(line.getresponse().status)
        line.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 200, 429]


def test_a_sandbox_that_breaks_says_so(
    line: http.client.HTTPConnection, server: SandboxServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        exchange(line, "POST", "/break")
    assert exchange(line, "GET", "/notes/a") == (200, b"first")
    assert "the sandbox itself is broken" in capfd.readouterr().err


def test_half_a_request_is_neither_applied_nor_news(server: SandboxServer, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as raw:
        raw.sendall(b"PUT /notes/b HTTP/1.1\r\ncontent-length: 2000\r\n\r\nhalf")
        raw.shutdown(socket.SHUT_WR)
        assert raw.recv(1) == b""
    assert server.sandbox.dump() == {"a": "first"}
    assert capfd.readouterr().err == ""


def test_a_client_that_does_not_wait_for_the_answer_is_no_news(
    server: SandboxServer, line: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    server.sandbox.notes["large"] = "x" * 5_000_000
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as raw:
        raw.sendall(b"GET /notes/large HTTP/1.1\r\n\r\n")
        assert raw.recv(1) == b"H"
    assert exchange(line, "GET", "/notes/a") == (200, b"first")
    assert capfd.readouterr().err == ""


def test_a_taken_port_is_refused_and_a_stopped_server_frees_its_own() -> None:
    with serve_on_loopback(Notepad()) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(OSError):
            SandboxServer(Notepad(), port)
    with serve_on_loopback(Notepad(), port) as again:
        assert again.url == server.url
