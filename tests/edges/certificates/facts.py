"""What the neighbours say about the reference course and its learners, as contract events."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.contracts import attendance, billing, reference, registration
from shared.contracts.event import Event

COURSE = reference.COURSE_ID
SESSIONS = ("s1", "s2", "s3", "s4")
COMMON = {
    "holder": "Praxis CET",
    "approved_hours": "8",
    "step": "0.25",
    "evaluation": True,
    "formats": ["live_online"],
    "approved_from": "2020-01-01",
    "approved_to": "2022-12-31",
    "number": "SAMPLE-0000",
    "statement": "Sample wording, to be replaced by the board's own statement.",
}


def board(name: str, unit: str, mode: str, professions: str, **more: Any) -> dict[str, Any]:
    return COMMON | {
        "board": name,
        "unit": unit,
        "mode": mode,
        "professions": professions.split(),
        **more,
    }


BOARDS = [
    board("NBCC", "clock hours", "PER_SESSION", "counselor"),
    board("NAADAC", "contact hours", "PER_SESSION", "addiction_counselor"),
    board(
        "NYSED-MHC",
        "contact hours",
        "PER_SESSION",
        "counselor",
        states={"in": ["NY"]},
        evaluation=False,
    ),
    board(
        "NYSED-SW",
        "contact hours",
        "PER_SESSION",
        "social_worker",
        states={"in": ["NY"]},
        evaluation=False,
    ),
    board(
        "STATE",
        "contact hours",
        "ALL_OR_NOTHING",
        "counselor mft social_worker",
        states={"not": ["NY"]},
    ),
    board("WESPSB", "clock hours", "PER_SESSION", "educator"),
    board("ACCME", "AMA PRA Category 1 Credit(s)™", "CLAIMED", "physician"),
    board("ANCC", "contact hours", "PER_SESSION", "nurse"),
    board("APA", "CE credits", "ALL_OR_NOTHING", "psychologist"),
]


def course(**changes: Any) -> Event:
    said = reference.COURSE | {"boards": BOARDS, **changes}
    return registration.CoursePublished.model_validate(said)


def with_board(name: str, **changes: Any) -> list[dict[str, Any]]:
    """All boards, of which one has another rule."""
    return [one | changes if one["board"] == name else one for one in BOARDS]


def id_of(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def about(who: str) -> dict[str, str]:
    return {
        "registration_id": id_of(f"registration/{who}"),
        "course_id": COURSE,
        "person_id": id_of(f"person/{who}"),
    }


def person(who: str, profession: str, *licenses: tuple[str, str, str], **changes: Any) -> Event:
    said = {
        "person_id": about(who)["person_id"],
        "version": 1,
        "name": who,
        "email": f"{who.partition(' ')[0].lower()}@learners.example",
        "profession": profession,
        "licenses": [{"profession": p, "state": s, "number": n} for p, s, n in licenses],
        **changes,
    }
    return registration.PersonRecorded.model_validate(said)


def registered(who: str, basis: str = "paid") -> list[Event]:
    requested = registration.RegistrationRequested.example | about(who)
    confirmed = registration.RegistrationConfirmed.example | about(who) | {"basis": basis}
    return [
        registration.RegistrationRequested.model_validate(requested),
        registration.RegistrationConfirmed.model_validate(confirmed),
        *([paid(who)] if basis == "paid" else []),
    ]


def paid(who: str) -> Event:
    return billing.InvoicePaid.model_validate(billing.InvoicePaid.example | about(who))


def settled(who: str, session: str, seconds: int = 7200, version: int = 1, **more: Any) -> Event:
    at = {s["session_id"]: s for s in reference.SESSIONS}[session] | more
    said = attendance.AttendanceSettled.example | {
        **about(who),
        "session_id": session,
        "seconds": seconds,
        "present": seconds >= 6300,
        "evidence_version": version,
        "session_starts_at": at["starts_at"],
        "session_ends_at": at["ends_at"],
    }
    return attendance.AttendanceSettled.model_validate(said)


def attended(who: str, *seconds: int) -> list[Event]:
    given = seconds or (7200, 7200, 7200, 7200)
    return [settled(who, s, n) for s, n in zip(SESSIONS, given, strict=True)]


def completed(session: str, minutes: int = 120, **more: Any) -> Event:
    starts = {s["session_id"]: s for s in reference.SESSIONS}[session]
    said = attendance.SessionCompleted.example | {
        "session_id": session,
        "starts_at": starts["starts_at"],
        "ends_at": starts["ends_at"],
        "completed_at": starts["ends_at"],
        "settled_at": starts["ends_at"],
        "instruction_minutes": minutes,
        **more,
    }
    return attendance.SessionCompleted.model_validate(said)


def all_completed() -> list[Event]:
    return [completed(session) for session in SESSIONS]


def expired(who: str) -> Event:
    said = registration.RegistrationExpired.example | about(who)
    return registration.RegistrationExpired.model_validate(said)


def substituted(who: str, by: str, version: int = 2) -> Event:
    people = {"person_id": about(by)["person_id"], "former_person_id": about(who)["person_id"]}
    said = registration.RegistrationSubstituted.example | about(who) | people
    return registration.RegistrationSubstituted.model_validate(said | {"token_version": version})


def link_requested(who: str, version: int) -> Event:
    said = registration.RegistrationLinkRequested.example | about(who)
    return registration.RegistrationLinkRequested.model_validate(said | {"token_version": version})


def dispute_opened(who: str) -> Event:
    return billing.DisputeOpened.model_validate(billing.DisputeOpened.example | about(who))


def dispute_closed(who: str, result: str) -> Event:
    said = billing.DisputeClosed.example | about(who)
    opened = {"dispute_id": billing.DisputeOpened.example["dispute_id"], "result": result}
    return billing.DisputeClosed.model_validate(said | opened)


def cancelled(who: str, at: str, **more: Any) -> Event:
    said = registration.RegistrationCancelled.example | about(who) | {"requested_at": at, **more}
    return registration.RegistrationCancelled.model_validate(said)


def cancellation_settled(who: str, outcome: str) -> Event:
    said = billing.CancellationSettled.example | about(who) | {"outcome": outcome}
    return billing.CancellationSettled.model_validate(said)
