"""What the played owners say of a session day, for whoever sits at the console."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.registration import CoursePublished
from tests.edges.web.owners import COURSE, Played, problem

NOW = datetime(2020, 10, 19, 20, 47, 10, tzinfo=UTC)
_START = datetime(2020, 10, 19, 20, 0, tzinfo=UTC)
OWNERS = ("registration", "billing", "attendance", "certificates", "notifications", "partners")
# Two more courses on the day: one that is over, and one in the evening.
MORNING, EVENING = "ethics-of-telehealth-2020", "supervision-evening-2020"


def at(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _course(course_id: str, title: str, hours: int) -> CoursePublished:
    """The reference course at another time of the day, under another title."""
    example = CoursePublished.example
    shift = timedelta(hours=hours)

    def moved(session: dict[str, Any]) -> dict[str, Any]:
        times = {
            name: at(datetime.fromisoformat(session[name]) + shift)
            for name in ("starts_at", "ends_at")
        }
        return session | times

    sessions = [moved(session) for session in example["sessions"][:2]]
    return CoursePublished.model_validate(
        example | {"course_id": course_id, "title": title, "subtitle": "", "sessions": sessions}
    )


COURSES = (
    _course(MORNING, "Ethics of Telehealth", -6),
    _course(EVENING, "Supervision that Supports: an Evening for Supervisors", 4),
)


def _curve(start: datetime, counts: list[int], step: int = 1) -> list[dict[str, Any]]:
    first = start - timedelta(minutes=15)
    return [
        {"at": at(first + timedelta(minutes=step * n)), "in_room": count}
        for n, count in enumerate(counts)
    ]


_ARRIVING = [0, 0, 2, 5, 9, 16, 25, 38, 60, 88, 121, 160, 204, 251, 280, 296, 305, 311, 316, 318]
_COUNTS = [*_ARRIVING, *[319 + (n * 7) % 5 for n in range(20)], *[312 + n % 4 for n in range(23)]]
_WHOLE = [0, 4, 30, 96, 118, 121, 122, *[123 - n % 3 for n in range(56)], 121, 119, 90, 12]
_SESSION: dict[str, Any] = {
    "state": "open", "expected": 340, "in_room": 314, "in_waiting_room": 3, "unmatched": 2,
    "present": 0, "flagged": 0, "reports": {}, "last_observed_at": at(NOW - timedelta(seconds=24)),
    "completes_at": at(_START + timedelta(hours=2, minutes=15)), "curve": _curve(_START, _COUNTS),
    "meeting": {"meeting_id": "84155512345", "url": "https://zoom.example/j/84155512345?pwd=Zk3"},
}  # fmt: skip
_OVER = _SESSION | {
    "state": "completed", "expected": 126, "present": 121, "in_room": 0, "in_waiting_room": 0,
    "unmatched": 0, "completes_at": None, "last_observed_at": "2020-10-19T16:12:00Z",
    "curve": _curve(_START - timedelta(hours=6), _WHOLE, 2),
}  # fmt: skip
_LATER = _SESSION | {
    "state": "planned", "expected": 58, "in_room": 0, "in_waiting_room": 0, "unmatched": 0,
    "completes_at": "2020-10-20T02:15:00Z", "last_observed_at": None, "curve": [],
}  # fmt: skip
_MAIL = {
    "as_of": at(NOW), "soon": 58, "late": 0, "late_since": None, "waiting": 0, "failed": 3,
    "last_hour": {"sent": 1204, "sending": 2, "skipped": 0, "cancelled": 0, "failed": 0},
}  # fmt: skip


def _calm(**more: Any) -> dict[str, Any]:
    due = {"overdue": 0, "next": at(NOW + timedelta(minutes=9))}
    return {"quiet": True, "works": True, "due": due, "outbox": 0, "lag": 0} | more


def play(owners: Played) -> None:
    for name in OWNERS:
        owners.on("GET", f"/{name}/health/quiet", (200, _calm()))
        owners.on("GET", f"/{name}/v1/tasks", (200, {"items": [], "next": None}))
    for name in (*OWNERS, "web"):
        owners.on("GET", f"/{name}/v1/dead-letters", (200, {"items": [], "next": None}))
    opened = {
        "task_id": "t-9",
        "kind": "meeting-ended-early",
        "opened_at": at(NOW),
        "about": {},
        "service": "attendance",
        "what": "Look at it.",
        "due_at": None,
        "closed_at": None,
    }
    owners.on("GET", "/attendance/v1/tasks", (200, {"items": [opened], "next": None}))
    owners.on("GET", "/certificates/health/quiet", (200, _calm(lag=214, outbox=3)))
    owners.on("GET", "/notifications/v1/outlook", (200, _MAIL))
    seats = {"seats": {"capacity": 80, "left": 22, "waiting": 0}}
    owners.on("GET", f"/registration/v1/courses/{EVENING}", (200, seats))
    for course, seen in ((COURSE, _SESSION), (MORNING, _OVER), (EVENING, _LATER)):
        owners.on("GET", f"/attendance/v1/sessions/{course}/s1", (200, seen))


# --- courses, a session, tasks ----------------------------------------------------------------------
_NAMES = [
    "Žaneta Łuczyńska-O'Neil", "Amara Okafor", "Ben Ashworth", "Chiara Di Lorenzo",
    "Daniel Schwarz", "Eun-ji Park", "Fatima Al-Sayed", "George Whitcombe", "Hanna Lindqvist",
    "Ikram Benali", "Joyce Mbeki", "Katherine Montgomery-Fairweather",
]  # fmt: skip
_STATES = ["confirmed"] * 8 + ["requested", "waitlisted", "cancelled", "confirmed"]


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def _registered(place: int) -> dict[str, Any]:
    name = _NAMES[place]
    return {
        "registration_id": f"0192a0b0-5c1e-7a10-8f00-0000000c{place:04}",
        "person_id": f"0192a0b0-5c1e-7a10-8f00-0000000d{place:04}",
        "status": _STATES[place],
        "name": name,
        "email": f"{name.split()[0].lower()}@learners.example".replace("ž", "z"),
        "price": _money(19900 if place % 3 else 16900),
        "organisation": "Riverside Community Health" if place % 4 == 1 else None,
        "requested_at": at(_START - timedelta(days=30 - place, hours=place)),
    }


def _record(place: int) -> dict[str, Any]:
    return {
        "registration_id": f"0192a0b0-5c1e-7a10-8f00-0000000c{place:04}",
        "seconds": 0 if place == 5 else 2_780 - 41 * place,
        "present": False,
        "in_room": place not in (5, 7),
        "waiting": place == 7,
        "version": 0,
        "flagged": False,
        "doubts": ["two-at-once"] if place == 3 else [],
    }


def _summary(course: CoursePublished, left: int, waiting: int) -> dict[str, Any]:
    said = course.model_dump(mode="json")
    return {
        "course_id": course.course_id,
        "version": 2,
        "status": "published",
        "title": course.title,
        "zone": course.zone,
        "starts_at": said["sessions"][0]["starts_at"],
        "ends_at": said["sessions"][-1]["ends_at"],
        "seats": {"capacity": course.capacity, "left": left, "waiting": waiting},
        "registration": {"open": course.course_id == EVENING},
        "sessions": said["sessions"],
    }


def _task(number: int, service: str, what: str, about: dict[str, str], due: int) -> dict[str, Any]:
    return {
        "task_id": f"0192a0b0-5c1e-7a10-8f00-0000000e{number:04}",
        "service": service,
        "kind": "refund-failed" if number == 1 else "something-else",
        "what": what,
        "about": about,
        "number": 1,
        "opened_at": at(NOW - timedelta(days=4 - number, hours=3)),
        "due_at": at(NOW + timedelta(days=due)),
        "closed_at": None,
    }


TASK = _task(
    1,
    "billing",
    "The card that was paid with is closed. Ask for an account and send it by bank transfer.",
    {"refund_id": "0192a0b0-5c1e-7a10-8f00-0000000f0001"},
    -1,
)
_OTHER = _task(
    2,
    "registration",
    "Somebody asked for captions. Answer, so that they know before they pay.",
    {"registration_id": "0192a0b0-5c1e-7a10-8f00-0000000c0002"},
    2,
)
_WAITS = {
    "course_id": COURSE, "session_id": "s1", "state": "open", "matched_to": None,
}  # fmt: skip
_STRANGERS = [
    _WAITS | {
        "id": "u-1", "name": "Katherine M.", "email": None,
        "first_seen_at": "2020-10-19T20:04:00Z", "evidence": [],
        "hints": [
            {"registration_id": "0192a0b0-5c1e-7a10-8f00-0000000c0011", "because": "the same name"}
        ],
    },
    _WAITS | {
        "id": "u-2", "name": "iPhone", "email": None,
        "first_seen_at": "2020-10-19T20:11:00Z", "evidence": [], "hints": [],
    },
]  # fmt: skip


def play_courses(owners: Played) -> None:
    first = CoursePublished.model_validate(CoursePublished.example)
    morning, evening = COURSES
    listed = [_summary(morning, 0, 0), _summary(first, 160, 0), _summary(evening, 22, 0)]
    over = {"items": [], "next": None}
    owners.on(
        "GET",
        "/registration/v1/courses",
        lambda asked: (
            200,
            over if asked.query.get("state") == "over" else over | {"items": listed},
        ),
    )
    people = [_registered(place) for place in range(len(_NAMES))]
    for one in listed:
        path = f"/registration/v1/courses/{one['course_id']}"
        owners.on("GET", path, (200, one))
        owners.on("GET", f"{path}/registrations", (200, {"items": people, "next": None}))
        counts = Counter(one["status"] for one in people)
        owners.on("GET", f"{path}/registrations/counts", (200, {"counts": counts}))
    statement = f"/billing/v1/courses/{COURSE}/settlement-statement"
    turnover = {
        "currency": "USD", "collected": _money(6_586_900), "refunded": _money(139_300),
        "redeemed": _money(79_600),
    }  # fmt: skip
    owners.on("GET", statement, (200, {"turnover": [turnover]}))
    records = [_record(place) for place in range(9)]
    path = f"/attendance/v1/sessions/{COURSE}/s1"
    owners.on("GET", path, (200, _SESSION | {"records": records}))
    owners.on("GET", "/attendance/v1/unmatched", (200, {"items": _STRANGERS, "next": None}))
    for one in _STRANGERS:
        owners.on("GET", f"/attendance/v1/unmatched/{one['id']}", (200, one))
    owners.on("GET", "/billing/v1/tasks", (200, {"items": [TASK], "next": None}))
    owners.on("GET", f"/billing/v1/tasks/{TASK['task_id']}", (200, TASK))
    owners.on("GET", "/registration/v1/tasks", (200, {"items": [_OTHER], "next": None}))


def play_a_move(owners: Played) -> None:
    """The last session two days later, out of what one board approved."""
    path = f"/registration/v1/courses/{COURSE}/sessions/s4"
    before = {
        "status": "scheduled", "zone": "America/New_York", "starts_at": "2020-11-09T21:00:00Z",
        "ends_at": "2020-11-09T23:00:00Z", "breaks": [], "instruction_minutes": 120,
        "registration_closes_at": "2020-10-19T20:00:00Z",
    }  # fmt: skip
    after = before | {
        "starts_at": "2020-11-11T21:00:00Z", "ends_at": "2020-11-11T23:30:00Z",
        "breaks": [{"starts_at": "2020-11-11T22:00:00Z", "ends_at": "2020-11-11T22:30:00Z"}],
    }  # fmt: skip
    odd = "NBCC: sessions outside the approval earn nothing: s4. At most 6 of 8 are left."
    told = {"course_id": COURSE, "version": 2, "warnings": [odd]}
    weighed = told | {"session_id": "s4", "changed": True, "before": before, "after": after}
    owners.on("POST", f"{path}/preview", (200, weighed))
    owners.on("PUT", path, (200, told))


# --- somebody ---------------------------------------------------------------------------------------
PERSON_ID = "0192a0b0-5c1e-7a10-8f00-0000000d0011"
SOMEBODY = "0192a0b0-5c1e-7a10-8f00-0000000c0011"
EARLIER = "0192a0b0-5c1e-7a10-8f00-0000000c0091"  # of hers, completed this morning
CERTIFICATE = "0192a0b0-5c1e-7a10-8f00-00000000ce01"
_PERSON = {
    "person_id": PERSON_ID,
    "merged": [],
    "name": _NAMES[11],
    "email": "katherine@learners.example",
    "zone": "America/New_York",
    "locale": "en-US",
    "version": 2,
    "birth_day": "",
    "phone": "",
    "profession": "social_worker",
    "licenses": [{"profession": "social_worker", "state": "NY", "number": "087114"}],
    "known_as": None,
    "merged_into": None,
    "changes": [],
    "registrations": [
        {"registration_id": SOMEBODY, "course_id": COURSE, "status": "confirmed",
         "requested_at": "2020-09-30T09:00:00Z"},
        {"registration_id": EARLIER, "course_id": MORNING,
         "status": "completed", "requested_at": "2020-08-02T14:10:00Z"},
    ],
}  # fmt: skip


_OF_PERSON = ("person_id", "version", "name", "email", "zone", "locale", "profession", "licenses",
              "birth_day", "phone")  # fmt: skip


def _did(when: str, by: str, act: str, status: str, why: str = "") -> dict[str, Any]:
    return {"at": when, "by": by, "act": act, "before": None, "status": status, "why": why}


def _mail(number: int, template: str, status: str, due: str) -> dict[str, Any]:
    sent = due if status == "sent" else None
    return {
        "message_id": f"0192a0b0-5c1e-7a10-8f00-0000000a{number:04}", "template": template,
        "channel": "mail", "status": status, "due_at": due, "sent_at": sent, "reason": None,
    }  # fmt: skip


_MESSAGES = [
    _mail(1, "registration_received", "sent", "2020-09-30T09:00:02Z"),
    _mail(2, "registration_confirmed", "sent", "2020-09-30T09:04:11Z"),
    _mail(3, "reminder_7d", "sent", "2020-10-12T20:00:00Z"),
    _mail(4, "join_1h", "sent", "2020-10-19T19:00:00Z"),
    _mail(5, "reminder_1d", "planned", "2020-10-25T20:00:00Z"),
]
_QUOTED = {
    "outcome": "credit", "fee": _money(0), "refunds": [], "restored": [], "windows": [],
    "credit": {"amount": _money(19900), "expires_on": "2021-10-19"},
    "trace": [
        {"rule": "window", "because": "Received on October 19, less than 14 days before the start."},
        {"rule": "credit", "because": "What was paid becomes a credit for a year."},
    ],
}  # fmt: skip


def play_people(owners: Played) -> None:
    owners.on("GET", f"/registration/v1/people/{PERSON_ID}", (200, _PERSON))
    owners.on("GET", "/registration/v1/people", (200, {"items": [_PERSON], "next": None}))
    whole = {
        "registration_id": SOMEBODY, "course_id": COURSE, "status": "confirmed", "position": None,
        "course_title": "Improving Treatment Effectiveness with Attachment Theory",
        "attendee": {name: _PERSON[name] for name in _OF_PERSON},
        "starts_at": at(_START),
        "price": _money(19900), "organisation": "Riverside Community Health",
        "history": [
            _did("2020-09-30T09:00:00Z", "learner", "requested", "requested"),
            _did("2020-09-30T09:04:10Z", "billing", "confirmed", "confirmed", "paid"),
            _did("2020-10-02T11:31:00Z", "console:u-17", "corrected", "confirmed", "name-misspelt"),
        ],
    }  # fmt: skip
    owners.on("GET", f"/registration/v1/registrations/{SOMEBODY}", (200, whole))
    account = {
        "invoice": {"number": "2020-000217", "status": "paid", "total": _money(19900),
                    "issued_at": "2020-09-30T09:00:01Z"},
        "payments": [{"paid_at": "2020-09-30T09:04:08Z", "amount": _money(19900),
                      "status": "captured", "tender": "card"}],
        "refunds": [], "paid": _money(19900),
    }  # fmt: skip
    path = f"/billing/v1/registrations/{SOMEBODY}"
    owners.on("GET", path, (200, account))
    owners.on("GET", f"{path}/cancellation-quote", (200, _QUOTED))
    _play_presence(owners, SOMEBODY, *_NOW_IN_THE_ROOM)
    _play_corrections(owners)
    lack = {"condition": "attendance", "detail": "No session is over yet."}
    awards = [{"board": board, "status": "withheld", "unmet": [lack]} for board in ("APA", "NBCC")]
    given = {"awards": awards, "certificates": []}
    owners.on("GET", f"/certificates/v1/registrations/{SOMEBODY}", (200, given))
    mails = {"items": _MESSAGES, "next": None}
    owners.on("GET", f"/notifications/v1/registrations/{SOMEBODY}/messages", (200, mails))
    _play_earlier(owners, whole)


# Recorded twice: once by the address of an earlier job.
TWIN_ID = "0192a0b0-5c1e-7a10-8f00-0000000d0092"
_TWIN = _PERSON | {
    "person_id": TWIN_ID, "name": "Kate Montgomery", "email": "kmontgomery@oldjob.example",
    "zone": "America/Chicago",
    "licenses": [{"profession": "social_worker", "state": "IL", "number": "149.004"}],
    "registrations": [
        {"registration_id": "0192a0b0-5c1e-7a10-8f00-0000000c0092", "course_id": EVENING,
         "status": "confirmed", "requested_at": "2020-07-11T16:40:00Z"},
    ],
}  # fmt: skip


def play_acts(owners: Played) -> None:
    """What registration and billing say before anything is done about her."""
    path = f"/registration/v1/registrations/{SOMEBODY}"
    changes = [
        {"field": "name", "before": _NAMES[11], "after": "Katherine Montgomery"},
        {"field": "email", "before": _PERSON["email"], "after": "k.montgomery@riverside.example"},
        {
            "field": "licenses",
            "before": _PERSON["licenses"],
            "after": [
                *_PERSON["licenses"],
                {"profession": "mft", "state": "NJ", "number": "37FI0019"},
            ],
        },
    ]
    told = {
        "person_id": PERSON_ID, "changes": changes, "merged": [],
        "links_mailed_to": "k.montgomery@riverside.example",
    }  # fmt: skip
    owners.on("POST", f"{path}/attendee/preview", (200, told))
    owners.on("PUT", f"{path}/attendee", (200, _PERSON))
    _, whole = owners.answers["GET", path]  # type: ignore[misc]
    needs = {
        "request": "I am hard of hearing: captions in every session, and the slides beforehand.",
        "requested_at": "2020-09-30T09:00:00Z", "answer": None, "answered_at": None,
    }  # fmt: skip
    complaint = {
        "complaint": "The second session was cut off after an hour, and nobody said whether the "
        "rest will be taught. I paid for two hours of it.",
        "complained_at": "2020-10-02T09:00:00Z", "answer_by": "2020-10-16T09:00:00Z",
        "answer": None, "answered_at": None, "number": 5, "thread": 5, "theirs": True,
    }  # fmt: skip
    zoned = {"version": 3, "text": "", "document": {"zone": "America/New_York"}}
    owners.on(
        "GET",
        path,
        (200, whole | {"accommodation": needs, "complaints": [complaint], "policy": zoned}),
    )
    kind = _QUOTED | {
        "outcome": "refund", "refunds": [{"tender": "card", "amount": _money(16900)}],
        "credit": None, "fee": _money(3000),
        "trace": [{"rule": "override", "because": "Staff decided otherwise: refund."}],
    }  # fmt: skip
    billing = f"/billing/v1/registrations/{SOMEBODY}/cancellation-quote"
    owners.on("GET", billing, lambda asked: (200, kind if "override" in asked.query else _QUOTED))
    weighed = {"status": "cancelled", "requested_at": "2020-10-18T13:30:00Z"}
    owners.on("POST", f"{path}/cancel/preview", (200, weighed))
    closes = {
        "version": 1, "open": False, "opens_at": None, "questions": [], "submitted_at": None,
        "closes_at": "2020-11-25T22:00:00Z",
    }  # fmt: skip
    lack = {"condition": "attendance", "detail": "No session is over yet."}
    awards = [{"board": board, "status": "withheld", "unmet": [lack]} for board in ("APA", "NBCC")]
    given = {"awards": awards, "certificates": [], "evaluation": closes}
    owners.on("GET", f"/certificates/v1/registrations/{SOMEBODY}", (200, given))
    seat = {
        "registration_id": SOMEBODY, "status": "confirmed", "boards": ["NBCC", "NYSED-MHC"],
        "warnings": [], "former": {"boards": ["NYSED-SW", "ASWB"]},
        "transfer_ends": EVENING, "accommodation_unanswered": True,
    }  # fmt: skip
    owners.on("POST", f"{path}/substitute/preview", (200, seat))
    moved = {
        "transferred_from": SOMEBODY, "status": "requested", "course_id": EVENING,
        "price": _money(24900), "price_id": "", "policy": None, "due": _money(5000),
        "hold_expires_at": at(NOW + timedelta(minutes=30)),
    }  # fmt: skip
    owners.on("POST", f"{path}/transfer/preview", (200, moved))
    quote = {
        "outcome": "credit", "fee": _money(0), "to_pay": _money(5000), "refunds": [],
        "used": [{"tender": "credit", "amount": _money(19900)}], "restored": [], "credit": None,
        "trace": [*_QUOTED["trace"],
                  {"rule": "moved", "because": "$199.00 of it pays for the other course."}],
    }  # fmt: skip
    owners.on("GET", f"/billing/v1/registrations/{SOMEBODY}/transfer-quote", (200, quote))
    disclosure = {"version": "2020-09", "required": True, "text": "Nobody has ties to disclose."}
    for summary in (_summary(COURSES[1], 22, 0), _summary(COURSES[0], 0, 3)):
        open_ = {
            "price": _money(24900), "disclosure": disclosure, "prerequisites": [],
            "registration": {"open": True},
        }  # fmt: skip
        there = f"/registration/v1/courses/{summary['course_id']}"
        owners.on("GET", there, (200, summary | open_))
    here = {
        "course_id": COURSE, "title": "Improving Treatment Effectiveness with Attachment Theory",
        "disclosure": disclosure, "prerequisites": [],
    }  # fmt: skip
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, here))
    listed = [
        _summary(course, left, 0) | {"price": _money(24900), "registration": {"open": True}}
        for course, left in zip(COURSES, (0, 22), strict=True)
    ]
    owners.on("GET", "/registration/v1/courses", (200, {"items": listed, "next": None}))
    owners.on("GET", f"/registration/v1/people/{TWIN_ID}", (200, _TWIN))
    owners.on("GET", "/registration/v1/people", (200, {"items": [_PERSON, _TWIN], "next": None}))
    weighed = {"person_id": TWIN_ID, "merged_into": PERSON_ID, "along": [], "changed": True}
    owners.on("POST", f"/registration/v1/people/{TWIN_ID}/merge/preview", (200, weighed))


def part(owners: Played) -> None:
    """The two were found to be one."""
    change = {
        "at": "2020-10-02T11:30:00Z", "by": "console:u-17", "act": "merged", "other": PERSON_ID,
        "reason": "She rang: new job, new name.",
    }  # fmt: skip
    known_as = {"name": _PERSON["name"], "email": _PERSON["email"]}
    merged = _TWIN | {"merged_into": PERSON_ID, "known_as": known_as, "changes": [change]}
    owners.on("GET", f"/registration/v1/people/{TWIN_ID}", (200, merged))
    whole = _PERSON | {"merged": [TWIN_ID]}
    owners.on("GET", f"/registration/v1/people/{PERSON_ID}", (200, whole))


def _stay(source: str, joined: str, left: str | None, *, inferred: bool = False) -> dict[str, Any]:
    return {
        "source": source, "joined_at": f"2020-10-19T{joined}Z", "inferred": inferred,
        "left_at": f"2020-10-19T{left}Z" if left else None,
    }  # fmt: skip


def _line(when: str, kind: str, by: str, participant: str, **more: Any) -> dict[str, Any]:
    until = more.get("until")
    return {
        "participant_id": participant, "kind": kind, "at": f"2020-10-19T{when}Z",
        "until": f"2020-10-19T{until}Z" if until else None, "source": more.get("source", "zoom"),
        "by": by, "said_by": "console:u-17" if by == "staff" else None,
    }  # fmt: skip


_RULE = {"version": 1, "max_missed_seconds": 900}
_LAPTOP, _PHONE = "16778240", "16790528"
_NOW_IN_THE_ROOM: tuple[list[dict[str, Any]], list[dict[str, Any]]] = (
    [
        {"session_id": "s1", "seconds": 2_652, "present": False, "instruction_seconds": 7_200,
         "by": "evidence", "rule": _RULE,
         "evidence": [_stay("live", "20:00:48", "20:31:05"),
                      _stay("live", "20:33:15", "20:47:10", inferred=True)]},
    ],
    [
        {"session_id": "s1", "title": "", "starts_at": "2020-10-19T20:00:00Z",
         "ends_at": "2020-10-19T22:00:00Z", "breaks": [], "more": False,
         "lines": [
             _line("19:56:30", "waiting", "own", _LAPTOP),
             _line("20:00:48", "admitted", "participant", _LAPTOP),
             _line("20:31:05", "left", "participant", _LAPTOP),
             _line("20:33:15", "joined", "staff", _PHONE),
         ]},
    ],
)  # fmt: skip
_THIS_MORNING: tuple[list[dict[str, Any]], list[dict[str, Any]]] = (
    [
        {"session_id": "s1", "seconds": 7_060, "present": True, "instruction_seconds": 7_200,
         "by": "evidence", "rule": _RULE, "version": 1,
         "flagged_seconds": 5_400,
         "evidence": [_stay("report", "14:00:20", "14:58:00"), _stay("report", "15:00:00",
                      "15:40:00"), _stay("live", "13:57:10", "16:04:00", inferred=True),
                      _stay("correction", "15:40:00", "16:00:00")],
         "counted": [{"from": "2020-10-19T14:00:20Z", "until": "2020-10-19T14:58:00Z"},
                     {"from": "2020-10-19T15:08:00Z", "until": "2020-10-19T16:00:00Z"}]},
    ],
    [
        {"session_id": "s1", "title": "Boundaries at a distance",
         "starts_at": "2020-10-19T14:00:00Z", "ends_at": "2020-10-19T16:10:00Z",
         "breaks": [["2020-10-19T14:58:00Z", "2020-10-19T15:08:00Z"]], "more": False,
         "settled": [
             {"version": 1, "seconds": 5_100, "present": False, "by": "evidence",
              "at": "2020-10-19T16:25:00Z"},
             {"version": 2, "seconds": 7_060, "present": True, "by": "evidence",
              "at": "2020-10-19T16:31:00Z"},
         ],
         "corrections": [
             {"number": 1, "kind": "evidence", "seconds": None, "by": "console:u-17",
              "at": "2020-10-19T16:30:20Z",
              "reason": "She dialled in by phone; the moderator saw her."},
         ],
         "lines": [
             _line("14:00:20", "interval", "list", _LAPTOP, until="14:58:00", source="report"),
             _line("15:00:00", "interval", "list", _LAPTOP, until="16:00:00", source="report"),
         ]},
    ],
)  # fmt: skip


def _play_corrections(owners: Played) -> None:
    """What staff corrected of her this morning, and what another correction would come to."""
    path = f"/attendance/v1/sessions/{MORNING}/s1/corrections"
    made = [
        {"number": 1, "kind": "evidence", "seconds": None, "lines": ["a"], "by": "console:u-17",
         "at": "2020-10-19T16:31:00Z", "reason": "Sat beside a colleague while her line was down."},
        {"number": 2, "kind": "ruling", "seconds": 7_060, "lines": [], "by": "console:u-17",
         "at": "2020-10-19T16:40:00Z", "reason": "The instructor saw her to the end."},
    ]  # fmt: skip
    owners.on("GET", path, (200, {"items": made, "next": None}))
    weighed = {
        "before": {"seconds": 6_060, "present": False}, "instruction_seconds": 7_200,
        "after": {"seconds": 7_060, "present": True}, "settled": True, "ruled": False,
        "waits": False, "after_number": 1,
    }  # fmt: skip
    owners.on("POST", f"{path}/preview", (200, weighed))
    here = f"/attendance/v1/sessions/{COURSE}/s1/corrections"
    owners.on("GET", here, (200, {"items": [], "next": None}))
    session = f"/attendance/v1/sessions/{COURSE}/s1"
    uploads = [
        {"number": 1, "origin": "report", "zone": None, "lines": 318, "by": "console:u-9",
         "received_at": "2020-10-19T20:31:00Z",
         "withdrawn": {"by": "console:u-9", "at": "2020-10-19T20:33:10Z",
                       "reason": "Of the session before"}},
        {"number": 2, "origin": "report", "zone": "America/New_York", "lines": 1,
         "by": "console:u-17", "received_at": "2020-10-19T20:46:00Z", "withdrawn": None},
    ]  # fmt: skip
    owners.on("GET", f"{session}/uploads", (200, {"items": uploads, "next": None}))
    taken = {
        "accepted": 1, "duplicates": 0, "upload": 2, "outside": 0, "other_meetings": [],
        "left_out": [],
        "refused": [{"index": 1, "row": 3, "detail": "joined_at is written 2020-10-19T20:00:00Z"}],
    }  # fmt: skip
    owners.on("POST", f"{session}/report", (202, taken))


def _play_presence(
    owners: Played, one: str, sessions: list[dict[str, Any]], traced: list[dict[str, Any]]
) -> None:
    path = f"/attendance/v1/registrations/{one}"
    owners.on("GET", path, (200, {"sessions": sessions}))
    owners.on("GET", f"{path}/lines", (200, {"sessions": traced}))


def _certificate(number: str, status: str, board: str, **more: Any) -> dict[str, Any]:
    return {
        "certificate_id": CERTIFICATE, "registration_id": EARLIER, "board": board,
        "kind": "completion", "status": status, "number": number, "credits": 2.0,
        "unit": "clock hours", "issued_at": "2020-10-19T16:41:07Z", "reason": None, "words": "",
        "verify_url": "https://certs.example/verify/MLQ4-EEYH-77KP-RVNC",
    } | more  # fmt: skip


_HOLDS = _certificate("2020-QELS-ARCG-G555", "valid", "NBCC")
_REPLACED = _certificate(
    "2020-HTZN-3WQA-LM4D", "superseded", "NBCC", reason="name-corrected",
    issued_at="2020-10-19T16:22:40Z", words="Her married name, by mail",
)  # fmt: skip
_OTHER_BOARD = _certificate("2020-PA2M-UVKE-6YBS", "revoked", "APA", reason="issued-in-error",
                            unit="CE credits", words="Not a psychologist")  # fmt: skip


def _play_earlier(owners: Played, whole: dict[str, Any]) -> None:
    """What she has of a course that is over."""
    over = whole | {
        "registration_id": EARLIER, "course_id": MORNING, "course_title": "Ethics of Telehealth",
        "status": "completed",
        "history": [
            _did("2020-08-02T14:10:00Z", "learner", "requested", "requested"),
            _did("2020-08-02T14:13:21Z", "billing", "confirmed", "confirmed", "paid"),
            _did("2020-10-19T16:20:02Z", "attendance", "completed", "completed"),
        ],
    }  # fmt: skip
    owners.on("GET", f"/registration/v1/registrations/{EARLIER}", (200, over))
    _play_presence(owners, EARLIER, *_THIS_MORNING)
    awards = [{"board": "NBCC", "status": "granted", "unmet": []}]
    issued = [_REPLACED, _HOLDS, _OTHER_BOARD]
    given = {"awards": awards, "certificates": issued}
    owners.on("GET", f"/certificates/v1/registrations/{EARLIER}", (200, given))
    superseded = {"status": "superseded", "reason": "The certificate was corrected"}
    acts = {
        "certificate": _HOLDS, "holder": _NAMES[11], "in_question": True, "pending": None,
        "facts": {"credits": 1.5, "unmet": ["attendance"]},
        "revoke": {
            "refused": None,
            "verifier": {"status": "revoked", "reason": "It was issued in error"},
        },
        "supersede": {
            "refused": None,
            "plain": {"name": _NAMES[11], "credits": 1.5, "verifier": superseded},
            "named": {"name": None, "credits": 2.0,
                      "verifier": superseded | {"reason": "The name was corrected"}},
        },
        "keep": {"refused": None, "verifier": {"status": "valid", "reason": None}},
    }  # fmt: skip
    owners.on("GET", f"/certificates/v1/certificates/{CERTIFICATE}/acts", (200, acts))
    none = {"items": [], "next": None}
    owners.on("GET", "/certificates/v1/certificates", (200, none))
    owners.on("GET", "/billing/v1/registrations", (200, none))


def more_come(owners: Played) -> None:
    """Four more are in the room."""
    path = f"/attendance/v1/sessions/{COURSE}/s1"
    owners.on("GET", path, (200, _SESSION | {"in_room": 318}))


# --- a course file with faults ----------------------------------------------------------------------
FAULTY_ID = "ethics-evening-2027"
FAULTY = """\
id: ethics-evening-2027
title: Ethics in the Evening
zone: America/New_York
price: "49.00 USD"
sessions:
  - id: s1
    date: 2027-03-14
    from: "02:30"
    to: "04:30"
