"""Whom staff were shown is kept: the owners keep what they were asked, web what was on a page."""

from __future__ import annotations

from dataclasses import dataclass

from shared.runtime.plans import needs
from shared.runtime.work import Work


@dataclass(frozen=True)
class Looked:
    """Somebody of staff was shown people: one registration, or those of a course."""

    act: str
    about: str


@needs(lambda _looked: [])
async def looked(work: Work, c: Looked) -> None:
    """Audit it; by whom, the request says."""
    work.audit(c.act, c.about)
