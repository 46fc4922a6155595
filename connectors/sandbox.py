"""Chassis for sandboxes: stateful local emulators of a vendor's API, honest enough to rehearse on.

A sandbox is written from the vendor's documentation (`apis/<tool>.md`) and imports neither the client nor the
mapping, so that one misreading cannot agree with itself. It is one function from `Request` to `Response` plus
state; the same function runs in-process (`connectors.testing.harness`) and on loopback (`serve_on_loopback`).

What every sandbox can do because it stands here: a log of each request, injected faults, a person's edit in the
vendor's web page (`edit`), switches for behaviour that the vendor does not document, and a control surface under
`/_sandbox/` with the same powers over HTTP, for demos and for tests that run real processes.
"""

from __future__ import annotations

import abc
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote

JSON = Any
Clock = Callable[[], float]
"""Seconds since the epoch. Injected, so that a test can move an hour in no time."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it arrived. `path` is still percent-encoded and has no query string."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Header names are lower-case."""
    body: bytes = b""

    @classmethod
    def build(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """From a request line's target (path and query string) and the headers in any case."""
        path, _, query = target.partition("?")
        return cls(
            method=method.upper(),
            path=path,
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
        )

    @property
    def segments(self) -> tuple[str, ...]:
        """The path split at `/` first and percent-decoded after, so `%2F` stays inside its segment."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/")) if self.path.strip("/") else ()

    def param(self, name: str) -> str | None:
        """The first query parameter of that name."""
        return next((value for key, value in self.query if key == name), None)

    def form(self) -> dict[str, str]:
        """The body read as `application/x-www-form-urlencoded`; a repeated field keeps its last value."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> JSON:
        """The body read as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: JSON, headers: Mapping[str, str] | None = None) -> Response:
        """A JSON answer, separators as Python's `json.dumps` writes them."""
        return cls(
            status,
            json.dumps(value, ensure_ascii=False).encode(),
            {"content-type": "application/json; charset=UTF-8", **(headers or {})},
        )

    @classmethod
    def text(cls, status: int, value: str, headers: Mapping[str, str] | None = None) -> Response:
        return cls(status, value.encode(), {"content-type": "text/plain; charset=UTF-8", **(headers or {})})


class ConnectionDropped(Exception):
    """The fault "refuse" or "lost": no answer reaches the client. In-process transports turn it into a read error."""


FAULT_KINDS = ("status", "refuse", "lost", "html", "cut", "edit", "mood")


@dataclass(slots=True)
class Fault:
    """One misbehaviour on request.

    `on` is a regular expression searched in ``"METHOD /path?query"`` (decoded). The first `skip` matches pass
    unharmed, the next `times` are hit. Kinds:

    * ``status``: answer `status` (with `body`, `headers`) and apply nothing;
    * ``refuse``: drop the connection, nothing applied;  ``lost``: apply, then drop the connection;
    * ``html``: answer `status` with an HTML page, nothing applied;  ``cut``: apply, answer half of the body;
    * ``edit``: a person's `edit` (see `Sandbox.edit`) happens just before the request, which then proceeds;
    * ``mood``: the sandbox itself misbehaves while it answers, e.g. ``half-batch`` (apply half of a batch, then
      500), ``half-page`` (a list answers with half of its rows as if that were all), ``empty-list``.
    """

    kind: str
    on: str = ""
    skip: int = 0
    times: int = 1
    status: int = 500
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    edit: JSON = None
    mood: str = ""

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}; known: {', '.join(FAULT_KINDS)}")
        re.compile(self.on)

    def strikes(self, line: str) -> bool:
        """Whether this request is hit; counts the match down."""
        if self.times <= 0 or not re.search(self.on, line):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request the sandbox saw. `status` 0 means that no answer was sent."""

    number: int
    at: float
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    status: int
    fault: str

    def as_json(self) -> JSON:
        """The entry as the control surface shows it, path and body decoded."""
        return {
            "number": self.number,
            "at": self.at,
            "method": self.method,
            "path": unquote(self.path),
            "query": [list(pair) for pair in self.query],
            "body": self.body.decode("utf-8", "replace"),
            "status": self.status,
            "fault": self.fault,
        }


class Window:
    """A rolling window: at most `limit` units in any `seconds`."""

    def __init__(self, limit: float, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._taken: deque[tuple[float, float]] = deque()

    def used(self, now: float) -> float:
        while self._taken and self._taken[0][0] <= now - self.seconds:
            self._taken.popleft()
        return sum(units for _, units in self._taken)

    def take(self, now: float, units: float = 1) -> float:
        """Count `units`; returns 0, or the seconds after which they would have fitted (nothing is counted then)."""
        used = self.used(now)
        if used + units <= self.limit:
            self._taken.append((now, units))
            return 0.0
        room_needed = used + units - self.limit
        for at, freed in self._taken:
            room_needed -= freed
            if room_needed <= 0:
                return max(at + self.seconds - now, 0.001)
        return self.seconds


class Sandbox(abc.ABC):
    """One emulated workspace of one tool. Subclasses implement `respond`, `edit`, `dump` and `load`."""

    tool: ClassVar[str]
    SWITCHES: ClassVar[Mapping[str, Sequence[JSON]]] = {}
    """Behaviours the vendor leaves undocumented, each with its choices; the first is the default."""

    def __init__(self, *, clock: Clock = time.time, switches: Mapping[str, JSON] | None = None) -> None:
        self.clock = clock
        self.switches: dict[str, JSON] = {name: choices[0] for name, choices in self.SWITCHES.items()}
        self.faults: list[Fault] = []
        self.log: list[LogEntry] = []
        self.mood = ""
        self.latency = 0.0
        """Seconds each answer takes on loopback; lets a test overlap requests."""
        self._state_lock = threading.RLock()
        self._flight_lock = threading.Lock()
        self._in_flight = 0
        for name, value in (switches or {}).items():
            self.set_switch(name, value)

    # What a tool's sandbox implements ------------------------------------------------------------------------

    @abc.abstractmethod
    def respond(self, request: Request) -> Response:
        """Answer as the vendor would: authentication, limits, validation, state. Called under the state lock."""

    @abc.abstractmethod
    def edit(self, change: JSON) -> JSON:
        """What a person (or the pipeline) does outside the API; the shapes are the sandbox's own, see its docstring.

        Raises ValueError with a plain sentence when the change makes no sense.
        """

    @abc.abstractmethod
    def dump(self) -> JSON:
        """The whole state as JSON; `load(dump())` gives an equal sandbox."""

    @abc.abstractmethod
    def load(self, state: JSON) -> None:
        """Replace the whole state."""

    def page(self) -> str:
        """The workspace as a person would see it, as one HTML page without outside requests; "" where there is none."""
        return ""

    def demo_credentials(self) -> Mapping[str, str]:
        """The credentials this sandbox accepts, by the names of the target's settings."""
        return {}

    def concurrency(self, request: Request) -> tuple[int, int] | None:
        """(units this request holds while in flight, most units at once), where the vendor limits that."""
        return None

    def over_concurrency(self, request: Request) -> Response:
        """The answer to a request beyond the concurrency limit."""
        return Response.json(429, {})

    # What the chassis does -----------------------------------------------------------------------------------

    def set_switch(self, name: str, value: JSON) -> None:
        if name not in self.SWITCHES:
            raise ValueError(f"{self.tool} sandbox has no switch {name!r}; it has {', '.join(self.SWITCHES)}")
        if value not in self.SWITCHES[name]:
            raise ValueError(f"switch {name!r} takes one of {list(self.SWITCHES[name])}, not {value!r}")
        self.switches[name] = value

    def switch(self, name: str) -> JSON:
        return self.switches[name]

    def handle(self, request: Request) -> Response:
        """The one entrance. Raises ConnectionDropped when a fault swallows the answer."""
        if request.path.startswith("/_sandbox/"):
            with self._state_lock:
                return self._control(request)
        limit = self.concurrency(request)
        if limit is None:
            return self._handle_counted(request)
        units, most = limit
        with self._flight_lock:
            fits = self._in_flight + units <= most
            self._in_flight += units if fits else 0
        if not fits:
            answer = self.over_concurrency(request)
            with self._state_lock:
                self._record(request, answer.status, "concurrency")
            return answer
        try:
            return self._handle_counted(request)
        finally:
            with self._flight_lock:
                self._in_flight -= units

    def _handle_counted(self, request: Request) -> Response:
        if self.latency:
            time.sleep(self.latency)
        with self._state_lock:
            query = "&".join(f"{key}={value}" for key, value in request.query)
            line = f"{request.method} {unquote(request.path)}" + (f"?{query}" if query else "")
            fault = next((one for one in self.faults if one.strikes(line)), None)
            return self._misbehave(request, fault) if fault else self._answer(request, "")

    def _misbehave(self, request: Request, fault: Fault) -> Response:
        if fault.kind == "status":
            self._record(request, fault.status, "status")
            return Response(fault.status, fault.body.encode(), {"content-type": "application/json", **fault.headers})
        if fault.kind == "html":
            self._record(request, fault.status, "html")
            page = fault.body or "<!doctype html><title>Bad gateway</title><h1>Something went wrong</h1>"
            return Response(fault.status, page.encode(), {"content-type": "text/html", **fault.headers})
        if fault.kind == "refuse":
            self._record(request, 0, "refuse")
            raise ConnectionDropped("refused")
        if fault.kind == "edit":
            self.edit(fault.edit)
            return self._answer(request, "edit")
        self.mood = fault.mood if fault.kind == "mood" else ""
        try:
            answer = self._answer(request, fault.mood or fault.kind, sent=fault.kind != "lost")
        finally:
            self.mood = ""
        if fault.kind == "lost":
            raise ConnectionDropped("answer lost")
        if fault.kind == "cut":
            return Response(answer.status, answer.body[: len(answer.body) // 2], answer.headers)
        return answer

    def _answer(self, request: Request, fault: str, *, sent: bool = True) -> Response:
        answer = self.respond(request)
        self._record(request, answer.status if sent else 0, fault)
        return answer

    def _record(self, request: Request, status: int, fault: str) -> None:
        self.log.append(
            LogEntry(
                len(self.log),
                self.clock(),
                request.method,
                request.path,
                request.query,
                request.body,
                status,
                fault,
            )
        )

    def _control(self, request: Request) -> Response:
        action = (request.method, request.path.removeprefix("/_sandbox/"))
        try:
            match action:
                case ("GET", "state"):
                    return Response.json(200, self.dump())
                case ("PUT", "state"):
                    self.load(request.json())
                case ("POST", "edit"):
                    return Response.json(200, self.edit(request.json()))
                case ("POST", "faults"):
                    self.faults.append(Fault(**request.json()))
                case ("DELETE", "faults"):
                    self.faults.clear()
                case ("GET", "page") if page := self.page():
                    return Response(200, page.encode(), {"content-type": "text/html; charset=utf-8"})
                case ("GET", "requests"):
                    return Response.json(200, [entry.as_json() for entry in self.log])
                case ("DELETE", "requests"):
                    self.log.clear()
                case ("GET", "switches"):
                    return Response.json(200, self.switches)
                case ("PUT", "switches"):
                    for name, value in request.json().items():
                        self.set_switch(name, value)
                case _:
                    return Response.json(404, {"error": f"no control {action[1]!r}"})
        except (ValueError, TypeError, LookupError, AttributeError, re.error) as problem:
            return Response.json(400, {"error": f"{type(problem).__name__}: {problem}"})
        return Response.json(200, {})