boards:
  - board: NBCC
    hours: 2
"""
FAULTS = (
    422,
    problem(
        "course-invalid",
        422,
        "This course cannot be published.",
        [
            {"pointer": "/boards/0", "detail": "NBCC has no rule of what counts as attended."},
            {"pointer": "/sessions/0/from",
             "detail": "Clocks in New York skip 02:30 on that day: they go from 02:00 to 03:00."},
        ],
    ),
)  # fmt: skip


REFUSED = "9f86d081884c7d659a2feaa0c55ad015" * 2


# --- money and messages -----------------------------------------------------------------------------
def _account(opening: int, closing: int) -> dict[str, Any]:
    return {"account": "x", "opening": opening, "movements": {}, "closing": closing}


def play_money(owners: Played) -> None:
    found = [
        {"finding_id": "f-1", "kind": "payment-without-invoice", "about": "pay_1Nq7",
         "amount": _money(19900), "cause": None, "since": "2020-10-17T06:00:00Z",
         "next_step": "Look for whose it is; give it back if it belongs to nobody."},
        {"finding_id": "f-2", "kind": "refund-not-at-gateway", "about": "re_88Xa",
         "amount": _money(16900), "cause": None, "since": "2020-10-18T06:00:00Z",
         "next_step": "Try the refund again."},
    ]  # fmt: skip
    last = {
        "day": "2020-10-18", "run_id": "run-1", "finished_at": "2020-10-19T06:00:41Z",
        "error": None, "failed_since": None, "findings": found, "next": None,
    }  # fmt: skip
    owners.on("GET", "/billing/v1/reconciliation", (200, last))
    dispute = {
        "dispute_id": "d-1", "payment_id": "pay_9Cw2", "amount": _money(15900), "status": "open",
        "reason": "product_not_received", "opened_at": "2020-10-16T10:00:00Z", "closed_at": None,
    }  # fmt: skip
    owners.on("GET", "/billing/v1/disputes", (200, {"items": [dispute], "next": None}))
    usd = {
        "currency": "USD", "credit_liability": _account(398_000, 477_600),
        "deferred_revenue": _account(2_189_000, 6_447_600), "receivable": _account(0, 99_500),
        "fees": _account(12_000, 27_000), "forfeits": _account(0, 19_900),
        "breakage": _account(0, 0),
    }  # fmt: skip
    month = {"month": "2020-10", "status": "open", "currencies": [usd]}
    owners.on("GET", "/billing/v1/books/months/2020-10", (200, month))
    failed = [
        _mail(number, template, "failed", due)
        | {"reason": reason, "recipient": f"{who}@learners.example", "course_id": COURSE,
           "registration_id": SOMEBODY}
        for number, template, due, reason, who in (
            (11, "join_1h", "2020-10-19T19:00:00Z", "mailbox-full", "ikram"),
            (12, "reminder_7d", "2020-10-12T20:00:00Z", "bounced", "joyce"),
            (13, "registration_confirmed", "2020-10-09T08:12:00Z", "bounced", "joyce"),
        )
    ]  # fmt: skip
    owners.on("GET", "/notifications/v1/messages", (200, {"items": failed, "next": None}))
    refused = [
        {"address_hash": hashed, "reason": reason, "code": code, "at": at, "waiting": waiting}
        for hashed, reason, code, at, waiting in (
            (REFUSED, "bounced", 550, "2020-10-12T20:00:04Z", 2),
            ("5feceb66ffc86f38d952786c6d696c79" * 2, "complained", 0, "2020-09-30T11:20:00Z", 0),
        )
    ]  # fmt: skip
    own = "/notifications/v1/suppressions"
    owners.on("GET", own, (200, {"items": refused, "next": None}))
    owners.on("GET", f"{own}/{REFUSED}", (200, refused[0]))


# --- approvals and partners -------------------------------------------------------------------------
def play_partners(owners: Played) -> None:
    approvals = [
        {"board": board, "title": title, "course_id": course, "until": until, "days_left": days,
         "sessions_after": after, "holder": holder, "number": number}
        for board, title, course, until, days, after, holder, number in (
            ("NAADAC", "Ethics of Telehealth", MORNING, "2020-10-22", 3, ["s2"], "Praxis CET", "19-8"),
            ("APA", "Improving Treatment Effectiveness with Attachment Theory", COURSE,
             "2020-12-31", 73, [], "Institute for Better Health, Inc", ""),
        )
    ]  # fmt: skip
    owners.on("GET", "/certificates/v1/approvals", (200, {"items": approvals, "next": None}))
    partners = [
        {"partner_id": "ibh", "name": "Institute for Better Health, Inc", "courses": [COURSE],
         "types": ["registration.confirmed.v1", "attendance.settled.v1"]},
        {"partner_id": "riverside", "name": "Riverside Community Health", "courses": [], "types": []},
    ]  # fmt: skip
    owners.on("GET", "/partners/v1/partners", (200, {"items": partners, "next": None}))
    places = [
        {"endpoint_id": "e-1", "url": "https://hooks.ibh.example/holdfast", "state": "active",
         "reason": None, "circuit": "closed", "failures": 0, "ordered": True, "held_until": None,
         "last_success_at": at(NOW - timedelta(minutes=2))},
        {"endpoint_id": "e-2", "url": "https://old.ibh.example/in", "state": "disabled",
         "reason": "failing", "circuit": "open", "failures": 412, "ordered": False,
         "held_until": "2020-10-17T08:15:00Z",
         "last_success_at": "2020-10-12T08:00:00Z"},
    ]  # fmt: skip
    owners.on("GET", "/partners/v1/partners/ibh/endpoints", (200, {"items": places}))
    owners.on("GET", "/partners/v1/partners/riverside/endpoints", (200, {"items": []}))


def play_a_partner(owners: Played) -> None:
    here = "/partners/v1/partners/ibh"
    owners.on("GET", here, (200, {
        "partner_id": "ibh", "name": "Institute for Better Health, Inc", "courses": [COURSE],
        "former_courses": [], "fields": ["attendee.name", "attendee.email"],
        "types": ["registration.confirmed.v1", "attendance.settled.v1"],
    }))  # fmt: skip
    owners.on("GET", f"{here}/endpoints/e-1", (200, {
        "endpoint_id": "e-1", "url": "https://hooks.ibh.example/holdfast", "state": "active",
        "former_secret_until": None,
    }))  # fmt: skip
    kinds = ["registration.confirmed.v1", "attendance.settled.v1", "registration.confirmed.v1"]
    states = [("delivered", 1, 200, None), ("waiting", 3, 503, "answered"),
              ("parked", 10, 500, "answered")]  # fmt: skip
    sent = [
        {"endpoint_id": "e-1", "event_id": f"0192a0b0-5c1e-7a10-8f00-00000000c00{place}",
         "type": kind, "course_id": COURSE, "subject": f"r-{place}", "test": False,
         "status": status, "attempts": tries, "answered": answered, "reason": reason,
         "next_at": at(NOW + timedelta(minutes=28)) if status == "waiting" else None,
         "first_at": at(NOW - timedelta(hours=place + 1)), "last_at": at(NOW)}
        for place, (kind, (status, tries, answered, reason)) in enumerate(
            zip(kinds, states, strict=True)
        )
    ]  # fmt: skip
    owners.on("GET", "/partners/v1/deliveries", (200, {"items": sent, "next": None}))
    owners.on("GET", "/partners/v1/deliveries:replay", (200, {
        "endpoint_id": "e-1", "url": "https://hooks.ibh.example/holdfast", "events": 128,
    }))  # fmt: skip
    keys = [
        {"key_id": key_id, "partner_id": "ibh", "label": label, "scopes": ["partner:ibh"],
         "issued_at": issued, "expires_at": until, "revoked_at": revoked}
        for key_id, label, issued, until, revoked in (
            ("k-1", "first key", "2020-05-04T09:00:00Z", None, "2020-09-01T08:00:00Z"),
            ("k-2", "their registration system", "2020-08-30T09:00:00Z", "2021-08-31T23:59:59Z",
             None),
        )
    ]  # fmt: skip
    owners.on("GET", "/partners/v1/keys", (200, {"items": keys, "next": None}))
    owners.on("GET", f"{here}/stream", (200, {
        "topic": "partner.ibh.events", "state": "active", "retention_days": 7,
        "written_at": at(NOW - timedelta(minutes=1)), "through_the_log": True,
    }))  # fmt: skip
    owners.on("GET", f"{here}/inbound", (200, {
        "signed": True, "secret_version": 1, "items_a_day": 100_000, "requests_a_minute": 60,
        "items_today": 1_204, "updated_at": "2020-09-02T10:00:00Z",
    }))  # fmt: skip
    owners.on("GET", f"{here}/inbound/mapping", (200, {
        "version": 3, "created_at": "2020-09-03T10:00:00Z",
        "mapping": {"registration": {"attendee": {"name": {"from": "/person/full_name"}}}},
    }))  # fmt: skip


LETTER: dict[str, Any] = {
    "event_id": "0192a0b0-5c1e-7a10-8f00-00000000d001", "service": "billing",
    "consumer": "billing", "state": "open", "type": "registration.confirmed.v2",
    "key": "0192a0b0-5c1e-7a10-8f00-00000000b001", "topic": "registration.registrations",
    "partition": 7, "offset": 20_481, "reason": "version-unknown", "attempts": 0,
    "error": "registration.confirmed.v2 is not a version known here", "missing": None,
    "died_at": "2020-10-19T08:12:00Z",
}  # fmt: skip


def play_letters(owners: Played) -> None:
    for name in ("registration", "attendance", "certificates", "notifications", "web"):
        owners.on("GET", f"/{name}/v1/dead-letters", (200, {"items": [], "next": None}))
    other = LETTER | {
        "event_id": "0192a0b0-5c1e-7a10-8f00-00000000d002", "service": "partners",
        "consumer": "partners", "reason": "defect", "attempts": 5, "state": "ordered",
        "type": "attendance.settled.v1", "topic": "attendance.records", "offset": 7_302,
        "error": "ZeroDivisionError: integer division or modulo by zero",
        "died_at": "2020-10-18T21:40:00Z",
    }  # fmt: skip
    owners.on("GET", "/partners/v1/dead-letters", (200, {"items": [other], "next": None}))
    owners.on("GET", "/billing/v1/dead-letters", (200, {"items": [LETTER], "next": None}))
    whole = LETTER | {
        "headers": [
            ["ce_specversion", "1.0"], ["ce_id", LETTER["event_id"]], ["ce_type", LETTER["type"]],
            ["ce_source", "/registration"], ["ce_time", "2020-10-19T08:11:59.812Z"],
            ["content-type", "application/json"],
        ],
        "value": (
            '{\n  "registration_id": "0192a0b0-5c1e-7a10-8f00-00000000b001",\n'
            f'  "course_id": "{COURSE}",\n  "person_id": "p-17",\n'
            '  "confirmed_at": "2020-10-19T08:11:59.812Z"\n}'
        ),
        "cut": 0,
    }  # fmt: skip
    owners.on("GET", f"/billing/v1/dead-letters/{LETTER['event_id']}", (200, whole))
