"""Stories of the reference course for the tests of the rules."""

from datetime import UTC, datetime
from typing import Any

from services.notifications.domain.course import Course, Session
from services.notifications.domain.story import Held, Story
from services.notifications.domain.wanted import decide

NEW_YORK, LONDON = "America/New_York", "Europe/London"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


SESSIONS = (
    Session("s1", at("2020-10-19T20:00Z"), at("2020-10-19T22:00Z")),
    Session("s2", at("2020-10-26T20:00Z"), at("2020-10-26T22:00Z")),
    Session("s3", at("2020-11-02T21:00Z"), at("2020-11-02T23:00Z")),
    Session("s4", at("2020-11-09T21:00Z"), at("2020-11-09T23:00Z")),
)


def course(**changes: Any) -> Course:
    known: dict[str, Any] = {"zone": NEW_YORK, "sessions": SESSIONS, "evaluation_days": 30}
    return Course(**{**known, **changes})


def over() -> Course:
    ends = {session.session_id: session.ends_at for session in SESSIONS[:3]}
    return course(completed={**ends, "s4": at("2020-11-09T23:15Z")})


def story(**changes: Any) -> Story:
    """A learner who registered on 14 September and paid three minutes later."""
    known: dict[str, Any] = {
        "registration_id": "r1",
        "person_id": "p1",
        "state": "confirmed",
        "requested_at": at("2020-09-14T15:04Z"),
        "hold_expires_at": at("2020-09-14T15:34Z"),
        "confirmed_at": at("2020-09-14T15:07Z"),
        "receipts": (("i1", at("2020-09-14T15:07Z")),),
    }
    return Story(**{**known, **changes})


class Post:
    """The messages of one registration over time, as the commands would keep them."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}

    def hear(self, heard: Story, of: Course, now: str, zone: str = NEW_YORK, **more: Any) -> None:
        for one in decide(heard, of, zone, self.held.values(), at(now), **more):
            self.held[one.message_id] = one

    def send(self, template: str) -> None:
        from dataclasses import replace

        for one in self.held.values():
            if one.template == template and one.state == "planned":
                self.held[one.message_id] = replace(one, state="sent")

    def states(self, template: str) -> list[tuple[str, str]]:
        """(subject, state) of all messages of a template, by due time."""
        mine = [one for one in self.held.values() if one.template == template]
        return [(m.subject, m.state) for m in sorted(mine, key=lambda m: (m.due_at, m.subject))]

    def planned(self) -> dict[str, int]:
        names = [one.template for one in self.held.values() if one.state == "planned"]
        return {name: names.count(name) for name in sorted(set(names))}

    def reasons(self, template: str) -> set[str]:
        return {one.reason for one in self.held.values() if one.template == template}
