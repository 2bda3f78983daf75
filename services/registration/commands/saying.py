"""What registration says of a registration: events made from its row and its course's terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.commands.pricing import label_of
from services.registration.domain.taxing import tax_of
from services.registration.models import Course, Person, Registration
from shared.contracts.event import Money
from shared.contracts.registration import (
    DisclosureAccepted,
    PartnerItem,
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationLinkRequested,
    RegistrationRequested,
    RegistrationWaitlisted,
    Scheduled,
    Tax,
    Together,
)
from shared.runtime.work import Work

_schedules: dict[str, tuple[Scheduled, ...]] = {}  # by the fingerprint of the course's content


@dataclass(frozen=True)
class Group:
    """An order of many: all of them who got a seat at once are on one invoice, `size` in number.

    Who waits and takes a seat later is invoiced alone, so this is said at once or never.
    """

    group_id: str
    size: int


def about(row: Registration) -> dict[str, str]:
    """The three ids that every fact of a registration carries."""
    return {
        "registration_id": row.registration_id,
        "course_id": row.course_id,
        "person_id": row.person_id,
    }


def say_person(work: Work, person: Person, survivor: Person | None = None) -> None:
    """The whole person: the one event with personal data. Of who was merged it is the survivor's,
    under this id."""
    shown = survivor or person
    work.emit(
        PersonRecorded(
            person_id=person.person_id,
            version=person.version,
            name=shown.name,
            email=shown.email,
            zone=shown.zone,
            locale=shown.locale,
            profession=shown.profession,
            licenses=shown.licenses,
            birth_day=shown.birth_day,
            phone=shown.phone,
            sms_consent=shown.sms_consent,
            sms_consent_at=shown.sms_consent_at,
            merged_into=person.merged_into,
            recorded_at=shown.recorded_at,
        )
    )


def say_requested(
    work: Work,
    row: Registration,
    course: Course,
    group: Group | None = None,
    *,
    transferred_price: Money | None = None,
    of_others: Sequence[str] = (),
) -> None:
    """A seat is held or taken; carries the snapshot that rules the registration for ever."""
    terms = course.terms
    work.emit(
        RegistrationRequested(
            **about(row),
            course_version=row.course_version,
            requested_at=work.now,
            kind=terms["kind"],
            delivery=terms["delivery"],
            zone=terms["zone"],
            course_title=terms["title"],
            price=Money(row.price_minor, row.currency),
            payment_method=row.method,
            credit_ids=row.credit_ids,
            credits_of_others=tuple(of_others),
            organisation=row.organisation,
            group_id=group.group_id if group else None,
            group_size=group.size if group else None,
            price_id=row.price_id,
            price_label=label_of(course, row.price_id),
            hold_expires_at=row.hold_expires_at,
            disclosure=disclosure_of(row),
            policy=terms["policy"],
            starts_at=row.first_start,
            schedule=_schedule(course),
            token_version=row.token_version,
            transferred_from=row.transferred_from,
            transferred_price=transferred_price,
            complimentary=row.complimentary,
            role=row.role,
            partner=_partner(row),
            tax=_tax(row, terms),
        )
    )


def _tax(row: Registration, terms: Mapping[str, Any]) -> Tax | None:
    """The tax within its price, by the place of the order."""
    tax = tax_of(terms, row.tax_place) if row.price_minor else None
    return Tax.model_validate(tax) if tax else None


def say_waitlisted(work: Work, row: Registration, position: int) -> None:
    """In line; nothing is charged before an offer is accepted."""
    work.emit(
        RegistrationWaitlisted(
            **about(row),
            position=position,
            waitlisted_at=work.now,
            disclosure=disclosure_of(row),
            token_version=row.token_version,
            partner=_partner(row),
        )
    )


def say_confirmed(work: Work, row: Registration, basis: str) -> None:
    """The seat is theirs."""
    work.emit(
        RegistrationConfirmed(
            **about(row), basis=basis, confirmed_at=work.now, token_version=row.token_version
        )
    )


def say_link_requested(
    work: Work, row: Registration, request_id: str, together: Together | None = None
) -> None:
    """Mail this registration's links to its recorded address; `together` with others."""
    work.emit(
        RegistrationLinkRequested(
            **about(row),
            request_id=request_id,
            requested_at=work.now,
            token_version=row.token_version,
            together=together,
        )
    )


def _schedule(course: Course) -> tuple[Scheduled, ...]:
    """Read once a version of a course, not once a registration."""
    known = _schedules.get(course.fingerprint)
    if known is None:
        if len(_schedules) > 1_000:
            _schedules.clear()
        known = tuple(Scheduled.model_validate(each) for each in course.terms["schedule"])
        _schedules[course.fingerprint] = known
    return known


def disclosure_of(row: Registration) -> DisclosureAccepted | None:
    """What was accepted, and when."""
    if row.disclosure_version is None or row.disclosed_at is None:
        return None
    return DisclosureAccepted(version=row.disclosure_version, accepted_at=row.disclosed_at)


def _partner(row: Registration) -> PartnerItem | None:
    if row.partner_id is None or row.item_id is None:
        return None
    return PartnerItem(partner_id=row.partner_id, item_id=row.item_id)
