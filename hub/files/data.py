"""Other people's files as plain data, for the importers."""

from __future__ import annotations

import json
from pathlib import Path

from hub.errors import Problems, Refusal
from hub.files import disk
from hub.files.nodes import plain
from hub.files.reader import parse
from mappings.canonical.kinds import JSON


def read_data(path: Path) -> JSON:
    """The content of a JSON or YAML file, whatever it is about. Raises Refusal or Problems that name the place."""
    return parse_data(path, disk.read(path))


def parse_data(path: Path, raw: bytes) -> JSON:
    """The same of bytes that came by another way; the path only names them. Raises Refusal or Problems."""
    if path.suffix.lower() in (".yaml", ".yml"):
        part = parse(path, raw)
        if part.faults or part.root is None:
            faults = [part.refusal(fault) for fault in part.faults] or [Refusal("the file is empty", place=str(path))]
            raise Problems(f"{path} cannot be read", faults)
        return plain(part.root)
    if not raw.strip():
        raise Refusal("the file is empty", place=str(path), hint="leave it out, or export it again")
    return _json(path, raw)


def _json(path: Path, raw: bytes) -> JSON:
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        place, hint = f"{path}:{error.lineno}:{error.colno}", "mend that place, or choose the format"
        raise Refusal(f"not valid JSON: {error.msg}", place=place, hint=hint) from None
    except UnicodeDecodeError as error:
        message = f"not a text in UTF-8: the byte 0x{raw[error.start]:02x} at {error.start} is none"
        raise Refusal(message, place=str(path), hint="save it as UTF-8, or leave it out") from None
    except RecursionError:
        raise Refusal("nested too deeply", place=str(path), hint="a plan stays under 100 levels") from None
    except ValueError as error:  # a number of thousands of digits
        raise Refusal(f"not readable JSON: {error}", place=str(path), hint="quote it if it is a text") from None
