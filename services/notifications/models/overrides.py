"""Templates of providers, and each version that they had."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from services.notifications.models.base import Base
from shared.runtime.tables import table


class _Overriding(Base):
    """`language` "" is all of them; `source` "" that letters are by ours again. `ours`: the hash of
    our template that theirs was made from."""

    template: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    version: int
    source: str
    ours: str
    by: str
    reason: str
    at: datetime


@table("overrides")
class Override(_Overriding):
    """A provider's own template, as it stands."""


@table("override_versions", append_only=True)
class OverrideVersion(_Overriding):
    """Every version there was, with who and why."""

    version: int = Field(primary_key=True)
