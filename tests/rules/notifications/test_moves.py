"""Who is told that a session moved: by what they were told last, not by how often it moved."""

from dataclasses import replace
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from services.notifications.domain.course import Said, Session
from services.notifications.domain.moves import change_messages, last_told, not_said_yet
from services.notifications.domain.reminders import reminders
from services.notifications.domain.story import Held, Offer
from tests.rules.notifications.stories import NEW_YORK, SESSIONS, at, course, story

MOVE = at("2020-10-20T12:00Z")
HERE = {"s2": Said(1, SESSIONS[1].starts_at, SESSIONS[1].ends_at)}


def message(template: str, said: dict[str, Said], version: int = 1, state: str = "sent") -> Held:
    about = "r1" if template.startswith("registration") or template == "offer" else "s2"
    id_ = f"{template}/{version}"
    due: datetime = at("2020-09-14T15:07Z")
    return Held(id_, "p1", template, about, version, state, due, said=said)  # type: ignore[arg-type]


def moved(version: int = 2, day: int = 27, **more: Any) -> Any:
    start, end = at(f"2020-10-{day}T20:00Z"), at(f"2020-10-{day}T22:00Z")
    changed = Session("s2", start, end, version, **{"changed_at": MOVE, **more})
    return course(sessions=(SESSIONS[0], changed, *SESSIONS[2:]))


def said(version: int, day: int, **more: Any) -> dict[str, Said]:
    start, end = at(f"2020-10-{day}T20:00Z"), at(f"2020-10-{day}T22:00Z")
    return {"s2": Said(version, start, end, **more)}


CONFIRMED = message("registration_confirmed", HERE)


def test_a_move_is_told_at_once_until_the_session_ends() -> None:
    [wish] = change_messages(story(), moved(), [CONFIRMED])
    assert (wish.template, wish.subject, wish.version) == ("session_changed", "s2", 2)
    assert (wish.due_at, wish.use_until) == (MOVE, at("2020-10-27T22:00Z"))


@pytest.mark.parametrize(
    "then",
    [
        moved(3, 26),  # there and back
        moved(1, 27),  # of a copy of the course that is older than the mail
        replace(moved(), cancelled=True),
        moved(cancelled=True),
    ],
)
def test_what_is_as_it_was_told_older_or_not_held_is_no_news(then: Any) -> None:
    assert change_messages(story(), then, [CONFIRMED]) == []


@pytest.mark.parametrize("day", [26, 27])
def test_the_newest_that_they_were_told_counts_in_whichever_order_it_was_sent(day: int) -> None:
    mails = [
        CONFIRMED,
        message("session_changed", said(2, 27), 2),
        message("session_changed", said(3, 28), 3),
    ]
    for order in permutations(mails):
        assert last_told(order, "s2") == said(3, 28)["s2"]
        [wish] = change_messages(story(), moved(4, day), order)
        assert wish.version == 4
        assert change_messages(story(), moved(4, 28), order) == []


def test_a_mail_that_did_not_go_out_told_nothing_and_one_that_may_have_did() -> None:
    bounced = message("session_changed", {}, 2, "failed")
    unknown = message("session_changed", said(2, 27), 2, "failed")
    assert change_messages(story(), moved(3, 26), [CONFIRMED, bounced]) == []
    [wish] = change_messages(story(), moved(3, 26), [CONFIRMED, unknown])
    assert wish.version == 3


def test_a_reminder_repeats_and_tells_nothing_of_a_change() -> None:
    reminder = message("reminder_1d", said(2, 27), 2)
    assert len(change_messages(story(), moved(), [CONFIRMED, reminder])) == 1


@pytest.mark.parametrize("state", ["planned", "cancelled"])
def test_while_the_confirmation_has_yet_to_go_out_it_says_how_it_is(state: str) -> None:
    received = message("registration_received", HERE)
    waiting = message("registration_confirmed", {}, state=state)
    assert change_messages(story(), moved(), [received, waiting]) == []
    assert change_messages(story(), moved(), [received]) == []
    failed = replace(waiting, state="failed")
    assert len(change_messages(story(), moved(), [received, failed])) == 1


