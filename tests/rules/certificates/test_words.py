"""What people are told: why an award is withheld, in whole sentences; why a certificate ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.certificates.domain.board_words import not_of_course
from services.certificates.domain.facts import Ended, Mode, Person, PostTest, Sat
from services.certificates.domain.words import Condition, ended_why
from tests.rules.certificates.reference import COURSE, attended, award, facts, with_approval

BEFORE = datetime(2020, 10, 1, tzinfo=UTC)
TEST = {"post_test": PostTest(1, 80, 2)}
SENTENCES = [
    (
        {"taught": {}},
        "course_over",
        ("The course's last session is not over yet, or its attendance is still being settled. "
        "Awards are decided after that."),
    ),
    (
        {"person": Person("", "counselor")},
        "identity",
        "We do not hold the name this award should be made out to. Tell the provider what it is.",
    ),
    (
        {"person": Person("Ada Quill", "nurse")},
        "profession",
        "NBCC serves counselors.",
    ),
    (
        {"course": with_approval("NBCC", states_in=frozenset({"NY"})),
         "person": Person("Ada Quill", "counselor")},
        "license_state",
        ("The licence's state is missing, and NBCC depends on it. Tell the provider which state it "
        "is."),
    ),
    (
        {"confirmed": False, "paid": False},
        "confirmed",
        "The registration is not confirmed. Your registration's page says what it waits for.",
    ),
    (
        {"paid": False},
        "paid",
        "The invoice is not paid yet. The award follows the payment.",
    ),
    (
        {"ended": Ended("cancelled", BEFORE, "refund")},
        "not_cancelled",
        "The registration was cancelled, so there is no award.",
    ),
    (
        {"ended": Ended("cancelled", BEFORE)},
        "not_cancelled",
        "The registration was cancelled; what that gives is being settled.",
    ),
    (
        {"ended": Ended("transferred", BEFORE)},
        "not_cancelled",
        "The registration was transferred to another course, so there is no award.",
    ),
    (
        {"ended": Ended("expired", BEFORE)},
        "not_cancelled",
        "The registration expired before it was paid.",
    ),
    (
        {"ended": Ended("unseated", BEFORE)},
        "not_cancelled",
        "The payment came too late and no seat was left.",
    ),
    (
        {"ended": Ended("lapsed", BEFORE)},
        "not_cancelled",
        "The offered place was not taken.",
    ),
    (
        {"ended": Ended("some-end-of-later", BEFORE)},
        "not_cancelled",
        "The registration has ended.",
    ),
    (
        {"course": replace(COURSE, cancelled=True)},
        "not_cancelled",
        "The course was cancelled; what that gives is being settled.",
    ),
    (
        {"dispute": "open"},
        "dispute",
        "The payment is disputed at the bank. The award waits for the outcome.",
    ),
    (
        {"dispute": "lost"},
        "dispute",
        "The payment was taken back through the bank. Write to the provider to settle it.",
    ),
    (
        {"disclosures": frozenset()},
        "disclosure",
        "The disclosure now in force is not accepted yet. Accept it on your registration's page.",
    ),
    (
        {"course": with_approval("NBCC", approved_to=date(2020, 10, 18))},
        "approval_period",
        ("NBCC's approval holds from Wednesday, 1 January 2020 until Sunday, 18 October 2020; "
        "session 1 (Monday, 19 October 2020), session 2 (Monday, 26 October 2020), session 3 "
        "(Monday, 2 November 2020) and session 4 (Monday, 9 November 2020) were taught outside it."),
    ),
    (
        {"course": with_approval("NBCC", approved_from=None, mode=Mode.ALL_OR_NOTHING,
                                 approved_to=date(2020, 11, 8))},
        "approval_period",
        ("NBCC's approval holds from the beginning until Sunday, 8 November 2020; session 4 "
        "(Monday, 9 November 2020) was taught outside it."),
    ),
    (
        {"course": with_approval("NBCC", mode=Mode.ALL_OR_NOTHING,
                                 approved_from=date(2020, 10, 20), approved_to=None)},
        "approval_period",
        ("NBCC's approval holds from Tuesday, 20 October 2020 until further notice; session 1 "
        "(Monday, 19 October 2020) was taught outside it."),
    ),
    (
        {"course": with_approval("NBCC", formats=frozenset({"in_person", "recorded"}))},
        "format",
        ("NBCC approved the course as in person and recorded; session 1 (Monday, 19 October 2020), "
        "session 2 (Monday, 26 October 2020), session 3 (Monday, 2 November 2020) and session 4 "
        "(Monday, 9 November 2020) were not."),
    ),
    (
        {"attended": attended(0, 0, 0, 0)},
        "attendance",
        "No session was attended in a way that NBCC gives credit for.",
    ),
    (
        {"course": with_approval("NBCC", mode=Mode.ALL_OR_NOTHING),
         "attended": attended(7200, 0, 0, 7200)},
        "attendance",
        ("NBCC asks for every session. Not attended by the rule: session 2 (Monday, 26 October "
        "2020) and session 3 (Monday, 2 November 2020)."),
    ),
    (
        {"evaluated": False},
        "evaluation",
        "The course evaluation is not handed in yet. You find it on your registration's page.",
    ),
    (
        {"course": with_approval("NBCC", **TEST)},
        "post_test",
        ("NBCC asks for 80% in the post-test, which is not passed yet. Take it on your "
        "registration's page."),
    ),
    (
        {"course": with_approval("NBCC", **TEST), "sat": {1: Sat(2, ((1, 79),))}},
        "post_test",
        ("NBCC asks for 80% in the post-test. All attempts are used, and that was not reached. "
        "Write to the provider."),
    ),
    (
        {"course": with_approval("NBCC", post_test=PostTest(1, 80, 1)), "sat": {1: Sat(1, ((1, 0),))}},
        "post_test",
        ("NBCC asks for 80% in the post-test. The one attempt is used, and that was not reached. "
        "Write to the provider."),
    ),
    (
        {"role": "presenter"},
        "presenter",
        (
            "You presented this course, so NBCC gives no learner's credit for it. Your certificate "
            "says what you presented."
        ),
    ),
    (
        {"declined": frozenset({"NBCC"})},
        "declined",
        "You declined the credit of NBCC. You can take that back on your registration's page.",
    ),
    (
        {"course": with_approval("NBCC", mode=Mode.CLAIMED)},
        "unclaimed",
        "You can claim up to 8.0 clock hours. Claim only what you took part in.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("so", "condition", "sentence"), SENTENCES, ids=[sentence for _, _, sentence in SENTENCES]
)
def test_what_is_missing_is_told_in_whole_sentences(so, condition, sentence):
    [unmet] = award("NBCC", facts(**so)).unmet
    assert (str(unmet.condition), unmet.detail) == (condition, sentence)


def test_a_board_that_the_course_no_longer_has_is_told_of_too():
    assert not_of_course("NBCC").detail == (
        "NBCC is no longer a board of this course, so it gives no credit."
    )


def test_every_condition_has_a_sentence_here():
    told = {condition for _, condition, _ in SENTENCES} | {str(not_of_course("x").condition)}
    assert told == {str(condition) for condition in Condition}


@pytest.mark.parametrize(
    ("rule", "whom"),
    [
        ({}, "counselors"),
        ({"professions": frozenset({"mft", "hr", "social_worker"})},
         "HR professionals, MFTs and social workers"),
        ({"states_in": frozenset({"NY", "NJ"})}, "counselors licensed in NJ and NY"),
        ({"states_out": frozenset({"NY"})}, "counselors licensed outside NY"),
    ],
)  # fmt: skip
def test_whom_a_board_serves_is_told_in_words(rule, whom):
    given = facts(course=with_approval("NBCC", **rule), person=Person("Ada Quill", "coach"))
    [unmet] = award("NBCC", given).unmet
    assert (unmet.detail, unmet.stated) == (f"NBCC serves {whom}.", "You stated: coach.")


def test_credits_in_words_have_the_decimals_they_need():
    given = facts(course=with_approval("NBCC", mode=Mode.CLAIMED, step=Decimal("0.05")),
                  attended=attended(6299, 6299, 6299, 6299))  # fmt: skip
    assert award("NBCC", given).unmet[0].detail.startswith("You can claim up to 6.95 clock hours.")


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("issued-in-error", "It was issued in error"),
        ("name-corrected", "The name was corrected"),
        ("more-credits", "A newer one gives more credits"),
        ("credit-given", "A certificate of credit took its place"),
        ("key-compromised", "The key that signed it is no longer secret"),
        ("corrected", "The certificate was corrected"),
        ("a-cause-of-later", "The certificate was corrected"),
    ],
)
def test_why_a_certificate_ended_is_told_by_its_slug(cause, told):
    assert ended_why(cause) == told
