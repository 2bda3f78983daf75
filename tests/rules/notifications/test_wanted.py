"""Which messages a registration wants, and what becomes of those it no longer wants."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from services.notifications.domain.course import Session
from services.notifications.domain.story import (
    Answered,
    Certificate,
    Complained,
    Offer,
    Refund,
    Substitution,
    Withheld,
)
from tests.rules.notifications.stories import (
    LONDON,
    NEW_YORK,
    SESSIONS,
    Post,
    at,
    course,
    over,
    story,
)

PAID = "2020-09-14T15:07Z"


def held_seat():
    return story(state="requested", confirmed_at=None, receipts=())


def test_a_confirmed_learner_gets_everything_once() -> None:
    post = Post()
    post.hear(story(), course(), PAID)
    assert post.planned() == {
        "join_1h": 4,
        "receipt": 1,
        "registration_confirmed": 1,
        "registration_received": 1,
        "reminder_1d": 4,
        "reminder_7d": 1,
    }
    before = dict(post.held)
    post.hear(story(), course(), PAID)
    assert post.held == before


def test_without_a_hold_the_confirmation_says_it_all() -> None:
    post = Post()
    post.hear(story(hold_expires_at=None, receipts=()), course(), PAID)
    assert "registration_received" not in post.planned()


def test_a_seat_never_paid_gets_no_reminder() -> None:
    post = Post()
    post.hear(held_seat(), course(), "2020-09-14T15:05Z")
    assert post.planned() == {"registration_received": 1}
    post.hear(replace(held_seat(), state="expired"), course(), "2020-09-14T15:35Z")
    assert post.states("registration_received") == [("r1", "cancelled")]


def test_a_mail_about_a_hold_that_has_ended_is_skipped_and_says_so() -> None:
    post = Post()
    post.hear(held_seat(), course(), "2020-09-14T15:40Z")
    assert post.states("registration_received") == [("r1", "skipped")]
    assert post.reasons("registration_received") == {"too late to be of use"}


def test_a_declined_card_is_told_unless_it_was_paid_meanwhile() -> None:
    failed = (("pay1", at("2020-09-14T15:06Z")),)
    post = Post()
    post.hear(replace(held_seat(), payment_failures=failed), course(), "2020-09-14T15:06Z")
    assert post.states("payment_failed") == [("pay1", "planned")]
    post.hear(story(payment_failures=failed), course(), PAID)
    assert post.states("payment_failed") == [("pay1", "cancelled")]
    assert post.reasons("payment_failed") == {"it was paid meanwhile"}


def test_who_waits_is_told_the_place_and_then_the_offer() -> None:
    post = Post()
    waiting = story(
        state="waitlisted",
        hold_expires_at=None,
        confirmed_at=None,
        receipts=(),
        waitlisted_at=at("2020-09-14T15:04Z"),
    )
    post.hear(waiting, course(), "2020-09-14T15:04Z")
    assert post.planned() == {"waitlist_ended": 1, "waitlisted": 1}
    post.send("waitlisted")
    offers = (Offer(at("2020-09-20T12:00Z"), at("2020-09-21T12:00Z")),)
    offered = replace(waiting, state="offered", offers=offers)
    post.hear(offered, course(), "2020-09-20T12:00Z")
    assert post.planned() == {"offer": 1}
    post.hear(replace(offered, state="lapsed"), course(), "2020-09-21T12:00Z")
    assert post.states("offer") == [("r1", "cancelled")]


def test_an_offer_that_ended_is_never_sent() -> None:
    offers = (Offer(at("2020-09-20T12:00Z"), at("2020-09-21T12:00Z")),)
    late = story(state="offered", offers=offers, confirmed_at=None, receipts=())
    post = Post()
    post.hear(late, course(), "2020-09-21T12:00:01Z")
    assert post.states("offer") == [("r1", "skipped")]


def test_a_cancelled_registration_is_reminded_of_nothing() -> None:
    post = Post()
    post.hear(story(), course(), PAID)
    post.send("registration_confirmed")
    gone = story(state="cancelled", settlements=(("cancelled", at("2020-10-06T03:59Z")),))
    post.hear(gone, course(), "2020-10-06T03:59Z")
    assert {state for _, state in post.states("join_1h")} == {"cancelled"}
    assert post.reasons("reminder_1d") == {"the registration was cancelled"}
    assert post.states("cancellation_settled") == [("cancelled", "planned")]
    assert post.states("registration_confirmed") == [("r1", "sent")]


def test_a_moved_session_has_new_reminders_and_the_old_ones_never_go_out() -> None:
    post = Post()
    post.hear(story(), course(), PAID)
    moved = Session("s2", at("2020-10-27T20:00Z"), at("2020-10-27T22:00Z"), version=2)
    later = course(sessions=(SESSIONS[0], moved, *SESSIONS[2:]))
    post.hear(story(), later, "2020-10-20T12:00Z")
    mine = sorted(
        (
            (m.version, m.due_at, m.state)
            for m in post.held.values()
            if (m.template, m.subject) == ("join_1h", "s2")
        ),
    )
    assert mine == [
        (1, at("2020-10-26T19:00Z"), "cancelled"),
        (2, at("2020-10-27T19:00Z"), "planned"),
    ]


def test_a_cancelled_course_reminds_nobody() -> None:
    post = Post()
    post.hear(story(), course(), PAID)
    post.hear(story(), course(cancelled=True), "2020-10-12T14:00Z")
    assert {s for _, s in post.states("reminder_1d")} == {"cancelled"}
    assert post.reasons("join_1h") == {"the course was cancelled"}


def test_a_colleague_who_comes_instead_gets_messages_of_their_own() -> None:
    post = Post()
    post.hear(story(), course(), PAID)
    for template in ("registration_received", "registration_confirmed", "receipt", "reminder_7d"):
        post.send(template)
    post.hear(story(person_id="p2", token_version=2), course(), "2020-10-13T08:00Z")
    theirs = [m for m in post.held.values() if m.person_id == "p2" and m.state == "planned"]
    assert {m.template for m in theirs} == {"registration_confirmed", "reminder_1d", "join_1h"} | {
        "reminder_7d"
    }
    old = {m.state for m in post.held.values() if m.person_id == "p1"}
    assert old == {"sent", "cancelled"}
    assert "somebody else comes instead" in post.reasons("join_1h")


def test_a_colleague_is_not_reminded_of_what_the_confirmation_has_just_said() -> None:
    """Taken over an hour after the reminder of the day before: only the link is still to come."""
    post = Post()
    post.hear(story(), course(), "2020-09-14T15:08Z")
    for template in ("registration_confirmed", "reminder_7d", "reminder_1d"):
        post.send(template)
    handed_on = (Substitution(2, at("2020-10-18T21:00Z"), "p1"),)
    ben = story(person_id="p2", token_version=2, substitutions=handed_on)
    post.hear(ben, course(), "2020-10-18T21:00Z")
    theirs = sorted(
        (one.template, one.subject, one.state)
        for one in post.held.values()
        if one.person_id == "p2" and one.subject in ("s1", "s2")
    )
    assert theirs == [
        ("join_1h", "s1", "planned"),
        ("join_1h", "s2", "planned"),
        ("reminder_1d", "s2", "planned"),
    ]


def test_an_erased_person_gets_nothing_more() -> None:
    post = Post()
    post.hear(story(), course(), PAID)
    post.hear(story(), course(), "2020-10-01T12:00Z", erased=True)
    assert post.planned() == {}
    assert post.reasons("receipt") == {"the person's record was erased"}


def test_what_waits_for_the_person_is_planned_with_the_reason() -> None:
    post = Post()
    post.hear(story(), course(), PAID, waiting="waiting to hear of the person")
    assert post.reasons("receipt") == {"waiting to hear of the person"}
    post.hear(story(), course(), PAID, zone=LONDON)
    assert post.reasons("receipt") == {""}


def test_a_refund_that_fails_after_it_seemed_done_is_told_again() -> None:
    post = Post()
    settled = story(refunds=(Refund("f1", settled_at=at("2020-10-06T04:00Z")),))
    post.hear(settled, course(), "2020-10-06T04:00Z")
    post.send("refund_settled")
    both = Refund("f1", at("2020-10-06T04:00Z"), at("2020-10-09T10:00Z"))
    post.hear(replace(settled, refunds=(both,)), course(), "2020-10-09T10:00Z")
    assert post.states("refund_settled") == [("f1", "sent")]
    assert post.states("refund_failed") == [("f1", "planned")]


def test_the_evaluation_is_asked_for_after_the_last_session_of_those_who_were_there() -> None:
    attended = story(present=frozenset({"s1"}))
    post = Post()
    post.hear(attended, course(completed={"s1": at("2020-10-19T22:15Z")}), "2020-10-19T22:15Z")
    assert "evaluation_request" not in post.planned()
    post.hear(attended, over(), "2020-11-09T23:15Z")
    assert post.states("evaluation_request") == [("r1", "planned")]
    reminder = next(m for m in post.held.values() if m.template == "evaluation_reminder")
    assert reminder.due_at == at("2020-11-16T23:15Z")
    away = Post()
    away.hear(story(), over(), "2020-11-09T23:15Z")
    assert away.states("evaluation_request") == []


def test_a_presenter_does_not_rate_their_own_course() -> None:
    post = Post()
    post.hear(story(present=frozenset({"s1"}), presents=True), over(), "2020-11-09T23:15Z")
    assert post.states("evaluation_request") == []


def test_who_evaluated_is_not_reminded() -> None:
    post = Post()
    post.hear(story(present=frozenset({"s1"})), over(), "2020-11-09T23:15Z")
    post.send("evaluation_request")
    post.hear(story(present=frozenset({"s1"}), evaluated=True), over(), "2020-11-09T23:20Z")
    assert post.states("evaluation_reminder") == [("r1", "cancelled")]


def withheld(board: str, *conditions: str, at_: str = "2020-11-09T23:16Z") -> Withheld:
    return Withheld(board, at(at_), conditions)


def test_what_is_missing_is_told_once_ten_minutes_after_the_decision() -> None:
    post = Post()
    missed = story(withheld=(withheld("STATE", "attendance", "evaluation"),))
    post.hear(missed, course(), "2020-11-02T23:16Z")
    assert post.states("certificate_missing") == []  # the course is not over
    post.hear(missed, over(), "2020-11-09T23:16Z")
    [one] = [m for m in post.held.values() if m.template == "certificate_missing"]
    assert (one.due_at, one.covers) == (at("2020-11-09T23:26Z"), ("STATE:attendance",))
    post.send("certificate_missing")
    decided_again = story(withheld=(withheld("STATE", "attendance", at_="2020-11-10T08:00Z"),))
    post.hear(decided_again, over(), "2020-11-10T08:00Z")
    assert post.states("certificate_missing") == [("STATE:attendance", "sent")]
    more = (withheld("STATE", "attendance"), withheld("NBCC", "paid"))
    post.hear(story(withheld=more), over(), "2020-11-10T09:00Z")
    assert post.states("certificate_missing") == [
        ("NBCC:paid", "planned"),
        ("STATE:attendance", "sent"),
    ]


def test_while_staff_are_asked_who_was_there_nobody_is_told_that_they_were_not() -> None:
    missed = story(withheld=(withheld("STATE", "attendance"),))
    asked = replace(over(), asked_at=at("2020-11-09T22:30Z"))
    answered = replace(over(), answered_at=at("2020-11-10T09:00Z"))
    again = replace(over(), asked_at=at("2020-11-08T22:30Z"), answered_at=at("2020-11-10T09:00Z"))
    old = replace(over(), asked_at=at("2020-10-19T22:30Z"), answered_at=at("2020-10-20T22:30Z"))
    for known, due in (
        (asked, "2020-11-12T22:30Z"),  # they are given three days
        (answered, "2020-11-10T09:10Z"),
        (again, "2020-11-11T22:30Z"),  # of another session they have not said yet
        (old, "2020-11-09T23:26Z"),
    ):
        post = Post()
        post.hear(missed, known, "2020-11-09T23:16Z")
        [one] = [m for m in post.held.values() if m.template == "certificate_missing"]
        assert one.due_at == at(due)
    post = Post()
    post.hear(missed, asked, "2020-11-09T23:16Z")
    post.hear(story(present=frozenset(SESSIONS)), answered, "2020-11-10T09:00Z")
    assert post.states("certificate_missing") == [("STATE:attendance", "cancelled")]


def test_a_missing_evaluation_and_boards_of_other_professions_are_no_news() -> None:
    quiet = (withheld("NBCC", "evaluation"), withheld("APA", "profession"))
    post = Post()
    post.hear(story(withheld=quiet), over(), "2020-11-09T23:16Z")
    assert post.states("certificate_missing") == []


def issued(id_: str, when: str, **more) -> Certificate:
    return Certificate(id_, issued_at=at(when), **more)


def test_certificates_issued_together_are_told_in_one_mail() -> None:
    one, two = issued("c1", "2020-11-09T23:20:03Z"), issued("c2", "2020-11-09T23:20:05Z")
    post = Post()
    post.hear(story(certificates=(one,)), over(), "2020-11-09T23:20:03Z")
    post.hear(story(certificates=(one, two)), over(), "2020-11-09T23:20:05Z")
    [mail] = [m for m in post.held.values() if m.template == "certificate_ready"]
    assert mail.due_at == at("2020-11-09T23:21:03Z")
    assert (mail.subject, mail.covers) == ("c1", ("c1", "c2"))
    post.send("certificate_ready")
    three = issued("c3", "2020-11-12T10:00Z")
    post.hear(story(certificates=(one, two, three)), over(), "2020-11-12T10:00Z")
    assert post.states("certificate_ready") == [("c1", "sent"), ("c3", "planned")]


def test_a_mail_waits_for_a_certificate_that_was_granted_and_is_still_being_made() -> None:
    """A process died between the two: the second comes a minute and a half after the first."""
    one = issued("c1", "2020-11-09T23:20:03Z", board="NBCC")
    two = issued("c2", "2020-11-09T23:21:40Z", board="STATE")
    both = frozenset({"NBCC", "STATE"})
    post = Post()
    post.hear(story(granted=both, certificates=(one,)), over(), "2020-11-09T23:20:03Z")
    [mail] = [m for m in post.held.values() if m.template == "certificate_ready"]
    assert mail.due_at == at("2020-11-09T23:50:03Z")
    post.hear(story(granted=both, certificates=(one, two)), over(), "2020-11-09T23:21:40Z")
    [mail] = [m for m in post.held.values() if m.template == "certificate_ready"]
    assert mail.due_at == at("2020-11-09T23:21:03Z")
    assert (mail.subject, mail.covers) == ("c1", ("c1", "c2"))


def test_a_board_that_waits_for_the_learner_holds_no_mail_up() -> None:
    one = issued("c1", "2020-11-09T23:15:03Z", board="NYSED-MHC")
    post = Post()
    waits = story(
        granted=frozenset({"NYSED-MHC"}),
        withheld=(withheld("NBCC", "evaluation"),),
        certificates=(one,),
    )
    post.hear(waits, over(), "2020-11-09T23:15:03Z")
    [mail] = [m for m in post.held.values() if m.template == "certificate_ready"]
    assert mail.due_at == at("2020-11-09T23:16:03Z")


def test_a_certificate_that_replaces_another_is_told_once_as_the_replacement() -> None:
    post = Post()
    post.hear(story(certificates=(issued("c1", "2020-11-09T23:20Z"),)), over(), "2020-11-09T23:20Z")
    post.send("certificate_ready")
    old = issued(
        "c1", "2020-11-09T23:20Z", superseded_by="c2", superseded_at=at("2020-11-12T10:00Z")
    )
    new = issued("c2", "2020-11-12T10:00Z", supersedes="c1")
    post.hear(story(certificates=(old, new)), over(), "2020-11-12T10:00Z")
    assert post.states("certificate_superseded") == [("c1", "planned")]
    assert post.states("certificate_ready") == [("c1", "sent")]


def test_a_certificate_issued_after_one_was_revoked_is_told() -> None:
    gone = issued("c1", "2020-11-09T23:20Z", revoked_at=at("2020-11-10T09:00Z"))
    post = Post()
    post.hear(story(certificates=(gone,)), over(), "2020-11-10T09:00Z")
    again = issued("c2", "2020-11-11T10:00Z", supersedes="c1")
    post.hear(story(certificates=(gone, again)), over(), "2020-11-11T10:00Z")
    assert post.states("certificate_revoked") == [("c1", "planned")]
    assert post.states("certificate_ready") == [("c2", "planned")]


def test_a_link_that_was_asked_for_is_not_mailed_to_the_colleague_who_comes_instead() -> None:
    asked = story(link_requests=(("q1", at("2020-09-15T08:00Z")),))
    post = Post()
    post.hear(asked, course(), "2020-09-15T08:00Z")
    post.send("links")
    colleague = replace(asked, person_id="p2", token_version=2)
    post.hear(colleague, course(), "2020-10-01T08:00Z")
    assert post.states("links") == [("q1", "sent")]
    assert post.states("registration_confirmed")[-1] == ("r1", "planned")


def test_a_certificate_revoked_before_it_was_told_is_not_called_ready() -> None:
    post = Post()
    post.hear(story(certificates=(issued("c1", "2020-11-09T23:20Z"),)), over(), "2020-11-09T23:20Z")
    gone = issued("c1", "2020-11-09T23:20Z", revoked_at=at("2020-11-09T23:20:30Z"))
    post.hear(story(certificates=(gone,)), over(), "2020-11-09T23:20:30Z")
    assert post.states("certificate_ready") == [("c1", "cancelled")]
    assert post.states("certificate_revoked") == [("c1", "planned")]


def test_in_whatever_order_things_are_heard_the_same_is_planned() -> None:
    """Money, seat, attendance and awards come by different topics; the story grows in any order."""
    parts: dict[str, dict[str, Any]] = {
        "money": {"receipts": (("i1", at(PAID)),)},
        "seat": {
            "state": "confirmed",
            "requested_at": at("2020-09-14T15:04Z"),
            "hold_expires_at": at("2020-09-14T15:34Z"),
            "confirmed_at": at(PAID),
        },
        "attendance": {"present": frozenset({"s1", "s2"})},
        "awards": {"withheld": (withheld("STATE", "attendance"),)},
        "certificates": {"certificates": (issued("c1", "2020-11-09T23:20Z"),)},
    }
    empty = story(state="", requested_at=None, hold_expires_at=None, confirmed_at=None, receipts=())
    outcomes = set()
    for order in permutations(parts):
        post, known = Post(), empty
        for name in order:
            known = replace(known, **parts[name])
            post.hear(known, over(), "2020-11-09T23:21Z", zone=NEW_YORK)
        outcomes.add(
            frozenset((m.message_id, m.state, m.due_at, m.reason) for m in post.held.values())
        )
    assert len(outcomes) == 1


CHANGED = "2020-10-01T12:00Z"


def asking(version: str = "2020-10-01", since: str = CHANGED) -> Any:
    return course(disclosure=version, disclosed_at=at(since))


def registered(**changes: Any) -> Any:
    known = {"accepted": "2020-09-01", "accepted_at": at("2020-09-14T15:04Z")}
    return story(**{**known, **changes})


def test_a_changed_disclosure_is_asked_for_once_until_it_is_accepted() -> None:
    post = Post()
    post.hear(registered(), asking("2020-09-01", "2020-09-01T00:00Z"), PAID)
    assert post.states("disclosure_changed") == []
    post.hear(registered(), asking(), CHANGED)
    assert post.states("disclosure_changed") == [("2020-10-01", "planned")]
    assert {m.due_at for m in post.held.values() if m.template == "disclosure_changed"} == {
        at(CHANGED)
    }
    post.send("disclosure_changed")
    post.hear(registered(), asking(), "2020-10-03T00:00Z")
    post.hear(registered(accepted="2020-10-01"), asking(), "2020-10-04T00:00Z")
    assert post.states("disclosure_changed") == [("2020-10-01", "sent")]
    # Another change asks anew, and one that is taken back asks for nothing.
    post.hear(registered(accepted="2020-10-01"), asking("2020-10-05"), "2020-10-05T00:00Z")
    assert post.states("disclosure_changed") == [("2020-10-01", "sent"), ("2020-10-05", "planned")]
    post.hear(registered(accepted="2020-10-01"), asking(), "2020-10-05T00:01Z")
    assert post.states("disclosure_changed")[1] == ("2020-10-05", "cancelled")


def test_who_accepts_before_the_mail_goes_out_gets_none() -> None:
    post = Post()
    post.hear(registered(), asking(), CHANGED)
    post.hear(registered(accepted="2020-10-01"), asking(), CHANGED)
    assert post.states("disclosure_changed") == [("2020-10-01", "cancelled")]
    assert post.reasons("disclosure_changed") == {"the disclosure was accepted, or changed again"}


def test_who_had_nothing_to_accept_is_asked_when_there_is_something() -> None:
    post = Post()
    post.hear(registered(accepted=None), asking(), CHANGED)
    assert post.states("disclosure_changed") == [("2020-10-01", "planned")]


def test_who_pays_after_the_change_is_asked_once_the_seat_is_theirs() -> None:
    post = Post()
    held = registered(state="requested", confirmed_at=None, receipts=())
    post.hear(held, asking(since="2020-09-14T15:05Z"), "2020-09-14T15:05Z")
    assert post.states("disclosure_changed") == []
    post.hear(registered(), asking(since="2020-09-14T15:05Z"), PAID)
    assert {m.due_at for m in post.held.values() if m.template == "disclosure_changed"} == {
        at("2020-09-14T15:07Z")
    }


def test_nobody_is_asked_who_does_not_come_or_when_all_is_over() -> None:
    for state in ("waitlisted", "offered", "cancelled", "completed", "expired"):
        post = Post()
        post.hear(registered(state=state), asking(), CHANGED)
        assert post.states("disclosure_changed") == []
    post = Post()
    post.hear(registered(), replace(asking(), cancelled=True), CHANGED)
    assert post.states("disclosure_changed") == []
    post.hear(registered(), asking(since="2020-11-09T23:01Z"), "2020-11-09T23:01Z")
    assert post.states("disclosure_changed") == [("2020-10-01", "skipped")]


def test_who_asked_for_something_is_told_of_each_answer_and_a_colleague_is_not() -> None:
    first = Answered(3, at("2020-09-15T09:00Z"), "person")
    post = Post()
    post.hear(story(person_id="person", answered=first), course(), "2020-09-15T09:00Z")
    post.send("accommodation_answered")
    # the next two come before the mail goes out: the last is told
    for number, minute in ((4, "10"), (6, "20")):
        later = Answered(number, at(f"2020-09-15T09:{minute}Z"), "person")
        post.hear(story(person_id="person", answered=later), course(), f"2020-09-15T09:{minute}Z")
    told = [m for m in post.held.values() if m.template == "accommodation_answered"]
    assert sorted((m.version, m.state) for m in told) == [
        (3, "sent"),
        (4, "cancelled"),
        (6, "planned"),
    ]
    assert post.reasons("accommodation_answered") == {"", "it was answered once more since"}
    post.hear(story(person_id="colleague", answered=later), course(), "2020-09-15T09:21Z")
    told = [m for m in post.held.values() if m.template == "accommodation_answered"]
    assert max((m.version, m.state) for m in told) == (6, "cancelled")


def test_who_complained_is_told_by_when_and_then_that_it_was_answered() -> None:
    made = Complained(3, at("2020-09-15T09:00Z"), "person", at("2020-09-29T09:00Z"))
    post = Post()
    post.hear(story(person_id="person", complained=made), course(), "2020-09-15T09:00Z")
    assert [(m.template, m.version) for m in post.held.values() if "complaint" in m.template] == [
        ("complaint_received", 3)
    ]
    post.send("complaint_received")
    answered = Answered(4, at("2020-09-20T09:00Z"), "person")
    for state in ("confirmed", "cancelled"):  # a complaint is often about how it ended
        post.hear(
            story(person_id="person", state=state, complained=made, complaint_answered=answered),
            course(),
            "2020-09-20T09:00Z",
        )
        told = [m for m in post.held.values() if "complaint" in m.template]
        assert sorted((m.template, m.version, m.state) for m in told) == [
            ("complaint_answered", 4, "planned"),
            ("complaint_received", 3, "sent"),
        ]


@pytest.mark.parametrize("state", ["confirmed", "cancelled"])
def test_a_complaint_that_was_answered_before_the_mail_went_is_told_as_answered_only(
    state: str,
) -> None:
    made = Complained(3, at("2020-09-15T09:00Z"), "person", at("2020-09-29T09:00Z"))
    post = Post()
    post.hear(
        story(person_id="person", state=state, complained=made), course(), "2020-09-15T09:00Z"
    )
    answered = Answered(4, at("2020-09-15T09:01Z"), "person")
    whole = story(person_id="person", state=state, complained=made, complaint_answered=answered)
    post.hear(whole, course(), "2020-09-15T09:01Z")
    told = [m for m in post.held.values() if "complaint" in m.template]
    assert sorted((m.template, m.state) for m in told) == [
        ("complaint_answered", "planned"),
        ("complaint_received", "cancelled"),
    ]
    assert post.reasons("complaint_received") == {"it was answered meanwhile, or they wrote more"}


def test_a_colleague_is_told_nothing_of_a_complaint_that_is_not_theirs() -> None:
    made = Complained(3, at("2020-09-15T09:00Z"), "person", at("2020-09-29T09:00Z"))
    answered = Answered(4, at("2020-09-20T09:00Z"), "person")
    post = Post()
    whole = story(person_id="colleague", complained=made, complaint_answered=answered)
    post.hear(whole, course(), "2020-09-20T09:00Z")
    assert [m for m in post.held.values() if "complaint" in m.template] == []
