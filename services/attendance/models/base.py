"""The base of attendance's rows."""

from __future__ import annotations

from shared.runtime.tables import service_base


class Base(service_base("attendance")):  # type: ignore[misc]
    """The base of attendance's rows."""
