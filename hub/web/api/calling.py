"""What every call passes before its function runs: who asks and whether they may, whether the request is one that this
address takes, and whether it was answered before."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.errors import Busy
from hub.store.answers import Answer
from hub.web.api.problems import Invalid, Unsupported
from hub.web.guarding import hub_of
from hub.web.tokens import Caller, Scope, recognise, require
from mappings.canonical.kinds import JSON

SCOPE = "x-scope"
"""Where an operation's description says which scope it takes; without one it is open to everybody."""
REPLAYED = "idempotent-replayed"
KEY = "idempotency-key"
SPELT_KEY = re.compile(r"^[!-~]{1,200}$")
DEEPEST = 64
"""How deep JSON may be nested: deeper than any plan, and shallow enough for every reader."""
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEPT_HEADERS = ("content-type", "etag", "location", "link")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def needs(scope: Scope) -> dict[str, Any]:
    """For a route: callers need this scope."""
    return {"openapi_extra": {SCOPE: scope}}


def caller_of(request: Request) -> Caller:
    """Who asks."""
    found: Caller = request.state.caller
    return found


Asked = Annotated[Caller, Depends(caller_of)]


class Call(APIRoute):
    """A route of the API. Nothing of a request is looked at before its token was.

    A write with an Idempotency-Key is done once: for a day, the same request with the same key gets the same answer,
    and another request with it is refused. That holds for answers that say that something was done; a refusal has
    changed nothing and frees the key. A process that is killed between doing and answering leaves the key at work for
    ten minutes; after that the request is carried out anew. That publishes nothing twice (a fingerprint is published
    once), writes nothing to a draft twice (its revision moved) and decides nothing twice, but may add a second comment
    or open a second draft.
    """

    def get_route_handler(self) -> Handler:
        """The framework's handler, behind what every call passes."""
        handle = super().get_route_handler()
        scope: Scope | None = (self.openapi_extra or {}).get(SCOPE)
        known = frozenset(_query_names(self.dependant))
        takes_body = self.body_field is not None

        async def called(request: Request) -> Response:
            if scope is not None:
                request.state.caller = await run_in_threadpool(_recognised, request, scope)
            _refuse_strange_query(request, known)
            if request.method not in WRITES:
                return await handle(request)
            request = Checked(request.scope, request.receive)
            body = await request.body()
            if takes_body:
                _refuse_strange_body(request, body)
                await request.json()
            key = request.headers.get(KEY)
            return await handle(request) if key is None else await _once(request, key, body, handle)

        return called


def calls(tag: str) -> APIRouter:
    """A router for calls under one heading; each goes by the name of its function."""
    return APIRouter(route_class=Call, tags=[tag], generate_unique_id_function=lambda route: route.name)


class Checked(Request):
    """A request whose JSON is read strictly: one that no later reader can stumble over."""

    async def json(self) -> Any:
        """Raises Invalid with what is wrong and where."""
        if not hasattr(self, "_read"):
            self._read = read_json(await self.body())
        return self._read


def read_json(body: bytes) -> JSON:
    """The value of a body. Raises Invalid: no JSON, nested too deep, numbers that are none, broken characters, NUL."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_unique)
    except RecursionError:
        raise Invalid(f"the body is nested deeper than {DEEPEST} levels", place="body") from None
    except UnicodeDecodeError:
        raise Invalid("the body is not UTF-8", place="body") from None
    except json.JSONDecodeError as error:
        where = f"body, line {error.lineno}, column {error.colno}"
        raise Invalid(f"the body is no JSON: {error.msg}", place=where) from None
    except ValueError:
        raise Invalid("the body has a number that is too long", place="body") from None
    for depth, text in _walk(value):
        if depth > DEEPEST:
            raise Invalid(f"the body is nested deeper than {DEEPEST} levels", place="body")
        refuse_broken_text(text, "body")
    return value


def refuse_broken_text(text: str, place: str) -> None:
    """Raises Invalid for what no database and no tool keeps: NUL, and halves of characters."""
    if "\x00" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise Invalid("a text has a NUL, or half a character", place=place, hint="leave it out")


def _walk(value: JSON) -> Iterator[tuple[int, str]]:
    """Every text with its depth; containers count as an empty one."""
    waiting: list[tuple[int, JSON]] = [(0, value)]
    while waiting:
        depth, one = waiting.pop()
        yield depth, one if isinstance(one, str) else ""
        if isinstance(one, dict):
            yield from ((depth, name) for name in one)
            waiting += ((depth + 1, inner) for inner in one.values())
        elif isinstance(one, list):
            waiting += ((depth + 1, inner) for inner in one)


def _no_number(spelling: str) -> NoReturn:
    raise Invalid(f"{spelling} is no number of JSON", place="body", hint="send null, or leave the key out")


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise Invalid(f"the key {name!r} stands there twice", place="body", hint="say it once")
    return found


def _recognised(request: Request, scope: Scope) -> Caller:
    address = request.client.host if request.client else ""
    caller = recognise(hub_of(request), request.headers.get("authorization"), address)
    require(caller, scope)
    return caller


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (one.alias for one in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _refuse_strange_query(request: Request, known: frozenset[str]) -> None:
    """A misspelt parameter is no reason to answer something else, and a token in an address would stand in logs."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    for name, text in request.query_params.multi_items():
        if name not in known:
            hint = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            raise Invalid("this address takes no such parameter", place=f"query.{name[:40]}", hint=hint)
        if given[name] > 1:
            raise Invalid("this parameter stands there twice", place=f"query.{name}", hint="say it once")
        refuse_broken_text(text, f"query.{name}")


def _refuse_strange_body(request: Request, body: bytes) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json":
        raise Unsupported("the body has to be JSON", place="Content-Type", hint="send Content-Type: application/json")
    if not body:
        raise Invalid("the body is missing", place="body", hint="/api/v1/docs shows what it says")


async def _once(request: Request, key: str, body: bytes, handle: Handler) -> Response:
    """Do it, or give the answer that was given before."""
    if SPELT_KEY.fullmatch(key) is None:
        message = "a key has 1 to 200 visible characters of ASCII, and no blank"
        raise Invalid(message, place="Idempotency-Key", hint="send a fresh UUID")
    answers, caller = hub_of(request).store.answers, caller_of(request).account
    wanted, now = _hash(request, body), hub_of(request).engine.time.now()
    claim = await run_in_threadpool(answers.claim, caller, key, wanted, now)
    if isinstance(claim, Answer):
        return Response(claim.body, claim.status, {**claim.headers, REPLAYED: "true"})
    if claim == "other":
        hint = "send a fresh key with a new request"
        raise Invalid("another request was sent with this key", place="Idempotency-Key", hint=hint)
    if claim == "at work":
        raise Busy("the first request with this key is being worked on", hint="ask again in a moment")
    kept: Answer | None = None
    try:
        answer = await handle(request)
        kept = _kept(answer)
    finally:
        if kept is None:
            await run_in_threadpool(answers.give_up, caller, key)
    await run_in_threadpool(answers.finish, caller, key, kept)
    return answer


def _kept(answer: Response) -> Answer:
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return Answer(answer.status_code, headers, bytes(answer.body).decode())


def _hash(request: Request, body: bytes) -> str:
    parts = (request.method, request.url.path, request.url.query, request.headers.get("if-match", ""))
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + body).hexdigest()
