"""What `hub serve` does: the pages, and in the same process the worker that carries out what they ask for."""

from __future__ import annotations

import socket
import threading

import uvicorn

from hub.app import App
from hub.cli.common import with_app
from hub.cli.terminal import print_json, say
from hub.cli.working import Log, keep_working
from hub.errors import Refusal
from hub.notify.destinations import open_destinations
from hub.store.people import FIRST_START
from hub.web.app import create_app
from hub.web.people import INVITATION
from hub.web.work import works

HOST = "127.0.0.1"


@with_app
def serve(app: App, port: int, as_json: bool) -> int:
    """Serve until stopped; 0. Refuses when a destination is configured wrongly: a press could not be answered."""
    open_destinations(app.config)
    listening = _listen(port)
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    _greet(app, address, as_json)
    server = uvicorn.Server(uvicorn.Config(create_app(app), log_level="warning", access_log=False))
    worker = threading.Thread(target=keep_working, args=(app, works(app), Log()), name="worker")
    worker.start()
    try:
        server.run(sockets=[listening])
    finally:
        app.stopping.set()
        worker.join()
    return 0


def _greet(app: App, address: str, as_json: bool) -> None:
    """Where it is, and the way in for the first person."""
    link = ""
    if app.store.people.count() == 0:
        now = app.engine.time.now()
        base = app.config.public_url or address
        link = f"{base}/welcome?token={app.store.people.invite('admin', FIRST_START, now + INVITATION)}"
    if as_json:
        print_json({"url": address, "first_login": link})
        return
    say(f"the hub's pages: {address} (Ctrl-C ends it)")
    if link:
        say(f"to become the first admin, open once, within a day: {link}")


def _listen(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()  # before anybody is told the address
    except OSError as error:
        found.close()
        hint = "choose another port; --port 0 takes a free one"
        raise Refusal(f"cannot be listened on: {error.strerror}", place=f"{HOST}:{port}", hint=hint) from None
    return found
