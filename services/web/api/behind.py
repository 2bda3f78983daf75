"""What is behind a personal link: the registration, its course, what other owners say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.web.api.common import course_of, registration_of
from services.web.domain import zones
from services.web.owners import Answer, Owners, segment, together
from shared.contracts.registration import CourseCancelled, CoursePublished
from shared.runtime.database import Reader

_PAGES = {401: "dead-link", 403: "link", 404: "link", 410: "dead-link", 425: "settling"}


@dataclass(frozen=True, slots=True)
class Behind:
    """`said` is what registration says; `others` what each other owner answered that was asked:
    None for one that is away."""

    registration_id: str
    course: CoursePublished | CourseCancelled
    said: Mapping[str, Any]
    others: Mapping[str, Answer | None]

    @property
    def zone(self) -> str:
        """The learner's clock; the course's where they have none that is known."""
        course = self.course.zone
        return zones.known((self.said.get("attendee") or {}).get("zone"), course) or course

    @property
    def first_start(self) -> datetime | None:
        """When the first session that was not cancelled starts; None where there is none."""
        held = [one.starts_at for one in self.course.sessions if one.status != "cancelled"]
        return min(held, default=None)

    def body(self, owner: str) -> dict[str, Any]:
        """What an owner said, empty where it said nothing of use."""
        answer = self.others[owner]
        return dict(answer.body) if answer and answer.ok else {}

    def away(self) -> list[str]:
        """Owners that could not be asked. One that is only behind (425) is not away."""
        return [owner for owner, answer in self.others.items() if answer is None]


async def behind(
    owners: Owners, reader: Reader, secret: str, token: str, **others: str
) -> Behind | str:
    """All that a page needs of a link, or which page to show instead (`missing` has them).

    `others` are asked at once with registration: by owner, the rest of the path after the
    registration's (`billing="/cancellation-quote"`).
    """
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return "link"
    at = segment(registration_id)
    first, *rest = await together(
        *(
            owners.ask(owner, f"/{owner}/v1/registrations/{at}{path}", token)
            for owner, path in {"registration": "", **others}.items()
        )
    )
    if first is None or not first.ok:
        return why_not(first) if first else "away"
    course = await course_of(reader, str(first.body.get("course_id", "")))
    if course is None:
        return "settling"
    return Behind(registration_id, course, first.body, dict(zip(others, rest, strict=True)))


def why_not(answer: Answer) -> str:
    """What a page says instead, where the registration itself cannot be shown."""
    return "" if answer.ok else _PAGES.get(answer.status, "away")
