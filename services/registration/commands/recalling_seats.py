"""Registrations as they were said since the backup that the database was restored from: each is
known again with its seat, and its links are good (runtime.md §6, decision 103).

What became of it then: `recalling_steps.py`. What people wrote, and what staff were asked, is not
said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.registration.commands.recalling import BY
from services.registration.commands.recalling_steps import moved, with_room
from services.registration.commands.steps import begin, living, seats_of
from services.registration.domain.same_person import person_key
from services.registration.models import Course, Person, Registration, Seats, Submission
from shared.contracts import registration as said
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.work import Work

_NOTHING: dict[str, Any] = dict.fromkeys(
    (
        "organisation",
        "group_id",
        "transferred_from",
        "transfer_to",
        "hold_expires_at",
        "offer_expires_at",
        "confirmed_at",
        "basis",
        "cancel_requested_at",
        "choose_until",
    )
)


def _begun_needs(event: said.RegistrationRequested | said.RegistrationWaitlisted) -> Plan:
    [row, person, _] = yield [
        (Registration, event.registration_id),
        (Person, event.person_id),
        (Course, event.course_id),
    ]
    wanted: list[Wanted] = [(Seats, event.course_id), (Registration, event.registration_id)]
    if row is None and person is not None:
        wanted.append(living(person_key(event.course_id, person.name, person.email)))
    if event.partner is not None:
        wanted.append((Submission, (event.partner.partner_id, event.partner.item_id)))
    return wanted


@needs(_begun_needs)
async def recall_requested(work: Work, event: said.RegistrationRequested) -> None:
    """A seat was held: it is again, until the hold ends; or an offered one was taken."""
    row = work.get(Registration, event.registration_id)
    accepted = event.disclosure
    terms = {
        "course_version": event.course_version,
        "method": event.payment_method,
        "price_minor": event.price.amount,
        "currency": event.price.currency,
        "price_id": event.price_id,
        "credit_ids": list(event.credit_ids),
        "first_start": event.starts_at,
        "hold_expires_at": event.hold_expires_at,
        "disclosure_version": accepted.version if accepted else None,
        "disclosed_at": accepted.accepted_at if accepted else None,
    }
    if row is None:
        made = _row(work, event, event.requested_at) | terms
        made |= {"complimentary": event.complimentary, "role": event.role}
        made |= {"organisation": event.organisation, "group_id": event.group_id}
        made |= {"transferred_from": event.transferred_from}
        made["tax_place"] = event.tax.place if event.tax else ""
        made["seat"] = "none" if event.complimentary else "held"
        with with_room(work, event.course_id):
            begin(work, Registration(**made), by=BY, act="register")
    elif row.state != "offered" or moved(work, row, "accept", "held", **terms) is None:
        return
    if event.hold_expires_at is not None:
        work.plan_due("expire_hold", event.registration_id, event.hold_expires_at)


@needs(_begun_needs)
async def recall_waitlisted(work: Work, event: said.RegistrationWaitlisted) -> None:
    """A place in line, behind those that the backup knows."""
    course = work.get(Course, event.course_id)
    if work.get(Registration, event.registration_id) is not None or course is None:
        return
    price, accepted = course.terms["price"], event.disclosure
    made = _row(work, event, event.waitlisted_at) | {
        "state": "waitlisted",
        "ticket": seats_of(work, event.course_id).tickets + 1,
        "course_version": course.version,
        "price_minor": price["amount"],
        "currency": price["currency"],
        "first_start": course.first_start,
        "disclosure_version": accepted.version if accepted else None,
        "disclosed_at": accepted.accepted_at if accepted else None,
    }
    begin(work, Registration(**made), by=BY, act="register")


def _row(
    work: Work,
    event: said.RegistrationRequested | said.RegistrationWaitlisted,
    at: datetime,
) -> dict[str, Any]:
    """What both say of one that is new here; and the answer to the partner who sent it in."""
    person, key, lives = work.get(Person, event.person_id), None, True
    if person is not None:
        key = person_key(event.course_id, person.name, person.email)
        lives = work.first(living(key)) is not None
    partner = event.partner
    if partner is not None:
        work.put(
            Submission(
                partner_id=partner.partner_id,
                item_id=partner.item_id,
                registration_id=event.registration_id,
                outcome="accepted",
                reason="",
                answered_at=at,
            )
        )
    return _NOTHING | {
        "registration_id": event.registration_id,
        "course_id": event.course_id,
        "person_id": event.person_id,
        "person_key": key,
        "live_key": None if lives else key,
        "state": "requested",
        "seat": "none",
        "ticket": None,
        "method": "card",
        "price_id": "",
        "complimentary": False,
        "role": "",
        "tax_place": "",
        "credit_ids": [],
        "token_version": event.token_version,
        "revision": 0,
        "requested_at": at,
        "partner_id": partner.partner_id if partner else None,
        "item_id": partner.item_id if partner else None,
    }
