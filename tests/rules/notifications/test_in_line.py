"""The end of the waiting list, and other ends that somebody has to hear of once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.domain.course import Course, Session
from services.notifications.domain.story import Ending, Offer, Story, Withheld
from services.notifications.domain.unsubscribing import UNSUBSCRIBED
from services.notifications.domain.wanted import wanted
from tests.rules.notifications.stories import NEW_YORK, SESSIONS, Post, at, course, over, story

CLOSES = at("2020-10-17T04:00Z")
WAITING = story(
    state="waitlisted",
    requested_at=None,
    hold_expires_at=None,
    confirmed_at=None,
    receipts=(),
    waitlisted_at=at("2020-09-14T15:04Z"),
)


def due(heard: Story, of: Course, template: str, **more: Any) -> list[tuple[str, Any, Any]]:
    found = wanted(heard, of, NEW_YORK, (), **more)
    return [(one.subject, one.due_at, one.use_until) for one in found if one.template == template]


def test_who_still_waits_is_told_when_registration_closes_or_the_course_begins() -> None:
    start = SESSIONS[0].starts_at
    assert due(WAITING, course(), "waitlist_ended") == [("r1", start, at("2020-10-26T20:00Z"))]
    early = course(closes_at=CLOSES)
    assert due(WAITING, early, "waitlist_ended") == [("r1", CLOSES, at("2020-10-24T04:00Z"))]
    late = course(closes_at=start + timedelta(days=9))  # nobody is offered a seat once it began
    assert due(WAITING, late, "waitlist_ended")[0][1] == start


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        (replace(WAITING, state="offered", offers=(Offer(CLOSES, SESSIONS[0].starts_at),)),
         "the registration is no longer waiting"),
        (replace(WAITING, state="confirmed", confirmed_at=CLOSES),
         "the registration is no longer waiting"),
        (replace(WAITING, state="cancelled"), "the registration was cancelled"),
    ],
)  # fmt: skip
def test_who_waits_no_more_is_not_told_that_the_list_has_ended(then: Story, reason: str) -> None:
    post = Post()
    post.hear(WAITING, course(), "2020-09-14T15:04Z")
    assert post.states("waitlist_ended") == [("r1", "planned")]
    post.hear(then, course(), "2020-10-01T12:00Z")
    assert post.states("waitlist_ended") == [("r1", "cancelled")]
    assert post.reasons("waitlist_ended") == {reason}


def test_a_course_that_moves_moves_the_end_of_its_list_which_is_told_once() -> None:
    post = Post()
    post.hear(WAITING, course(closes_at=CLOSES), "2020-09-14T15:04Z")
    later = course(closes_at=CLOSES + timedelta(days=1))
    post.hear(WAITING, later, "2020-10-16T12:00Z")
    [one] = [m for m in post.held.values() if m.template == "waitlist_ended"]
    assert (one.state, one.due_at) == ("planned", at("2020-10-18T04:00Z"))
    post.send("waitlist_ended")
    post.hear(WAITING, course(closes_at=CLOSES + timedelta(days=2)), "2020-10-18T12:00Z")
    assert post.states("waitlist_ended") == [("r1", "sent")]
    gone = course(cancelled=True, cancelled_at=at("2020-10-02T12:00Z"))
    assert due(WAITING, gone, "waitlist_ended") == [], "that it is cancelled says it all"


def test_of_a_course_that_is_over_nobody_is_told_that_they_have_a_seat() -> None:
    """A partner reports a cohort once it has been taught (domain.md §8)."""
    taught = story(state="confirmed", confirmed_at=at("2020-12-01T12:00Z"), receipts=(),
                   requested_at=at("2020-12-01T12:00Z"), hold_expires_at=None)  # fmt: skip
    post = Post()
    post.hear(taught, course(), "2020-12-01T12:00Z")
    assert post.states("registration_confirmed") == [("r1", "skipped")]
    assert post.reasons("registration_confirmed") == {"too late to be of use"}
    assert post.planned() == {}
    midway = Post()
    midway.hear(replace(taught, confirmed_at=at("2020-11-09T22:59Z")), course(),
                "2020-11-09T22:59Z")  # fmt: skip
    assert midway.states("registration_confirmed") == [("r1", "planned")]


# --- after the course -------------------------------------------------------------------------------

EVALUATION = Withheld("NBCC", at("2020-11-09T23:15Z"), ("evaluation",))
THERE = frozenset({"s1", "s2"})


def test_who_stopped_evaluations_still_hears_that_a_board_wants_one() -> None:
    asked = story(state="completed", present=THERE, withheld=(EVALUATION,))
    assert due(asked, over(), "certificate_missing") == []
    [(about, when, _)] = due(asked, over(), "certificate_missing", stopped={"evaluations"})
    assert (about, when) == ("NBCC:evaluation", at("2020-11-09T23:25Z"))
    post = Post()
    post.hear(asked, over(), "2020-11-09T23:16Z", stopped={"evaluations"})
    assert post.states("evaluation_request") == [("r1", "skipped")]
    assert post.reasons("evaluation_request") == {UNSUBSCRIBED}
    assert post.states("certificate_missing") == [("NBCC:evaluation", "planned")]
    assert due(asked, over(), "certificate_missing", stopped={"credits"}) == []


LATE = at("2020-10-27T12:00Z")  # the second session was held
GAVE_UP = story(state="cancelled", receipts=(), present=THERE, gave_nothing_at=LATE,
                withheld=(Withheld("APA", at("2020-11-09T23:15Z"), ("attendance",)),))  # fmt: skip


def test_who_gave_up_after_the_start_for_nothing_earns_what_they_attended() -> None:
    """So they are asked to evaluate it, and told what is missing (domain.md §2)."""
    for template in ("evaluation_request", "evaluation_reminder", "certificate_missing"):
        assert len(due(GAVE_UP, over(), template)) == 1, template
    for none in (
        replace(GAVE_UP, gave_nothing_at=None),  # money or a credit was given
        replace(GAVE_UP, gave_nothing_at=at("2020-10-19T19:59Z")),  # before it began
        replace(GAVE_UP, present=frozenset()),  # never there
        replace(GAVE_UP, state="transferred"),
    ):
        for template in ("evaluation_request", "certificate_missing"):
            assert due(none, over(), template) == [], (none, template)


# --- money ------------------------------------------------------------------------------------------

FAILED = (("pay", at("2020-10-01T12:00Z")),)


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (story(state="requested", confirmed_at=None, receipts=()), True),
        (story(receipts=(), pays_later=True), True),  # the seat is theirs, the invoice is open
        (story(state="cancelled", receipts=(), owing=True), True),  # what was left of it
        (story(receipts=()), False),  # free, or by a credit
        (story(pays_later=True), False),  # paid meanwhile
        (story(state="cancelled", receipts=()), False),
        (story(state="expired", confirmed_at=None, receipts=()), False),
    ],
)
def test_a_payment_that_failed_is_told_to_who_has_something_to_pay(
    heard: Story, told: bool
) -> None:
    found = due(replace(heard, payment_failures=FAILED), course(), "payment_failed")
    assert [one[0] for one in found] == (["pay"] if told else [])


def test_a_credit_that_staff_gave_is_told_once_to_whoever_has_it() -> None:
    given = story(goodwill=(("g1", at("2020-10-01T12:00Z")),))
    assert due(given, course(), "credit_issued") == [("g1", at("2020-10-01T12:00Z"), None)]
    handed_on = replace(given, person_id="p2", of_former={"g1": "p1"})
    [wish] = [w for w in wanted(handed_on, course(), NEW_YORK, ()) if w.template == "credit_issued"]
    assert wish.to == "p1"


def test_a_credit_s_end_is_told_in_the_morning_of_the_provider_where_the_holder_comes_no_more() -> (
    None
):
    ends = at("2021-10-07T03:59:59.999999Z")
    one = Ending("c1", ends.date().replace(day=6), ends, at("2020-10-06T04:01Z"), "p1")
    theirs = story(state="cancelled", receipts=(), ending=(one,))
    zone = "Australia/Lord_Howe"
    mine = [w for w in wanted(theirs, course(), zone, ()) if w.template == "credit_expiring"]
    assert [w.due_at for w in mine] == [at("2021-09-05T22:30Z"), at("2021-09-28T22:30Z")]
    other = wanted(replace(theirs, person_id="p2"), course(), zone, ())
    former = [w for w in other if w.template == "credit_expiring"]
    assert [(w.due_at, w.to) for w in former] == [
        (at("2021-09-06T13:00Z"), "p1"),  # 9:00 in New York
        (at("2021-09-29T13:00Z"), "p1"),
    ]


# --- reminders --------------------------------------------------------------------------------------

# The day before and a week before, by clocks that change within the week: Lisbon's on 25 October,
# Phoenix's and Kathmandu's never, Lord Howe Island's by half an hour on 4 October.
BEFORE = {  # zone: (start, 7 days before, 1 day before)
    "Europe/Lisbon": ("2020-10-26T20:00Z", "2020-10-19T19:00Z", "2020-10-25T20:00Z"),
    "America/Phoenix": ("2020-11-02T21:00Z", "2020-10-26T21:00Z", "2020-11-01T21:00Z"),
    "Asia/Kathmandu": ("2020-10-26T20:00Z", "2020-10-19T20:00Z", "2020-10-25T20:00Z"),
    "Australia/Lord_Howe": ("2020-10-05T01:00Z", "2020-09-28T01:30Z", "2020-10-04T01:00Z"),
}


@pytest.mark.parametrize("zone", BEFORE)
def test_days_before_are_days_of_the_learner_s_clock(zone: str) -> None:
    start, week, day = map(at, BEFORE[zone])
    of = course(sessions=(Session("s1", start, start + timedelta(hours=2)),))
    found = {w.template: w.due_at for w in wanted(story(), of, zone, ())}
    assert (found["reminder_7d"], found["reminder_1d"]) == (week, day)
    assert found["join_1h"] == start - timedelta(hours=1)


def test_a_course_that_begins_with_a_recording_is_reminded_of_its_first_live_session() -> None:
    first = replace(SESSIONS[0], recorded=True)
    of = course(sessions=(first, *SESSIONS[1:]))
    assert due(story(), of, "reminder_7d") == [
        ("s2", at("2020-10-19T20:00Z"), at("2020-10-20T20:00Z"))
    ]
    assert [one[0] for one in due(story(), of, "reminder_1d")] == ["s2", "s3", "s4"]
    assert [one[0] for one in due(story(), of, "join_1h")] == ["s1", "s2", "s3", "s4"]
