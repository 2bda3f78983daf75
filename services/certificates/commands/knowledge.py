"""From rows to the facts that rules decide from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from services.certificates import models
from services.certificates.commands.remembered import remembered
from services.certificates.domain.facts import (
    Approval,
    Attended,
    Course,
    Ended,
    Facts,
    License,
    Mode,
    Person,
    PostTest,
    Rounding,
    Sat,
    Session,
)
from shared.dates import day_of, parse_instant

# A board by a rule that is not known here gets no decision.
_MODES, _ROUNDINGS = frozenset(Mode), frozenset(Rounding)


def facts_of(
    reg: models.Registration,
    course: models.Course | None,
    person: models.Person | None,
    issued: Iterable[models.Certificate],
) -> Facts:
    """All that is known of a registration now; `issued` are its certificates."""
    valid = [one for one in issued if one.status == "valid"]
    return Facts(
        course=course_of(course, reg.given_back),
        person=person_of(person),
        confirmed=reg.basis is not None,
        # Any other basis, also one that comes to be later, says only that the seat is taken.
        paid=reg.paid or reg.basis == "free",
        ended=_ended(reg),
        dispute=next((r for r in ("open", "lost") if r in reg.disputes.values()), None),
        disclosures=frozenset(reg.disclosures.get(reg.person_id, ())),
        evaluated=reg.evaluated_at is not None,
        sat=_sat(reg),
        declined=frozenset(reg.declined.get(reg.person_id, ())),
        asks_participation=reg.participation_for == reg.person_id or _has_participation(reg, valid),
        claims={board: Decimal(claimed) for board, claimed in reg.claims.items()},
        taught=_taught(course) if course else {},
        attended={
            session_id: Attended(one["seconds"], one["present"], one["version"])
            for session_id, one in reg.attended.items()
            if course is None or _same_time(one, course.taught.get(session_id))
        },
        certified=any(one.board not in models.NO_BOARD for one in valid),
        role=reg.role,
        presented=frozenset(reg.presented.get(reg.person_id, ())),
    )


def _has_participation(reg: models.Registration, valid: Iterable[models.Certificate]) -> bool:
    """Whoever has a certificate without credit need not ask for it, however they came by it: what
    came by itself goes on when a board serves them since, and gives nothing (decision 68)."""
    return any(
        one.board == models.PARTICIPATION and one.person_id == reg.person_id for one in valid
    )


@remembered
def course_of(row: models.Course | None, given_back: Collection[str] = ()) -> Course | None:
    """A course as published; None while it is not known, and once its evidence has ended.

    For whom took the share of a cancelled session back it is not made up: "every session" is then
    every other one (domain.md §2).
    """
    if row is None or not row.document or row.evidence_ended_at is not None:
        return None
    said = row.document
    disclosure, later = _disclosures(row)
    return Course(
        row.course_id,
        tuple(_session(number, one, given_back) for number, one in enumerate(said["sessions"], 1)),
        tuple(
            approval_of(board)
            for board in said["boards"]
            if board["mode"] in _MODES and board["rounding"] in _ROUNDINGS
        ),
        disclosure,
        later,
        cancelled=said["status"] == "cancelled",
    )


def approval_of(board: Mapping[str, Any]) -> Approval:
    """A board's rule from the course's document."""
    states = board["states"] or {}
    categories: dict[str, dict[str, Decimal]] = {}
    for one in board["categories"]:
        categories.setdefault(one["session_id"], {})[one["category"]] = Decimal(one["hours"])
    return Approval(
        board=board["board"],
        unit=board["unit"],
        mode=Mode(board["mode"]),
        approved_hours=Decimal(board["approved_hours"]),
        minutes_per_unit=board["minutes_per_unit"],
        step=Decimal(board["step"]),
        rounding=Rounding(board["rounding"]),
        professions=frozenset(board["professions"]),
        states_in=frozenset(state.upper() for state in states.get("in", ())),
        states_out=frozenset(state.upper() for state in states.get("not", ())),
        requires_evaluation=board["evaluation"],
        post_test=_post_test(board["post_test"]),
        max_missed_seconds=board["max_missed_seconds"],
        approved_from=_day(board["approved_from"]),
        approved_to=_day(board["approved_to"]),
        formats=frozenset(board["formats"]),
        categories=categories,
        rule_version=board["rule_version"],
    )


def _post_test(said: Mapping[str, Any] | None) -> PostTest | None:
    if said is None:
        return None
    formats = frozenset(said.get("formats", ()))  # a course that was kept before may lack them
    return PostTest(said["version"], said["pass_percent"], said["attempts"], formats)


def person_of(row: models.Person | None) -> Person | None:
    """A person as recorded; None while not heard of, and once erased."""
    if row is None or row.erased or not row.version:
        return None
    return Person(
        row.name,
        row.profession or None,
        tuple(
            License(one["profession"] or None, one["state"] or None, one["number"] or None)
            for one in row.licenses
        ),
    )


def is_over(row: models.Course) -> bool:
    """Whether every session that is held is completed."""
    sessions = row.document.get("sessions", [])
    held = [one["session_id"] for one in sessions if one["status"] != "cancelled"]
    taught = _taught(row)
    return bool(held) and all(one in taught for one in held)


def _taught(row: models.Course) -> dict[str, int]:
    """Minutes by completed session. One that the course has end after all that was said of it had
    been completed by former times: it will be completed again (decision 118)."""
    ends = {one["session_id"]: one["ends_at"] for one in row.document.get("sessions", [])}
    return {
        session_id: one["minutes"]
        for session_id, one in row.taught.items()
        if _reaches(one, ends.get(session_id))
    }


def _reaches(taught: Mapping[str, Any], ends_at: str | None) -> bool:
    if ends_at is None or "ends_at" not in taught:  # kept by an earlier release
        return True
    end = parse_instant(ends_at)
    return any(parse_instant(taught[said]) >= end for said in ("ends_at", "at"))


def _same_time(attended: Mapping[str, Any], taught: Mapping[str, Any] | None) -> bool:
    """Whether attendance was settled by the times by which its session was completed: those that
    were settled by former ones are told anew, by another topic, perhaps later."""
    settled, said = attended.get("ends_at"), (taught or {}).get("ends_at")
    return settled is None or said is None or parse_instant(settled) == parse_instant(said)


def _disclosures(row: models.Course) -> tuple[str | None, frozenset[str]]:
    """The version that had to be accepted, and later ones that do as well.

    A change is asked of people before they may join (domain.md §4): once the last session is
    completed, the version that was in force then is what was asked. Who never accepted that one
    can only accept what is in force today, and may.
    """
    told = [row.disclosures[key] for key in sorted(row.disclosures, key=int)]
    end = row.last_completed_at if is_over(row) else None
    then = sum(1 for one in told if end is None or parse_instant(one["since"]) <= end)
    asked = [one["version"] for one in told[max(then, 1) - 1 :]]
    if not asked or None in asked:
        return None, frozenset()
    return asked[0], frozenset(asked[1:])


def _session(number: int, said: Mapping[str, Any], given_back: Collection[str]) -> Session:
    ends_at, recorded = parse_instant(said["ends_at"]), said["delivery"] == "recorded"
    return Session(
        said["session_id"],
        number,
        parse_instant(said["starts_at"]),
        date.fromisoformat(said["date"]),
        said["instruction_minutes"],
        said["delivery"],
        said["status"] != "cancelled" and said["session_id"] not in given_back,
        ends_at,
        day_of(ends_at, said["zone"]) if recorded else None,
    )


def _sat(reg: models.Registration) -> dict[int, Sat]:
    """What the person did whose registration it is now; a former person's tests were theirs."""
    return {
        int(version): Sat(
            one["attempts"],
            tuple((which, percent) for which, percent in one["rises"]),
            frozenset(one["passed"]),
        )
        for version, one in reg.post_tests.get(reg.person_id, {}).items()
    }


def _ended(reg: models.Registration) -> Ended | None:
    if reg.ended is None:
        return None
    return Ended(reg.ended["how"], parse_instant(reg.ended["at"]), reg.outcome)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
