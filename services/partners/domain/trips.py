"""A round as it is handed to whoever carries it out, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.partners.domain.answers import Outcome
from services.partners.domain.rounds import Parcel, Strand


@dataclass(frozen=True, slots=True)
class Round:
    """What is to go to one endpoint, `concurrency` strands at a time.

    `secret_versions`: those it is signed with, the newest first. `failures` in a row before.
    `new`: what is new of the log up to `through`, in order, whether it goes out in this round or
    not. `blocked`: subjects of which an earlier one waits. `ended`: what waited and is not to be
    sent after all, position → why. `last`: nothing else was there or waited when it was made.
    `version`: of the endpoint as it was then.
    """

    endpoint_id: str
    url: str
    secret_versions: tuple[int, ...]
    concurrency: int
    failures: int
    strands: Sequence[Strand]
    new: Sequence[Parcel]
    through: int
    blocked: frozenset[str]
    ended: Mapping[int, str]
    last: bool
    version: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """One try and how long it took."""

    parcel: Parcel
    outcome: Outcome
    seconds: float


@dataclass(frozen=True, slots=True)
class Trip:
    """What was tried, in the order in which it ended."""

    tried: Sequence[Tried]


def moved(position: int, round_: Round, trip: Trip, *, ordered: bool) -> tuple[int, list[Parcel]]:
    """How far an endpoint has come by a round, from `position`; and what of the log that passes
    over untried, for it waits behind another of its subject or its strand had no turn while later
    ones had."""
    done = {one.parcel.position for one in trip.tried}
    stopped = set(round_.blocked) if ordered else set()
    if ordered:
        stopped |= {one.parcel.subject for one in trip.tried if not one.outcome.taken}
    untried = [one for one in round_.new if one.position not in done]
    last = max((one.position for one in round_.new if one.position in done), default=position)
    left = [one for one in untried if one.subject not in stopped and one.position > last]
    to = max(position, last if left else round_.through)
    return to, [one for one in untried if one.position <= to]
