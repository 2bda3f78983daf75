"""Every figure of domain.md §6, and each condition by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.certificates.domain.awards import Status, decide
from services.certificates.domain.facts import (
    Attended,
    Ended,
    Facts,
    License,
    Mode,
    Person,
    PostTest,
    Rounding,
    Sat,
)
from tests.rules.certificates.reference import (
    BOARDS,
    COURSE,
    PEOPLE,
    SESSIONS,
    attended,
    award,
    facts,
    missing,
    with_approval,
)

EVERY_BOARD = ["NBCC", "NAADAC", "NYSED-MHC", "NYSED-SW", "STATE", "WESPSB", "ANCC", "APA"]


@pytest.mark.parametrize("board", EVERY_BOARD)
def test_everything_attended_is_8_for_each_board(board):
    found = award(board, facts(board))
    assert (found.status, found.credits) == (Status.GRANTED, Decimal("8.0"))
    assert found.sessions == ("s1", "s2", "s3", "s4")


def test_everything_attended_lets_a_physician_claim_up_to_8():
    found = award("ACCME", facts("ACCME"))
    assert (found.status, found.credits) == (Status.CLAIMABLE, Decimal("8.0"))
    assert missing(found) == ["unclaimed"]
    assert found.unmet[0].detail == (
        "You can claim up to 8.0 AMA PRA Category 1 Credit(s)™. Claim only what you took part in."
    )


@pytest.mark.parametrize("board", ["NBCC", "NAADAC", "NYSED-MHC", "NYSED-SW", "WESPSB", "ANCC"])
def test_session_3_missed_is_6_where_sessions_count_singly(board):
    found = award(board, facts(board, 7200, 7200, 0, 7200))
    assert (found.status, found.credits) == (Status.GRANTED, Decimal("6.0"))
    assert found.sessions == ("s1", "s2", "s4")


def test_session_3_missed_lets_a_physician_claim_up_to_6():
    found = award("ACCME", facts("ACCME", 7200, 7200, 0, 7200))
    assert (found.status, found.credits) == (Status.CLAIMABLE, Decimal("6.0"))


@pytest.mark.parametrize("board", ["STATE", "APA"])
def test_session_3_missed_is_nothing_where_all_are_asked_for(board):
    found = award(board, facts(board, 7200, 7200, 0, 7200))
    assert (found.status, found.credits) == (Status.WITHHELD, Decimal(0))
    assert [u.detail for u in found.unmet] == [
        (
            f"{board} asks for every session. "
            "Not attended by the rule: session 3 (Monday, 2 November 2020)."
        )
    ]


@pytest.mark.parametrize("board", [*EVERY_BOARD, "ACCME"])
def test_one_second_missed_in_each_session_is_still_8(board):
    assert award(board, facts(board, 7199, 7199, 7199, 7199)).credits == Decimal("8.0")


def test_three_sessions_and_5400_seconds_of_the_fourth_are_7_and_a_half_claimable():
    assert award("ACCME", facts("ACCME", 7200, 7200, 7200, 5400)).credits == Decimal("7.5")


def test_6299_seconds_in_each_of_four_are_6_and_three_quarters():
    found = award("ACCME", facts("ACCME", 6299, 6299, 6299, 6299))
    assert (found.status, found.credits) == (Status.CLAIMABLE, Decimal("6.75"))
    assert award("NBCC", facts("NBCC", 6299, 6299, 6299, 6299)).credits == 0


def test_6300_seconds_are_present_and_count_whole():
    assert award("NBCC", facts("NBCC", 6300, 6300, 6300, 6300)).credits == Decimal("8.0")
    assert award("ACCME", facts("ACCME", 6300, 6300, 6300, 6300)).credits == Decimal("8.0")


def test_pro_rata_counts_seconds_and_grants_without_a_claim():
    course = with_approval("NBCC", mode=Mode.PRO_RATA)
    found = award("NBCC", facts("NBCC", 7200, 7200, 7200, 5400, course=course))
    assert (found.status, found.credits) == (Status.GRANTED, Decimal("7.5"))


@pytest.mark.parametrize(
    ("rounding", "worth"),
    [(Rounding.DOWN, "6.75"), (Rounding.NEAREST, "7.00"), (Rounding.UP, "7.00")],
)
def test_rounding_is_the_boards(rounding, worth):
    course = with_approval("ACCME", rounding=rounding)
    found = award("ACCME", facts("ACCME", 6299, 6299, 6299, 6299, course=course))
    assert found.credits == Decimal(worth)


def test_half_a_step_rounds_up_where_nearest_is_asked_for():
    # 6,750 s are 1.875 h: seven and a half quarters.
    course = with_approval("ACCME", rounding=Rounding.NEAREST)
    given = facts("ACCME", 6750, 0, 0, 0, course=course, attended={})
    given = replace(given, attended={**attended(0, 0, 0, 0), "s1": Attended(6750, False)})
    assert award("ACCME", given).credits == Decimal("2.00")


def test_a_unit_of_50_minutes_gives_more_units_for_the_same_time():
    course = with_approval("NBCC", minutes_per_unit=50, approved_hours=Decimal("9.5"))
    # 480 minutes are 9.6 units, in quarters down 9.5.
    assert award("NBCC", facts("NBCC", course=course)).credits == Decimal("9.5")


@pytest.mark.parametrize("mode", list(Mode))
def test_no_award_exceeds_the_approved_hours(mode):
    course = with_approval("NBCC", mode=mode, approved_hours=Decimal("7.5"))
    assert award("NBCC", facts("NBCC", course=course)).credits == Decimal("7.5")


def test_a_stricter_board_wants_more_of_each_session():
    course = with_approval("NBCC", max_missed_seconds=600)
    found = award("NBCC", facts("NBCC", 6600, 6599, 7200, 7200, course=course))
    assert (found.credits, found.sessions) == (Decimal("6.0"), ("s1", "s3", "s4"))


def test_a_session_cut_short_counts_what_was_taught_in_steps():
    # 50 minutes taught of 120: 410 minutes in all are 6.83 hours, 6.75 in quarters.
    given = facts(
        taught={"s1": 120, "s2": 120, "s3": 50, "s4": 120},
        attended={**attended(7200, 7200, 0, 7200), "s3": Attended(3000, True)},
    )
    assert award("NBCC", given).credits == Decimal("6.75")
    given = replace(given, person=PEOPLE["APA"])
    assert award("APA", given).credits == Decimal("6.75")


def test_a_session_that_was_cancelled_is_not_asked_for():
    sessions = (*SESSIONS[:2], replace(SESSIONS[2], held=False), SESSIONS[3])
    course = replace(COURSE, sessions=sessions)
    taught = {"s1": 120, "s2": 120, "s4": 120}
    present = {"s1": Attended(7200, True), "s2": Attended(7200, True), "s4": Attended(7200, True)}
    given = facts("APA", course=course, taught=taught, attended=present)
    found = award("APA", given)
    assert (found.status, found.credits) == (Status.GRANTED, Decimal("6.0"))


def test_categories_are_summed_over_sessions_present():
    categories = {"s1": {"ethics": Decimal(1)}, "s3": {"ethics": Decimal("0.5")}}
    course = with_approval("NBCC", categories=categories)
    assert award("NBCC", facts(course=course)).categories == {"ethics": Decimal("1.5")}
    missed = facts("NBCC", 7200, 7200, 0, 7200, course=course)
    assert award("NBCC", missed).categories == {"ethics": Decimal(1)}


def test_a_session_cut_short_gives_a_categorys_share_of_what_was_taught():
    categories = {"s4": {"ethics": Decimal(2)}}
    course = with_approval("NBCC", categories=categories)
    taught = {"s1": 120, "s2": 120, "s3": 120, "s4": 50}
    found = award("NBCC", facts("NBCC", 7200, 7200, 7200, 6300, course=course, taught=taught))
    # 2 h × 50/120 = 0.833, in quarters 0.75; in all 410 minutes, 6.75.
    assert (found.credits, found.categories) == (Decimal("6.75"), {"ethics": Decimal("0.75")})


def test_no_category_says_more_than_the_credits_it_is_a_part_of():
    categories = {"s4": {"ethics": Decimal(2)}}
    given = facts("ACCME", course=with_approval("ACCME", categories=categories))
    assert award("ACCME", given).categories == {"ethics": Decimal(2)}
    claimed = award("ACCME", replace(given, claims={"ACCME": Decimal("0.5")}))
    assert (claimed.credits, claimed.categories) == (Decimal("0.5"), {"ethics": Decimal("0.5")})
    nothing = facts("ACCME", 0, 0, 0, 0, course=given.course)
    assert award("ACCME", nothing).categories == {}


def test_categories_together_say_no_more_than_the_credits_they_are_parts_of():
    categories = {"s1": {"ethics": Decimal(2)}, "s2": {"hiv": Decimal(1)}}
    course = with_approval("ACCME", categories=categories)
    whole = award("ACCME", facts("ACCME", course=course, claims={"ACCME": Decimal(3)}))
    assert whole.categories == {"ethics": Decimal(2), "hiv": Decimal(1)}
    # 2.5 of 3: 1.667 and 0.833, in quarters 1.5 and 0.75; a quarter is in no category.
    less = award("ACCME", facts("ACCME", course=course, claims={"ACCME": Decimal("2.5")}))
    assert less.categories == {"ethics": Decimal("1.5"), "hiv": Decimal("0.75")}
    least = award("ACCME", facts("ACCME", course=course, claims={"ACCME": Decimal("0.25")}))
    assert (least.credits, least.categories) == (Decimal("0.25"), {})


# --- claims -------------------------------------------------------------------------------------


def test_a_claim_grants_what_was_claimed():
    found = award("ACCME", facts("ACCME", claims={"ACCME": Decimal("5.25")}))
    assert (found.status, found.credits) == (Status.GRANTED, Decimal("5.25"))


def test_a_claim_grants_no_more_than_was_earned():
    given = facts("ACCME", 7200, 7200, 0, 7200, claims={"ACCME": Decimal(8)})
    assert award("ACCME", given).credits == Decimal("6.0")


# --- conditions, one by one ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "condition"),
    [
        ({"evaluated": False}, "evaluation"),
        ({"paid": False}, "paid"),
        ({"confirmed": False, "paid": False}, "confirmed"),
        ({"dispute": "open"}, "dispute"),
        ({"dispute": "lost"}, "dispute"),
        ({"disclosures": frozenset()}, "disclosure"),
        ({"disclosures": frozenset({"2020-08-01"})}, "disclosure"),
        ({"ended": Ended("transferred")}, "not_cancelled"),
        ({"ended": Ended("cancelled", datetime(2020, 10, 1, tzinfo=UTC))}, "not_cancelled"),
        ({"person": None}, "identity"),
        ({"taught": {"s1": 120, "s2": 120, "s3": 120}}, "course_over"),
        ({"attended": attended(7200, 7200, 7200)}, "course_over"),
    ],
)
def test_each_condition_withholds_by_itself(change, condition):
    found = award("NBCC", facts(**change))
    assert (found.status, found.credits) == (Status.WITHHELD, Decimal(0))
    assert missing(found) == [condition]


def test_a_later_disclosure_does_as_well_as_the_one_that_was_in_force():
    course = replace(COURSE, later=frozenset({"2020-12-01"}))
    for accepted, unmet in (("2020-12-01", []), ("2020-09-01", []), ("2020-08-01", ["disclosure"])):
        given = facts("ANCC", course=course, disclosures=frozenset({accepted}))
        assert missing(award("ANCC", given)) == unmet


def test_all_unmet_conditions_are_listed_at_once():
    given = facts("APA", 7200, 0, 7200, 7200, evaluated=False, paid=False, disclosures=frozenset())
    assert missing(award("APA", given)) == ["paid", "disclosure", "attendance", "evaluation"]


TEST = PostTest(1, 80, None, frozenset())


@pytest.mark.parametrize(
    ("ended", "lacks"),
    [
        (Ended("transferred"), ["not_cancelled"]),
        (Ended("expired"), ["not_cancelled"]),
        (Ended("cancelled", datetime(2020, 10, 1, tzinfo=UTC)), ["not_cancelled"]),
        (Ended("cancelled", datetime(2020, 10, 1, tzinfo=UTC), "refund"), ["not_cancelled"]),
        # Cancelled after the start for nothing: they took part, and all is still asked of them.
        (
            Ended("cancelled", datetime(2020, 11, 9, 22, tzinfo=UTC), "nothing"),
            ["disclosure", "evaluation", "post_test"],
        ),
        (None, ["disclosure", "evaluation", "post_test"]),
    ],
)
def test_who_has_left_is_not_told_to_do_what_nobody_takes_any_more(ended, lacks):
    approvals = tuple(
        replace(one, post_test=TEST) if one.board == "NBCC" else one for one in COURSE.approvals
    )
    course = replace(COURSE, approvals=approvals)
    given = facts("NBCC", course=course, ended=ended, evaluated=False, disclosures=frozenset())
    assert missing(award("NBCC", given)) == lacks


def test_a_missed_session_of_all_or_nothing_is_said_before_the_course_is_over():
    given = facts("APA", taught={"s1": 120}, attended={"s1": Attended(0, False)})
    assert missing(award("APA", given)) == ["course_over", "attendance"]


def test_per_session_too_waits_for_the_last_session():
    given = facts("NBCC", taught={"s1": 120}, attended={"s1": Attended(7200, True)})
    assert missing(award("NBCC", given)) == ["course_over"]


def test_evaluation_is_asked_for_only_where_the_board_does():
    assert award("NYSED-MHC", facts("NYSED-MHC", evaluated=False)).status is Status.GRANTED


def test_a_post_test_is_asked_for_where_the_board_does():
    course = with_approval("NBCC", post_test=PostTest(1, 80))
    assert missing(award("NBCC", facts(course=course))) == ["post_test"]
    assert missing(award("NBCC", facts(course=course, sat={1: Sat(1, ((1, 80),))}))) == []


def test_a_one_off_session_attended_in_no_part_earns_nothing():
    found = award("NBCC", facts("NBCC", 0, 0, 0, 0))
    assert missing(found) == ["attendance"]
    assert found.unmet[0].detail == ("No session was attended in a way that NBCC gives credit for.")


def test_a_format_that_is_not_approved_gives_nothing():
    course = with_approval("NBCC", formats=frozenset({"in_person"}))
    found = award("NBCC", facts(course=course))
    assert missing(found) == ["format"]
    assert found.unmet[0].detail.startswith("NBCC approved the course as in person; session 1 (")


def test_an_approval_of_a_mixed_course_covers_every_format_in_it():
    course = with_approval("NBCC", formats=frozenset({"mixed"}))
    assert missing(award("NBCC", facts(course=course))) == []


# --- cancelled after the start ------------------------------------------------------------------

AFTER_TWO = datetime(2020, 10, 30, tzinfo=UTC)
TWO = {"s1": Attended(7200, True), "s2": Attended(7200, True)}


def test_cancelled_after_the_start_for_nothing_still_earns_the_sessions_attended():
    given = facts(ended=Ended("cancelled", AFTER_TWO, "nothing"), attended=TWO)
    found = award("NBCC", given)
    assert (found.status, found.credits) == (Status.GRANTED, Decimal("4.0"))


@pytest.mark.parametrize("outcome", ["refund", "credit", None])
def test_cancelled_after_the_start_for_money_or_credit_earns_no_award(outcome):
    given = facts(ended=Ended("cancelled", AFTER_TWO, outcome), attended=TWO)
    assert missing(award("NBCC", given)) == ["not_cancelled"]


def test_cancelled_before_the_start_for_nothing_earns_no_award():
    before = datetime(2020, 10, 19, 19, 59, tzinfo=UTC)
    given = facts(ended=Ended("cancelled", before, "nothing"), attended={})
    assert "not_cancelled" in missing(award("NBCC", given))


# --- whom a board serves ------------------------------------------------------------------------


def person(profession, *licenses):
    return Person("Someone", profession, tuple(License(*one) for one in licenses))


@pytest.mark.parametrize(
    ("who", "boards"),
    [
        (person("counselor", ("counselor", "NJ", "1")), {"NBCC", "STATE"}),
        (person("counselor", ("counselor", "NY", "1")), {"NBCC", "NYSED-MHC"}),
        (person("counselor", (None, "NY", None)), {"NBCC", "NYSED-MHC"}),
        (
            person("counselor", ("counselor", "NY", "1"), ("counselor", "NJ", "2")),
            {"NBCC", "NYSED-MHC", "STATE"},
        ),
        (person("mft", ("mft", "NY", "1")), set()),
        (person("mft", ("mft", "CA", "1")), {"STATE"}),
        (person("social_worker", ("social_worker", "NY", "1")), {"NYSED-SW"}),
        (person("educator", ("educator", None, None)), {"WESPSB"}),
        (person("coach"), set()),
        (person(None), set()),
        (person("coach", ("nurse", "TX", "9")), {"ANCC"}),
    ],
)
def test_a_board_serves_by_one_fitting_licence(who, boards):
    granted = {
        a.board
        for a in decide(facts(person=who)).awards
        if a.status in (Status.GRANTED, Status.CLAIMABLE)
    }
    assert granted == boards


@pytest.mark.parametrize(
    "who",
    [
        person("counselor"),
        person("counselor", ("counselor", None, "7")),
        person("counselor", ("counselor", "New York", "7")),  # no code, so no state outside of NY
        person("counselor", ("counselor", "N.Y.", "7")),
    ],
)
def test_a_licence_without_a_state_is_withheld_where_one_is_needed(who):
    given = facts(person=who)
    assert missing(award("NYSED-MHC", given)) == ["license_state"]
    assert missing(award("STATE", given)) == ["license_state"]
    assert award("NBCC", given).status is Status.GRANTED
    assert award("NYSED-MHC", given).unmet[0].detail == (
        "The licence's state is missing, and NYSED-MHC depends on it. Tell the provider which state "
        "it is."
    )


def test_a_missing_licence_number_holds_nothing():
    given = facts(person=person("counselor", ("counselor", "NY", None)))
    assert award("NYSED-MHC", given).status is Status.GRANTED


def test_who_is_not_served_is_told_why():
    given = facts(person=person("mft", ("mft", "NY", "1")))
    [unmet] = award("STATE", given).unmet
    assert unmet.detail == ("STATE serves counselors, MFTs and social workers licensed outside NY.")
    assert unmet.stated == "You stated: MFT (NY)."


# --- approval valid on the day taught -----------------------------------------------------------


def test_an_approval_that_ends_after_session_2_counts_only_sessions_1_and_2():
    course = with_approval("NBCC", approved_to=date(2020, 10, 26))
    found = award("NBCC", facts(course=course))
    assert (found.status, found.credits, found.sessions) == (
        Status.GRANTED,
        Decimal("4.0"),
        ("s1", "s2"),
    )


def test_an_approval_that_begins_later_is_never_retroactive():
    course = with_approval("NBCC", approved_from=date(2020, 11, 10))
    assert "approval_period" in missing(award("NBCC", facts(course=course)))


def test_all_or_nothing_needs_every_session_inside_the_approval():
    course = with_approval("APA", approved_to=date(2020, 11, 8))
    found = award("APA", facts("APA", course=course))
    assert [u.detail for u in found.unmet] == [
        (
            "APA's approval holds from Wednesday, 1 January 2020 until Sunday, 8 November 2020; "
            "session 4 (Monday, 9 November 2020) was taught outside it."
        )
    ]


# --- participation ------------------------------------------------------------------------------

NY_MFT = person("mft", ("mft", "NY", "1"))


def test_whom_no_board_serves_gets_a_certificate_of_participation():
    found = decide(facts("NBCC", 7200, 7200, 0, 7200, person=NY_MFT)).participation
    assert found is not None
    assert (found.sessions, found.hours, found.unmet) == (("s1", "s2", "s4"), Decimal("6.0"), ())


def test_participation_needs_no_evaluation_but_payment():
    found = decide(facts(person=NY_MFT, evaluated=False)).participation
    assert found is not None
    assert found.unmet == ()
    found = decide(facts(person=NY_MFT, paid=False)).participation
    assert found is not None
    assert [u.condition for u in found.unmet] == ["paid"]


def test_no_participation_without_one_session_present():
    assert decide(facts("NBCC", 6299, 0, 0, 0, person=NY_MFT)).participation is None


def test_no_participation_by_itself_where_a_board_serves_or_might():
    assert decide(facts()).participation is None
    assert decide(facts(person=person("counselor"))).participation is None
    found = decide(facts("APA", 7200, 0, 0, 0)).participation
    assert found is not None
    assert (found.due, found.requestable) == (False, True)


def test_no_participation_beside_a_credit_that_holds():
    given = facts(person=person("mft", ("mft", "NY", "1")), certified=True)
    assert decide(given).participation is None


def test_a_course_without_boards_gives_participation_to_everyone():
    found = decide(facts(course=replace(COURSE, approvals=()))).participation
    assert found is not None
    assert found.hours == Decimal("8.0")


def test_nothing_is_decided_about_an_unknown_course():
    assert decide(Facts(person=PEOPLE["NBCC"], confirmed=True, paid=True)).awards == ()


def test_awards_stand_in_the_courses_order_of_boards():
    assert [a.board for a in decide(facts()).awards] == [b.board for b in BOARDS]
