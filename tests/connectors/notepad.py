"""The smallest sandbox: a folder of notes, for tests of the chassis itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connectors.sandbox import JSON, Request, Response, Sandbox, Window


class Notepad(Sandbox):
    """`PUT /notes/NAME` keeps a note, `GET /notes/NAME` shows it, `GET /notes` lists the names.

    At most `window` writes; "in-flight" requests carry `x-units` and share `most` of them. The mood "half-page"
    halves lists. An edit is `{"name": ..., "text": ...}`.
    """

    tool: ClassVar[str] = "notepad"
    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {"missing": (404, 410), "shout": (False, True)}
    most = 2

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.notes: dict[str, str] = {}
        self.window = Window(1000, 60)

    def respond(self, request: Request) -> Response:
        match request.method, request.segments:
            case "GET" | "HEAD", ("notes",):
                names = sorted(self.notes)
                return Response.json(200, names[: len(names) // 2] if self.mood == "half-page" else names)
            case "GET" | "HEAD", ("notes", name) if name in self.notes:
                text = self.notes[name]
                return Response.text(200, text.upper() if self.switch("shout") else text)
            case "PUT", ("notes", name):
                self.notes[name] = request.body.decode()
                return Response.json(200, {"kept": name})
            case "POST", ("break",):
                raise RuntimeError("the sandbox itself is broken")
        return Response.json(self.switch("missing"), {"error": "no such note"})

    def edit(self, change: JSON) -> JSON:
        if "name" not in change:
            raise ValueError("an edit needs a name")
        self.notes[change["name"]] = change["text"]
        return {"edited": change["name"]}

    def dump(self) -> JSON:
        return dict(self.notes)

    def load(self, state: JSON) -> None:
        self.notes = dict(state)

    def concurrency(self, request: Request) -> tuple[int, int] | None:
        units = request.headers.get("x-units")
        return (int(units), self.most) if units else None

    def over_concurrency(self, request: Request) -> Response:
        return Response.json(429, {"error": "one at a time"})


def request(method: str, target: str, body: str = "", **headers: str) -> Request:
    """A request as the chassis gets it; underscores in header names are dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request.build(method, target, named, body.encode())
