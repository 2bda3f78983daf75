"""What is booked at the end of whatever moved a registration's money."""

from __future__ import annotations

from shared.runtime.work import Work


def close_books(work: Work, registration_id: str) -> None:
    """Called last by every unit that posted for a registration."""
