"""All messages of one course, who was told what and when, as one text: `golden/timeline.txt`.

Eight people in five zones on both sides of the equator live through the reference course by a clock
that is moved from one thing that happens to the next. The text was read and checked by hand; it is
written anew by `GOLDEN=write pytest …`, and a difference is shown as one.
"""

import difflib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.contracts.attendance import AttendanceSettled, MeetingSwapped, SessionCompleted
from shared.contracts.billing import (
    CancellationSettled,
    InvoicePaid,
    PaymentFailed,
    RefundSettled,
)
from shared.contracts.certificates import (
    AwardGranted,
    AwardWithheld,
    CertificateIssued,
    EvaluationSubmitted,
)
from shared.contracts.event import Event
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLapsed,
    RegistrationOffered,
    RegistrationRequested,
    RegistrationSubstituted,
    RegistrationWaitlisted,
)
from tests.edges.notifications.conftest import World, course, of, sessions

FILE = Path(__file__).parent / "golden" / "timeline.txt"
BOARDS_ASK_FOR = {"condition": "attendance", "detail": "Session s3 was missed."}


class Who(NamedTuple):
    """A person, and the registration that is theirs first."""

    name: str
    zone: str
    locale: str = "en"

    @property
    def person_id(self) -> str:
        return f"p-{self.name.lower()}"

    @property
    def registration_id(self) -> str:
        return f"r-{self.name.lower()}"

    def record(self) -> Event:
        about = {"name": self.name, "email": f"{self.name.lower()}@learners.example"}
        event: Event = of(
            PersonRecorded,
            person_id=self.person_id,
            zone=self.zone,
            locale=self.locale,
            **about,
        )
        return event

    def says(self, event: type[Event], **more: Any) -> Event:
        ids = {"registration_id": self.registration_id, "person_id": self.person_id}
        said: Event = of(event, **{**ids, **more})
        return said


ADA = Who("Ada", "America/New_York")  # there from first to last
RAVI = Who("Ravi", "Asia/Kolkata")  # from the waiting list; misses a session
INES = Who("Ines", "Europe/Berlin")  # cancels in time
OLIVIA = Who("Olivia", "Australia/Sydney")  # a colleague comes instead
BEN = Who("Ben", "Australia/Sydney")  # the colleague
GRETA = Who("Greta", "Europe/Berlin")  # is offered a seat, and does not take it
JONAS = Who("Jonas", "Europe/Berlin", "de")  # comes late, reads German, is not there at the end
TARA = Who("Tara", "Asia/Kathmandu", "es")  # reads Spanish, and waits in vain
PEOPLE = (ADA, RAVI, INES, OLIVIA, BEN, GRETA, JONAS, TARA)
STOPPED: list[Event] = []  # since what happened before, no worker was running

MOVED = {
    "s2": {
        "date": "2020-10-28",
        "starts_at": "2020-10-28T20:00:00Z",
        "ends_at": "2020-10-28T22:00:00Z",
        "schedule_version": 2,
    }
}


def ordered(who: Who, at: str, until: str) -> list[Event]:
    accepted = {"version": "2020-09-01", "accepted_at": at}
    about = {"requested_at": at, "hold_expires_at": until, "disclosure": accepted}
    return [who.record(), who.says(RegistrationRequested, **about)]


def paid(who: Who, at: str) -> list[Event]:
    return [
        who.says(InvoicePaid, invoice_id=f"i-{who.name.lower()}", paid_at=at),
        who.says(RegistrationConfirmed, confirmed_at=at),
    ]


def waits(who: Who, at: str, position: int) -> list[Event]:
    return [
        who.record(),
        who.says(RegistrationWaitlisted, waitlisted_at=at, position=position),
    ]


def over(session: str, at: str, *there: Who) -> list[Event]:
    """A session is completed; `there` were present."""
    ids = {OLIVIA.person_id: BEN.person_id}  # by then the colleague comes
    found: list[Event] = [of(SessionCompleted, session_id=session, completed_at=at)]
    for who in (ADA, RAVI, OLIVIA, JONAS):
        person = ids.get(who.person_id, who.person_id)
        more = {"session_id": session, "present": who in there, "settled_at": at}
        found.append(who.says(AttendanceSettled, person_id=person, **more))
    return found


