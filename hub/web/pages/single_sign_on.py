"""Logging in through an OpenID provider."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
