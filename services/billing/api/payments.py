"""Money that came by a bank, as staff say."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["payments"])
