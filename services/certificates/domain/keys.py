"""Signing keys: which id a new one gets, when the active one is due, and what a leak means."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta


def next_id(did: str, year: int, known: Collection[str]) -> str:
    """`did:web:…#2026-2`: the year, and the first number that no key of it has yet.

    Two that count at once come to the same id, so that the database lets only one of them in.
    """
    number = 1
    while f"{did}#{year}-{number}" in known:
        number += 1
    return f"{did}#{year}-{number}"


def answers_for(body: str, holder: str) -> bool:
    """Whether a body is who holds an approval: by name, without regard to case and blanks."""
    return bool(_plain(body)) and _plain(body) == _plain(holder)


def rotates_at(created_at: datetime, days: int) -> datetime | None:
    """When a key that is active since then has served its time; None: never by itself."""
    return created_at + timedelta(days=days) if days else None


def earliest(known: datetime | None, said: datetime | None) -> datetime | None:
    """Since when a key is compromised: what is learnt later can only move it back."""
    told = [one for one in (known, said) if one is not None]
    return min(told, default=None)


def doubtful(signed_at: datetime, compromised_at: datetime | None) -> bool:
    """Whether what a key signed may have been signed by somebody else."""
    return compromised_at is not None and signed_at >= compromised_at


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
