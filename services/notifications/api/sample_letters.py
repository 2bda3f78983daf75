"""Samples of letters about no registration, for previews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from services.notifications.api.samples import sample_case
from services.notifications.commands.apart import letter
from services.notifications.commands.case import Post
from services.notifications.commands.digest_letter import AT_ONCE, DIGEST, Digest
from services.notifications.commands.facts_for_staff import AtHand, Mails
from services.notifications.commands.my_registrations import TEMPLATE, Theirs
from services.notifications.domain.digest import OpenTask, told
from services.notifications.models import Person
from shared.contracts import reference
from shared.contracts.tasks import TaskOpened
from shared.dates import parse_instant
from shared.runtime.rows import replace

_NOW = parse_instant("2020-10-19T11:00:00Z")
_STAFF = "staff@praxis.example"
_JOIN = OpenTask(
    task_id="0192a0b0-5c1e-7a10-8f00-000000008002",
    service="notifications",
    kind="message-failed",
    what="A mail may or may not have gone out: the mail server never said. Look at the mail "
    "server's log, and have it sent again if it did not arrive.",
    opened_at=_NOW - timedelta(minutes=5),
    due_at=_NOW + timedelta(days=2),
    about={"message_id": "0192a0b0-5c1e-7a10-8f00-00000000e101", "template": "join_1h"},
)


def _refund() -> OpenTask:
    said = TaskOpened.model_validate(TaskOpened.example)
    return OpenTask(
        said.task_id, said.service, said.kind, said.what, said.opened_at, said.due_at, said.about
    )


def _digest(zone: str | None, locale: str | None) -> Post:
    there = zone or reference.COURSE["zone"]
    first = reference.SESSIONS[0]
    return Digest(
        message=letter(DIGEST, f"staff/sample/{DIGEST}", "2020-10-19", _NOW, recipient=_STAFF),
        person=Person(person_id="", email=_STAFF, locale=locale or ""),
        now=_NOW,
        zone=there,
        told=told([_JOIN, _refund()], _NOW, there),
        mails=Mails(failed=1, held_back=2, again=3, late=1, unheard=1),
        sessions=[
            AtHand(
                course_id=reference.COURSE_ID,
                session_id=first["session_id"],
                course=reference.COURSE["title"],
                place=1,
                of=len(reference.SESSIONS),
                starts_at=parse_instant(first["starts_at"]),
                ends_at=parse_instant(first["ends_at"]),
                online=True,
                seated=41,
                held=1,
                joins=(("failed", 1), ("planned", 40)),
            )
        ],
    )


def _urgent(zone: str | None, locale: str | None) -> Post:
    there = zone or reference.COURSE["zone"]
    return Digest(
        message=letter(AT_ONCE, f"staff/sample/{AT_ONCE}", "2020-10-19", _NOW, recipient=_STAFF),
        person=Person(person_id="", email=_STAFF, locale=locale or ""),
        now=_NOW,
        zone=there,
        told=told([_JOIN], _NOW, there),
    )


def _mine(zone: str | None, locale: str | None) -> Post:
    case = sample_case("links", zone, locale)
    row, course = case.registration, case.course
    earlier = replace(
        course,
        body=course.body
        | {"title": "Ethics in online work", "sessions": course.body["sessions"][:1]},
    )
    over = replace(row, registration_id="0192a0b0-5c1e-7a10-8f00-00000000b009", state="cancelled")
    covers = [row.registration_id, over.registration_id]
    return Theirs(
        message=letter(
            TEMPLATE, "sample", "request", case.now, person_id=row.person_id, covers=covers
        ),
        person=case.person,
        now=case.now,
        registrations=[(row, course), (over, earlier)],
    )


LETTERS: Mapping[str, Callable[[str | None, str | None], Post]] = {
    DIGEST: _digest,
    AT_ONCE: _urgent,
    TEMPLATE: _mine,
}


def sample_post(template: str, zone: str | None = None, locale: str | None = None) -> Post:
    """A letter as it could be; raises TemplateUnknown."""
    if template in LETTERS:
        return LETTERS[template](zone, locale)
    return sample_case(template, zone, locale)
