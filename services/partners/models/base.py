"""The base of partners' rows."""

from __future__ import annotations

from shared.runtime.tables import service_base


class Base(service_base("partners")):  # type: ignore[misc]
    """The base of partners' rows."""
