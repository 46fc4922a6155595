"""`hub serve`: where it listens, whom it lets reach it, and which proxies it believes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import anyio
import httpx
import pytest

from hub.app import App
from hub.cli.serving import server_settings
from hub.config import load
from hub.web.people import TRIES_BY_ADDRESS
from hub.web.settings import web_settings
from tests.hub.cli.conftest import Desk
from tests.hub.web.visitors import Quay

SERVES = "import sys\nfrom hub.cli.main import run\nrun(sys.argv[1:])"
EVERYWHERE = pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])


def made_account(desk: Desk, name: str = "dana") -> None:
    desk.write("hub.toml", "")
    people = App(load(desk.folder / "hub.toml", {})).store.people
    people.accept(people.invite("admin", "test", 1e12), name, "no hash", 1.0)


def started(desk: Desk, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", SERVES, "serve", "--port", "0", "--json", *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=desk.folder, stdout=pipe, stderr=pipe, text=True, env=environment)


# Where it listens


@EVERYWHERE
def test_other_machines_are_kept_out_until_somebody_can_log_in(desk: Desk, host: str) -> None:
    ran = desk.hub("serve", "--host", host, "--port", "0")
    assert ran.code == 1 and f"--host {host}: nobody has an account yet" in ran.err
    assert "open the link it prints" in ran.err and "/welcome" not in ran.out


def test_an_account_without_entrance_is_nobody(desk: Desk) -> None:
    made_account(desk)
    made_account(desk, "lee")
    people = App(load(desk.folder / "hub.toml", {})).store.people
    people.set_role("lee", None, 2.0)
    assert people.can_log_in()
    with people._database.write() as connection:
        connection.exec_driver_sql("update account set disabled = 1")
    assert desk.hub("serve", "--host", "0.0.0.0", "--port", "0").code == 1


@pytest.mark.parametrize("host", ["nowhere.invalid", "1.2.3.4.5", "x" * 300])
def test_what_is_no_address_is_said(desk: Desk, host: str) -> None:
    ran = desk.hub("serve", "--host", host, "--port", "0")
    assert ran.code == 1 and "is no address of a machine" in ran.err and "127.0.0.1" in ran.err


def test_a_port_that_is_taken_is_said(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = desk.hub("serve", "--port", str(taken.getsockname()[1]))
    assert ran.code == 1 and "--port 0 takes a free one" in ran.err


def test_a_wrong_table_is_said_before_anything_is_served(desk: Desk) -> None:
    desk.write("hub.toml", '[web]\ntrusted_proxy = ["10.0.0.1"]\n')
    ran = desk.hub("serve", "--port", "0")
    assert ran.code == 1 and "did you mean 'trusted_proxies'?" in ran.err and ran.out == ""


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.process
@pytest.mark.parametrize(
    ("host", "start", "warned"),
    [
        ("127.0.0.1", "http://127.0.0.1:", False),
        pytest.param("::1", "http://[::1]:", False, marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
        ("0.0.0.0", "http://0.0.0.0:", True),
    ],
)
def test_it_serves_where_it_says_and_warns_of_passwords_in_the_clear(
    desk: Desk, host: str, start: str, warned: bool
) -> None:
    made_account(desk)
    with started(desk, "--host", host) as server:
        assert server.stdout is not None
        said = json.loads("".join(server.stdout.readline() for _ in range(4)))
        answer = httpx.get(f"{said['url']}/healthz", trust_env=False)
        server.send_signal(signal.SIGTERM)
        errors = server.communicate()[1]
    assert said["url"].startswith(start) and said["first_login"] == ""
    assert (answer.status_code, server.returncode, "passwords can be read" in errors) == (200, 0, warned)


# Whom it believes


def wrong_login(quay: Quay, number: int, peer: str, forwarded: str) -> int:
    """A login from this address, as the server that `hub serve` starts would see it."""

    async def send() -> httpx.Response:
        settings = server_settings(quay.web, web_settings(quay.hub.config))
        settings.load()
        transport = httpx.ASGITransport(settings.loaded_app, client=(peer, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
            form = {"name": f"name {number}", "password": "wrong"}
            return await client.post("/login", data=form, headers={"x-forwarded-for": forwarded})

    return anyio.run(send).status_code


def addresses(quay: Quay) -> list[str]:
    """The addresses by which failed logins were noted, newest first."""
    return [one.subject for one in quay.hub.store.people.audit()]


def opened(folder: Path, top: str = "") -> Quay:
    return Quay.open(folder, targets=False, plan=None, top=top)


@pytest.mark.parametrize(
    ("top", "peer", "forwarded", "counted"),
    [
        ("", "127.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("", "::1", "203.0.113.5", "203.0.113.5"),
        ("", "127.0.0.1", "10.9.9.9, 203.0.113.5", "203.0.113.5"),
        ("", "198.51.100.1", "10.9.9.9", "198.51.100.1"),
        ('web.trusted_proxies = ["10.0.0.0/8"]', "10.1.2.3", "203.0.113.5, 10.4.5.6", "203.0.113.5"),
        ('web.trusted_proxies = ["10.0.0.0/8"]', "127.0.0.1", "203.0.113.5", "127.0.0.1"),
        ("web.trusted_proxies = []", "127.0.0.1", "203.0.113.5", "127.0.0.1"),
    ],
)
def test_only_a_proxy_that_is_known_says_where_somebody_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str, peer: str, forwarded: str, counted: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    quay = opened(tmp_path, top)
    wrong_login(quay, 0, peer, forwarded)
    assert addresses(quay) == [counted]


def test_made_up_addresses_win_no_guesses(tmp_path: Path) -> None:
    quay = opened(tmp_path)
    people = quay.hub.store.people
    for _ in range(TRIES_BY_ADDRESS - 1):
        people.note_failure(("address:203.0.113.5",), quay.now)
    guesses = [wrong_login(quay, n, "127.0.0.1", f"10.0.0.{n}, 203.0.113.5") for n in range(3)]
    assert guesses == [401, 429, 429]
