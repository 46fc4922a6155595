"""Import: other tools' files as a plan, or as a draft of one."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
