"""Runs: a meeting may be held several times in a session, and each time it has an end of its own.

A platform that tells them apart (Zoom: one meeting id, a uuid for each time it is started) names
the instance. The end of one says nothing of another: who was in the first run when it ended is not
in it any more, who is in the second stays. A meeting runs once at a time, so the start of a run is
the end of the one before, should its own have been lost.

Another meeting may take the place of the session's (staff swap it when the platform fails, and then
nothing tells of its end). From then on whoever was not seen to leave the former is in it no more:
by the instant at which the other came to stand for the session or, where nobody said that, by its
start.

Only what is about the meeting itself makes runs, and only that and which meetings stood says which
meetings there are. So whoever looks at one registration's lines (and those of the meeting) finds
the same as who looks at everybody's: that a stranger is told of in some other meeting changes
nothing for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

STARTED = "meeting_started"
ENDED = "meeting_ended"
Run = tuple[str, str]  # meeting and instance; "" where it is not told, or makes no difference


@dataclass(frozen=True, slots=True)
class Said:
    """What a sighting says of a meeting: its kind and instant, and which run it was seen in."""

    kind: str
    at: datetime
    meeting_id: str | None
    instance: str | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a session's meetings: where a sighting belongs, and when each run ended."""

    known: bool  # whether any meeting is: else all sightings are of the same
    only: str  # the meeting of what names none; "" where that cannot be told
    instances: Mapping[str, frozenset[str]]  # of each meeting, as far as it was told
    ends: Mapping[Run, tuple[datetime, ...]]
    stood: Mapping[str, tuple[datetime, ...]]  # from when on a meeting was the session's

    def meeting_of(self, meeting_id: str | None) -> str:
        """The meeting that a sighting belongs to."""
        return (meeting_id or self.only) if self.known else ""

    def run_of(self, meeting_id: str | None, instance: str | None) -> Run:
        """The run that a sighting belongs to.

        One that names no instance belongs to the only one there is; where there are several it
        stands by itself, and is closed by the end of any of them.
        """
        meeting = self.meeting_of(meeting_id)
        known = self.instances.get(meeting, frozenset())
        if instance is None and len(known) == 1:
            [instance] = known
        return meeting, instance or ""

    def ends_of(self, run: Run) -> tuple[datetime, ...]:
        """The instants at which nobody is in a run any more."""
        meeting, instance = run
        if instance:
            return (*self.ends.get(run, ()), *self.ends.get((meeting, ""), ()))
        return tuple(at for (of, _), ends in self.ends.items() if of == meeting for at in ends)

    def moves_of(self, run: Run) -> tuple[datetime, ...]:
        """The instants at which another meeting took the place of this run's; of any, where it is
        not told which it was."""
        return tuple(at for of, since in self.stood.items() if of != run[0] for at in since)


def runs_of(said: Iterable[Said], stood: Mapping[str, datetime] | None = None) -> Runs:
    """The runs that sightings tell of, in whatever order they came.

    `stood`: from when on each meeting that is known stood for the session, the last time.
    """
    seen = [s for s in said if s.kind in (STARTED, ENDED)]
    since: dict[str, list[datetime]] = {of: [at] for of, at in (stood or {}).items()}
    told = frozenset(since)
    # What names no meeting is of the one that was seen to run; where none was, of what stood.
    meetings = frozenset(s.meeting_id for s in seen if s.meeting_id) or told
    only = next(iter(meetings)) if len(meetings) == 1 else ""
    instances: dict[str, set[str]] = defaultdict(set)
    ends: dict[Run, list[datetime]] = defaultdict(list)
    starts: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for s in seen:
        meeting = (s.meeting_id or only) if meetings else ""
        if s.instance is not None:
            instances[meeting].add(s.instance)
        if s.kind == STARTED and s.meeting_id and s.meeting_id not in told:
            since.setdefault(s.meeting_id, []).append(s.at)
        if s.kind == ENDED:
            ends[meeting, s.instance or ""].append(s.at)
        elif s.instance is not None:
            starts[meeting].append((s.at, s.instance))
    for meeting, begun in starts.items():
        for (_, before), (at, after) in pairwise(sorted(begun)):
            if before != after:
                ends[meeting, before].append(at)
    return Runs(
        bool(meetings),
        only,
        {meeting: frozenset(known) for meeting, known in instances.items()},
        {run: tuple(sorted(of_one)) for run, of_one in ends.items()},
        {meeting: tuple(of_one) for meeting, of_one in since.items()},
    )
