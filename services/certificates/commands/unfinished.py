"""A certificate that is being made: found, given up, tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.certificates.commands import saying
from services.certificates.models import Certificate, Document
from shared.runtime.outside import Recorded
from shared.runtime.rows import where
from shared.runtime.work import Work

TRIES = 5  # before a human is asked; the tries go on


def pending_of(work: Work, registration_id: str, board: str) -> Certificate | None:
    """The one that is being made of a registration and board."""
    issued = work.find(where(Certificate, registration_id=registration_id))
    return next((o for o in issued if o.board == board and o.status == "preparing"), None)


def forget(work: Work, pending: Certificate | None, why: str = "not needed") -> None:
    """It is not made, and nothing of it was ever said."""
    if pending is None:
        return
    work.close_task(saying.NOT_MADE, saying.place_of(pending), why)
    document = work.get(Document, pending.certificate_id)
    if document is not None:
        work.delete(document)
    work.delete(pending)


def try_again(work: Work, done: Recorded, pending: Certificate) -> None:
    """Rendering failed: try later, for ever; from the fifth time on a human knows."""
    tries = int(done.due.payload.get("tries", 0)) + 1
    work.plan_due("render", done.due.ref, later(work.now, tries), payload={"tries": tries})
    if tries == TRIES:
        saying.ask(
            work,
            pending,
            saying.NOT_MADE,
            done.due.ref,
            f"A certificate could not be made {TRIES} times ({type(done.error).__name__}). Look "
            "at the log of certificates; it goes on trying every hour.",
        )


def later(now: datetime, tries: int) -> datetime:
    """10 s, 40 s, 160 s … an hour."""
    return now + timedelta(seconds=min(3600, 10 * 4 ** (tries - 1)))