BENS = {"person_id": BEN.person_id, "registration_id": OLIVIA.registration_id}
HAPPENS: list[tuple[str, list[Event]]] = [
    ("2020-09-14T15:00:00Z", [course()]),
    ("2020-09-14T15:04:00Z", ordered(ADA, "2020-09-14T15:04:00Z", "2020-09-14T15:34:00Z")),
    ("2020-09-14T15:06:00Z", [ADA.says(PaymentFailed, failed_at="2020-09-14T15:06:00Z")]),
    ("2020-09-14T15:07:00Z", paid(ADA, "2020-09-14T15:07:00Z")),
    ("2020-09-15T08:00:00Z", ordered(INES, "2020-09-15T08:00:00Z", "2020-09-15T08:30:00Z")),
    ("2020-09-15T08:02:00Z", paid(INES, "2020-09-15T08:02:00Z")),
    ("2020-09-16T22:00:00Z", ordered(OLIVIA, "2020-09-16T22:00:00Z", "2020-09-16T22:30:00Z")),
    ("2020-09-16T22:01:00Z", paid(OLIVIA, "2020-09-16T22:01:00Z")),
    ("2020-09-17T09:00:00Z", waits(GRETA, "2020-09-17T09:00:00Z", 1)),
    ("2020-09-17T10:00:00Z", waits(RAVI, "2020-09-17T10:00:00Z", 2)),
    (
        "2020-10-05T12:00:00Z",
        [
            INES.says(RegistrationCancelled, requested_at="2020-10-05T12:00:00Z"),
            INES.says(
                CancellationSettled,
                requested_at="2020-10-05T12:00:00Z",
                settled_at="2020-10-05T12:00:01Z",
                payer={"kind": "person", "id": INES.person_id},
            ),
            GRETA.says(
                RegistrationOffered,
                offered_at="2020-10-05T12:00:00Z",
                offer_expires_at="2020-10-06T12:00:00Z",
            ),
        ],
    ),
    (
        "2020-10-05T12:01:00Z",
        [
            INES.says(
                RefundSettled,
                settled_at="2020-10-05T12:01:00Z",
                payer={"kind": "person", "id": INES.person_id},
            )
        ],
    ),
    (
        "2020-10-06T12:00:00Z",
        [
            GRETA.says(RegistrationLapsed, lapsed_at="2020-10-06T12:00:00Z"),
            RAVI.says(
                RegistrationOffered,
                offered_at="2020-10-06T12:00:00Z",
                offer_expires_at="2020-10-07T12:00:00Z",
            ),
        ],
    ),
    (
        "2020-10-06T15:25:00Z",  # accepted: the seat is held until it is paid
        [
            RAVI.says(
                RegistrationRequested,
                requested_at="2020-10-06T15:25:00Z",
                hold_expires_at="2020-10-06T15:55:00Z",
            )
        ],
    ),
    ("2020-10-06T15:30:00Z", paid(RAVI, "2020-10-06T15:30:00Z")),
    ("2020-10-07T06:00:00Z", waits(TARA, "2020-10-07T06:00:00Z", 1)),
    (
        "2020-10-10T08:00:00Z",
        [
            BEN.record(),
            of(RegistrationSubstituted, former_person_id=OLIVIA.person_id, **BENS),
        ],
    ),
    ("2020-10-18T21:00:00Z", ordered(JONAS, "2020-10-18T21:00:00Z", "2020-10-18T21:30:00Z")),
    ("2020-10-18T21:05:00Z", paid(JONAS, "2020-10-18T21:05:00Z")),
    (
        "2020-10-19T20:31:00Z",
        [of(MeetingSwapped, swapped_at="2020-10-19T20:31:00Z")],
    ),
    ("2020-10-19T22:15:00Z", over("s1", "2020-10-19T22:15:00Z", ADA, RAVI, OLIVIA, JONAS)),
    (
        "2020-10-25T12:00:00Z",
        [course(2, published_at="2020-10-25T12:00:00Z", sessions=sessions(**MOVED))],
    ),
    ("2020-10-28T22:15:00Z", over("s2", "2020-10-28T22:15:00Z", ADA, RAVI, OLIVIA)),
    ("2020-11-02T23:15:00Z", over("s3", "2020-11-02T23:15:00Z", ADA, OLIVIA)),
    # From the evening before until ten in the morning (UTC) nothing runs.
    (
        "2020-11-08T20:00:00Z",
        [course(3, published_at="2020-10-25T12:00:00Z", sessions=sessions(**MOVED))],
    ),
    ("2020-11-09T10:00:00Z", STOPPED),
    ("2020-11-09T23:15:00Z", over("s4", "2020-11-09T23:15:00Z", ADA, RAVI, OLIVIA)),
    (
        "2020-11-09T23:15:02Z",
        [RAVI.says(AwardWithheld, withheld_at="2020-11-09T23:15:02Z", unmet=[BOARDS_ASK_FOR])],
    ),
    (
        "2020-11-10T01:00:00Z",
        [
            ADA.says(EvaluationSubmitted, submitted_at="2020-11-10T01:00:00Z"),
            ADA.says(AwardGranted, granted_at="2020-11-10T01:00:01Z"),
            ADA.says(CertificateIssued, certificate_id="c-ada", issued_at="2020-11-10T01:00:03Z"),
        ],
    ),
    (
        "2020-11-18T03:00:00Z",
        [
            of(EvaluationSubmitted, submitted_at="2020-11-18T03:00:00Z", **BENS),
            of(AwardGranted, granted_at="2020-11-18T03:00:01Z", **BENS),
            of(
                CertificateIssued,
                certificate_id="c-ben",
                issued_at="2020-11-18T03:00:03Z",
                **BENS,
            ),
        ],
    ),
]


