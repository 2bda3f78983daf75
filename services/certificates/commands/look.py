"""How a certificate looks: the course's layout below the board's, field by field.

What is fixed here goes into the page, so it is a snapshot like its words: a layout that is changed
later changes no certificate that is out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.certificates.domain.words import day_in_words
from shared.contracts.boards import Board, Layout, Signatory
from shared.contracts.course import Course
from shared.dates import day_of

TEMPLATE = 3  # `templates/certificate-3.typ`; pages of before name theirs, or none, and keep it
PAPER = {"a4": "a4", "letter": "us-letter"}
ACCENT = "#0F6660"
CERTIFIES = "This certifies that"
_USUAL = Layout()
_PLACE = re.compile(r"\{(\w+)\}")


def layout_of(course: Course, board: Board | None, issued: date) -> Layout:
    """The layout of one certificate; what neither says is empty, which is as usual.

    A board's logo is shown while its approval lasts (so wants the APA), the course's always.
    """
    beneath, own = course.layout or _USUAL, board.layout if board else None
    if board is None or own is None:
        return beneath
    ends = board.approved_to
    if own.logo and ends is not None and issued > ends:
        own = own.model_copy(update={"logo": "", "logo_alt": ""})
    said = {name: value for name, value in own if value or isinstance(value, bool)}
    return beneath.model_copy(update=said)


def look_of(layout: Layout) -> dict[str, Any]:
    """What the template reads of it."""
    return {
        "paper": PAPER.get(layout.paper, "a4"),
        "flipped": layout.orientation != "portrait",
        "accent": layout.accent or ACCENT,
        "certifies": layout.certifies or CERTIFIES,
        "fine_print": layout.fine_print,
        "logo": layout.logo,
        "logo_alt": layout.logo_alt,
        "mark_duplicates": layout.mark_duplicates,
    }


def marked(page: Mapping[str, Any], made_at: datetime, zone: str) -> dict[str, Any]:
    """The page of a duplicate: it says so, and the day by the clock of the course."""
    day = day_in_words(day_of(made_at, zone)).partition(", ")[2]
    return {**page, "duplicate": f"Duplicate, made on {day}"}


def signatory_of(layout: Layout, course: Course) -> dict[str, str]:
    """Who signs: of the layout, else of the course, else nobody."""
    signs = layout.signatory or course.signatory or Signatory(name="")
    return {"name": signs.name, "title": signs.title}


def filled(credit_line: str, **places: str) -> str:
    """A credit line with its places filled, each once: what is filled in is no place itself."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), credit_line)
