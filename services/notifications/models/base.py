"""What every table of notifications is a row of."""

from __future__ import annotations

from shared.runtime.tables import service_base


class Base(service_base("notifications")):  # type: ignore[misc]
    """Rows of this service."""
