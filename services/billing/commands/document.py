"""Keeping a document as it was first made: whoever asks later is given the same bytes."""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.models import DocumentFile
from shared.runtime.plans import needs
from shared.runtime.work import Work


@dataclass(frozen=True)
class KeepDocument:
    """A document that was just made."""

    document_id: str
    pdf: bytes
    sha256: str
    conformance: str


@needs(lambda wanted: [(DocumentFile, wanted.document_id)])
async def keep_document(work: Work, wanted: KeepDocument) -> None:
    """Once a document: of two that were made at the same time the first is kept."""
    if work.get(DocumentFile, wanted.document_id) is None:
        work.put(
            DocumentFile(
                document_id=wanted.document_id,
                sha256=wanted.sha256,
                pdf=wanted.pdf,
                conformance=wanted.conformance,
                rendered_at=work.now,
            )
        )
