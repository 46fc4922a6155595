"""Canonical spellings: of names that a tool restricts, and of JSON as bytes to be hashed."""

from __future__ import annotations

import hashlib
import json
import marshal
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from mappings.canonical.kinds import JSON

try:
    import orjson
except ImportError:  # the optional extra "fast"
    orjson = None  # type: ignore[assignment]


def _stdlib_bytes(value: JSON) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


_MAYBE_FLOAT = re.compile(rb"[:,\[](?:-?\d+[.eE]|null)")
"""Where the two libraries may spell a value inside of another differently: a float, or a null that orjson made of NaN.
Text that only looks so costs a second spelling and nothing else."""
_DOT, _EXPONENT = (re.compile(part).search for part in (rb"\.[0-9]", rb"e[0-9+-]"))
"""One of these, or a null, is in each such value. Each begins with one letter, which `re` skips to three times as fast
as it looks for the whole; most documents have none of them."""


def _orjson_bytes(value: JSON) -> bytes:
    spelled = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if isinstance(value, float):
        return _stdlib_bytes(value)
    doubtful = _DOT(spelled) or _EXPONENT(spelled) or b"null" in spelled
    return _stdlib_bytes(value) if doubtful and _MAYBE_FLOAT.search(spelled) else spelled


def canonical_bytes(value: JSON) -> bytes:
    """The one spelling of a JSON value: keys sorted by code point, no spaces, UTF-8.

    Written with the standard library; with the extra "fast" the same bytes come from orjson where it can: not for
    floats, which the two spell differently, nor for integers beyond 64 bits, which it refuses.
    """
    if orjson is not None:
        try:
            return _orjson_bytes(value)
        except TypeError:
            pass
    return _stdlib_bytes(value)


def any_bytes(value: JSON) -> bytes | None:
    """A spelling of a JSON value, made quickly: equal spellings mean equal values, unequal ones mean nothing.

    True and 1 are told apart; the order of keys counts. None where there is no quick one.
    """
    try:
        return marshal.dumps(value, 2) if orjson is None else orjson.dumps(value)
    except (TypeError, ValueError):  # an integer beyond 64 bits, or nesting too deep
        return None


def content_hash(value: JSON) -> str:
    """SHA-256 of the canonical bytes, as 64 hex digits. Raises ValueError for NaN, infinity and lone surrogates."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def same(one: JSON, other: JSON) -> bool:
    """Equal as JSON: 1 and 1.0 are one number, true and 1 are not, order of keys does not matter."""
    if type(one) is str:  # nearly all leaves: asked without the abstract classes below
        return bool(one == other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other and (type(one) is type(other) or (_is_number(one) and _is_number(other)))


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float)


def snake_case(name: str) -> str:
    """`Order Completed!` → `order_completed`: ASCII letters and digits joined by single underscores.

    Letters lose their accents; anything else becomes an underscore; an all-symbol name becomes the empty string.
    """
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name if name.isascii() else _without_accents(name))
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()


def _without_accents(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))


def short_hash(text: str) -> str:
    """Eight hex digits that tell two names apart when their restricted spellings collide."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def spell_uniquely(
    names: Iterable[str], spell: Callable[[str], str], taken: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A distinct restricted spelling for each name: {name: spelling}.

    `taken` are spellings that are in use already ({name: spelling}); they are kept, so that a new name never moves
    an old one. A name that is its own spelling comes before those that merely collide with it; the others get a
    short hash of the name appended, which does not depend on what else the plan holds.
    """
    spelled = dict(taken or {})
    used = set(spelled.values())
    waiting = [name for name in names if name not in spelled]
    for name in sorted(waiting, key=lambda one: (spell(one) != one, one)):
        plain = spell(name)
        choice = plain if plain and plain not in used else f"{plain or 'name'}_{short_hash(name)}"
        spelled[name] = choice
        used.add(choice)
    return spelled
