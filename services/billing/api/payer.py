"""Whose money it is, where that is not whoever comes now (domain.md §2: it goes back the way it
came, and substitution changes no payer)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.billing.commands.saying import payer_of
from services.billing.models import Registration


class PayerBody(BaseModel):
    """`kind` is person or organisation; a person is not named to a colleague who came instead."""

    kind: str
    name: str | None


def somebody_else(registration: Registration) -> dict[str, Any] | None:
    """Who paid; nothing where that is whoever has the personal link."""
    kind, who = payer_of(registration)
    if kind == "person":
        return None if who == registration.person_id else {"kind": kind, "name": None}
    return {"kind": kind, "name": who}
