"""Months: roll-forward, closing, corrections, export."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["books"])
