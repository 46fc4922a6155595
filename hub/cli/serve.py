"""`hub serve`: the command. What it does stands in `hub.cli.serving`, which is imported when it runs."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.common import common, perform


@click.command("serve")
@click.option("--host", default="127.0.0.1", help="Address to listen on; others than 127.0.0.1 reach other machines.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, help="Port to listen on; 0 takes a free one.")
@common
def serve_command(**options: Any) -> int:
    """Serve the pages until Ctrl-C or SIGTERM: preview, publish, decide, look things up.

    Does a worker's part too: schedules, jobs and notifications. The first start prints a one-time link that makes the
    first admin. Listens on this machine only; with another --host it refuses to start until somebody can log in.
    Behind a reverse proxy with TLS, set public_url; Slack's interactivity goes to /slack/actions.
    """
    return perform("serving.serve", options)
