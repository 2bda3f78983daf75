"""Which mails go as a text too, until when one is of use, and what comes of it by whom it is for."""

from dataclasses import replace
from typing import Any

import pytest

from services.notifications.domain.course import Said, Session
from services.notifications.domain.story import Held, Offer
from services.notifications.domain.texts import (
    NOT_AGREED,
    OVER,
    Wish,
    decide_texts,
    text_id,
    texts_of,
)
from tests.rules.notifications.stories import SESSIONS, at, course, story

FIRST = SESSIONS[0]  # 2020-10-19, 20:00 to 22:00 UTC
AGREED = at("2020-09-14T15:00Z")


def mail(template: str, subject: str = "s1", version: int = 1, state: str = "sent", **more: Any):
    due = more.pop("due_at", at("2020-10-19T19:00Z"))
    id_ = f"{template}/{subject}/{version}"
    return Held(id_, "p1", template, subject, version, state, due, **more)  # type: ignore[arg-type]


JOIN = mail("join_1h")


def only(wishes: list[Wish]) -> Wish:
    [one] = wishes
    return one


def test_a_join_link_goes_until_the_session_ends():
    wish = only(texts_of(story(), course(), [JOIN]))
    assert (wish.mail, wish.use_until) == (JOIN, at("2020-10-19T22:00Z"))
    assert wish.about == ((at("2020-10-19T20:00Z"), at("2020-10-19T22:00Z")),)


@pytest.mark.parametrize(
    ("told", "then"),
    [
        (story(state="cancelled"), course()),
        (story(), course(cancelled=True, cancelled_at=at("2020-10-01T12:00Z"))),
        (story(), course(sessions=(replace(FIRST, cancelled=True), *SESSIONS[1:]))),
        (story(), course(sessions=(replace(FIRST, version=2), *SESSIONS[1:]))),
        (story(), course(sessions=(replace(FIRST, online=False), *SESSIONS[1:]))),
        (story(), course(sessions=SESSIONS[1:])),
        (story(person_id="p2"), course()),
    ],
)
def test_no_way_in_where_there_is_none_for_them(told: Any, then: Any):
    assert texts_of(told, then, [JOIN]) == []


@pytest.mark.parametrize(
    ("state", "reason", "goes"),
    [
        ("planned", "", True),
        ("sending", "", True),
        ("failed", "bounced", True),  # the more a text is of use
        ("planned", "waiting to hear of the person", False),
        ("cancelled", "the session was moved or cancelled", False),
        ("skipped", "too late to be of use", False),
    ],
)
def test_a_text_goes_with_a_mail_that_lives(state: str, reason: str, goes: bool):
    found = texts_of(story(), course(), [replace(JOIN, state=state, reason=reason)])  # type: ignore[arg-type]
    assert bool(found) is goes


@pytest.mark.parametrize("template", ["reminder_1d", "receipt", "substituted", "links"])
def test_what_is_not_short_of_time_goes_by_mail_alone(template: str):
    assert texts_of(story(), course(), [mail(template)]) == []


def moved(since: str, to: str) -> Any:
    start, end = at(f"{to}T20:00Z"), at(f"{to}T22:00Z")
    now = Session("s1", start, end, 2, changed_at=at(since))
    return course(sessions=(now, *SESSIONS[1:]))


TOLD = mail("registration_confirmed", "r1", said={"s1": Said(1, FIRST.starts_at, FIRST.ends_at)})


@pytest.mark.parametrize(
    ("since", "to", "until"),
    [
        ("2020-10-19T12:00Z", "2020-11-19", "2020-11-19T22:00Z"),  # today, to another month
        ("2020-10-18T20:00:01Z", "2020-10-26", "2020-10-26T22:00Z"),
        ("2020-10-18T20:00Z", "2020-10-26", None),  # a day ahead: the mail is enough
        ("2020-10-10T22:00Z", "2020-10-11", "2020-10-19T22:00Z"),  # forward, to tomorrow
        ("2020-10-10T12:00Z", "2020-10-26", None),
        ("2020-10-19T22:30Z", "2020-10-26", None),  # it was over: they are not on their way
    ],
)
def test_a_move_goes_where_the_time_they_know_or_the_new_one_is_within_a_day(since, to, until):
    change = mail("session_changed", "s1", 2)
    found = texts_of(story(), moved(since, to), [TOLD, change])
    assert [one.use_until for one in found] == ([at(until)] if until else [])


