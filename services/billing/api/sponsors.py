"""What is due to a joint sponsor, course by course."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["books"])
