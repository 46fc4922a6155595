"""The HTTP API, `/api/v1`: every verb of the hub, for programs."""

from __future__ import annotations

from fastapi import APIRouter

from hub.web.api import describing

router = APIRouter(redirect_slashes=False)
"""To be mounted at `/api/v1`: its routes are made once, however many applications a process has."""
for part in (*describing.PARTS, describing):
    router.include_router(part.router)
