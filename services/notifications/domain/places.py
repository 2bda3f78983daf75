"""Where a session takes place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def place_of(session: Mapping[str, Any], room: str) -> str:
    """Its own place; in person without one, the course's `room`; online none."""
    return str(session["location"] or (room if session["delivery"] == "in_person" else ""))
