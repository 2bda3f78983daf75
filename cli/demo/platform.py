"""What the meeting platform sees of a session: people come, drop out, come back, use two devices.

Everything a real platform does to its listeners happens here: observations twice, out of order,
and a "left" that never comes. The numbers are chosen by a seed, so every run sees the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from cli.demo.learners import Learner


def observations(
    course: str, session: str, start: datetime, people: Sequence[tuple[Learner, str]]
) -> list[dict[str, Any]]:
    """Observations of one session, shuffled and partly doubled; `people` with registration ids.

    Nobody here misses more than eleven minutes of the two hours.
    """
    chance = Random(f"{course}/{session}")
    end = start + timedelta(hours=2)
    seen = [
        _of(
            session, f"{session}-start", None, None, "meeting_started", start - timedelta(minutes=9)
        ),
        _of(session, f"{session}-end", None, None, "meeting_ended", end),
    ]
    for learner, registration in people:
        seen += _person(chance, session, learner, registration, start, end)
    seen += chance.sample(seen, len(seen) // 10)
    chance.shuffle(seen)
    return [{**observation, "course_id": course} for observation in seen]


def _person(
    chance: Random,
    session: str,
    learner: Learner,
    registration: str,
    start: datetime,
    end: datetime,
) -> list[dict[str, Any]]:
    def at(moment: datetime, kind: str, device: str, n: int) -> dict[str, Any]:
        participant = f"{session}-{learner.number}-{device}"
        return _of(session, f"{participant}-{n}", participant, registration, kind, moment)

    joined = start + timedelta(seconds=chance.randint(-480, 300))
    seen = [at(joined - timedelta(seconds=40), "waiting", "a", 0), at(joined, "joined", "a", 1)]
    habit = learner.number % 5
    if habit == 1:  # the connection breaks for two minutes
        broken = start + timedelta(minutes=chance.randint(20, 90))
        seen += [at(broken, "left", "a", 2), at(broken + timedelta(minutes=2), "joined", "b", 3)]
        seen.append(at(end, "left", "b", 4))
    elif habit == 2:  # a phone beside the computer
        seen += [
            at(joined + timedelta(minutes=10), "joined", "phone", 2),
            at(start + timedelta(minutes=100), "left", "phone", 3),
            at(end - timedelta(minutes=2), "left", "a", 4),
        ]
    elif habit == 3:  # the "left" never comes
        pass
    else:
        seen.append(at(end - timedelta(seconds=chance.randint(0, 240)), "left", "a", 2))
    return seen


def _of(
    session: str,
    name: str,
    participant: str | None,
    registration: str | None,
    kind: str,
    at: datetime,
) -> dict[str, Any]:
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    whole = {
        "id": f"demo-{name}",
        "session_id": session,
        "participant_id": participant,
        "registration_id": registration,
        "kind": kind,
        "at": moment,
    }
    return {key: value for key, value in whole.items() if value is not None}
