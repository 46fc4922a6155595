"""Dictionaries of any tool at any time, and why a value is what it is."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
