"""The base of certificates's rows."""

from __future__ import annotations

from shared.runtime.tables import service_base


class Base(service_base("certificates")):  # type: ignore[misc]
    """Rows of this service."""
