"""What staff do about a refund that failed, or a payment that is nobody's."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["refunds"])
