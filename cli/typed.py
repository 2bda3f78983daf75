"""What people type that has a form: read here, and a slip is told by the option it was made at."""

from datetime import UTC, datetime

from cli.say import USAGE, Ends

_SUCH = "Such as: 2020-10-19T20:00:00Z"


def instant_of(text: str, option: str = "") -> datetime:
    """An instant in UTC. Raises `Ends` (2) where it is none, or has no zone."""
    said = f"{option} {text}".strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError as why:
        raise Ends(USAGE, f"{said} is not an instant.", _SUCH) from why
    if found.tzinfo is None:
        raise Ends(USAGE, f"{said} has no zone.", _SUCH)
    try:
        return found.astimezone(UTC)
    except OverflowError as why:
        raise Ends(USAGE, f"{said} is no year of the calendar.", _SUCH) from why
