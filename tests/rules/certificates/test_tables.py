"""Tables of cases: what a board gives for what was attended, under which rule and conditions.

Every figure was worked out by hand (domain.md §6), from sessions of 7,200 s of which 900 may be
missed: F is all of it, a number is seconds. Each line is one award, or one a mode.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.certificates.domain.awards import Award, Status, decide
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
from services.certificates.domain.post_tests import needs_it
from services.certificates.domain.words import plain
from tests.rules.certificates.reference import SESSIONS

ALL, EACH, PRO, CLAIMED = Mode.ALL_OR_NOTHING, Mode.PER_SESSION, Mode.PRO_RATA, Mode.CLAIMED
MODES = {"ALL": ALL, "EACH": EACH, "PRO": PRO, "CLAIMED": CLAIMED}


def lines(table: str) -> Iterator[list[str]]:
    for line in table.strip().splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield [cell.strip() for cell in line.split("|")]


def cases(table: str) -> Any:
    """The lines of a table as parameters, each named by what it says."""
    return [pytest.param(*cells, id=" | ".join(cells)) for cells in lines(table)]


def attended(seconds: str) -> dict[str, Attended]:
    given = [7200 if one == "F" else int(one) for one in seconds.split()]
    return {f"s{n}": Attended(one, one >= 6300) for n, one in enumerate(given, 1)}


def facts(seconds: str = "F F F F", mode: Mode = EACH, **changes: Any) -> Facts:
    """Somebody who fulfilled everything but what is said, and the one board of their course."""
    rule = {
        "approved_hours": Decimal(8),
        "approved_from": date(2020, 1, 1),
        "approved_to": date(2022, 12, 31),
        **changes.pop("rule", {}),
    }
    sessions = changes.pop("sessions", SESSIONS)
    board = Approval("NBCC", "clock hours", mode, **rule)
    course = Course("c", sessions, (board,), "d1", **changes.pop("course", {}))
    whole = Facts(
        course=course,
        person=Person("Ada Quill", "counselor"),
        confirmed=True,
        paid=True,
        disclosures=frozenset({"d1"}),
        evaluated=True,
        taught={one.session_id: one.minutes for one in sessions if one.held},
        attended=attended(seconds),
    )
    return replace(whole, **changes)


def of(given: Facts) -> Award:
    [found] = decide(given).awards
    return found


def told(found: Award) -> str:
    """`8.0`, `up to 7.5`, or what is missing."""
    if found.status is Status.GRANTED:
        return plain(found.credits)
    if found.status is Status.CLAIMABLE:
        assert [str(u.condition) for u in found.unmet] == ["unclaimed"]
        return f"up to {plain(found.credits)}"
    assert found.credits == 0
    return ", ".join(str(unmet.condition) for unmet in found.unmet)


# --- modes by attendance --------------------------------------------------------------------------

BY_MODE = """
# attended            | ALL        | EACH       | PRO        | CLAIMED
F F F F               | 8.0        | 8.0        | 8.0        | up to 8.0
7199 7199 7199 7199   | 8.0        | 8.0        | 8.0        | up to 8.0
6300 6300 6300 6300   | 8.0        | 8.0        | 8.0        | up to 8.0
# 25,196 s are 6.9989 h
6299 6299 6299 6299   | attendance | attendance | 6.75       | up to 6.75
F F 0 F               | attendance | 6.0        | 6.0        | up to 6.0
F 0 0 0               | attendance | 2.0        | 2.0        | up to 2.0
0 0 0 F               | attendance | 2.0        | 2.0        | up to 2.0
0 0 0 0               | attendance | attendance | attendance | attendance
F F F 5400            | attendance | 6.0        | 7.5        | up to 7.5
F F 3600 3600         | attendance | 4.0        | 6.0        | up to 6.0
# 27,899 s are 7.7497 h
6300 6299 F F         | attendance | 6.0        | 7.5        | up to 7.5
# 23,399 s are 6.4997 h
F F F 1799            | attendance | 6.0        | 6.25       | up to 6.25
F F F 1800            | attendance | 6.0        | 6.5        | up to 6.5
1 1 1 1               | attendance | attendance | attendance | attendance
899 0 0 0             | attendance | attendance | attendance | attendance
900 0 0 0             | attendance | attendance | 0.25       | up to 0.25
450 450 0 0           | attendance | attendance | 0.25       | up to 0.25
"""


@pytest.mark.parametrize(("seconds", "all_", "each", "pro", "claimed"), cases(BY_MODE))
def test_what_each_mode_gives_for_what_was_attended(seconds, all_, each, pro, claimed):
    expected = {ALL: all_, EACH: each, PRO: pro, CLAIMED: claimed}
    assert {mode: told(of(facts(seconds, mode))) for mode in expected} == expected


# --- steps, rounding, caps, units, stricter boards ------------------------------------------------

RULES: dict[str, dict[str, Any]] = {
    "down": {"rounding": Rounding.DOWN},
    "nearest": {"rounding": Rounding.NEAREST},
    "up": {"rounding": Rounding.UP},
    "tenths": {"step": Decimal("0.1")},
    "halves": {"step": Decimal("0.5")},
    "wholes": {"step": Decimal(1)},
    "cap 6": {"approved_hours": Decimal(6)},
    "cap 7.4": {"approved_hours": Decimal("7.4")},
    "cap 7.5": {"approved_hours": Decimal("7.5")},
    "cap 9.5": {"approved_hours": Decimal("9.5")},
    "50 min": {"minutes_per_unit": 50},
    "strict 0": {"max_missed_seconds": 0},
    "strict 600": {"max_missed_seconds": 600},
    "lax 3600": {"max_missed_seconds": 3600},
}
BY_RULE = """
# mode | rule              | attended            | gives
PRO    | nearest           | 6299 6299 6299 6299 | 7.0
PRO    | up                | 6299 6299 6299 6299 | 7.0
PRO    | nearest           | 449 0 0 0           | attendance
PRO    | nearest           | 450 0 0 0           | 0.25
PRO    | up                | 1 0 0 0             | 0.25
PRO    | up                | 0 0 0 0             | attendance
EACH   | up                | 6299 0 0 0          | attendance
PRO    | tenths            | F F F 5399          | 7.4
PRO    | tenths, nearest   | F F F 5399          | 7.5
PRO    | halves            | F F F 5399          | 7.0
PRO    | halves            | F F F 5400          | 7.5
PRO    | wholes            | F F F 5400          | 7.0
PRO    | wholes, nearest   | F F F 5400          | 8.0
PRO    | wholes, up        | F F F 1             | 7.0
# the cap comes after rounding
PRO    | cap 7.5, up       | F F F F             | 7.5
PRO    | cap 7.5, nearest  | F F F 6299          | 7.5
PRO    | cap 6             | F F 5400 5400       | 6.0
ALL    | cap 6             | F F F F             | 6.0
EACH   | cap 6             | F F F 0             | 6.0
EACH   | cap 6             | F F 0 0             | 4.0
# what is granted is the cap as it is; what is claimed goes in steps
PRO    | cap 7.4           | F F F F             | 7.4
CLAIMED| cap 7.4           | F F F F             | up to 7.25
CLAIMED| cap 7.4, tenths   | F F F F             | up to 7.4
CLAIMED| cap 7.5, up       | F F F 5399          | up to 7.5
# 480 min are 9.6 units of 50, 360 are 7.2; 24,600 s are 8.2
ALL    | 50 min, cap 9.5   | F F F F             | 9.5
EACH   | 50 min, cap 9.5   | F F F 0             | 7.0
PRO    | 50 min, cap 9.5   | F F F 3000          | 8.0
EACH   | 50 min            | F F F F             | 8.0
# a board may be stricter than the session's rule, and never laxer
EACH   | strict 0          | 7199 F F F          | 6.0
ALL    | strict 0          | 7199 F F F          | attendance
PRO    | strict 0          | 7199 F F F          | 7.75
CLAIMED| strict 0          | 7199 F F F          | up to 7.75
EACH   | strict 600        | 6600 F F F          | 8.0
EACH   | strict 600        | 6599 F F F          | 6.0
ALL    | strict 600        | 6600 6600 6600 6600 | 8.0
ALL    | strict 600        | 6600 6599 6600 6600 | attendance
EACH   | lax 3600          | 5400 F F F          | 6.0
PRO    | lax 3600          | 5400 F F F          | 7.5
"""


@pytest.mark.parametrize(("mode", "rule", "seconds", "gives"), cases(BY_RULE))
def test_what_a_boards_own_rule_makes_of_it(mode, rule, seconds, gives):
    changes: dict[str, Any] = {}
    for name in rule.split(","):
        changes |= RULES[name.strip()]
    assert told(of(facts(seconds, MODES[mode], rule=changes))) == gives


# --- sessions cut short, cancelled, taken back ----------------------------------------------------

CUT = """
# mode | max missed | taught of the third | attended of it | present | gives
EACH   | -          | 50                  | 3000           | yes     | 6.75
PRO    | -          | 50                  | 3000           | yes     | 6.75
CLAIMED| -          | 50                  | 3000           | yes     | up to 6.75
ALL    | -          | 50                  | 3000           | yes     | 6.75
# more seconds than were taught are no more than what was taught
PRO    | -          | 50                  | 7200           | yes     | 6.75
EACH   | -          | 119                 | 7140           | yes     | 7.75
EACH   | -          | 130                 | 7200           | yes     | 8.0
# what may be missed counts against the time taught: 600 of 3,000 s
EACH   | 600        | 50                  | 2400           | yes     | 6.75
EACH   | 600        | 50                  | 2399           | yes     | 6.0
PRO    | 600        | 50                  | 2399           | yes     | 6.5
ALL    | 600        | 50                  | 2399           | yes     | attendance
EACH   | -          | 50                  | 2099           | no      | 6.0
PRO    | -          | 50                  | 1800           | no      | 6.5
"""


@pytest.mark.parametrize(("mode", "missed", "taught", "seconds", "there", "gives"), cases(CUT))
def test_what_a_session_cut_short_is_worth(mode, missed, taught, seconds, there, gives):
    rule = {} if missed == "-" else {"max_missed_seconds": int(missed)}
    given = facts("F F 0 F", MODES[mode], rule=rule)
    third = Attended(int(seconds), there == "yes")
    given = replace(
        given,
        taught={**given.taught, "s3": int(taught)},
        attended={**given.attended, "s3": third},
    )
    assert told(of(given)) == gives


HELD = """
# mode | not held | attended   | gives
ALL    | s3       | F F 0 F    | 6.0
ALL    | s3       | F F 0 0    | attendance
EACH   | s3       | F F F F    | 6.0
PRO    | s3       | F F F 5400 | 5.5
CLAIMED| s3       | F F F F    | up to 6.0
ALL    | s1 s2 s3 | 0 0 0 F    | 2.0
"""


@pytest.mark.parametrize(("mode", "gone", "seconds", "gives"), cases(HELD))
def test_a_session_that_was_cancelled_or_taken_back_is_neither_asked_for_nor_credited(
    mode, gone, seconds, gives
):
    sessions = tuple(replace(s, held=s.session_id not in gone.split()) for s in SESSIONS)
    assert told(of(facts(seconds, MODES[mode], sessions=sessions))) == gives


# --- approvals ------------------------------------------------------------------------------------

PERIODS = """
# mode | from       | until      | attended | gives
EACH   | 2020-10-19 | 2020-11-09 | F F F F  | 8.0
ALL    | 2020-10-19 | 2020-11-09 | F F F F  | 8.0
EACH   | -          | -          | F F F F  | 8.0
EACH   | -          | 2020-10-26 | F F F F  | 4.0
PRO    | -          | 2020-10-26 | F F F F  | 4.0
CLAIMED| -          | 2020-10-26 | F F F F  | up to 4.0
ALL    | -          | 2020-10-26 | F F F F  | approval_period
ALL    | -          | 2020-10-26 | F 0 F F  | approval_period, attendance
EACH   | -          | 2020-10-26 | 0 0 F F  | attendance
EACH   | -          | 2020-10-26 | F 0 F F  | 2.0
PRO    | -          | 2020-10-26 | 3600 3600 F F | 2.0
# never retroactively
EACH   | 2020-10-27 | -          | F F F F  | 4.0
ALL    | 2020-10-20 | -          | F F F F  | approval_period
EACH   | 2020-10-27 | 2020-11-08 | F F F F  | 2.0
EACH   | 2020-11-10 | -          | F F F F  | approval_period
CLAIMED| -          | 2020-10-18 | F F F F  | approval_period
PRO    | -          | 2020-10-18 | F F F F  | approval_period
"""


def day(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)


@pytest.mark.parametrize(("mode", "since", "until", "seconds", "gives"), cases(PERIODS))
def test_only_what_was_taught_while_approved_counts(mode, since, until, seconds, gives):
    rule = {"approved_from": day(since), "approved_to": day(until)}
    assert told(of(facts(seconds, MODES[mode], rule=rule))) == gives


# A programme of 18 months, one session a month; the approval ends after the twelfth.
PROGRAMME = tuple(
    Session(
        f"s{n}",
        n,
        datetime(2021 + (n - 1) // 12, (n - 1) % 12 + 1, 15, 17, tzinfo=UTC),
        date(2021 + (n - 1) // 12, (n - 1) % 12 + 1, 15),
        120,
    )
    for n in range(1, 19)
)
ENDING_INSIDE = """
# mode | missed  | gives
EACH   | -       | 24.0
PRO    | -       | 24.0
CLAIMED| -       | up to 24.0
ALL    | -       | approval_period
EACH   | 3       | 22.0
EACH   | 13      | 24.0
EACH   | 3 13 14 | 22.0
PRO    | 3       | 22.0
CLAIMED| 12      | up to 22.0
ALL    | 13      | approval_period
ALL    | 3       | approval_period, attendance
"""


@pytest.mark.parametrize(("mode", "missed", "gives"), cases(ENDING_INSIDE))
def test_an_approval_that_ends_inside_a_programme_of_18_months(mode, missed, gives):
    gone = {f"s{n}" for n in missed.split() if n != "-"}
    there = {
        s.session_id: Attended(0, False) if s.session_id in gone else Attended(7200, True)
        for s in PROGRAMME
    }
    rule = {"approved_hours": Decimal(36), "approved_to": date(2021, 12, 31)}
    given = facts(mode=MODES[mode], rule=rule, sessions=PROGRAMME, attended=there)
    assert told(of(given)) == gives


LONGER = """
# of seven sessions    | ALL        | EACH | PRO  | CLAIMED
F F F F F F 5400       | attendance | 12.0 | 13.5 | up to 13.5
F F F F F 0 899        | attendance | 10.0 | 10.0 | up to 10.0
F F F F F F F          | 14.0       | 14.0 | 14.0 | up to 14.0
"""


@pytest.mark.parametrize(("seconds", "all_", "each", "pro", "claimed"), cases(LONGER))
def test_a_programme_whose_page_has_no_notes_beside_its_days(seconds, all_, each, pro, claimed):
    rule, sessions = {"approved_hours": Decimal(14)}, PROGRAMME[:7]
    found = {m: of(facts(seconds, m, rule=rule, sessions=sessions)) for m in MODES.values()}
    expected = {ALL: all_, EACH: each, PRO: pro, CLAIMED: claimed}
    assert {mode: told(one) for mode, one in found.items()} == expected
    whole = {f"s{n}" for n, one in enumerate(seconds.split(), 1) if one == "F"}
    assert {frozenset(one.sessions) for one in found.values()} == {frozenset(whole)}


# --- formats --------------------------------------------------------------------------------------

FORMATS = """
# mode | approved              | delivered                                   | gives
EACH   | live_online           | live_online live_online live_online live_online | 8.0
EACH   | -                     | in_person live_online recorded mixed        | 8.0
EACH   | in_person             | live_online live_online live_online live_online | format
EACH   | in_person live_online | in_person live_online in_person live_online | 8.0
EACH   | live_online           | in_person live_online in_person live_online | 4.0
ALL    | live_online           | in_person live_online in_person live_online | format
EACH   | live_online           | live_online live_online live_online recorded | 6.0
ALL    | live_online           | live_online live_online live_online recorded | format
PRO    | recorded              | live_online live_online live_online recorded | 2.0
CLAIMED| live_online recorded  | live_online live_online live_online recorded | up to 8.0
EACH   | mixed                 | live_online in_person mixed recorded        | 8.0
# in a room and online at once: covered where both ways are
EACH   | in_person live_online | mixed mixed live_online in_person           | 8.0
EACH   | live_online           | mixed live_online live_online live_online   | 6.0
EACH   | recorded              | live_online live_online live_online live_online | format
"""


@pytest.mark.parametrize(("mode", "formats", "delivered", "gives"), cases(FORMATS))
def test_only_what_was_delivered_as_approved_counts(mode, formats, delivered, gives):
    sessions = tuple(
        replace(s, delivery=way) for s, way in zip(SESSIONS, delivered.split(), strict=True)
    )
    rule = {"formats": frozenset() if formats == "-" else frozenset(formats.split())}
    assert told(of(facts(mode=MODES[mode], rule=rule, sessions=sessions))) == gives


def test_a_recording_counts_only_where_all_of_its_window_is_approved():
    window = replace(SESSIONS[3], delivery="recorded", last_day=date(2021, 1, 31))
    for until, gives in ((date(2021, 1, 30), "6.0"), (date(2021, 1, 31), "8.0")):
        given = facts(rule={"approved_to": until}, sessions=(*SESSIONS[:3], window))
        assert told(of(given)) == gives


@pytest.mark.parametrize(
    ("asked_for", "delivered", "needs"),
    [
        ("live_online", "mixed", True),
        ("in_person", "mixed", True),
        ("mixed", "mixed", True),
        ("recorded", "mixed", False),
        ("mixed", "live_online", False),
        ("live_online", "in_person", False),
    ],
)
def test_a_session_in_a_room_and_online_needs_the_test_where_either_way_does(
    asked_for, delivered, needs
):
    test = PostTest(1, 80, None, frozenset({asked_for}))
    assert needs_it(test, delivered) is needs


# --- conditions -----------------------------------------------------------------------------------

BEFORE = datetime(2020, 10, 19, 19, 59, 59, tzinfo=UTC)
STARTED = datetime(2020, 10, 19, 20, tzinfo=UTC)
CHANGES: dict[str, dict[str, Any]] = {
    "no evaluation": {"evaluated": False},
    "unpaid": {"paid": False},
    "unconfirmed": {"confirmed": False, "paid": False},
    "dispute": {"dispute": "open"},
    "charged back": {"dispute": "lost"},
    "no disclosure": {"disclosures": frozenset()},
    "an old disclosure": {"disclosures": frozenset({"d0"})},
    "a later disclosure": {
        "disclosures": frozenset({"d2"}),
        "course": {"later": frozenset({"d2"})},
    },
    "no name": {"person": Person("  ", "counselor")},
    "unknown person": {"person": None},
    "transferred": {"ended": Ended("transferred", BEFORE)},
    "expired": {"ended": Ended("expired", BEFORE)},
    "unseated": {"ended": Ended("unseated", BEFORE)},
    "lapsed": {"ended": Ended("lapsed", BEFORE)},
    "cancelled, not settled": {"ended": Ended("cancelled", STARTED)},
    "cancelled before for nothing": {"ended": Ended("cancelled", BEFORE, "nothing")},
    "cancelled at the start for nothing": {"ended": Ended("cancelled", STARTED, "nothing")},
    "cancelled after for money": {"ended": Ended("cancelled", STARTED, "refund")},
    "cancelled after for credit": {"ended": Ended("cancelled", STARTED, "credit")},
    "course cancelled": {"course": {"cancelled": True}},
    "declined": {"declined": frozenset({"NBCC"})},
    "another declined": {"declined": frozenset({"APA"})},
    "not over": {"taught": {"s1": 120, "s2": 120, "s3": 120}},
    "not settled": {"attended": attended("F F F")},
    "no test": {"rule": {"post_test": PostTest(1, 80)}},
    "test at 79": {"rule": {"post_test": PostTest(1, 80)}, "sat": {1: Sat(3, ((2, 79),))}},
    "test at 80": {"rule": {"post_test": PostTest(1, 80)}, "sat": {1: Sat(1, ((1, 80),))}},
    "another's test": {"rule": {"post_test": PostTest(2, 80)}, "sat": {1: Sat(1, ((1, 100),))}},
    "an older test passed": {
        "rule": {"post_test": PostTest(2, 80)},
        "sat": {1: Sat(1, ((1, 75),), frozenset({"NBCC"}))},
    },
    "right at the last allowed": {
        "rule": {"post_test": PostTest(1, 80, 2)},
        "sat": {1: Sat(3, ((1, 70), (2, 80)))},
    },
    "right after the last allowed": {
        "rule": {"post_test": PostTest(1, 80, 2)},
        "sat": {1: Sat(3, ((1, 70), (3, 100)))},
    },
    "a test for recordings": {
        "rule": {"post_test": PostTest(1, 80, None, frozenset({"recorded"}))}
    },
    "licence elsewhere": {"rule": {"states_in": frozenset({"NY"})}},
    "another profession": {"rule": {"professions": frozenset({"nurse"})}},
}
CONDITIONS = """
# what is so                                  | is missing, in this order
no evaluation                                 | evaluation
unpaid                                        | paid
unconfirmed                                   | confirmed
dispute                                       | dispute
charged back                                  | dispute
no disclosure                                 | disclosure
an old disclosure                             | disclosure
a later disclosure                            | 8.0
no name                                       | identity
unknown person                                | identity
transferred                                   | not_cancelled
expired                                       | not_cancelled
unseated                                      | not_cancelled
lapsed                                        | not_cancelled
cancelled, not settled                        | not_cancelled
cancelled before for nothing                  | not_cancelled
cancelled at the start for nothing            | 8.0
cancelled after for money                     | not_cancelled
cancelled after for credit                    | not_cancelled
course cancelled                              | not_cancelled
declined                                      | declined
another declined                              | 8.0
not over                                      | course_over
not settled                                   | course_over
no test                                       | post_test
test at 79                                    | post_test
test at 80                                    | 8.0
another's test                                | post_test
an older test passed                          | 8.0
right at the last allowed                     | 8.0
right after the last allowed                  | post_test
a test for recordings                         | 8.0
licence elsewhere                             | license_state
another profession                            | profession
# several at once are all told, but of a board that does not serve only that
unpaid; no evaluation                         | paid, evaluation
unconfirmed; no evaluation                    | confirmed, evaluation
transferred; unpaid                           | not_cancelled
dispute; unpaid                               | paid, dispute
no name; no disclosure; no evaluation         | identity, disclosure, evaluation
no test; no evaluation; unpaid                | paid, evaluation, post_test
not over; unpaid                              | paid, course_over
licence elsewhere; unpaid                     | license_state, paid
another profession; unpaid; no evaluation     | profession
another profession; declined                  | profession
declined; unpaid; no evaluation               | declined
declined; not over                            | declined
# ... and of a registration that has ended nothing is asked any more
cancelled after for money; no evaluation      | not_cancelled
cancelled before for nothing; no test         | not_cancelled
transferred; no disclosure; no evaluation     | not_cancelled
cancelled at the start for nothing; no evaluation | evaluation
course cancelled; no evaluation               | not_cancelled, evaluation
"""


@pytest.mark.parametrize(("so", "missing"), cases(CONDITIONS))
def test_each_condition_and_several_at_once(so, missing):
    changes: dict[str, Any] = {"rule": {"requires_evaluation": True}}
    for name in so.split(";"):
        change = dict(CHANGES[name.strip()])
        changes["rule"] = changes["rule"] | change.pop("rule", {})
        changes |= change
    assert told(of(facts(**changes))) == missing


CANCELLED_LATE = """
# mode | attended until then | gives
EACH   | F F                 | 4.0
EACH   | F 0                 | 2.0
EACH   | 0 0                 | attendance
PRO    | F 3600              | 3.0
CLAIMED| F F                 | up to 4.0
ALL    | F F                 | attendance
"""


@pytest.mark.parametrize(("mode", "seconds", "gives"), cases(CANCELLED_LATE))
def test_cancelled_after_two_sessions_for_nothing_what_was_attended_counts(mode, seconds, gives):
    after_two = Ended("cancelled", SESSIONS[1].starts_at + timedelta(hours=3), "nothing")
    assert told(of(facts(seconds, MODES[mode], ended=after_two))) == gives


# --- claims ---------------------------------------------------------------------------------------

CLAIMS = """
# attended   | claimed | so            | gives
F F F F      | 8       | -             | 8.0
F F F F      | 5.25    | -             | 5.25
F F F F      | 0.25    | -             | 0.25
# evidence that got worse after the claim gives less, and better again as much as was claimed
F F 0 F      | 8       | -             | 6.0
0 0 0 0      | 8       | -             | attendance
F F F 5400   | 7.75    | -             | 7.5
F F F F      | 6       | -             | 6.0
F F F F      | 8       | unpaid        | paid
F F F F      | 8       | no evaluation | evaluation
F F F F      | 8       | declined      | declined
F F F F      | -       | unpaid        | paid
"""


@pytest.mark.parametrize(("seconds", "claimed", "so", "gives"), cases(CLAIMS))
def test_a_claim_gives_what_was_claimed_and_no_more_than_was_earned(seconds, claimed, so, gives):
    claims = {} if claimed == "-" else {"NBCC": Decimal(claimed)}
    changes: dict[str, Any] = {"rule": {"requires_evaluation": True}}
    changes |= {} if so == "-" else CHANGES[so]
    assert told(of(facts(seconds, CLAIMED, claims=claims, **changes))) == gives


# --- whom a board serves --------------------------------------------------------------------------

SERVED = """
# professions       | states  | declared  | licences                | gives
counselor           | -       | counselor | -                       | 8.0
counselor           | -       | coach     | counselor               | 8.0
counselor           | -       | coach     | nurse                   | profession
counselor nurse     | -       | nurse     | -                       | 8.0
-                   | -       | -         | -                       | 8.0
counselor           | in NY   | counselor | counselor NY            | 8.0
counselor           | in NY   | counselor | counselor ny            | 8.0
counselor           | in NY   | counselor | counselor NJ            | profession
counselor           | in NY   | counselor | counselor NJ, counselor NY | 8.0
counselor           | in NY   | counselor | counselor NJ, counselor | license_state
counselor           | in NY   | counselor | nurse NY                | license_state
counselor           | in NY   | coach     | counselor NY            | 8.0
counselor           | in NY   | coach     | nurse NY                | profession
counselor           | in NY   | counselor | -                       | license_state
counselor           | in NY NJ| counselor | counselor NJ            | 8.0
counselor           | not NY  | counselor | counselor NJ            | 8.0
counselor           | not NY  | counselor | counselor NY            | profession
counselor           | not NY  | counselor | counselor NY, counselor CA | 8.0
counselor           | not NY  | counselor | counselor               | license_state
"""


@pytest.mark.parametrize(("whom", "states", "declared", "licences", "gives"), cases(SERVED))
def test_whom_a_board_serves(whom, states, declared, licences, gives):
    how, *codes = states.split()
    rule = {"professions": frozenset(whom.split()) - {"-"}}
    if how != "-":
        rule["states_in" if how == "in" else "states_out"] = frozenset(codes)
    held = []
    for one in licences.split(","):
        profession, *state = one.split()
        if profession != "-":
            held.append(License(profession, state[0] if state else None))
    person = Person("Ada Quill", None if declared == "-" else declared, tuple(held))
    assert told(of(facts(rule=rule, person=person))) == gives
