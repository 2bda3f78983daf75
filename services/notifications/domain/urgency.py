"""What goes first when many mails wait at once (domain.md §7)."""

from __future__ import annotations

# What somebody waits for at this moment, or must know before a session or a deadline: by it a seat
# is taken, a door opened, a way not made in vain. All else is of the same use an hour later.
URGENT = frozenset(
    {
        "join_1h",
        "meeting_swapped",
        "session_changed",
        "session_cancelled",
        "course_cancelled",
        "disclosure_changed",
        "registration_received",
        "registration_confirmed",
        "substituted",
        "offer",
        "payment_failed",
        "links",
    }
)


def is_urgent(template: str) -> bool:
    """Whether a message of that template goes before those that can wait."""
    return template in URGENT
