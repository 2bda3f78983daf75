"""Two devices of one registrant, as Zoom tells them: one connection says nothing of the other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.attendance.domain.evidence import Matching, Sighting
from services.attendance.domain.lines import read_observation
from services.attendance.domain.minutes import Window
from services.attendance.domain.tally import tally
from services.attendance.domain.zoom import line_of

SECRET = "what only this platform knows"

START = datetime(2020, 11, 2, 21, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=2))
ADA = "0192a0b0-5c1e-7a10-8f00-0000000000ad"
ROOM = "_breakout_room"
WHEN = {
    "joined": "join_time",
    "left": "leave_time",
    f"joined{ROOM}": "join_time",
    f"left{ROOM}": "leave_time",
}


def sighting(told: str) -> Sighting:
    """`21:00:00 joined C1 1`: the clock, what Zoom calls it, the connection and the user of it."""
    clock, name, connection, user = told.split()
    person = {"participant_uuid": connection, "user_id": user, "registrant_id": "R1"}
    person |= {"customer_key": ADA.replace("-", "")}
    person[WHEN.get(name, "date_time")] = f"2020-11-02T{clock}Z"
    subject: dict[str, Any] = {"id": "88000000003", "uuid": "A==", "participant": person}
    line = line_of({"event": f"meeting.participant_{name}", "payload": {"object": subject}})
    o = read_observation(line, SECRET, "zoom")
    who = o.who
    return Sighting(
        o.at, o.kind, o.sha256, o.meeting_id, who.participant_id, who.registration_id, o.instance,
        o.connection,
    )  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(
            ["21:00:00 joined C1 1", "21:00:00 joined C2 2", "21:10:00 left C2 2",
             "23:00:00 left C1 1"],
            id="two devices admitted in the same second, and the phone leaves",
        ),
        pytest.param(
            ["21:00:00 joined C1 1", "21:30:00 joined_waiting_room C2 2",
             "21:40:00 left_waiting_room C2 2", "23:00:00 left C1 1"],
            id="a phone is left in the waiting room",
        ),
        pytest.param(
            ["21:00:00 joined C1 1", "21:30:00 joined C2 2", "21:40:00 put_in_waiting_room C2 2",
             "23:00:00 left C1 1"],
            id="a phone is put into the waiting room",
        ),
        pytest.param(
            ["21:00:00 joined C1 1", "21:00:05 joined C2 2", "21:10:00 left C1 1",
             f"21:10:00 joined{ROOM} C1 3", "21:15:00 left C2 2", f"22:10:00 left{ROOM} C1 3",
             "22:10:00 joined C1 4", "23:00:00 left C1 4"],
            id="the phone leaves the meeting while the laptop is in a breakout room",
        ),
        pytest.param(
            ["21:00:00 joined C1 1", "21:50:00 joined C2 2", "21:52:00 left C1 1",
             "23:00:00 left C2 2"],
            id="the old connection is said to have left when the new one is in",
        ),
    ],
)  # fmt: skip
def test_one_device_says_nothing_of_the_other(told: list[str]) -> None:
    for order in (told, told[::-1], [*told, *told]):
        seen = [sighting(each) for each in order]
        assert tally(WINDOW, seen, [], Matching({ADA}, {}), WINDOW.ends_at)[ADA].seconds == 7200
