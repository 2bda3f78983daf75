"""What web does when its time comes: nothing, since it owns nothing."""

from __future__ import annotations

from shared.runtime.due import Dues


def dues_of() -> Dues:
    """No deadlines."""
    return Dues()
