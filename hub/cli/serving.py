"""What `hub serve` does."""

from __future__ import annotations

import socket

import uvicorn

from hub.app import App
from hub.cli.common import with_app
from hub.cli.terminal import print_json, say
from hub.errors import Refusal
from hub.notify.destinations import open_destinations
from hub.web.app import create_app

HOST = "127.0.0.1"


@with_app
def serve(app: App, port: int, as_json: bool) -> int:
    """Serve until stopped; 0. Refuses when a destination is configured wrongly: a press could not be answered."""
    open_destinations(app.config)
    listening = _listen(port)
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    if as_json:
        print_json({"url": address})
    else:
        say(f"listening at {address} (Ctrl-C ends it); Slack's interactivity goes to /slack/actions")
    server = uvicorn.Server(uvicorn.Config(create_app(app), log_level="warning", access_log=False))
    server.run(sockets=[listening])
    return 0


def _listen(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
    except OSError as error:
        found.close()
        hint = "choose another port; --port 0 takes a free one"
        raise Refusal(f"cannot be listened on: {error.strerror}", place=f"{HOST}:{port}", hint=hint) from None
    return found
