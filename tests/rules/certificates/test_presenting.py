"""Who presented gets a certificate that says so, and no learner's credit (decision 57)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.certificates.domain.awards import decide
from services.certificates.domain.facts import Ended, Person
from services.certificates.render import render
from tests.rules.certificates.reference import PEOPLE, SESSIONS, attended, facts
from tests.rules.certificates.sample import page
from tests.rules.certificates.test_render import PROFILES, failures, text_of


def as_presenter(*seconds: int, **more):
    return decide(facts("NBCC", *seconds, role="presenter", **more))


def test_a_presenter_gets_a_presenters_certificate_of_the_sessions_they_were_at():
    made = as_presenter(7200, 0, 7200, 7200)
    assert made.presenter is not None
    assert (made.presenter.sessions, made.presenter.hours) == (("s1", "s3", "s4"), Decimal("6.0"))
    assert (made.presenter.due, made.presenter.unmet) == (True, ())


def test_a_presenter_gets_no_boards_credit_and_no_participation_whatever_was_seen_of_them():
    made = as_presenter()
    assert {str(award.status) for award in made.awards} == {"withheld"}
    assert {award.credits for award in made.awards} == {Decimal(0)}
    assert {unmet.condition for award in made.awards for unmet in award.unmet} == {"presenter"}
    assert made.participation is None
    assert not made.credited


@pytest.mark.parametrize("role", ["moderator", "staff", "", "a role of later"])
def test_whoever_else_has_a_complimentary_seat_is_a_learner_like_all_others(role):
    made = decide(facts("NBCC", role=role))
    assert made == decide(facts("NBCC"))
    assert made.presenter is None


def test_a_presenter_pays_nothing_and_registers_for_no_credit():
    made = as_presenter(paid=False, disclosures=frozenset(), evaluated=False)
    assert made.presenter is not None
    assert made.presenter.due


@pytest.mark.parametrize(
    ("more", "condition"),
    [
        ({"confirmed": False}, "confirmed"),
        ({"person": Person(" ")}, "identity"),
        ({"ended": Ended("cancelled", SESSIONS[0].starts_at.replace(day=1), "refund")},
         "not_cancelled"),
    ],
)  # fmt: skip
def test_what_keeps_anybody_from_a_certificate_keeps_a_presenter_too(more, condition):
    made = as_presenter(**more)
    assert made.presenter is not None
    assert not made.presenter.due
    assert [str(one.condition) for one in made.presenter.unmet] == [condition]


def test_before_the_course_is_over_it_is_not_due():
    made = as_presenter(attended=attended(7200, 7200, 7200))
    assert made.presenter is not None
    assert [str(one.condition) for one in made.presenter.unmet] == ["course_over"]


def test_who_was_seen_at_no_session_presented_those_that_staff_name_and_no_others():
    assert as_presenter(0, 0, 0, 0).presenter is None
    made = as_presenter(0, 0, 0, 0, presented=frozenset({"s2", "s4"})).presenter
    assert made is not None
    assert (made.sessions, made.hours, made.due) == (("s2", "s4"), Decimal("4.0"), True)
    made = as_presenter(presented=frozenset({"s2"})).presenter
    assert made is not None
    assert made.sessions == ("s2",)  # seen at all four, for they listened to the others


def test_that_a_learner_sat_in_a_session_never_says_that_they_taught_it():
    assert decide(facts("NBCC")).presenter is None


def test_what_a_learner_presented_is_no_learners_credit_as_well():
    made = decide(facts("NBCC", presented=frozenset({"s1"})))
    [nbcc] = [award for award in made.awards if award.board == "NBCC"]
    assert (str(nbcc.status), nbcc.credits) == ("granted", Decimal("6.0"))
    assert nbcc.sessions == ("s2", "s3", "s4")
    assert made.presenter is not None
    assert (made.presenter.sessions, made.presenter.hours) == (("s1",), Decimal("2.0"))
    assert made.joined is not None
    assert made.joined.sessions == ("s2", "s3", "s4")


def test_a_board_that_wants_every_session_gives_nothing_to_who_presented_one():
    made = decide(facts("STATE", presented=frozenset({"s1"})))
    [state] = [award for award in made.awards if award.board == "STATE"]
    assert (str(state.status), state.credits) == ("withheld", Decimal(0))
    [why] = state.unmet
    assert why.detail == (
        "You presented session 1 (Monday, 19 October 2020), for which STATE gives no learner's "
        "credit. Your certificate for presenting says so."
    )


def test_who_presented_all_that_a_board_approved_gets_no_credit_of_it():
    made = decide(facts("NBCC", presented=frozenset({"s1", "s2", "s3", "s4"})))
    [nbcc] = [award for award in made.awards if award.board == "NBCC"]
    assert [str(one.condition) for one in nbcc.unmet] == ["presenter"]
    assert made.joined is None


def test_the_presenters_page_says_what_was_presented_and_claims_no_credit():
    made = page(None, name="Pat Vale", presents=True, sessions=("s1", "s3"), credits=Decimal("4.0"))
    done = render(made)
    assert done.conformance == ("PDF/A-2a", "PDF/UA-1")
    for profile in PROFILES:
        assert failures(done.pdf, profile) == []
    text = text_of(done.pdf)
    for words in (
        "Certificate for presenting",
        "Pat Vale",
        "presented",
        "4.0 hours of teaching. This certificate carries no CE credit.",
        "Mon, 19 October 2020",
        "Mon, 2 November 2020",
    ):
        assert words in text, words
    for words in ("completed", "26 October", "Required and fulfilled", "licence", "not credited"):
        assert words not in text, words


def test_nobody_is_both_presenter_and_unserved():
    """A New York MFT, whom no board serves, presents: not "participation" as well."""
    made = decide(facts("NBCC", role="presenter", person=Person("Mo Fern", "mft")))
    assert (made.participation, made.presenter is not None) == (None, True)
    assert PEOPLE["NBCC"].name not in str(made)
