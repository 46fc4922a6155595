"""The imaginary service behind Notebook, as its imaginary manual has it.

Bearer token; 30 requests per 10 s; GET /notebook, GET /pages?after= (100 a time), PUT, PATCH and DELETE of
/pages/{name}, POST /pages/batch (50 at most, each page answered for itself). A write replaces the whole page and
names the revision that it replaces; without one the page must not exist.

What a person does (`edit`): ``{"do": "write", "name": ..., any field}``, ``{"do": "delete", "name": ...}``,
``{"do": "close"}`` (read-only from now on). Moods: ``half-batch``, ``half-page``, ``empty-list``, ``forget`` (a write
is answered well and not kept).
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from typing import ClassVar

from connectors.sandbox import JSON, Clock, Request, Response, Sandbox, Window

TOKEN = "notebook-demo-token"
LISTED = 100
BATCH = 50


class Refused(Exception):
    """A write that is answered with this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class NotebookSandbox(Sandbox):
    """One notebook."""

    tool: ClassVar[str] = "notebook"

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        super().__init__(clock=clock, switches=switches)
        self.pages: dict[str, dict[str, JSON]] = {}
        self.revision = 0
        self.writable = True
        self._window = Window(30, 10)

    def demo_credentials(self) -> Mapping[str, str]:
        return {"token": TOKEN}

    def dump(self) -> JSON:
        return copy.deepcopy({"pages": self.pages, "revision": self.revision, "writable": self.writable})

    def load(self, state: JSON) -> None:
        self.pages = copy.deepcopy(state.get("pages", {}))
        self.revision = state.get("revision", 0)
        self.writable = state.get("writable", True)

    def edit(self, change: JSON) -> JSON:
        match change:
            case {"do": "write", "name": str(name)}:
                fields = {key: value for key, value in change.items() if key not in ("do", "name")}
                self._keep(name, {**self.pages.get(name, {"fields": {}}), **fields})
            case {"do": "delete", "name": str(name)} if name in self.pages:
                del self.pages[name]
            case {"do": "close"}:
                self.writable = False
            case _:
                raise ValueError(f"a notebook has no edit like {change!r}")
        return {}

    def respond(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response.json(401, {"error": "who are you?"})
        if wait := self._window.take(self.clock()):
            return Response.json(429, {"error": "too many"}, {"retry-after": f"{wait:.3f}"})
        try:
            return Response.json(200, self._answer_to(request))
        except Refused as refusal:
            return Response.json(refusal.status, {"error": str(refusal)})
        except (KeyError, TypeError, AttributeError, ValueError) as problem:
            return Response.json(400, {"error": f"cannot be read: {problem}"})

    def _answer_to(self, request: Request) -> JSON:
        match request.method, request.segments:
            case "GET", ("notebook",):
                return {"id": "nb-1", "title": "Lab notebook", "writable": self.writable}
            case "GET", ("pages",):
                return self._listing(request.param("after") or "")
            case (("PUT" | "PATCH" | "POST" | "DELETE"), _) if not self.writable:
                raise Refused(403, "this token may only read")
            case "POST", ("pages", "batch"):
                return self._batch(request.json()["pages"])
            case "PUT", ("pages", name):
                return self._write(name, request.json())
            case "PATCH", ("pages", name):
                return self._rename(name, request.json())
            case "DELETE", ("pages", name):
                self._check(name, request.param("revision"))
                return self._forget(name)
        raise Refused(404, "no such place")

    def _listing(self, after: str) -> JSON:
        names = sorted(name for name in self.pages if name > after)
        if self.mood in ("half-page", "empty-list"):
            names = names[: len(names) // 2] if self.mood == "half-page" else []
        more = names[LISTED - 1] if len(names) > LISTED else None
        return {"pages": [{"name": name, **self.pages[name]} for name in names[:LISTED]], "next": more}

    def _batch(self, pages: list[JSON]) -> JSON:
        if len(pages) > BATCH:
            raise Refused(413, "fifty pages at most")
        if self.mood == "half-batch":
            for page in pages[: len(pages) // 2]:
                self._write(page["name"], page)
            raise Refused(500, "out of ink")
        return {"results": [self._tried(page) for page in pages]}

    def _tried(self, page: JSON) -> JSON:
        try:
            return {**self._write(page["name"], page), "status": 200}
        except Refused as refusal:
            return {"name": page["name"], "status": refusal.status, "error": str(refusal)}

    def _write(self, name: str, page: JSON) -> JSON:
        self._check(name, page.get("revision"))
        content = {key: value for key, value in page.items() if key not in ("name", "revision")}
        return self._keep(name, content)

    def _rename(self, name: str, page: JSON) -> JSON:
        self._check(name, page.get("revision"))
        self._check(page["name"], None)
        if self.mood != "forget":
            del self.pages[name]
        return self._write(page["name"], {key: value for key, value in page.items() if key != "revision"})

    def _check(self, name: str, revision: JSON) -> None:
        held = self.pages.get(name)
        if held is None and revision is not None:
            raise Refused(404, "no such page")
        if held is not None and str(held["revision"]) != revision:
            raise Refused(409, "someone else was faster")

    def _keep(self, name: str, page: dict[str, JSON]) -> JSON:
        self.revision += 1
        if self.mood != "forget":
            self.pages[name] = {**page, "revision": self.revision, "edited_at": self.clock()}
        return {"name": name, "revision": self.revision}

    def _forget(self, name: str) -> JSON:
        if self.mood != "forget":
            del self.pages[name]
        return {"name": name}
