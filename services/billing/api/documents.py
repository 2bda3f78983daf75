"""Invoices and credit notes as PDF."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["documents"])
