"""Bodies that several resources share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field


class MoneyBody(BaseModel):
    """Whole minor units of a currency."""

    amount: int
    currency: str


class AnyAmount(BaseModel):
    """As callers send money: minor units, or a decimal string of major units; no floats."""

    amount: Annotated[int, Field(strict=True)] | Annotated[str, Field(max_length=40)]
    currency: Annotated[str, Field(max_length=3)]


def money(amount: int, currency: str) -> dict[str, Any]:
    """Minor units as JSON."""
    return {"amount": amount, "currency": currency}
