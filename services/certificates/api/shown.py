"""How certificates and awards look from outside (interfaces.md §5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import StringConstraints

from services.certificates.commands import forms
from services.certificates.commands.grants import kind_of
from services.certificates.commands.office import Office
from services.certificates.domain.awards import Award, Participation
from services.certificates.domain.conditions import not_evaluating
from services.certificates.domain.facts import Facts
from services.certificates.domain.presenting import PRESENTS
from services.certificates.domain.sitting import Sitting
from services.certificates.domain.words import Unmet
from services.certificates.models import NO_BOARD, Certificate, Course, Registration
from shared.dates import rfc3339
from shared.runtime.caller import Caller

Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True, pattern=r"^[^\x00]+$"),
]


async def office_of(request: Request) -> Office:
    """FastAPI dependency: the office of this process."""
    office: Office = request.app.state.office
    return office


OfficeDep = Annotated[Office, Depends(office_of)]


def number(hours: Decimal | str) -> float:
    """Credits as a JSON number: steps are quarters or tenths, so nothing is lost."""
    return float(hours)


def award_body(award: Award, declined: Collection[str] = ()) -> dict[str, Any]:
    """`credits` are those given, or claimable; `earned` is what attendance alone is worth.
    `declined` are the boards whose credit the learner does not want."""
    claimable = award.status == "claimable"
    return {
        "board": award.board,
        "credits": number(award.earned if claimable else award.credits),
        "earned": number(award.earned),
        "unit": award.unit,
        "status": str(award.status),
        "declined": award.board in declined,
        "unmet": _unmet(award.unmet),
        "sessions": list(award.sessions),
        "categories": {name: number(hours) for name, hours in award.categories.items()},
    }


def _unmet(unmet: tuple[Unmet, ...]) -> list[dict[str, str]]:
    return [
        {"condition": str(u.condition), "detail": f"{u.detail} {u.stated}".strip()} for u in unmet
    ]


def evaluation_body(reg: Registration, course: Course | None, facts: Facts, now: datetime) -> Any:
    """The form as it is asked now, while it can be handed in; that it was, and never the answers.

    None where nobody is asked, or not this one (as after a refund), or the course is not known yet.
    """
    if course is None or not forms.asks(course) or reg.role == PRESENTS:
        return None
    over = facts.course is not None and not_evaluating(facts.course, facts) is not None
    if over and reg.evaluated_at is None:
        return None
    opens, closes = forms.opens_at(course), forms.closes_at(course, reg)
    begun, over = opens is None or now >= opens, closes is not None and now > closes
    is_open = reg.evaluated_at is None and begun and not over
    form = next(iter(forms.forms_of(course).values()))
    return {
        "version": form["version"],
        "open": is_open,
        "opens_at": rfc3339(opens) if opens else None,
        "closes_at": rfc3339(closes) if closes else None,
        "submitted_at": rfc3339(reg.evaluated_at) if reg.evaluated_at else None,
        "questions": form["questions"] if is_open else [],
    }


def participation_body(joined: Participation) -> dict[str, Any]:
    """Sessions and hours without credit; `requestable` where it may be asked for."""
    return {
        "hours": number(joined.hours),
        "sessions": list(joined.sessions),
        "unmet": _unmet(joined.unmet),
        "requestable": joined.requestable,
    }


def post_test_body(stands: Sitting | None) -> dict[str, Any] | None:
    """Whether a test is still to be passed, and how often it can be tried; None without one."""
    if stands is None:
        return None
    return {
        "needed": not stands.all_passed,
        "passed": stands.all_passed,
        "attempts_left": stands.left,
        "open": not stands.closed,
        "opens_at": rfc3339(stands.opens_at) if stands.opens_at else None,
    }


def issuer_body(issued: Certificate) -> dict[str, Any]:
    """Who signed it, by DID and name: the provider, or a body that answers for the board."""
    return {
        "id": issued.key_id.partition("#")[0] or None,
        "name": issued.issuer_name or issued.provider,
    }


def certificate_body(
    issued: Certificate,
    office: Office,
    caller: Caller | None = None,
    duplicates: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """One certificate with where its files and its verification are; `signed_pdf` where files are
    signed here, and while it is valid.

    `reason` is the slug that facts carry; `words`, what staff wrote, is for operators only.
    """
    made = issued.status != "preparing"
    signs = office.signs and issued.status == "valid"
    shown = {
        "certificate_id": issued.certificate_id,
        "registration_id": issued.registration_id,
        "course_id": issued.course_id,
        "board": None if issued.board in NO_BOARD else issued.board,
        "kind": kind_of(issued),
        "status": issued.status,
        "number": issued.number,
        "credits": number(issued.credits),
        "unit": issued.unit,
        "title": issued.title,
        "issuer": issuer_body(issued),
        "issued_at": rfc3339(issued.issued_at),
        "sha256": issued.sha256 or None,
        "conformance": issued.conformance,
        "verify_url": office.verify_url(issued.code),
        "pdf": office.file_url(issued.certificate_id, "pdf") if made else None,
        "signed_pdf": office.file_url(issued.certificate_id, "signed.pdf") if signs else None,
        "jwt": office.file_url(issued.certificate_id, "jwt") if made else None,
        "supersedes": issued.supersedes,
        "superseded_by": issued.superseded_by,
        "reason": issued.cause or None,
        "duplicates": [
            {
                "duplicate_id": one["duplicate_id"],
                "pdf": office.duplicate_url(issued.certificate_id, one["duplicate_id"]),
                "made_at": rfc3339(one["made_at"]),
                "sha256": one["sha256"],
            }
            for one in duplicates
        ],
    }
    return shown | {"words": issued.words} if caller and caller.operator else shown
