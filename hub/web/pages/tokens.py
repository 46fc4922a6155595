"""Tokens of programs that use the API."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
