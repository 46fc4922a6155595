"""The HTTP API, `/api/v1`: every verb of the hub, for programs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub.web.api import describing, problems

router = APIRouter(redirect_slashes=False)
"""To be mounted at `/api/v1`: its routes are made once, however many applications a process has."""
for part in (*describing.PARTS, describing):
    router.include_router(part.router)


def answer(request: Request, problem: Exception) -> Response:
    """What a program is told of a problem; where the method is wrong, all that the address takes."""
    if isinstance(problem, HTTPException) and problem.status_code == 405:
        methods = describing.methods_at(request.url.path) or ["GET"]
        return problems.answer(HTTPException(405, headers={"allow": ", ".join(methods)}))
    return problems.answer(problem)
