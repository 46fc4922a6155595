"""What `hub serve` does: the pages, and in the same process the worker that carries out what they ask for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from hub.app import App
from hub.cli.common import with_app
from hub.cli.stopping import ending_on_signals, hearing
from hub.cli.terminal import print_json, say
from hub.cli.working import Log, keep_working
from hub.errors import Refusal
from hub.notify.destinations import open_destinations
from hub.store.people import FIRST_START
from hub.web.app import create_app
from hub.web.people import INVITATION
from hub.web.settings import Web, is_loopback, web_settings
from hub.web.work import works

GRACE = 5
"""Seconds that answers under way have when the end was asked for."""


@with_app
def serve(app: App, host: str, port: int, as_json: bool) -> int:
    """Serve until stopped; 0. Refuses when a destination or the table `web` is configured wrongly, and to be reached
    from other machines while nobody could log in."""
    open_destinations(app.config)
    web = web_settings(app.config)
    listening = listen(host, port, lambda here: _refuse_open_door(app, web, here))
    address = address_of(listening)
    served = create_app(app)
    _greet(app, address, as_json)
    _warn(app, listening)
    keep_serving(app, served, web, listening)
    return 0


def keep_serving(app: App, served: FastAPI, web: Web, listening: socket.socket) -> None:
    """The pages and the worker, until Ctrl-C or SIGTERM."""
    server = Server(server_settings(served, web), app.stopping)
    worker = threading.Thread(target=keep_working, args=(app, works(app), Log()), name="worker")
    worker.start()
    try:
        with hearing(
            lambda: setattr(server, "should_exit", True)
        ):  # before it listens itself, and what it raises again
            server.run(sockets=[listening])
    finally:
        app.stopping.set()
        with ending_on_signals(app.stopping):  # a second Ctrl-C leaves at once
            worker.join()


class Server(uvicorn.Server):
    """Says that it stops before it waits for the answers that are under way: some last until they hear of that."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


def server_settings(served: FastAPI, web: Web) -> uvicorn.Config:
    """Whom it believes to be a proxy stands in hub.toml alone: a variable of uvicorn's own that happens to be set would
    let anybody choose the address by which their failed logins are counted."""
    return uvicorn.Config(
        served,
        log_level="warning",
        access_log=False,
        forwarded_allow_ips=list(web.trusted_proxies),
        timeout_graceful_shutdown=GRACE,
    )


def _refuse_open_door(app: App, web: Web, here: str) -> None:
    """Raises Refusal where others could open the link that makes the first admin, before the right person does."""
    if is_loopback(here) or web.oidc is not None or app.store.people.can_log_in():
        return
    hint = "start `hub serve` without --host first and open the link it prints, or configure single sign-on"
    raise Refusal("nobody has an account yet, and other machines could reach this", place=f"--host {here}", hint=hint)


def _greet(app: App, address: str, as_json: bool) -> None:
    """Where it is, and the way in for the first admin."""
    link = first_link(app, address)
    if as_json:
        print_json({"url": address, "first_login": link})
        return
    say(f"the hub's pages: {address} (Ctrl-C ends it)")
    if link:
        say(f"to become the first admin, open once, within a day: {link}")


def first_link(app: App, address: str) -> str:
    """The one-time link that makes the first admin; "" when there is one."""
    if app.store.people.has_admin():
        return ""
    now = app.engine.time.now()
    base = app.config.public_url or address
    return f"{base}/welcome?token={app.store.people.invite('admin', FIRST_START, now + INVITATION)}"


def _warn(app: App, listening: socket.socket) -> None:
    if not is_loopback(listening.getsockname()[0]) and not app.config.public_url.startswith("https://"):
        text = "other machines reach this without TLS as far as the hub knows: passwords can be read on the way"
        say(text, to_error=True, fg="yellow")
        say("  → put a proxy with TLS in front and set public_url to its https:// address", to_error=True)


def address_of(listening: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if listening.family == socket.AF_INET6 else f"http://{host}:{port}"


def listen(host: str, port: int, may: Callable[[str], None]) -> socket.socket:
    """A socket that listens before anybody is told its address. `may` raises Refusal for an address that must not."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        hint = "give an address of this machine: 127.0.0.1, 0.0.0.0, ::1"
        raise Refusal("is no address of a machine", place=f"--host {host}", hint=hint) from None
    may(str(address[0]))
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:  # else IPv4 clients would come under addresses that no list of proxies spells so
        found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        found.bind(address)
        found.listen()
    except OSError as error:
        found.close()
        hint = "choose another port; --port 0 takes a free one"
        raise Refusal(f"cannot be listened on: {error.strerror}", place=f"{host}:{port}", hint=hint) from None
    return found