def test_of_two_moves_only_the_last_one_is_told():
    changes = [mail("session_changed", "s1", version) for version in (2, 3)]
    then = moved("2020-10-19T12:00Z", "2020-10-20")
    found = texts_of(story(), then, [TOLD, *changes])
    assert [one.mail.version for one in found] == [2]


@pytest.mark.parametrize(
    ("since", "goes"), [("2020-10-19T12:00Z", True), ("2020-10-18T12:00Z", False)]
)
def test_a_session_that_is_not_held_within_a_day(since: str, goes: bool):
    gone = replace(FIRST, cancelled=True, changed_at=at(since), version=2)
    then = course(sessions=(gone, *SESSIONS[1:]))
    found = texts_of(story(), then, [TOLD, mail("session_cancelled", "s1", 2)])
    assert [one.use_until for one in found] == ([at("2020-10-19T22:00Z")] if goes else [])


@pytest.mark.parametrize(
    ("since", "state", "goes"),
    [
        ("2020-10-19T12:00Z", "cancelled", True),
        ("2020-10-19T12:00Z", "waitlisted", False),
        ("2020-10-18T12:00Z", "cancelled", False),
    ],
)
def test_a_course_that_is_not_held_within_a_day_of_its_next_session(since, state, goes):
    told = story(state=state, by_provider=state == "cancelled")
    then = course(cancelled=True, cancelled_at=at(since))
    found = texts_of(told, then, [mail("course_cancelled", "r1")])
    assert [one.use_until for one in found] == ([at("2020-10-19T22:00Z")] if goes else [])


def test_an_offer_goes_while_it_is_the_last_and_stands():
    until = at("2020-10-01T12:00Z")
    offers = (Offer(at("2020-09-28T12:00Z"), until), Offer(at("2020-09-30T12:00Z"), until))
    told = story(state="offered", offers=offers, confirmed_at=None)
    mails = [mail("offer", "r1", version) for version in (1, 2)]
    wish = only(texts_of(told, course(), mails))
    assert (wish.mail.version, wish.use_until, wish.about) == (2, until, ())
    assert texts_of(replace(told, state="lapsed"), course(), mails) == []


WISH = Wish(JOIN, at("2020-10-19T22:00Z"))
NOW = at("2020-10-19T19:00Z")


def decided(*there: Held, agreed=AGREED, now=NOW, wishes=(WISH,), **more: str):
    found = decide_texts(wishes, there, agreed, now, **more)
    return [(one.message_id, one.state, one.due_at, one.reason) for one in found]


PLANNED = (text_id(JOIN.message_id), "planned", NOW, "")
THERE = replace(JOIN, message_id=text_id(JOIN.message_id), state="planned")


def test_a_text_has_a_key_of_its_own_and_is_planned_once():
    assert decided() == [PLANNED]
    assert text_id(JOIN.message_id) != JOIN.message_id
    assert decided(THERE) == []


def test_nobody_gets_a_text_who_did_not_agree_or_agreed_after_it_was_due():
    assert decided(agreed=None) == []
    assert decided(agreed=at("2020-10-19T19:00:01Z")) == []
    assert decided(agreed=NOW) == [PLANNED]


def test_who_takes_the_consent_back_gets_none_of_what_is_planned():
    assert decided(THERE, agreed=None) == [(THERE.message_id, "cancelled", NOW, NOT_AGREED)]
    assert decided(THERE, wishes=()) == [(THERE.message_id, "cancelled", NOW, OVER)]
    assert decided(THERE, gone="erased") == [(THERE.message_id, "cancelled", NOW, "erased")]


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "skipped"])
def test_what_is_under_way_or_done_stays(state: str):
    assert decided(replace(THERE, state=state)) == []  # type: ignore[arg-type]
    assert decided(replace(THERE, state=state), wishes=()) == []  # type: ignore[arg-type]


def test_what_was_put_off_keeps_its_hour_until_it_is_of_no_use():
    later = replace(THERE, due_at=at("2020-10-19T21:00Z"))
    assert decided(later) == []
    late = at("2020-10-19T22:00:01Z")
    assert decided(later, now=late) == [
        (THERE.message_id, "skipped", later.due_at, "too late to be of use")
    ]
    assert decided(now=late) == []  # nothing is written of what was never planned


def test_who_agrees_again_gets_what_is_still_of_use():
    gone = replace(THERE, state="cancelled", reason=NOT_AGREED)
    assert decided(gone) == [PLANNED]