def told(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A line a message that went out: when by UTC, when by their clock, to whom, what."""
    zones = {who.person_id: who for who in PEOPLE}
    yield "# What went out: UTC | their clock | to | message | about | subject"
    sent = [row for row in rows if row["sent_at"] is not None]
    for row in sorted(sent, key=lambda one: (one["sent_at"], one["person_id"], one["template"])):
        who = zones[row["person_id"]]
        local = row["sent_at"].astimezone(ZoneInfo(who.zone))
        yield (
            f"{row['sent_at']:%Y-%m-%d %H:%M}Z | {local:%a %d %b %H:%M %z} | {who.name:6} | "
            f"{row['template']:22} | {about(row):6} | {row['subject_line']}"
        )
    yield ""
    yield "# What did not: it would have been due | to | message | about | why"
    kept = [row for row in rows if row["sent_at"] is None]
    for row in sorted(kept, key=lambda one: (one["person_id"], one["due_at"], one["template"])):
        who = zones[row["person_id"]]
        yield (
            f"{row['due_at']:%Y-%m-%d %H:%M}Z | {who.name:6} | {row['template']:22} | "
            f"{about(row):6} | {row['state']}: {row['reason']}"
        )


def about(row: dict[str, Any]) -> str:
    named = row["subject"] if len(row["subject"]) <= 2 else ""
    return f"{named} v{row['version']}".strip() if row["version"] < 100 else named


async def test_the_whole_course_is_told_as_the_golden_timeline_says(world: World) -> None:
    world.clock.time = datetime.fromisoformat("2020-09-14T14:00:00Z")
    for instant, events in HAPPENS:
        if events is STOPPED:
            world.clock.time = datetime.fromisoformat(instant)
        await world.at(instant)
        await world.hears(*events)
        await world.rests()
    await world.at("2021-11-30T00:00:00Z")
    found = "\n".join(told(await world.dump("messages"))) + "\n"
    if os.environ.get("GOLDEN") == "write":
        FILE.write_text(found)
    expected = FILE.read_text()
    difference = difflib.unified_diff(
        expected.splitlines(), found.splitlines(), "golden/timeline.txt", "as it was", lineterm=""
    )
    assert found == expected, "\n" + "\n".join(difference)
    sent = found.split("# What did not")[0].splitlines()[1:]
    assert len(world.post.mails) == sum(" | " in line for line in sent), "each once"
