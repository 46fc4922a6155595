"""`hub serve`: the command. What it does stands in `hub.cli.serving`, which is imported when it runs."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.common import common, perform


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, help="Port on 127.0.0.1; 0 takes a free one.")
@common
def serve_command(**options: Any) -> int:
    """Listen for buttons that people press in Slack, on 127.0.0.1, until Ctrl-C or SIGTERM.

    A reverse proxy with TLS passes /slack/actions on to it. Every request must carry Slack's signature.
    """
    return perform("serving.serve", options)
