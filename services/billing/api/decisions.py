"""Staff decide what a policy leaves open, or decide anew."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["registrations"])
