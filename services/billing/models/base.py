"""The base of billing's rows."""

from __future__ import annotations

from shared.runtime.tables import service_base


class Base(service_base("billing")):  # type: ignore[misc]
    """The base of billing's rows."""
