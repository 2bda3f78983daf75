"""In whose time a person reads."""

from __future__ import annotations

from shared.dates import UnknownZone, zone_of


def known_zone(*names: str | None) -> str:
    """The first of these that the tz database has, else UTC."""
    for name in names:
        try:
            return zone_of(name).key
        except UnknownZone:
            continue
    return "UTC"
