"""Another meeting behind the join links: whoever may be inside is told, once a swap."""

from dataclasses import replace
from typing import Any

import pytest

from services.notifications.domain.swaps import swap_messages
from tests.rules.notifications.stories import SESSIONS, Post, at, course, story

# Session 1 is 20:00–22:00Z on 19 October; its door opens at 19:45Z.
DOORS = tuple(
    replace(one, opens_at=one.starts_at.replace(hour=one.starts_at.hour - 1, minute=45))
    for one in SESSIONS
)
MID = "2020-10-19T20:31:00Z"
MICROSECONDS = 1_603_139_460_000_000  # since 1970, by hand: 1,603,139,460 s


def swapped(when: str = MID, session: str = "s1", **more: Any) -> Any:
    return course(sessions=DOORS, swapped={session: at(when)}, **more)


def test_a_swap_in_mid_session_is_told_at_once_and_helps_until_the_session_ends() -> None:
    [wish] = swap_messages(story(), swapped())
    assert (wish.template, wish.subject, wish.version) == ("meeting_swapped", "s1", MICROSECONDS)
    assert (wish.due_at, wish.use_until) == (at(MID), at("2020-10-19T22:00:00Z"))


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2020-10-18T12:00:00Z", False),
        ("2020-10-19T19:44:59Z", False),
        ("2020-10-19T19:45:00Z", True),
        ("2020-10-19T21:59:59Z", True),
        ("2020-10-19T22:00:00Z", False),
        ("2020-10-19T22:10:00Z", False),
    ],
)
def test_only_while_somebody_may_be_inside(when: str, told: bool) -> None:
    assert bool(swap_messages(story(), swapped(when))) is told


@pytest.mark.parametrize(
    "heard",
    [
        story(state="cancelled"),
        story(state="requested", confirmed_at=None),
        story(state="transferred"),
        story(confirmed_at=at("2020-10-19T20:32:00Z")),  # their link led to the new one at once
    ],
)
def test_nobody_without_a_seat_at_that_moment_is_told(heard: Any) -> None:
    assert swap_messages(heard, swapped()) == []


def test_nothing_is_told_of_what_is_over_cancelled_or_moved_away() -> None:
    over = swapped(completed={"s1": at("2020-10-19T21:00:00Z")})
    assert swap_messages(story(), over) == []
    assert swap_messages(story(), swapped(cancelled=True)) == []
    later = replace(
        DOORS[0],
        starts_at=at("2020-10-20T20:00Z"),
        ends_at=at("2020-10-20T22:00Z"),
        opens_at=at("2020-10-20T19:45Z"),
    )
    moved = course(sessions=(later, *DOORS[1:]), swapped={"s1": at(MID)})
    assert swap_messages(story(), moved) == []


def states(post: Post) -> list[tuple[int, str]]:
    found = [one for one in post.held.values() if one.template == "meeting_swapped"]
    return sorted((one.version - MICROSECONDS, one.state) for one in found)


def test_two_swaps_are_two_messages_and_one_not_yet_sent_is_overtaken() -> None:
    post = Post()
    post.hear(story(), swapped(), MID)
    post.send("meeting_swapped")
    again = swapped("2020-10-19T20:40:00Z")
    post.hear(story(), again, "2020-10-19T20:40:00Z")
    post.hear(story(), again, "2020-10-19T20:40:00Z")
    assert states(post) == [(0, "sent"), (540_000_000, "planned")]
    third = swapped("2020-10-19T20:41:00Z")
    post.hear(story(), third, "2020-10-19T20:41:00Z")
    assert states(post) == [(0, "sent"), (540_000_000, "cancelled"), (600_000_000, "planned")]


def test_heard_too_late_it_is_skipped_and_says_so() -> None:
    post = Post()
    post.hear(story(), swapped(), "2020-10-19T22:00:01Z")
    assert states(post) == [(0, "skipped")]
