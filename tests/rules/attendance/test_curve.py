"""The curve of a session: how many were in the room, by hand."""

from datetime import UTC, datetime, timedelta

from services.attendance.domain.curve import curve
from services.attendance.domain.evidence import Attended
from services.attendance.domain.pairing import Stay


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-02T{clock}:00").replace(tzinfo=UTC)


def stay(joined: str, left: str, inferred: bool = False) -> Stay:
    return Stay(at(joined), at(left), inferred)


def counts(attended: list[Attended], now: str, end: str = "11:00") -> dict[str, int]:
    """The moments at which the number is another than at the one before."""
    changed, before = {}, 0
    for moment, count in curve(attended, at("10:00"), at(end), at(now)):
        if count != before:
            changed[f"{moment:%H:%M}"] = count
        before = count
    return changed


def test_people_come_and_go_and_two_devices_of_one_are_one():
    ada = Attended(live=(stay("09:50", "10:30"), stay("10:10", "10:40")))
    ben = Attended(live=(stay("10:05", "10:20"),))
    assert counts([ada, ben], "10:50") == {"09:50": 1, "10:05": 2, "10:20": 1, "10:40": 0}


def test_who_was_not_seen_to_leave_is_there_now_and_at_the_end():
    here = Attended(live=(stay("10:05", "10:30", inferred=True),))
    gone = Attended(live=(stay("10:05", "10:30"),))
    assert counts([here], "10:30") == {"10:05": 1}
    assert counts([gone], "10:30") == {"10:05": 1, "10:30": 0}


def test_it_begins_a_quarter_before_and_ends_with_the_session():
    points = curve([], at("10:00"), at("11:00"), at("15:00"))
    assert (points[0], points[-1]) == ((at("09:45"), 0), (at("11:00"), 0))
    assert len(points) == 76
    assert curve([], at("10:00"), at("11:00"), at("09:44")) == []


def test_a_stay_between_two_moments_is_on_none_of_them():
    short = Attended(
        live=(Stay(at("10:05") + timedelta(seconds=1), at("10:05") + timedelta(seconds=59)),)
    )
    assert counts([short], "10:50") == {}


def test_before_the_curve_begins_nobody_is_lost_and_a_report_counts_instead_of_what_was_seen():
    early = Attended(live=(stay("08:00", "10:05"),))
    assert counts([early], "10:50") == {"09:45": 1, "10:05": 0}
    told = Attended(
        live=(stay("10:00", "10:50"),), reported=(stay("10:10", "10:20"),), told_seconds=600
    )
    assert counts([told], "10:50") == {"10:10": 1, "10:20": 0}


def test_a_day_has_no_more_moments_than_can_be_drawn():
    points = curve([], at("00:15"), at("23:45"), at("23:45"))
    assert len(points) <= 241
    assert points[1][0] - points[0][0] == timedelta(minutes=6)
