"""What partners does when its time comes: nothing, until its deliveries are retried."""

from __future__ import annotations

from shared.runtime.due import Dues


def dues_of() -> Dues:
    """The deadlines of this service."""
    return Dues()
