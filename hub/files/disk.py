"""Files as bytes: read whole or refused, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from hub.errors import Moved, Refusal

MAX_BYTES = 20 * 1024 * 1024
"""The largest file that is read, 20 MiB: about 6,000 events of 20 properties."""


def digest(raw: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()


@contextlib.contextmanager
def refusing(path: Path, verb: str) -> Iterator[None]:
    """What the system says no to, as a Refusal that names the file. `verb` is a participle: read, written."""
    try:
        yield
    except FileNotFoundError:
        hint = "check the path; `hub init` makes a new plan"
        raise Refusal("there is no such file or folder", place=str(path), hint=hint) from None
    except PermissionError:
        raise Refusal(f"may not be {verb}", place=str(path), hint="check its owner and permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "nothing was changed" if verb == "written" else "check the path"
        raise Refusal(f"could not be {verb}: {reason}", place=str(path), hint=hint) from None


def read(path: Path) -> bytes:
    """The content of a regular file of at most MAX_BYTES. Raises Refusal."""
    with refusing(path, "read"):
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refusal("is not a file", place=str(path), hint="give a plan file or a plan folder")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        size = max(status.st_size, len(raw)) / 1024 / 1024
        hint = "keep the plan as a folder, one file per event"
        raise Refusal(f"{size:.0f} MB is too large; a plan file has at most 20", place=str(path), hint=hint)
    return raw


def replace(contents: Mapping[Path, bytes], known: Mapping[Path, str]) -> None:
    """Write these files, all staged on disk before the first one changes its content.

    `known` has the digest each file must still have; a file that is not in it must not exist. Raises Moved when that
    is not so, Refusal when the system refuses; what was not replaced by then is as it was.
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for path, raw in contents.items():
            real = _real(path)
            _unchanged(path, known.get(path))
            with refusing(path, "written"):
                staged.append((_stage(real, raw), real))
        for path in contents:
            _unchanged(path, known.get(path))
        while staged:
            temporary, real = staged[0]
            with refusing(real, "written"):
                os.replace(temporary, real)
            staged.pop(0)
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
    for folder in {_real(path).parent for path in contents}:
        _settle(folder)


def remove(path: Path, known: str) -> None:
    """Remove a file that still has this digest. Raises Moved or Refusal."""
    _unchanged(path, known)
    with refusing(path, "removed"):
        path.unlink()
    _settle(path.parent)


def _real(path: Path) -> Path:
    """The file behind a link: replacing the link itself would leave the file it points to as it was."""
    return path.resolve()


def _unchanged(path: Path, known: str | None) -> None:
    hint = "load it again and repeat the change"
    if known is None:
        if os.path.lexists(path):
            raise Moved("exists already", place=str(path), hint="choose another path, or load it and update it")
        return
    try:
        found = digest(read(path))
    except Refusal as refusal:
        raise Moved(f"changed since it was read: {refusal.message}", place=str(path), hint=hint) from None
    if found != known:
        raise Moved("changed on disk since it was read", place=str(path), hint=hint)


def _stage(path: Path, raw: bytes) -> Path:
    """The bytes safely on disk beside their destination, with its permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if path.exists():
                os.chmod(temporary, stat.S_IMODE(path.stat().st_mode))
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _settle(folder: Path) -> None:
    """Make renames in the folder survive a power cut, where the system can open folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
