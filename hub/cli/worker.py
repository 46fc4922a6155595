"""`hub worker`: the command. What it does stands in `hub.cli.working`, which is imported when it runs."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.common import common, perform


@click.command("worker")
@click.option("--once", is_flag=True, help="Run what is due by now and end; for cron and the like.")
@common
def worker_command(**options: Any) -> int:
    """Reconcile targets by their schedules until it is stopped.

    Logs one line of JSON for each tick, and for each start and end of a job, to stderr. SIGTERM or Ctrl-C: running
    work ends after the answer under way, and goes on with the next start; a second one ends the process at once. Of
    several workers on one database one runs the jobs; another takes over when that one is gone.

    Exit code 0 when stopped or done, 1 when refused, or when with --once something failed.
    """
    return perform("working.work", options)
