"""Owners: whose a line of evidence is.

Lines are matched by registration id or by a human, never by name (domain.md §5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.attendance.domain.evidence import Interval, Matching, Sighting


def owners_of(
    seen: Iterable[Sighting], told: Iterable[Interval], matching: Matching
) -> dict[str, str | None]:
    """Participant → registration, from any line that names one; None where two are named."""
    whose: dict[str, str | None] = {}
    lines: tuple[Sighting | Interval, ...] = (*seen, *told)
    for line in lines:
        named, participant = line.registration_id, line.participant_id
        if named is None or participant is None or named not in matching.known:
            continue
        if whose.setdefault(participant, named) != named:
            whose[participant] = None
    return whose


def owner_of(
    line: Sighting | Interval, matching: Matching, whose: Mapping[str, str | None]
) -> str | None:
    """A human's word counts first, then the line's own registration, then the participant's."""
    participant = line.participant_id
    if participant is not None and participant in matching.by_hand:
        return matching.by_hand[participant]
    if line.registration_id is not None and line.registration_id in matching.known:
        return line.registration_id
    if line.registration_id is not None or participant is None:
        return None
    return whose.get(participant)
