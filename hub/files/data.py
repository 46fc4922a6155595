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
    raw = disk.read(path)
    if path.suffix in (".yaml", ".yml"):
        part = parse(path, raw)
        if part.faults or part.root is None:
            faults = [part.refusal(fault) for fault in part.faults] or [Refusal("the file is empty", place=str(path))]
            raise Problems("the file cannot be read", faults)
        return plain(part.root)
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise Refusal(
            f"not valid JSON: {error.msg}", place=place, hint="mend that place, or choose the format"
        ) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise Refusal(f"not readable JSON: {type(error).__name__}", place=str(path), hint="save it as UTF-8") from None
