"""What counts of a session of 120 minutes: a table, each figure written by hand (domain.md §5).

Minutes are of the session. `a.in:0` is participant a joining, `.out` leaving, `.lobby` put into the
waiting room, `.admit` let in; `a1.in:0` is device 1 of a, where the platform tells devices apart
(a letter `x` behind: another observation); `/m2` in another meeting; `end:60` the meeting's end; `swap:35/m2` m2 stands for the session from
then on, `start:36/m2` it is started. `report:0-60` is
a line of the platform's report (`wait:` one of its waiting room), `sheet:`, `partner:` and `corr:`
one of those; nothing behind the dash means that no end was told.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.attendance.domain.evidence import CORRECTION, Attended, Interval, Matching, Sighting
from services.attendance.domain.minutes import Window
from services.attendance.domain.tally import tally

START = datetime(2020, 11, 2, 21, 0, tzinfo=UTC)
KINDS = {"in": "joined", "out": "left", "lobby": "waiting", "admit": "admitted"}
ORIGINS = {
    "report": "report",
    "wait": "report",
    "sheet": "sheet",
    "partner": "partner",
    "corr": CORRECTION,
}
_SEEN = re.compile(r"([a-z])(\d)?\.(in|out|lobby|admit):(-?[\d.]+)x?(?:/(\w+))?")
_END = re.compile(r"end:(-?[\d.]+)(?:/(\w+))?")
_MOVED = re.compile(r"(swap|start):(-?[\d.]+)/(\w+)")
_TOLD = re.compile(r"(report|wait|sheet|partner|corr):(-?[\d.]+)-(-?[\d.]+)?")


def at(minute: str | float) -> datetime:
    return START + timedelta(minutes=float(minute))


def attended(lines: str, breaks: tuple[tuple[int, int], ...] = (), until: float = 120) -> Attended:
    seen: list[Sighting] = []
    told: list[Interval] = []
    stood = {"m1": at(-900)} if "swap" in lines else {}
    for line in lines.split():
        name = f"h {line}"  # told again it is the same observation
        if found := _SEEN.fullmatch(line):
            who, device, kind, minute, meeting = found.groups()
            seen.append(
                Sighting(
                    at(minute), KINDS[kind], name, meeting or "m", who, "ada", connection=device
                )
            )
        elif found := _MOVED.fullmatch(line):
            kind, minute, meeting = found.groups()
            if kind == "swap":
                stood[meeting] = max(at(minute), stood.get(meeting, at(minute)))
            else:
                seen.append(Sighting(at(minute), "meeting_started", name, meeting))
        elif found := _END.fullmatch(line):
            seen.append(Sighting(at(found[1]), "meeting_ended", name, found[2] or "m"))
        else:
            found = _TOLD.fullmatch(line)
            assert found is not None, line
            kind, came, went = found.groups()
            left = None if went is None else at(went)
            told.append(Interval(at(came), left, name, "r", "ada", kind == "wait", ORIGINS[kind]))
    window = Window(at(0), at(120), tuple((at(a), at(b)) for a, b in breaks))
    matching = Matching({"ada"}, {})
    return tally(window, seen, told, matching, at(until), stood).get("ada", Attended())


@pytest.mark.parametrize(
    ("what", "lines", "minutes"),
    [
        # One device.
        ("the whole session", "a.in:0 a.out:120", 120),
        ("before the start to after the end", "a.in:-5 a.out:125", 120),
        ("half a minute late", "a.in:0.5 a.out:120", 119.5),
        ("half a minute early", "a.in:0 a.out:119.5", 119.5),
        ("came at half time", "a.in:60 a.out:120", 60),
        ("only before it", "a.in:-15 a.out:-1", 0),
        ("only after it", "a.in:121 a.out:130", 0),
        ("until the very start", "a.in:-15 a.out:0", 0),
        ("from the very end", "a.in:120 a.out:130", 0),
        ("in and out at once", "a.in:10 a.out:10", 0),
        ("gone for a quarter of an hour", "a.in:0 a.out:30 a.in:45 a.out:120", 105),
        ("three visits", "a.in:0 a.out:10 a.in:20 a.out:30 a.in:40 a.out:50", 30),
        ("out and in at once", "a.in:0 a.out:50 a.in:50 a.out:120", 120),
        ("never seen to leave", "a.in:30", 90),
        ("back, and never seen to leave", "a.in:0 a.out:30 a.in:90", 60),
        ("seen to leave, never to come", "a.out:60", 0),
        ("told twice that they came", "a.in:0 a.in:0x a.out:60", 60),
        ("told twice that they left", "a.in:0 a.out:60 a.out:60x", 60),
        ("left told again later", "a.in:0 a.out:60 a.out:70", 60),
        ("joined again without a left", "a.in:0 a.in:40 a.out:100", 100),
        ("told backwards", "a.out:120 a.in:0", 120),
        # Several devices.
        ("two devices side by side", "a.in:0 a.out:120 b.in:30 b.out:90", 120),
        ("two devices that overlap", "a.in:0 a.out:70 b.in:50 b.out:110", 110),
        ("two devices one after the other", "a.in:0 a.out:40 b.in:60 b.out:100", 80),
        ("a phone that never leaves", "a.in:0 a.out:60 b.in:50", 120),
        ("two connections of one device", "a.in:0 a.in:5 a.out:60 a.out:120", 120),
        ("three devices with a hole", "a.in:0 a.out:20 b.in:10 b.out:30 c.in:40 c.out:50", 40),
        ("two devices let in at once, one goes", "a1.in:0 a2.in:0 a2.out:10 a1.out:120", 120),
        ("the same, where devices are not told", "a.in:0 a.in:0x a.out:10 a.out:120", 120),
        ("a device that never leaves", "a1.in:0 a2.in:30 a2.out:60", 120),
        ("a late left of the old connection", "a1.in:0 a2.in:50 a1.out:52 a2.out:120", 120),
        ("moved between rooms at once", "a1.in:0 a1.out:50 a1.in:50 a1.out:120", 120),
        ("a left of a device that never came", "a1.in:0 a2.out:30 a1.out:120", 120),
        ("not all of their devices are told", "a1.in:0 a.out:60", 60),
        # The waiting room.
        ("only the waiting room", "a.lobby:0", 0),
        ("waited ten minutes", "a.lobby:0 a.admit:10 a.out:120", 110),
        ("waited, was let in and joined", "a.lobby:0 a.admit:10 a.in:10 a.out:70", 60),
        ("left the waiting room again", "a.lobby:0 a.out:20", 0),
        ("put out for ten minutes", "a.in:0 a.lobby:50 a.admit:60 a.out:120", 110),
        ("put out and never let in again", "a.in:0 a.lobby:50", 50),
        ("put out at the very start", "a.in:-5 a.lobby:0 a.admit:30 a.out:120", 90),
        ("one device waits, the other is in", "a1.lobby:0 a2.in:10 a2.out:110", 100),
        ("a phone waits, the laptop is in", "a1.in:0 a2.lobby:30 a2.out:40 a1.out:120", 120),
        ("the same, and one of two does not say so", "a1.in:0 a.lobby:30 a1.out:120", 30),
        # The meeting's end.
        ("the meeting ends early", "a.in:0 end:90", 90),
        ("the meeting ends late", "a.in:0 end:130", 120),
        ("it breaks down and starts again", "a.in:0 end:60 a.in:70 a.out:120", 110),
        ("it breaks down, and they do not come back", "a.in:0 end:60", 60),
        ("it breaks down twice", "a.in:0 end:30 a.in:40 end:60 a.in:80 end:120", 90),
        # Swapped in mid-session.
        ("on to another meeting", "a.in:0/m1 end:50/m1 a.in:60/m2 a.out:120/m2", 110),
        ("in both at once", "a.in:0/m1 a.out:70/m1 a.in:60/m2 a.out:120/m2", 120),
        ("there and back again", "a.in:0/m1 a.out:30/m1 a.in:30/m2 a.out:60/m2 a.in:60/m1 a.out:90/m1", 90),
        ("the first was never seen to end", "a.in:0/m1 a.in:60/m2 a.out:90/m2", 90),
        ("the same, and back in the first", "a.in:0/m1 a.in:60/m2 a.out:70/m2 a.in:80/m1", 110),
        ("swapped, and never came back", "a.in:0/m1 swap:35/m2", 35),
        ("swapped, and the other had begun", "a.in:0/m1 a.in:30/m2 swap:35/m2", 120),
        ("swapped, and stayed in the first", "a.in:0/m1 swap:35/m2 a.out:60/m1", 60),
        ("swapped, and came again to the first", "a.in:0/m1 swap:35/m2 a.in:50/m1", 105),
        ("swapped before they came", "swap:-9/m2 a.in:0/m2 a.out:80/m2", 80),
        ("swapped twice", "a.in:0/m1 swap:35/m2 a.in:40/m2 swap:60/m3 a.in:70/m3", 105),
        ("swapped there and back", "a.in:0/m1 swap:30/m2 a.in:35/m2 swap:60/m1 a.in:65/m1", 110),
        ("nobody said so, the other was started", "a.in:0/m1 start:36/m2", 36),
        # Reports rule.
        ("a report says less", "a.in:0 a.out:120 report:0-60", 60),
        ("a report says more", "a.in:0 a.out:60 report:0-120", 120),
        ("a report in pieces", "report:0-30 report:40-70 report:100-120", 80),
        ("a report with a rejoin that overlaps", "report:0-50 report:40-90", 90),
        ("a report with no end", "report:100-", 20),
        ("a report of the waiting room alone", "a.in:0 a.out:120 wait:0-120", 0),
        ("a report of waiting, then in", "wait:0-10 report:10-120", 110),
        ("a report outside the session", "report:-60-0 report:120-180", 0),
        ("a report of another day takes nothing", "a.in:0 a.out:120 report:-900--800", 120),
        ("nor one that ends as it begins", "a.in:0 a.out:120 report:-60-0 wait:120-180", 120),
        ("a report of the last second", "a.in:0 a.out:120 report:119-180", 1),
        ("a report of an empty stay", "a.in:0 a.out:120 report:60-60", 0),
        # Sheets, partners, and all together.
        ("a sheet alone", "sheet:2-118", 116),
        ("a sheet, nobody signed out", "sheet:30-", 90),
        ("a sheet over what was seen", "a.in:0 a.out:120 sheet:0-60", 120),
        ("a sheet and a report", "sheet:0-60 report:90-120", 90),
        ("a sheet and a report that overlap", "sheet:0-60 report:30-90", 90),
        ("a partner alone", "partner:10-110", 100),
        ("a partner and a report", "partner:0-30 report:20-50", 50),
        ("all three", "sheet:0-20 partner:40-60 report:80-100", 60),
        ("a sheet beside what was seen of the rest", "a.in:60 a.out:120 sheet:0-60", 120),
        # Corrections stand beside whichever rules.
        ("corrected alone", "corr:30-60", 30),
        ("corrected beside what was seen", "a.in:0 a.out:60 corr:60-90", 90),
        ("corrected over what was seen", "a.in:0 a.out:60 corr:30-50", 60),
        ("corrected beside a report", "a.in:0 a.out:120 report:0-30 corr:60-90", 60),
        ("corrected beside a sheet", "sheet:0-30 corr:20-40", 40),
        ("corrected twice", "corr:0-30 corr:20-60", 60),
        ("corrected outside the session", "a.in:0 a.out:60 corr:-30-0", 60),
        ("corrected, and a report of waiting", "wait:0-120 corr:0-60", 60),
    ],
)  # fmt: skip
def test_minutes(what: str, lines: str, minutes: float) -> None:
    assert attended(lines).seconds == minutes * 60, what
    again = " ".join(reversed(lines.split()))
    assert attended(f"{again} {lines}").seconds == minutes * 60, "in whatever order, and twice"


@pytest.mark.parametrize(
    ("what", "lines", "breaks", "minutes"),
    [
        ("a break is nobody's time", "a.in:0 a.out:120", ((60, 75),), 105),
        ("away for the break only", "a.in:0 a.out:60 a.in:75 a.out:120", ((60, 75),), 105),
        ("there for the break only", "a.in:60 a.out:75", ((60, 75),), 0),
        ("into a break and out of it", "a.in:50 a.out:65", ((60, 75),), 10),
        ("two breaks", "report:0-120", ((30, 40), (80, 95)), 95),
        ("breaks that overlap", "report:0-120", ((30, 50), (40, 60)), 90),
        ("a break at the end", "sheet:0-120", ((110, 120),), 110),
        ("a break that reaches beyond the end", "sheet:0-120", ((110, 150),), 110),
        ("corrected within a break", "corr:60-75", ((60, 75),), 0),
        ("corrected across a break", "corr:50-85", ((60, 75),), 20),
    ],
)
def test_minutes_with_breaks(
    what: str, lines: str, breaks: tuple[tuple[int, int], ...], minutes: int
) -> None:
    assert attended(lines, breaks).seconds == minutes * 60, what


@pytest.mark.parametrize(
    ("what", "lines", "now", "minutes", "waiting"),
    [
        ("still in", "a.in:10", 40, 30, False),
        ("still in, after a break in the line", "a.in:0 a.out:10 a.in:20", 40, 30, False),
        ("gone", "a.in:10 a.out:20", 40, 10, False),
        ("waiting", "a.lobby:10", 40, 0, True),
        ("let in at the instant they came", "a.lobby:10 a.admit:10", 40, 30, False),
        ("put out", "a.in:0 a.lobby:30", 40, 30, True),
        ("gave up waiting", "a.lobby:10 a.out:20", 40, 0, False),
    ],
)
def test_minutes_so_far(what: str, lines: str, now: int, minutes: int, waiting: bool) -> None:
    found = attended(lines, until=now)
    assert (found.seconds, found.waiting) == (minutes * 60, waiting), what


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ("a.in:0 a.out:60 report:0-60", False),
        ("a.in:0 a.out:60 report:0-61", False),
        ("a.in:0 a.out:60 report:0-61.1", True),
        ("a.in:0 a.out:60 report:0-58.9", True),
        ("report:0-60", True),
        ("partner:0-60", True),
        ("sheet:0-60", False),  # a room: nothing is seen there
        ("a.in:60 a.out:120 sheet:0-60 report:60-120", False),
        ("a.in:0 a.out:60 corr:60-120", False),
    ],
)
def test_what_was_told_of_a_meeting_and_what_was_seen_in_it_differ(
    lines: str, finding: bool
) -> None:
    assert attended(lines).finding is finding


def test_the_origins_are_said_in_one_order_and_each_once() -> None:
    lines = "corr:0-1 sheet:0-1 partner:0-1 report:0-1 report:2-3 a.in:0 a.out:1"
    assert attended(lines).origins == ("live", "report", "sheet", "partner", "correction")
    assert attended("sheet:0-1").origins == ("sheet",)
    assert attended("").origins == ()


LINES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from("ab"), st.sampled_from(list(KINDS)), st.integers(-20, 140)).map(
            lambda t: f"{t[0]}.{t[1]}:{t[2]}"
        ),
        st.tuples(
            st.sampled_from(["report", "wait", "sheet", "partner", "corr"]),
            st.integers(-20, 140),
            st.integers(0, 90),
        ).map(lambda t: f"{t[0]}:{t[1]}-{t[1] + t[2]}"),
        st.integers(1, 130).map(lambda minute: f"end:{minute}"),
    ),
    max_size=10,
)
BREAKS = st.lists(st.tuples(st.integers(0, 110), st.integers(1, 20)), max_size=2).map(
    lambda given: tuple((a, a + n) for a, n in given)
)


@settings(max_examples=60)
@given(LINES, BREAKS, st.randoms())
def test_never_more_than_the_window_and_the_same_in_any_order_and_twice(
    lines: list[str], breaks: tuple[tuple[int, int], ...], random: Any
) -> None:
    window = Window(at(0), at(120), tuple((at(a), at(b)) for a, b in breaks))
    one = attended(" ".join(lines), breaks)
    assert 0 <= one.seconds <= window.seconds
    shuffled = [*lines, *lines[: len(lines) // 2]]
    random.shuffle(shuffled)
    other = attended(" ".join(shuffled), breaks)
    assert (other.seconds, other.origins, other.waiting) == (one.seconds, one.origins, one.waiting)


@settings(max_examples=40)
@given(LINES, st.integers(0, 119), st.integers(1, 60), st.integers(1, 59), BREAKS)
def test_splitting_an_interval_changes_nothing(
    lines: list[str], came: int, length: int, part: int, breaks: tuple[tuple[int, int], ...]
) -> None:
    went, cut = came + length, came + min(part, length)
    rest = " ".join(lines)
    for kind in ("report", "sheet", "partner", "corr"):
        whole = attended(f"{rest} {kind}:{came}-{went}", breaks)
        split = attended(f"{rest} {kind}:{came}-{cut} {kind}:{cut}-{went}", breaks)
        assert whole.seconds == split.seconds


@settings(max_examples=40)
@given(LINES, st.integers(0, 119), st.integers(0, 60), BREAKS)
def test_a_correction_never_takes_and_a_report_beside_reports_neither(
    lines: list[str], came: int, length: int, breaks: tuple[tuple[int, int], ...]
) -> None:
    """More evidence of presence gives no less, but for the first report: it takes the place of what
    was seen live, which may have been more (interfaces.md §10)."""
    rest, before = " ".join(lines), attended(" ".join(lines), breaks)
    assert attended(f"{rest} corr:{came}-{came + length}", breaks).seconds >= before.seconds
    kinds = ["sheet"] if before.told_seconds is None else ["sheet", "report", "partner"]
    for kind in kinds:
        more = attended(f"{rest} {kind}:{came}-{came + length}", breaks)
        assert more.seconds >= before.seconds


def test_where_more_evidence_gives_less_the_first_report_said_so() -> None:
    assert attended("a.in:0 a.out:120").seconds == 7200
    assert attended("a.in:0 a.out:120 report:0-30").seconds == 1800
    # ... a left that had been missing, and the lobby, take what was inferred.
    assert attended("a.in:0 a.out:60").seconds < attended("a.in:0").seconds
    assert attended("a.in:0 a.lobby:60").seconds < attended("a.in:0").seconds
