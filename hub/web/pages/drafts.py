"""Drafts: plans that people change before anything reaches a tool."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
