"""Files as bytes: read whole or refused, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hub.errors import Moved, Refusal
from mappings.canonical.text import short_hash

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


def read_unchanged(path: Path, known: str | None) -> bytes:
    """The content of a file that must still have this digest. Raises Moved when it has not."""
    hint = "load it again and repeat the change"
    try:
        raw = read(path)
    except Refusal as refusal:
        raise Moved(f"changed since it was read: {refusal.message}", place=str(path), hint=hint) from None
    if digest(raw) != known:
        raise Moved("changed on disk since it was read", place=str(path), hint=hint)
    return raw


def replace(contents: Mapping[Path, bytes], known: Mapping[Path, str], also: Iterable[Path] = ()) -> None:
    """Write these files, all staged on disk before the first one changes its content; then remove those in `also`.

    `known` has the digest each file must still have; a file that is not in it must not exist. Raises Moved when that
    is not so, Refusal when the system refuses; what was not replaced by then is as it was.
    """
    gone = list(also)
    staged: list[tuple[Path, Path]] = []
    try:
        _check([*contents, *gone], known)
        for path, raw in contents.items():
            with refusing(path, "written"):
                real = path.resolve()  # the file behind a link; replacing the link would leave that file as it was
                staged.append((_stage(real, raw), real))
        _check([*contents, *gone], known)
        while staged:
            with refusing(staged[0][1], "written"):
                os.replace(*staged[0])
            staged.pop(0)
        for path in gone:
            with refusing(path, "removed"):
                path.unlink()
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
    for folder in {path.resolve().parent for path in (*contents, *gone)}:
        _settle(folder)


def _check(paths: Iterable[Path], known: Mapping[Path, str]) -> None:
    for path in paths:
        if path in known:
            read_unchanged(path, known[path])
        elif os.path.lexists(path):
            raise Moved("exists already", place=str(path), hint="choose another path, or load it and update it")


def _stage(path: Path, raw: bytes) -> Path:
    """The bytes safely on disk beside their destination, with its permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:80]}.{short_hash(path.name)}.{os.getpid()}.tmp")
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
