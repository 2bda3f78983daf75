"""The reference course of domain.md §1 as the rules of certificates see it, written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from services.certificates.domain.awards import Award, decide
from services.certificates.domain.facts import (
    Approval,
    Attended,
    Course,
    Facts,
    License,
    Mode,
    Person,
    Session,
)

SESSIONS = (
    Session("s1", 1, datetime(2020, 10, 19, 20, tzinfo=UTC), date(2020, 10, 19), 120),
    Session("s2", 2, datetime(2020, 10, 26, 20, tzinfo=UTC), date(2020, 10, 26), 120),
    Session("s3", 3, datetime(2020, 11, 2, 21, tzinfo=UTC), date(2020, 11, 2), 120),
    Session("s4", 4, datetime(2020, 11, 9, 21, tzinfo=UTC), date(2020, 11, 9), 120),
)


def approval(board: str, unit: str, mode: Mode, professions: str, **more) -> Approval:
    given = {
        "approved_hours": Decimal(8),
        "step": Decimal("0.25"),
        "formats": frozenset({"live_online"}),
        "approved_from": date(2020, 1, 1),
        "approved_to": date(2022, 12, 31),
        **more,
    }
    return Approval(board, unit, mode, professions=frozenset(professions.split()), **given)


NY = frozenset({"NY"})
EACH = Mode.PER_SESSION
ALL = Mode.ALL_OR_NOTHING
BOARDS = (
    approval("NBCC", "clock hours", EACH, "counselor", requires_evaluation=True),
    approval("NAADAC", "contact hours", EACH, "addiction_counselor", requires_evaluation=True),
    approval("NYSED-MHC", "contact hours", EACH, "counselor", states_in=NY),
    approval("NYSED-SW", "contact hours", EACH, "social_worker", states_in=NY),
    approval(
        "STATE",
        "contact hours",
        ALL,
        "counselor mft social_worker",
        states_out=NY,
        requires_evaluation=True,
    ),
    approval("WESPSB", "clock hours", EACH, "educator", requires_evaluation=True),
    approval(
        "ACCME",
        "AMA PRA Category 1 Credit(s)™",
        Mode.CLAIMED,
        "physician",
        requires_evaluation=True,
    ),
    approval("ANCC", "contact hours", EACH, "nurse", requires_evaluation=True),
    approval("APA", "CE credits", ALL, "psychologist", requires_evaluation=True),
)
COURSE = Course("attachment-effectiveness-2020", SESSIONS, BOARDS, disclosure="2020-09-01")

# One learner of each kind, by the only boards that serve them.
PEOPLE = {
    "NBCC": Person("Ada Quill", "counselor", (License("counselor", "NY", "1"),)),
    "NAADAC": Person("Bo Reed", "addiction_counselor"),
    "NYSED-MHC": Person("Ada Quill", "counselor", (License("counselor", "NY", "1"),)),
    "NYSED-SW": Person("Cy Stone", "social_worker", (License(None, "ny", None),)),
    "STATE": Person("Di Thorn", "counselor", (License("counselor", "NJ", "2"),)),
    "WESPSB": Person("Ed Umber", "educator"),
    "ACCME": Person("Flo Vale", "physician"),
    "ANCC": Person("Gus Wold", "nurse"),
    "APA": Person("Hal Yarrow", "psychologist"),
}
FULL = Attended(7200, True)


def attended(*seconds: int) -> dict[str, Attended]:
    """Seconds of the four sessions; present misses at most 15 minutes of 120: 6,300 s or more."""
    return {f"s{n}": Attended(s, s >= 6300) for n, s in enumerate(seconds, 1)}


def facts(board: str = "NBCC", *seconds: int, **more) -> Facts:
    """Everything fulfilled by someone whom this board serves."""
    whole = Facts(
        course=COURSE,
        person=PEOPLE[board],
        confirmed=True,
        paid=True,
        disclosures=frozenset({"2020-09-01"}),
        evaluated=True,
        taught={"s1": 120, "s2": 120, "s3": 120, "s4": 120},
        attended=attended(*(seconds or (7200, 7200, 7200, 7200))),
    )
    return replace(whole, **more)


def award(board: str, given: Facts) -> Award:
    [found] = [a for a in decide(given).awards if a.board == board]
    return found


def missing(found: Award) -> list[str]:
    return [str(unmet.condition) for unmet in found.unmet]


def with_approval(board: str, **changes) -> Course:
    return replace(
        COURSE,
        approvals=tuple(replace(a, **changes) if a.board == board else a for a in BOARDS),
    )
