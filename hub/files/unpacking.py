"""Files that somebody hands over, singly or in a zip: names that are only names, and sizes counted as they come.

Nothing here touches a disk. What an archive says of itself (sizes, counts) is never believed.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping

from hub.errors import Refusal

MAX_FILES = 5_000
MAX_UPLOAD = 20 * 1024 * 1024
"""Bytes of all that is handed over together."""
MAX_UNPACKED = 50 * 1024 * 1024
"""Bytes of all that a zip unpacks to."""
LONGEST_NAME = 500
CHUNK = 64 * 1024
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
"""A zip with something in it, and an empty one."""
LISTED = b"PK\x01\x02"
"""Stands before each entry of an archive's table of contents."""
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that unpack in small steps; the others may make gigabytes of one step."""

NAME_FAULTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("holds characters that cannot be printed", lambda name: not name.isprintable()),
    ("is an absolute path", lambda name: name.startswith("/")),
    ("begins with a drive letter", lambda name: re.match(r"[A-Za-z]:", name) is not None),
    ("leads out of its folder", lambda name: ".." in name.split("/")),
    (f"has more than {LONGEST_NAME} characters", lambda name: len(name) > LONGEST_NAME),
)


def gather(files: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Files by name: those given, or those of the one zip that is given.

    Raises Refusal for names that could be meant as paths, for names that come twice, and beyond the limits above.
    """
    given = [(checked_name(name), content) for name, content in files]
    if sum(len(content) for _, content in given) > MAX_UPLOAD:
        raise Refusal(f"more than {MAX_UPLOAD >> 20} MB", place="files", hint="leave out what is no plan, or zip them")
    zips = [name for name, content in given if is_zip(content)]
    if not zips:
        return _distinct(given)
    if len(given) > 1:
        hint = "give one zip alone, or the files without any"
        raise Refusal("a zip among other files", place=zips[0], hint=hint)
    ((name, content),) = given
    return _distinct(_unzipped(name, content))


def checked_name(name: str) -> str:
    """The name with forward slashes. It is shown and told apart by, and never opened; Raises Refusal all the same
    for what somebody might take for a path of this machine."""
    plain = name.replace("\\", "/").removeprefix("./")
    for fault, is_at_fault in NAME_FAULTS:
        if is_at_fault(plain):
            shown = ascii(name[:80])
            raise Refusal(f"the name {fault}", place=shown, hint="rename the file, and pack it by its plain name")
    return plain


def is_zip(content: bytes) -> bool:
    """Whether these bytes begin like an archive, whatever their name says."""
    return content.startswith(ZIP_STARTS)


def _distinct(files: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, content in files:
        if len(found) >= MAX_FILES:
            raise _too_many("files")
        if name in found:
            raise Refusal("two files have this name", place=name, hint="rename one of them, or leave it out")
        found[name] = content
    return found


def _too_many(place: str) -> Refusal:
    hint = "leave out what is no plan, or import part after part"
    return Refusal(f"more than {MAX_FILES:,} files", place=place, hint=hint)


def _unzipped(name: str, content: bytes) -> Iterable[tuple[str, bytes]]:
    if content.count(LISTED) > MAX_FILES:  # before the table of contents is read: it alone can fill the memory
        raise _too_many(name)
    room = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                place = checked_name(entry.orig_filename)
                if entry.is_dir():
                    continue
                _refuse_odd(place, entry)
                unpacked = _unpacked(archive, entry, room, name)
                room -= len(unpacked)
                if is_zip(unpacked):
                    raise Refusal("a zip inside a zip", place=place, hint="unpack it, and give its files")
                yield place, unpacked
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Refusal(f"the zip is damaged: {error}", place=name, hint="pack it again") from None


def _refuse_odd(place: str, entry: zipfile.ZipInfo) -> None:
    faults: Mapping[str, bool] = {
        "a symbolic link": stat.S_ISLNK(entry.external_attr >> 16),
        "encrypted": bool(entry.flag_bits & 1),
        "packed in an unusual way": entry.compress_type not in PACKINGS,
    }
    for fault, found in faults.items():
        if found:
            hint = "leave it out, or pack the files again as a plain zip"
            raise Refusal(f"{fault}: not read", place=place, hint=hint)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int, name: str) -> bytes:
    """The content of an entry, as long as there is room for it."""
    found = bytearray()
    with archive.open(entry) as file:
        while chunk := file.read(CHUNK):
            found += chunk
            if len(found) > room:
                hint = "leave out what is no plan, or import part after part"
                raise Refusal(f"unpacks to more than {MAX_UNPACKED >> 20} MB", place=name, hint=hint)
    return bytes(found)
