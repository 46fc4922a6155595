"""The HTTP API, `/api/v1`: every verb of the hub, for programs."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")
