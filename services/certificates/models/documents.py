"""What is kept of what was issued."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("documents")
class Document(Base):
    """What a certificate is made from, and what was made: kept, so that its bytes never change.

    `page` is the snapshot that was rendered, `claims` the credential's; an erased holder's row is
    deleted.
    """

    certificate_id: str = Field(primary_key=True)
    page: dict[str, Any] = Json(default_factory=dict)
    credential: dict[str, Any] = Json(default_factory=dict)
    pdf: bytes | None = None
    jwt: str = ""