def test_a_seat_held_or_offered_is_told_while_it_lasts() -> None:
    held = story(state="requested", confirmed_at=None, receipts=())
    [wish] = change_messages(held, moved(), [message("registration_received", HERE)])
    assert wish.use_until == at("2020-09-14T15:34Z")
    offer = Offer(at("2020-09-14T16:00Z"), at("2020-09-16T16:00Z"))
    offered = story(state="offered", confirmed_at=None, receipts=(), offers=(offer,))
    [wish] = change_messages(offered, moved(), [message("offer", HERE)])
    assert wish.use_until == at("2020-09-16T16:00Z")
    for state in ("waitlisted", "cancelled", "transferred", "expired", "unseated", ""):
        assert change_messages(replace(held, state=state), moved(), [CONFIRMED]) == []


def test_a_session_that_was_never_told_of_has_not_moved() -> None:
    assert change_messages(story(), moved(), [message("registration_confirmed", {})]) == []


def test_a_session_that_is_added_is_news_to_who_was_told_all_there_were() -> None:
    added = Session("s5", at("2020-11-16T21:00Z"), at("2020-11-16T23:00Z"), changed_at=MOVE)
    more = course(sessions=(*SESSIONS, added))
    [wish] = change_messages(story(), more, [CONFIRMED])
    assert (wish.template, wish.subject, wish.version) == ("session_changed", "s5", 1)
    assert (wish.due_at, wish.use_until) == (MOVE, added.ends_at)
    told = message("session_changed", {"s5": Said(1, added.starts_at, added.ends_at)})
    assert change_messages(story(), more, [CONFIRMED, told]) == []
    assert change_messages(story(), more, [message("registration_confirmed", {})]) == []
    # Who holds a seat was told all too; an offer names the first session only.
    held = story(state="requested", confirmed_at=None, receipts=())
    assert len(change_messages(held, more, [message("registration_received", HERE)])) == 1
    offer = Offer(at("2020-09-14T16:00Z"), at("2020-09-16T16:00Z"))
    offered = story(state="offered", confirmed_at=None, receipts=(), offers=(offer,))
    assert change_messages(offered, more, [message("offer", HERE)]) == []


def test_a_make_up_date_at_the_very_time_is_news_to_who_heard_that_it_is_cancelled() -> None:
    off = message("session_cancelled", said(2, 26, cancelled=True), 2)
    [wish] = change_messages(story(), moved(3, 26), [CONFIRMED, off])
    assert wish.version == 3


def test_another_room_is_news_and_the_same_room_is_not() -> None:
    room = message("registration_confirmed", said(1, 26, where="Hall 1"))
    assert len(change_messages(story(), moved(2, 26, where="Hall 2"), [room])) == 1
    assert change_messages(story(), moved(2, 26, where="Hall 1"), [room]) == []


def due(then: Any, held: list[Held]) -> list[tuple[str, int]]:
    """The reminders of the second session that are wanted."""
    changes = change_messages(story(), then, held)
    all_ = reminders(then, NEW_YORK, at("2020-09-14T15:07Z"))
    kept = not_said_yet(all_, then, changes, held)
    return [(one.template, one.version) for one in kept if one.subject == "s2"]


def test_a_reminder_due_before_the_change_is_said_by_the_mail_of_the_change() -> None:
    late = moved(changed_at=at("2020-10-26T20:30Z"))  # the day before begins at 20:00
    assert due(late, [CONFIRMED]) == [("join_1h", 2)]
    told = message("session_changed", said(2, 27), 2)
    assert due(late, [CONFIRMED, told]) == [("join_1h", 2)]
    in_time = moved(changed_at=at("2020-10-26T19:59Z"))
    assert due(in_time, [CONFIRMED]) == [("reminder_1d", 2), ("join_1h", 2)]
    # Nobody told them of the change: then the reminder has to.
    assert due(late, []) == [("reminder_1d", 2), ("join_1h", 2)]


def test_nobody_is_reminded_of_the_same_twice() -> None:
    reminded = message("reminder_1d", HERE)
    assert due(moved(3, 26), [CONFIRMED, reminded]) == [("join_1h", 3)]
    assert due(moved(2, 27), [CONFIRMED, reminded]) == [("reminder_1d", 2), ("join_1h", 2)]
