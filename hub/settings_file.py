"""hub.toml as text: a target added, changed or taken out, with every comment and the layout of the rest as they were.

An edit is tried in the narrowest way first (the lines of one target), then in the whole document. Each try is read
back: what does not say exactly what was wanted is not used.
"""

from __future__ import annotations

import copy
import json
import os
import re
import threading
import tomllib
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from hub.config import DEFAULT_FILE, Config
from hub.errors import Refusal, Usage
from hub.files import disk

HEADER = """\
# The hub's settings. Secrets are references: env:NAME, file:PATH or sealed:..., never the secret itself.
database = "sqlite:///hub.db"
"""
Keys = tuple[str, ...]
writing = threading.RLock()
"""Held from reading the file until what it says holds, by the threads of this process."""


def place_of(config: Config) -> Path:
    """The file that this configuration was read from, or would be read from if there were one."""
    return config.path or Path(os.environ.get("HUB_CONFIG", DEFAULT_FILE))


def edit(file: Path, change: Callable[[str], str]) -> None:
    """Replace the text of the file by what `change` makes of it, whole or not at all; a file that is not there is made.

    Raises Moved when the file changed in between, Refusal when it cannot be read or written, and what `change` raises.
    """
    with writing:
        raw = disk.read(file) if file.exists() else None
        text = change(HEADER if raw is None else decoded(raw, file))
        disk.replace({file: text.encode()}, {} if raw is None else {file: disk.digest(raw)})


def text_of(file: Path) -> str:
    """What stands in it; where there is no file, what a new one begins with. Raises Refusal."""
    return decoded(disk.read(file), file) if file.exists() else HEADER


def decoded(raw: bytes, file: Path) -> str:
    """The bytes as text. Raises Refusal."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Refusal("is not text in UTF-8", place=str(file), hint="save it as UTF-8") from None


def data_of(text: str) -> dict[str, Any]:
    """What the text says. Raises Refusal where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refusal(f"not valid TOML: {error}", place="hub.toml", hint="mend the line it names") from None


def added(text: str, name: str, table: Mapping[str, Any]) -> str:
    """With another target, at the end. Raises Refusal where that cannot be done, or the name is taken."""
    wanted = data_of(text)
    if name in wanted.get("targets", ()):
        raise Refusal(f"target {name!r} exists already", place="hub.toml", hint="choose another name, or change it")
    wanted.setdefault("targets", {})[name] = dict(table)
    lines = [
        "",
        f"[targets.{toml_key(name)}]",
        *(f"{toml_key(key)} = {toml_value(value)}" for key, value in table.items()),
    ]
    appended = text + "\n".join(lines if text.endswith("\n") or not text else ["", *lines]) + "\n"
    return _first_that_says(wanted, [lambda: appended], "a target cannot be added at the end")


def changed(text: str, keys: Keys, values: Mapping[str, Any]) -> str:
    """With these values in the table at `keys` (`("targets", NAME)`); None takes a key out. Raises Refusal."""
    wanted = data_of(text)
    _set(_table(wanted, keys), values)
    here = [lambda: _in_lines(text, keys, values), lambda: _in_document(text, keys, values)]
    return _first_that_says(wanted, here, f"[{'.'.join(keys)}] cannot be changed without touching the rest")


def removed(text: str, name: str) -> str:
    """Without this target, and without the comment directly above it. Raises Refusal."""
    wanted = data_of(text)
    del wanted["targets"][name]
    without = copy.deepcopy(wanted)
    if not without["targets"]:
        del without["targets"]
    tries = [lambda: _without_lines(text, ("targets", name)), lambda: _without_key(text, name)]
    try:
        return _first_that_says(without, tries, "")
    except Refusal:
        return _first_that_says(wanted, tries, f"the target {name!r} cannot be taken out without touching the rest")


def _first_that_says(wanted: Mapping[str, Any], tries: Iterable[Callable[[], str]], trouble: str) -> str:
    for attempt in tries:
        try:
            text = attempt()
            if tomllib.loads(text) == wanted:
                return text
        except (TOMLKitError, AttributeError, LookupError, TypeError, ValueError):  # what tomlkit stumbles over
            continue
    raise Refusal(trouble, place="hub.toml", hint="do it by hand; nothing was changed")


# One target's lines


def _in_lines(text: str, keys: Keys, values: Mapping[str, Any]) -> str:
    """The table's own lines alone are handed to tomlkit: it would take comments below them for the table's."""
    lines = _lines(text)
    start, end = _span(lines, keys)
    return "".join([*lines[:start], _in_document("".join(lines[start:end]), keys, values), *lines[end:]])


def _without_lines(text: str, keys: Keys) -> str:
    lines = _lines(text)
    start, end = _span(lines, keys)
    above = len(list(takewhile(lambda line: line.lstrip().startswith("#"), reversed(lines[:start]))))
    first = start - above if above < start else start  # a comment at the top is about the file
    if first and not lines[first - 1].strip():
        first -= 1
    return "".join([*lines[:first], *lines[end:]])


def _span(lines: list[str], keys: Keys) -> tuple[int, int]:
    """From the table's header to its last value, tables inside it included. Raises ValueError when they lie apart."""
    headers = [(at, found) for at, line in enumerate(lines) if (found := _header(line))]
    mine = [at for at, (_, found) in enumerate(headers) if found[: len(keys)] == keys]
    if not mine or mine != list(range(mine[0], mine[-1] + 1)):
        raise ValueError("the table is not in one place")
    start = headers[mine[0]][0]
    end = headers[mine[-1] + 1][0] if mine[-1] + 1 < len(headers) else len(lines)
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return start, end


def _header(line: str) -> Keys:
    """The keys of a table's header; none for any other line."""
    if not line.lstrip().startswith("["):
        return ()
    try:
        value: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    found: list[str] = []
    while isinstance(value, dict) and value:
        ((key, value),) = value.items()
        found.append(key)
    return tuple(found)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


# The whole document


def _in_document(text: str, keys: Keys, values: Mapping[str, Any]) -> str:
    document = tomlkit.parse(text if text.endswith("\n") else f"{text}\n")
    _set(_table(document, keys), values, lambda value: tomlkit.parse(f"v = {toml_value(value)}\n")["v"])
    return tomlkit.dumps(document)


def _without_key(text: str, name: str) -> str:
    document = tomlkit.parse(text)
    del document["targets"][name]
    return tomlkit.dumps(document)


def _table(document: Any, keys: Keys) -> Any:
    for key in keys:
        document = document[key]
    return document


def _set(table: Any, values: Mapping[str, Any], made: Callable[[Any], Any] = lambda value: value) -> None:
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(table.get(key), Mapping):
            _set(table[key], value, made)
            if not table[key]:
                table.pop(key)
        elif isinstance(value, Mapping):
            inner = {name: one for name, one in value.items() if one is not None}
            if inner:
                table[key] = made(inner)
        elif not _same(table.get(key), value):
            table[key] = made(value)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


# Values


def toml_key(text: str) -> str:
    """A key, in quotes where it needs them. Raises Usage as `toml_text` does."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else toml_text(text)


def toml_text(text: str) -> str:
    """The text as a TOML string. Raises Usage for what no text file can hold."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Usage("is not text", place=ascii(text), hint="write it in UTF-8")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: Any) -> str:
    """A text, number, boolean, list or table on one line."""
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(key)} = {toml_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(value)
