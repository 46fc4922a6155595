"""Long lists, a page at a time. A cursor says after which item to go on, so rows that are added disturb no reader."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from typing_extensions import TypedDict

from hub.shapes.parts import closed
from hub.web.api.problems import Invalid
from mappings.canonical.kinds import JSON

Item = TypeVar("Item")
Shown = TypeVar("Shown")
MOST = 200
LONGEST_CURSOR = 1000


@closed
class Page(TypedDict, Generic[Item]):
    """Some of a list. `next` is the cursor of the following page, null on the last one."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a list is asked for."""

    request: Request
    response: Response
    limit: int
    cursor: str

    def page(
        self, name: str, rows: Sequence[Item], key: Callable[[Item], JSON], show: Callable[[Item], Shown]
    ) -> Page[Shown]:
        """The page of a list that is at hand. `key` tells its items apart and never changes; where the one that a
        cursor names is gone, the page begins where it stood, as long as the list is in the order of its keys."""
        start = self._start(name, [key(one) for one in rows]) if self.cursor else 0
        found = rows[start : start + self.limit]
        more = start + self.limit < len(rows)
        return self.made(name, [show(one) for one in found], key(found[-1]) if more and found else None)

    def made(self, name: str, items: list[Shown], last: JSON) -> Page[Shown]:
        """A page with these items; `last` is the key of its last one, None where no page follows."""
        following = _written(name, last) if last is not None else None
        if following is not None:
            address = self.request.url.include_query_params(cursor=following)
            self.response.headers["link"] = f'<{address.path}?{address.query}>; rel="next"'
        return {"items": items, "next": following}

    def after(self, name: str) -> JSON:
        """The key behind which to go on, None at the beginning. Raises Invalid for a cursor of another list."""
        return _read(name, self.cursor) if self.cursor else None

    def _start(self, name: str, keys: list[JSON]) -> int:
        last = self.after(name)
        if last in keys:
            return keys.index(last) + 1
        if keys and type(last) is not type(keys[0]):
            raise Invalid("this is no cursor of this list", place="cursor", hint=AGAIN)
        falling = len(keys) > 1 and keys[0] > keys[-1]
        return sum(1 for one in keys if (one > last if falling else one < last))


def wanted(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Items of a page.")] = 50,
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR, description="`next` of the page before.")] = "",
) -> Wanted:
    """What the parameters of a list say."""
    return Wanted(request, response, limit, cursor)


Paging = Annotated[Wanted, Depends(wanted)]
AGAIN = "leave `cursor` out and begin anew"


def _written(name: str, key: JSON) -> str:
    text = json.dumps([name, key], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(name: str, cursor: str) -> JSON:
    try:
        known = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        known = None
    if not isinstance(known, list) or len(known) != 2 or known[0] != name or isinstance(known[1], dict | list | None):
        raise Invalid("this is no cursor of this list", place="cursor", hint=AGAIN)
    return known[1]
