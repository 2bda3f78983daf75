"""Every message of domain.md §7: when it is due, until when it helps, and why it does not go out.

The tables are written by hand, for a learner in New York who has a seat in the reference course.
"""

from datetime import timedelta
from typing import Any

import pytest

from services.notifications.domain.course import Session
from services.notifications.domain.story import (
    Certificate,
    Ending,
    Offer,
    Refund,
    Story,
    Substitution,
    Withheld,
)
from services.notifications.domain.wanted import decide, wanted
from tests.rules.notifications.stories import NEW_YORK, SESSIONS, Post, at, course, over, story

LAST_DAY = at("2021-10-07T03:59:59.999999Z")  # the end of 6 October in New York
UNPAID: dict[str, Any] = {"state": "requested", "confirmed_at": None, "receipts": ()}
THERE: dict[str, Any] = {"present": frozenset({"s1", "s2", "s3", "s4"})}


def ending(**more: Any) -> Ending:
    said = {
        "credit_id": "c1", "holder": "p1", "last_day": LAST_DAY.date().replace(day=6),
        "ends_at": LAST_DAY, "issued_at": at("2020-10-06T04:01Z"),
    }  # fmt: skip
    return Ending(**{**said, **more})


# message, about, due, of use until ("": for ever)
DUE: list[tuple[Story, Any, list[tuple[str, str, str, str]]]] = [
    (  # a seat that is held until it is paid
        story(**UNPAID, payment_failures=(("pay", at("2020-09-14T15:06Z")),)),
        course(),
        [
            ("registration_received", "r1", "2020-09-14T15:04Z", "2020-09-14T15:34Z"),
            ("payment_failed", "pay", "2020-09-14T15:06Z", "2020-09-15T15:06Z"),
        ],
    ),
    (  # the waiting list
        story(**UNPAID | {"state": "waitlisted", "hold_expires_at": None},
              waitlisted_at=at("2020-09-14T15:04Z")),
        course(),
        [
            ("waitlisted", "r1", "2020-09-14T15:04Z", "2020-10-19T20:00Z"),
            ("waitlist_ended", "r1", "2020-10-19T20:00Z", "2020-10-26T20:00Z"),
        ],
    ),
    (  # an offer
        story(**UNPAID | {"state": "offered", "hold_expires_at": None},
              offers=(Offer(at("2020-09-20T12:00Z"), at("2020-09-21T12:00Z")),)),
        course(),
        [("offer", "r1", "2020-09-20T12:00Z", "2020-09-21T12:00Z")],
    ),
    (  # and its end: of use as long as there is something to come to
        story(**UNPAID | {"state": "lapsed", "hold_expires_at": None},
              offers=(Offer(at("2020-09-20T12:00Z"), at("2020-09-21T12:00Z")),),
              lapsed_at=at("2020-09-21T12:00Z")),
        course(),
        [("offer_ended", "r1", "2020-09-21T12:00Z", "2020-10-19T20:00Z")],
    ),
    (  # a seat: days before by the calendar, hours exact, on both sides of 1 November
        story(),
        course(),
        [
            ("registration_received", "r1", "2020-09-14T15:04Z", "2020-11-09T23:00Z"),
            ("receipt", "i1", "2020-09-14T15:07Z", ""),
            ("registration_confirmed", "r1", "2020-09-14T15:07Z", "2020-11-09T23:00Z"),
            ("reminder_7d", "s1", "2020-10-12T20:00Z", "2020-10-13T20:00Z"),
            ("reminder_1d", "s1", "2020-10-18T20:00Z", "2020-10-19T08:00Z"),
            ("join_1h", "s1", "2020-10-19T19:00Z", "2020-10-19T22:00Z"),
            ("reminder_1d", "s2", "2020-10-25T20:00Z", "2020-10-26T08:00Z"),
            ("join_1h", "s2", "2020-10-26T19:00Z", "2020-10-26T22:00Z"),
            ("reminder_1d", "s3", "2020-11-01T21:00Z", "2020-11-02T09:00Z"),
            ("join_1h", "s3", "2020-11-02T20:00Z", "2020-11-02T23:00Z"),
            ("reminder_1d", "s4", "2020-11-08T21:00Z", "2020-11-09T09:00Z"),
            ("join_1h", "s4", "2020-11-09T20:00Z", "2020-11-09T23:00Z"),
        ],
    ),
    (  # cancelled: only what it came to, and that the money has gone
        story(state="cancelled", receipts=(),
              settlements=(("cancelled", at("2020-10-06T04:00Z")),),
              refunds=(Refund("d1", at("2020-10-06T04:01Z"), payer="p1"),)),
        course(),
        [
            ("cancellation_settled", "cancelled", "2020-10-06T04:00Z", ""),
            ("refund_settled", "d1", "2020-10-06T04:01Z", ""),
        ],
    ),
    (  # a refund that did not go through
        story(state="cancelled", receipts=(),
              refunds=(Refund("d1", None, at("2020-10-08T09:00Z"), "p1"),)),
        course(),
        [("refund_failed", "d1", "2020-10-08T09:00Z", "")],
    ),
    (  # a credit: at nine in the morning, 30 and 7 days before its last day; the first until the next
        story(state="cancelled", receipts=(), ending=(ending(),)),
        course(),
        [
            ("credit_expiring", "c1", "2021-09-06T13:00Z", "2021-09-29T13:00Z"),
            ("credit_expiring", "c1", "2021-09-29T13:00Z", "2021-10-07T03:59:59.999999Z"),
        ],
    ),
    (  # a course that is cancelled, and who was moved to another
        story(receipts=(), hold_expires_at=None),
        course(cancelled=True, cancelled_at=at("2020-10-02T12:00Z")),
        [("course_cancelled", "r1", "2020-10-02T12:00Z", "")],
    ),
    (  # a colleague comes: who came before is told, and nothing else
        story(state="cancelled", receipts=(),
              substitutions=(Substitution(2, at("2020-10-10T08:00Z"), "p0"),)),
        course(),
        [("substituted", "r1", "2020-10-10T08:00Z", "")],
    ),
    (  # afterwards: the evaluation closes 30 days after the last session
        story(state="completed", receipts=(), hold_expires_at=None, **THERE,
              confirmed_at=at("2020-11-09T23:00Z"),
              withheld=(Withheld("APA", at("2020-11-09T23:15Z"), ("attendance",)),)),
        over(),
        [
            ("registration_confirmed", "r1", "2020-11-09T23:00Z", "2020-11-09T23:00Z"),
            ("evaluation_request", "r1", "2020-11-09T23:15Z", "2020-12-09T23:00Z"),
            ("evaluation_reminder", "r1", "2020-11-16T23:15Z", "2020-12-09T23:00Z"),
            ("certificate_missing", "APA:attendance", "2020-11-09T23:25Z", ""),
        ],
    ),
    (  # certificates: a minute after, for more may come; replaced and withdrawn at once
        story(state="cancelled", receipts=(), granted=frozenset({"NBCC"}), certificates=(
            Certificate("f1", at("2020-11-10T01:00Z"), "NBCC"),
            Certificate("f2", at("2020-11-10T01:00Z"), "APA", superseded_by="f3",
                        superseded_at=at("2020-11-12T01:00Z")),
            Certificate("f3", at("2020-11-12T01:00Z"), "APA", supersedes="f2"),
            Certificate("f4", at("2020-11-10T01:00Z"), "STATE",
                        revoked_at=at("2020-11-13T01:00Z")),
        )),
        over(),
        [
            ("certificate_ready", "f1", "2020-11-10T01:01Z", ""),
            ("certificate_superseded", "f2", "2020-11-12T01:00Z", ""),
            ("certificate_revoked", "f4", "2020-11-13T01:00Z", ""),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "of", "table"), DUE)
def test_each_message_is_due_and_of_use(heard: Story, of: Any, table: list[Any]) -> None:
    found = [
        (one.template, one.subject, one.due_at, one.use_until)
        for one in wanted(heard, of, NEW_YORK, ())
        if not (one.template == "join_1h" and one.due_at < heard.confirmed_at)  # its door is shut
    ]
    expected = [(t, s, at(due), at(until) if until else None) for t, s, due, until in table]
    order = lambda one: (one[2], one[0], one[1])  # noqa: E731
    assert sorted(found, key=order) == sorted(expected, key=order)


@pytest.mark.parametrize(("heard", "of", "table"), DUE)
def test_what_is_overdue_by_more_than_its_use_is_skipped_and_says_so(
    heard: Story, of: Any, table: list[Any]
) -> None:
    """At the last moment it still goes out; a moment later it does not."""
    for wish in wanted(heard, of, NEW_YORK, ()):
        about = (wish.template, wish.subject, wish.version)
        last = wish.use_until or wish.due_at + timedelta(days=3650)
        for now, state, reason in (
            (last, "planned", ""),
            (last + timedelta(microseconds=1), "skipped", "too late to be of use"),
        ):
            if wish.use_until is None and state == "skipped":
                continue  # a record, or news that stays news
            [one] = [
                m
                for m in decide(heard, of, NEW_YORK, (), now)
                if (m.template, m.subject, m.version) == about
            ]
            assert (one.state, one.reason) == (state, reason), about


def gone(n: int, version: int = 2) -> Any:
    """The course without one of its sessions."""
    kept = list(SESSIONS)
    one = kept[n]
    kept[n] = Session(one.session_id, one.starts_at, one.ends_at, version, cancelled=True,
                      changed_at=at("2020-10-01T12:00Z"))  # fmt: skip
    return course(sessions=tuple(kept))


# What is heard then, and why nothing of what was planned goes out.
WHY_NOT = [
    (story(state="cancelled"), course(), "the registration was cancelled"),
    (story(state="transferred"), course(), "the registration was moved to another course"),
    (story(state="unseated"), course(), "there was no seat left"),
    (story(person_id="p2", token_version=2), course(), "somebody else comes instead"),
    (story(), course(cancelled=True, cancelled_at=at("2020-10-01T12:00Z")),
     "the course was cancelled"),
    (story(), gone(2), "the session was moved or cancelled"),
]  # fmt: skip


@pytest.mark.parametrize(("heard", "of", "reason"), WHY_NOT)
def test_of_what_is_over_nothing_more_goes_out_and_the_reason_is_kept(
    heard: Story, of: Any, reason: str
) -> None:
    post = Post()
    post.hear(story(), course(), "2020-09-14T15:08Z")
    for template in ("registration_received", "registration_confirmed", "receipt"):
        post.send(template)
    planned = {one.message_id for one in post.held.values() if one.state == "planned"}
    assert len(planned) == 9
    post.hear(heard, of, "2020-10-01T12:00Z")
    ended = [one for one in post.held.values() if one.message_id in planned]
    if of.cancelled or heard.state != "confirmed" or heard.person_id != "p1":
        assert {(one.state, one.reason) for one in ended} == {("cancelled", reason)}
    else:  # only the third session's
        over_ = [(one.template, one.subject) for one in ended if one.state == "cancelled"]
        assert sorted(over_) == [("join_1h", "s3"), ("reminder_1d", "s3")]
        assert {one.reason for one in ended if one.state == "cancelled"} == {reason}


def test_a_session_completed_late_does_not_ask_for_an_evaluation_that_is_closed() -> None:
    """The door of the evaluation is the sessions', whenever staff complete them."""
    ends = {s.session_id: s.ends_at for s in SESSIONS[:3]}
    late = course(completed={**ends, "s4": at("2020-12-10T12:00Z")})
    post = Post()
    post.hear(story(state="completed", **THERE), late, "2020-12-10T12:00Z")
    assert post.states("evaluation_request") == [("r1", "skipped")]
    assert post.states("evaluation_reminder") == []
