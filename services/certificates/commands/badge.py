"""The credential of a certificate, from the course as it was at issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.certificates.commands.grants import kind_of
from services.certificates.commands.office import Office
from services.certificates.domain.credential import Holder, Said, credential_of
from services.certificates.domain.words import day_in_words, plain
from services.certificates.models import Certificate
from shared.contracts.boards import Board
from shared.contracts.course import Course, Session


@dataclass(frozen=True)
class Badge:
    """Beside the certificate itself: its course and board, the sessions that count, what had to be
    fulfilled, as printed, and the address where it is verified."""

    course: Course
    board: Board | None
    sessions: Sequence[str]
    required: str
    verify_url: str


def badge_of(office: Office, made: Certificate, told: Badge, holder: Holder) -> dict[str, Any]:
    """Unsigned, and without the PDF's hash."""
    course, board = told.course, told.board
    held = [one for one in course.sessions if one.status != "cancelled"]
    said = Said(
        certificate_id=made.certificate_id,
        number=made.number,
        verify_url=told.verify_url,
        status_list_url=office.status_url(made.status_list),
        status_index=made.status_index,
        issuer=office.did,
        provider=course.provider.name,
        course_id=made.course_id,
        title=made.title,
        description=course.subtitle,
        board=board.board if board else None,
        kind=kind_of(made),
        credits=made.credits,
        unit=made.unit,
        criteria=_criteria(course, told.required),
        first_day=min((one.starts_at for one in held), default=None),
        last_day=max((one.ends_at for one in held), default=None),
        issued_at=made.issued_at,
        available=plain(board.approved_hours) if board else "",
        answers_for=board.holder if board and board.holder != course.provider.name else "",
        approval=board.number if board else "",
        attended=_attended(held, told.sessions),
        categories=made.categories,
    )
    return credential_of(said, holder)


def _criteria(course: Course, required: str) -> str:
    """Nothing is required of who presented it."""
    done = f"Required and fulfilled: {required}." if required else "Presented it."
    sponsor = course.joint_sponsor
    return f"{done} Given with {sponsor.name}, {sponsor.role}." if sponsor else done


def _attended(held: Sequence[Session], counted: Sequence[str]) -> str:
    """`For 3 of 4 sessions: …`: the days, and no moment of coming or going."""
    days = [day_in_words(one.date) for one in held if one.session_id in counted]
    if not days:
        return ""
    many = f"{len(days)} of {len(held)} session{'' if len(held) == 1 else 's'}"
    return f"For {many}: {'; '.join(days)}."
