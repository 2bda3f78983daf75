"""Whose clock a page shows: the visitor's where we know it, else the course's."""

from __future__ import annotations

from datetime import datetime

from services.web.domain.said import marked
from shared.dates import UnknownZone, zone_of

# Offered first in lists, by country as people look for them; any other zone of the tz database
# is understood as well.
OFFERED: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        marked("United States and Canada"),
        (
            "America/New_York",
            "America/Chicago",
            "America/Denver",
            "America/Phoenix",
            "America/Los_Angeles",
            "America/Anchorage",
            "Pacific/Honolulu",
            "America/Puerto_Rico",
            "America/Toronto",
            "America/Winnipeg",
            "America/Edmonton",
            "America/Vancouver",
            "America/Halifax",
            "America/St_Johns",
        ),
    ),
    (
        marked("Europe and Africa"),
        (
            "Europe/London",
            "Europe/Dublin",
            "Europe/Lisbon",
            "Europe/Madrid",
            "Europe/Paris",
            "Europe/Berlin",
            "Europe/Vienna",
            "Europe/Zurich",
            "Europe/Rome",
            "Europe/Warsaw",
            "Europe/Athens",
            "Europe/Kyiv",
            "Europe/Istanbul",
            "Africa/Lagos",
            "Africa/Nairobi",
            "Africa/Johannesburg",
        ),
    ),
    (
        marked("Latin America"),
        (
            "America/Mexico_City",
            "America/Bogota",
            "America/Lima",
            "America/Santiago",
            "America/Sao_Paulo",
            "America/Argentina/Buenos_Aires",
        ),
    ),
    (
        marked("Asia and the Pacific"),
        (
            "Asia/Jerusalem",
            "Asia/Dubai",
            "Asia/Kolkata",
            "Asia/Bangkok",
            "Asia/Singapore",
            "Asia/Shanghai",
            "Asia/Tokyo",
            "Asia/Seoul",
            "Australia/Perth",
            "Australia/Sydney",
            "Pacific/Auckland",
        ),
    ),
    (marked("Other"), ("UTC",)),
)
_LISTED = frozenset(zone for _, zones in OFFERED for zone in zones)


def known(*names: str | None) -> str | None:
    """The first of these that the tz database has."""
    for name in names:
        try:
            return zone_of(name).key
        except UnknownZone:
            continue
    return None


def choices(*also: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The groups of a zone list; zones in use that it lacks come first, under no group."""
    missing = tuple(dict.fromkeys(zone for zone in also if zone and zone not in _LISTED))
    return (("", missing), *OFFERED) if missing else OFFERED


def same_clock(at: datetime, one: str, other: str) -> bool:
    """Whether clocks in two zones show the same at that instant."""
    return at.astimezone(zone_of(one)).utcoffset() == at.astimezone(zone_of(other)).utcoffset()


def wall_of(at: datetime, zone: str) -> str:
    """What clocks in a zone show: `16:00`."""
    return at.astimezone(zone_of(zone)).strftime("%H:%M")
