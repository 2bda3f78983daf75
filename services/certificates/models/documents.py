"""What is kept of what was issued."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("documents")
class Document(Base):
    """What a certificate is made from: `page` is the snapshot that is rendered, `credential` the
    claims that are signed. Its `Certificate.draft` counts how often they were written down; an
    erased holder's row is deleted.
    """

    certificate_id: str = Field(primary_key=True)
    page: dict[str, Any] = Json(default_factory=dict)
    credential: dict[str, Any] = Json(default_factory=dict)


@table("document_files")
class DocumentFile(Base):
    """What was made of it: written once, when the certificate becomes valid, so that its bytes
    never change; deleted with its document. Nobody has to read it to decide anything.
    """

    certificate_id: str = Field(primary_key=True)
    pdf: bytes
    jwt: str
