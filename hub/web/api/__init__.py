"""The HTTP API, `/api/v1`: every verb of the hub, for programs."""

from __future__ import annotations

from fastapi import APIRouter

from hub.web.api import deciding, describing, drafts, plans, publishing, remembering, targets, watching

PARTS = (plans, drafts, publishing, deciding, targets, remembering, watching)
router = APIRouter(prefix="/api/v1", generate_unique_id_function=lambda route: route.name)
for part in PARTS:
    router.include_router(part.router)
router.include_router(describing.router)
