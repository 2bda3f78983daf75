"""What it takes to issue a certificate: the plans of its two transactions."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from services.certificates.commands import saying
from services.certificates.commands.decide import around
from services.certificates.commands.draft import named_by_staff
from services.certificates.commands.keys import keys_needed
from services.certificates.models import (
    Certificate,
    Course,
    Document,
    Registration,
    StatusCounter,
)
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import where
from shared.runtime.tasks import task_key

_Known = tuple[list[Wanted], list[Certificate]]


def parts_of(ref: str) -> tuple[str, str]:
    """(registration, board) of a `render` deadline."""
    registration_id, _, board = ref.partition("/")
    return registration_id, board


def needed(due: Due) -> Plan:
    """What preparing a certificate needs: all about it, its documents, the counter of places."""
    wanted, issued = yield from _about(due)
    return [
        *wanted,
        *((Document, o.certificate_id) for o in issued if o.status == "preparing"),
        *((Document, o.certificate_id) for o in issued if named_by_staff(o)),
        (StatusCounter, due.due_at.year),
    ]


def needed_to_record(done: Recorded) -> Plan:
    """What recording needs: no counter, for a place was given when it was prepared, and no
    document, for the certificate says by its `draft` whether that is the one that was made.
    """
    wanted, _ = yield from _about(done.due)
    return wanted


def _about(due: Due) -> Generator[Sequence[Wanted], list[Any], _Known]:
    """Everything about the registration, and the keys; beside it the certificates of this board.

    The course is only read: hundreds are made of one course at a time, and whoever changes it asks
    for a walk that decides about each registration again, behind the lock of the registration.
    """
    registration_id, board = parts_of(due.ref)
    [reg, issued] = yield [
        (Registration, registration_id),
        where(Certificate, registration_id=registration_id),
    ]
    if reg is None:
        return [(Registration, registration_id)], []
    yield [(Course, reg.course_id)]
    wanted: list[Wanted] = [
        *(
            key
            for key in around(registration_id, reg.course_id, reg.person_id)
            if key != (Course, reg.course_id)
        ),
        *keys_needed(),
        task_key(saying.NOT_MADE, due.ref),
        task_key(saying.NOT_CONFORMING, due.ref),
        task_key(saying.NOT_REISSUED, due.ref),
    ]
    return wanted, [one for one in issued if one.board == board]
