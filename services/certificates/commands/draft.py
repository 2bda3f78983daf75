"""What a new certificate says: the row, the page and the credential, from the facts as of now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.certificates.commands.attendance_said import NOTHING
from services.certificates.commands.badge import Badge, badge_of
from services.certificates.commands.given import Given
from services.certificates.commands.grants import Grant, counting, tested
from services.certificates.commands.knowledge import facts_of
from services.certificates.commands.licence import license_of
from services.certificates.commands.office import Office
from services.certificates.commands.page import page_of
from services.certificates.commands.places import place_in_list
from services.certificates.commands.remembered import remembered
from services.certificates.domain.credential import Holder
from services.certificates.domain.facts import Attended
from services.certificates.domain.words import plain
from services.certificates.models import (
    NO_BOARD,
    PRESENTER,
    Certificate,
    Course,
    Document,
    Person,
    Registration,
)
from shared.contracts.boards import Board
from shared.contracts.registration import CoursePublished, License
from shared.errors import Conflict
from shared.runtime.work import Work


class BoardUnknown(Conflict):
    """The course as it stands has no such board: there is no rule to make a certificate by."""

    slug = "board-not-of-course"


@dataclass(frozen=True)
class Draft:
    """Who gets how much for what; `name_version` and `person_version` as in `Certificate`, `place`
    is its `board`.

    `counting` and `tested` as in `Given`.
    """

    reg: Registration
    course: CoursePublished
    place: str
    board: Board | None
    name: str
    name_version: int | None
    person_version: int
    email: str
    license: License | None
    grant: Grant
    counting: frozenset[str] | None
    tested: bool


def draft_of(
    work: Work,
    reg: Registration,
    board: str,
    grant: Grant,
    *,
    name: str | None = None,
    after: Certificate | None = None,
) -> Draft:
    """From the course and the person as they are recorded now; `name` corrects the person's.

    `after` is the one to be superseded: a name that staff corrected there goes on, until the person
    is recorded anew. Raises BoardUnknown.
    """
    course_row, person = work.get(Course, reg.course_id), work.get(Person, reg.person_id)
    if course_row is None or person is None:
        raise ValueError("a certificate without a course or a person")
    course = course_as_published(course_row, reg.given_back)
    found = next((one for one in course.boards if one.board == board), None)
    if found is None and board not in NO_BOARD:
        raise BoardUnknown(
            f"{board} is no longer a board of this course: publish it again with it."
        )
    facts = facts_of(reg, course_row, person, ())
    corrected = name or _name_by_staff(work, after, person)
    return Draft(
        reg=reg,
        course=course,
        place=board,
        board=found,
        name=corrected or person.name,
        name_version=person.version if corrected else None,
        person_version=person.version,
        email=person.email,
        license=license_of(person, found),
        grant=grant,
        counting=counting(found, facts) if found is not None else None,
        tested=found is not None and tested(course, found, grant, facts),
    )


def named_by_staff(one: Certificate) -> bool:
    """Whether its document is needed to make the next one: the name stands nowhere else."""
    return one.name_version is not None and one.status in ("valid", "revoked")


def _name_by_staff(work: Work, old: Certificate | None, person: Person) -> str:
    if old is None or not named_by_staff(old) or old.person_id != person.person_id:
        return ""
    document = work.get(Document, old.certificate_id)
    same = document is not None and old.name_version == person.version
    return str(document.page["name"]) if document is not None and same else ""


@remembered
def course_as_published(row: Course, given_back: Collection[str] = ()) -> CoursePublished:
    """The course as the contract has it, a cancelled one too; for whom took the share of a session
    back, that one was not held."""
    sessions = [
        {**one, "status": "cancelled"} if one["session_id"] in given_back else one
        for one in row.document["sessions"]
    ]
    said = row.document | {"status": "published", "sessions": sessions}
    return CoursePublished.model_validate(said)


def new_certificate(
    work: Work,
    office: Office,
    draft: Draft,
    year: int,
    *,
    again: Certificate | None = None,
    supersedes: Certificate | None = None,
    cause: str = "",
    words: str = "",
    by_staff: bool = False,
    as_said: Mapping[str, Any] = NOTHING,
) -> Certificate:
    """The row, preparing, with its document. `again` is a row to fill anew; `as_said` stands on the
    page as it is."""
    now = work.now.replace(microsecond=0)
    certificate_id = again.certificate_id if again else work.new_id("certificate")
    if again is None:
        status_list, index = place_in_list(work, office, year)
    else:
        status_list, index = again.status_list, again.status_index
    made = Certificate(
        certificate_id=certificate_id,
        registration_id=draft.reg.registration_id,
        course_id=draft.reg.course_id,
        person_id=draft.reg.person_id,
        board=draft.place,
        status="preparing",
        number=again.number if again else office.number(certificate_id, now.year),
        code=office.code(certificate_id),
        credits=plain(draft.grant.credits),
        sessions=list(draft.grant.sessions),
        categories={name: plain(hours) for name, hours in draft.grant.categories.items()},
        rule_version=draft.grant.rule_version,
        evidence=dict(draft.grant.evidence),
        unit=draft.board.unit if draft.board else "hours",
        title=draft.course.approved_title or draft.course.title,
        provider=draft.course.provider.name,
        issued_at=now,
        status_list=status_list,
        status_index=index,
        supersedes=supersedes.certificate_id if supersedes else None,
        name_version=draft.name_version,
        person_version=draft.person_version,
        draft=abs(again.draft) + 1 if again else 1,
        by_staff=by_staff,
        cause=cause,
        words=words,
    )
    work.put(made)
    work.put(_document(office, draft, made, supersedes, as_said))
    return made


def _document(
    office: Office,
    draft: Draft,
    made: Certificate,
    supersedes: Certificate | None,
    as_said: Mapping[str, Any],
) -> Document:
    verify_url = office.verify_url(made.code)
    page = page_of(
        Given(
            course=draft.course,
            board=draft.board,
            presents=draft.place == PRESENTER,
            name=draft.name,
            license=draft.license,
            credits=draft.grant.credits,
            sessions=draft.grant.sessions,
            attended={
                session_id: Attended(one["seconds"], one["present"])
                for session_id, one in draft.reg.attended.items()
            },
            number=made.number,
            verify_url=verify_url,
            issued_at=made.issued_at,
            categories=draft.grant.categories,
            supersedes=supersedes.number if supersedes else "",
            counting=draft.counting,
            tested=draft.tested,
        )
    ) | dict(as_said)
    told = Badge(draft.course, draft.board, draft.grant.sessions, page["required"], verify_url)
    credential = badge_of(office, made, told, Holder(draft.name, draft.email))
    return Document(certificate_id=made.certificate_id, page=page, credential=credential)
