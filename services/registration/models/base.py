"""The base of registration's rows."""

from __future__ import annotations

from sqlalchemy import CheckConstraint

from shared.runtime.tables import service_base


class Base(service_base("registration")):  # type: ignore[misc]
    """Rows of registration."""


def among(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A column that holds one of a few words."""
    return CheckConstraint(f"{column} in ({', '.join(repr(v) for v in values)})", name=column)
