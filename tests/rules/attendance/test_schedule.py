"""States of a session, its door and its completion; the roll (domain.md §4, §5)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.attendance.domain import schedule
from services.attendance.domain.door import (
    DisclosureOutdated,
    DoorClosed,
    Holder,
    LinkDead,
    Room,
    enter,
    personal,
)
from services.attendance.domain.meetings import Placed, session_at
from services.attendance.domain.roll import Standing, expected, heard
from services.attendance.domain.schedule import NotHeld, NotStarted, State

START = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
END = datetime(2020, 11, 2, 23, 0, tzinfo=UTC)
OPENS = START - timedelta(minutes=15)


def test_the_door_opens_before_the_start_and_completion_waits_for_the_report() -> None:
    timing = schedule.timing(START, END, timedelta(minutes=15), timedelta(minutes=15))
    assert timing.opens_at == datetime(2020, 11, 2, 20, 45, tzinfo=UTC)
    assert timing.completes_at == datetime(2020, 11, 2, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.STUB, State.PLANNED),
        (State.PLANNED, State.PLANNED),
        (State.CANCELLED, State.PLANNED),
        (State.OPEN, State.PLANNED),
        (State.COMPLETED, State.COMPLETED),
    ],
)
def test_a_session_scheduled_for_later_has_its_door_closed(state: State, after: State) -> None:
    assert schedule.scheduled(state, OPENS, OPENS - timedelta(seconds=1)) is after


def test_an_open_session_moved_by_minutes_stays_open() -> None:
    assert schedule.scheduled(State.OPEN, OPENS, OPENS) is State.OPEN


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.PLANNED, State.OPEN),
        (State.STUB, State.STUB),
        (State.CANCELLED, State.CANCELLED),
        (State.COMPLETED, State.COMPLETED),
    ],
)
def test_only_a_planned_session_opens(state: State, after: State) -> None:
    assert schedule.opened(state) is after


def test_what_is_completed_is_never_cancelled() -> None:
    assert schedule.cancelled(State.COMPLETED) is State.COMPLETED
    assert schedule.cancelled(State.OPEN) is State.CANCELLED


def test_an_operator_completes_only_what_has_begun_and_is_held() -> None:
    schedule.may_complete(State.OPEN, START, START)
    with pytest.raises(NotStarted):
        schedule.may_complete(State.OPEN, START, START - timedelta(microseconds=1))
    with pytest.raises(NotHeld):
        schedule.may_complete(State.CANCELLED, START, END)


@pytest.mark.parametrize(
    ("ends", "last_entry", "early"),
    [
        ([], None, None),
        ([END], None, None),
        ([END - timedelta(minutes=5)], None, None),
        ([END - timedelta(minutes=5, seconds=1)], None, END - timedelta(minutes=5, seconds=1)),
        ([START + timedelta(minutes=30)], START + timedelta(minutes=40), None),
        ([START + timedelta(minutes=30), END], START, None),
    ],
)
def test_a_platform_that_ended_more_than_five_minutes_early_is_noticed(
    ends: list[datetime], last_entry: datetime | None, early: datetime | None
) -> None:
    assert schedule.ended_early(ends, last_entry, END) == early


HOLDER = Holder(Standing.CONFIRMED, 2, "2020-09-01")
ROOM = Room(State.OPEN, OPENS, "https://meet.example/1", "2020-09-01")


def test_a_living_link_leads_to_the_meeting_once_the_door_is_open() -> None:
    assert enter(2, HOLDER, ROOM, OPENS) == "https://meet.example/1"


def test_before_the_door_opens_the_link_says_how_long_to_wait() -> None:
    with pytest.raises(DoorClosed) as early:
        enter(2, HOLDER, ROOM, OPENS - timedelta(minutes=2, milliseconds=1))
    assert early.value.facts["retry_after"] == 121


@pytest.mark.parametrize(
    ("version", "holder", "room"),
    [
        (1, HOLDER, ROOM),
        (2, Holder(Standing.ENDED, 2, None), ROOM),
        (2, HOLDER, Room(State.COMPLETED, OPENS, "https://meet.example/1", None)),
        (2, HOLDER, Room(State.CANCELLED, OPENS, "https://meet.example/1", None)),
        (2, HOLDER, Room(State.OPEN, OPENS, None, None)),
    ],
)
def test_a_dead_link(version: int, holder: Holder, room: Room) -> None:
    with pytest.raises(LinkDead):
        enter(version, holder, room, START)


@pytest.mark.parametrize(
    ("version", "holder", "room"),
    [
        (2, None, ROOM),
        (3, HOLDER, ROOM),
        (2, Holder(Standing.PENDING, 2, None), ROOM),
        (2, Holder(Standing.LAPSED, 2, None), ROOM),
        (2, HOLDER, None),
        (2, HOLDER, Room(State.STUB, None, None, None)),
    ],
)
def test_what_was_not_heard_of_yet_is_too_early(
    version: int, holder: Holder | None, room: Room | None
) -> None:
    with pytest.raises(DoorClosed):
        enter(version, holder, room, START)


def test_a_changed_disclosure_is_accepted_before_joining() -> None:
    changed = Room(State.OPEN, OPENS, "https://meet.example/1", "2020-10-01")
    with pytest.raises(DisclosureOutdated):
        enter(2, HOLDER, changed, START)


def test_the_meetings_own_query_is_kept() -> None:
    url = personal("https://meet.example/8800000001?pwd=a%26b", "r 1")
    assert url == "https://meet.example/8800000001?pwd=a%26b&registration_id=r+1"


def test_an_expired_hold_may_be_confirmed_late_and_what_ended_stays_ended() -> None:
    assert heard(Standing.LAPSED, Standing.CONFIRMED) is Standing.CONFIRMED
    assert heard(Standing.ENDED, Standing.CONFIRMED) is Standing.ENDED
    assert heard(Standing.CONFIRMED, Standing.LAPSED) is Standing.CONFIRMED


def test_who_is_expected() -> None:
    assert expected(True, None, START)
    assert not expected(False, None, START)
    assert not expected(True, START, START)
    assert expected(True, START + timedelta(minutes=30), START)


def test_a_recurring_meetings_line_belongs_to_the_session_nearest_in_time() -> None:
    week = timedelta(days=7)
    first = Placed("c", "s1", START, END)
    second = Placed("c", "s2", START + week, END + week)
    stub = Placed("c", "s3", None, None)
    assert session_at([second, first, stub], START) == first
    assert session_at([first, second], END + timedelta(days=6)) == second
    assert session_at([stub], START) == stub
    assert session_at([], START) is None


def test_who_comes_after_the_door_opened_belongs_to_the_session_to_come() -> None:
    quarter = timedelta(minutes=15)
    first = Placed("c", "s1", START, END, START - quarter)
    second = Placed("c", "s2", END + quarter, END + timedelta(hours=2), END)
    straight_on = Placed("c", "s3", END, END + timedelta(hours=2), END - quarter)
    for at, others, of in (
        (START - quarter, [first, second], "s1"),
        (END - timedelta(seconds=1), [first, second], "s1"),
        (END, [first, second], "s2"),
        (END + timedelta(minutes=5), [first, second], "s2"),
        (END + timedelta(hours=3), [first, second], "s2"),
        (END - timedelta(minutes=16), [first, straight_on], "s1"),
        (END - timedelta(minutes=10), [first, straight_on], "s3"),
    ):
        for order in (others, others[::-1]):
            found = session_at(order, at)
            assert found is not None
            assert found.session_id == of, at
