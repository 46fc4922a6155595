"""What the API says of itself: its OpenAPI description, and the same as a page for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from hub.store.people import Session
from hub.web.api import arriving, deciding, drafts, plans, publishing, remembering, targets, watching
from hub.web.api.calling import SCOPE, SPELT_KEY, WRITES, Call
from hub.web.api.drafts import ETAG
from hub.web.api.examples import EXAMPLES
from hub.web.api.problems import KINDS, MEDIA_TYPE, Problem
from hub.web.guarding import NotLoggedIn, hub_of, session_of
from hub.web.rendering import page
from hub.web.tokens import ROLE_OF, SCOPES

router = APIRouter(route_class=Call)
PARTS = (plans, drafts, publishing, deciding, targets, arriving, remembering, watching)
"""The calls, in the order in which the manual has them."""
ADDRESS = "/api/v1"
ALWAYS = ("unauthorised", "forbidden", "unknown", "refused", "invalid", "throttled", "broken")
"""What any call may end with."""
ON_WRITES = ("large", "media")
ON_CONDITION = ("stale", "unconditional")
"""Of calls that take If-Match."""
INTRODUCTION = """\
Every verb of the hub, for programs. Make a token on the page */tokens* and send it as `Authorization: Bearer hub_…`.
Bodies are JSON; whatever is not done is an `application/problem+json` with the next step as its `hint`. A write may
carry an `Idempotency-Key`: repeated with it, it is done once. Lists come in pages: pass `next` on as `cursor`. Writes
to a draft carry its ETag as `If-Match`."""


@router.get("/openapi.json", include_in_schema=False)
def show_description(request: Request) -> Response:
    """The description in OpenAPI 3.1; needs no token."""
    return JSONResponse(description())


@router.get("/docs", include_in_schema=False)
def show_docs(request: Request) -> Response:
    """The same for people; needs no login, and says nothing of this hub."""
    described = description()
    operations = list(_operations(described))
    tags = list(dict.fromkeys(one["tags"][0] for _, _, one in operations))
    told = {"operations": operations, "tags": tags, "kinds": list(KINDS.values()), "roles": ROLE_OF, "pretty": _pretty}
    return page(request, "api.html", _visitor(request), **told)


def _pretty(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False, indent=2)


def _visitor(request: Request) -> Session | None:
    try:
        return session_of(request, hub_of(request))
    except NotLoggedIn:
        return None


@cache
def description() -> Mapping[str, Any]:
    """All calls, in OpenAPI 3.1."""
    routes = [route for part in PARTS for route in part.router.routes]
    made = get_openapi(
        title="schema-sync hub", version="1", openapi_version="3.1.0", description=INTRODUCTION, routes=routes
    )
    made["paths"] = {f"{ADDRESS}{path}": methods for path, methods in made["paths"].items()}
    parts = made.setdefault("components", {})
    parts["schemas"] = {name: one for name, one in parts.get("schemas", {}).items() if "ValidationError" not in name}
    problem = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] |= problem.pop("$defs", {})
    parts["schemas"]["Problem"] = problem
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": TOKEN}}
    parts["responses"] = {kind: _response(kind) for kind in KINDS}
    for method, _, operation in _operations(made):
        _complete(method, operation)
    return made


TOKEN = "A token of the page /tokens. Its scopes: " + ", ".join(f"{scope} (for {ROLE_OF[scope]}s)" for scope in SCOPES)


def methods_at(path: str) -> list[str]:
    """The methods that an address takes."""
    every = description()["paths"].items()
    fitting = (methods for shape, methods in every if re.fullmatch(re.sub(r"{\w+}", "[^/]+", shape), path))
    return sorted({one.upper() for methods in fitting for one in methods})


def _operations(described: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _complete(method: str, operation: dict[str, Any]) -> None:
    """What all operations have in common, and each one's examples."""
    scope = operation.pop(SCOPE)
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    operation["security"] = [{"token": [scope]}]
    operation["description"] = f"{operation.get('description', '')}\n\nTakes the scope `{scope}`.".strip()
    conditional = [one for one in operation.get("parameters", ()) if one["name"] == "if-match"]
    for one in conditional:  # it is optional to the framework, so that its absence is a problem of its own
        one |= {"name": "If-Match", "required": True, "schema": {"type": "string", "pattern": ETAG.pattern}}
    ends = (*ALWAYS, *(ON_WRITES if method in WRITES else ()), *(ON_CONDITION if conditional else ()))
    operation["responses"].pop("422", None)
    operation["responses"] |= {str(KINDS[one].status): {"$ref": f"#/components/responses/{one}"} for one in ends}
    if method in WRITES:
        operation.setdefault("parameters", []).append(IDEMPOTENCY)
    _add_examples(operation, EXAMPLES[operation["operationId"]])


IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "With the same key the same request is done once, and answered alike for a day.",
    "schema": {"type": "string", "pattern": SPELT_KEY.pattern},
}


def _add_examples(operation: dict[str, Any], example: Mapping[str, Any]) -> None:
    good = next(one for status, one in operation["responses"].items() if status.startswith("2"))
    good["content"]["application/json"]["example"] = example["answer"]
    if "body" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["body"]


def _response(name: str) -> dict[str, Any]:
    kind = KINDS[name]
    example = {"type": f"{ADDRESS}/docs#{name}", "title": kind.title, "status": kind.status, "detail": kind.meaning}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": f"{kind.title}: {kind.meaning}", "content": {MEDIA_TYPE: content}}
