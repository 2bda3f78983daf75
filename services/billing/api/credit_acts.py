"""What is done with credits: transferred, given in goodwill."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["credits"])
