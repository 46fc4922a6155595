"""`hub secrets`: the commands. What they do stands in `hub.cli.sealing`, which is imported when they run."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.common import common, perform


@click.group("secrets")
def secrets_command() -> None:
    """Keep secrets encrypted in hub.toml, with a key that is not in it."""


@secrets_command.command("seal")
@common
def seal_command(**options: Any) -> int:
    """Read a secret from the terminal, or from standard input, and print what to write into hub.toml for it.

    The key comes from HUB_SECRET_KEY, or from the file hub.key beside hub.toml, which is made when there is none.
    """
    return perform("sealing.seal_secret", options)


@secrets_command.command("rotate")
@click.option("--new-key", is_flag=True, help="First put a new key into hub.key, before the old ones.")
@common
def rotate_command(**options: Any) -> int:
    """Seal every sealed secret in hub.toml anew with the first key, all of them or none.

    Afterwards the other keys are needed for older copies of hub.toml only.
    """
    return perform("sealing.rotate_keys", options)
