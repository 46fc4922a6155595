"""Secrets at rest: sealed with a key that is not in the same file, so that a copy of hub.toml alone opens nothing.

A sealed secret is `sealed:` and a Fernet token. The keys come from `HUB_SECRET_KEY`, and where that is not set from the
file `hub.key` beside hub.toml. There may be several: the first one seals, all of them open.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import Refusal
from hub.files import disk

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

SCHEME = "sealed"
PREFIX = f"{SCHEME}:"
VARIABLE = "HUB_SECRET_KEY"
KEY_FILE = "hub.key"
COMMENT = "# Opens the sealed secrets in hub.toml. Keep a copy elsewhere; never commit it.\n"


def seal(secret: str, folder: Path) -> str:
    """The reference to write into hub.toml in `folder`. Makes the key file when there is no key yet. Raises Refusal."""
    if not os.environ.get(VARIABLE) and not (folder / KEY_FILE).exists():
        _make(folder / KEY_FILE)
    try:
        return PREFIX + _keys(folder).encrypt(secret.encode()).decode()
    except UnicodeEncodeError:
        raise Refusal("is not text", place="the secret", hint="give it in UTF-8") from None


def opened(reference: str, folder: Path, place: str) -> str:
    """The secret behind a sealed reference. Raises Refusal that names the setting at `place`, and shows no value."""
    from cryptography.fernet import InvalidToken

    try:
        return _keys(folder).decrypt(reference.removeprefix(PREFIX).encode()).decode()
    except InvalidToken:
        hint = f"put back the key that it was sealed with ({place_of_keys(folder)}), or seal the secret anew"
        raise Refusal("cannot be opened with the keys there are", place=place, hint=hint) from None
    except Refusal as refusal:
        raise Refusal(f"is sealed, and {refusal.message}", place=place, hint=refusal.hint) from None


def sealed_values(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """All sealed references of a configuration by the keys that lead to them."""
    found: dict[tuple[str, ...], str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= sealed_values(value, (*path, key))
        elif isinstance(value, str) and value.startswith(PREFIX):
            found[(*path, key)] = value
    return found


def add_key(folder: Path) -> None:
    """Put a new key before those of the key file; the old ones still open. Raises Refusal where keys come from the
    environment: whoever sets it there adds one there."""
    from cryptography.fernet import Fernet

    file = folder / KEY_FILE
    if os.environ.get(VARIABLE):
        hint = "put a new key before the old ones there, separated by a space"
        raise Refusal(f"the keys come from {VARIABLE}", place=VARIABLE, hint=hint)
    if not file.exists():
        _make(file)
        return
    old = disk.read(file)
    lines = old.decode("utf-8", "replace").splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    text = "".join([*lines[:first], f"{Fernet.generate_key().decode()}\n", *lines[first:]])
    disk.replace({file: text.encode()}, {file: disk.digest(old)})


def _keys(folder: Path) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    where = place_of_keys(folder)
    words = _words(folder)
    if not words:
        hint = f"put the key back that secrets were sealed with: the file {KEY_FILE} beside hub.toml, or {VARIABLE}"
        raise Refusal("there is no key to open it", place=where, hint=hint)
    try:
        return MultiFernet([Fernet(word) for word in words])
    except ValueError:
        hint = "a key is 44 letters, digits, - and _, ending in =; several stand one after the other"
        raise Refusal(f"what {where} holds is no key", place=where, hint=hint) from None


def _words(folder: Path) -> list[str]:
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE].split()
    file = folder / KEY_FILE
    if not file.exists():
        return []
    lines = disk.read(file).decode("utf-8", "replace").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def place_of_keys(folder: Path) -> str:
    """The variable or the file that the keys come from."""
    return VARIABLE if os.environ.get(VARIABLE) else str(folder / KEY_FILE)


def _make(file: Path) -> None:
    """A key file that only its owner may read, whole from its first moment on; one that is there by then stays."""
    from cryptography.fernet import Fernet

    temporary = file.with_name(f".{file.name}.{secrets.token_hex(8)}.tmp")
    with disk.refusing(file, "written"):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as stream:
                stream.write(f"{COMMENT}{Fernet.generate_key().decode()}\n")
                stream.flush()
                os.fsync(stream.fileno())
            os.link(temporary, file)
        except FileExistsError:
            pass  # another process was first
        finally:
            temporary.unlink(missing_ok=True)
