"""`hub secrets seal` and `hub secrets rotate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hub import sealing, settings_file
from hub.app import App
from hub.cli.common import record
from hub.cli.terminal import plural, print_json, say
from hub.config import load
from hub.errors import Usage
from hub.rotating import rotate


def seal_secret(config: Path | None, as_json: bool) -> int:
    """`hub secrets seal`."""
    folder = load(config).folder
    secret = _asked() if sys.stdin.isatty() else sys.stdin.read()
    if not secret.strip():
        raise Usage("there is no secret to seal", place="standard input", hint="type it, or pipe it in")
    reference = sealing.seal(secret.strip(), folder)
    if as_json:
        print_json({"reference": reference, "key": sealing.place_of_keys(folder)})
    else:
        say(reference)
    return 0


def _asked() -> str:
    return str(click.prompt("Secret", hide_input=True, err=True))


def rotate_keys(config: Path | None, new_key: bool, as_json: bool) -> int:
    """`hub secrets rotate`."""
    app = App(load(config))
    file = settings_file.place_of(app.config)
    try:
        done = rotate(file, new_key=new_key)
        record(app, "rotate keys", str(file), new_key=new_key, settings=list(done))
    finally:
        app.close()
    if as_json:
        print_json({"resealed": done, "new_key": new_key})
        return 0
    say(f"{file}: {plural(len(done), 'secret')} sealed anew" if done else f"{file}: no secret is sealed")
    for name in done:
        say(f"  {name}")
    return 0
