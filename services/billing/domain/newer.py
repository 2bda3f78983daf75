"""The policy in force beside the one that was bought (domain.md §2).

The snapshot rules for ever. A newer policy applies by itself only where cash, credit and expiry are
each no worse; where some is better and some is worse the learner chooses, and the snapshot holds
where nothing is said. A choice that was made when it was one takes nothing away later: where one of
the two is no worse in anything, that one holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from services.billing.domain.decision import Decision, PolicyUndefined, Step
from services.billing.domain.standing import Standing, judge

Verdict = Literal["snapshot", "newer", "choice"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision, and the document that it is by.

    `other` is what the other policy gives, only where the learner may choose between the two.
    """

    decision: Decision
    policy: Mapping[str, Any]
    other: Ruling | None = None

    @property
    def version(self) -> int | str | None:
        """The version of the policy that ruled."""
        return self.policy.get("version")


def rule(
    standing: Standing,
    requested_at: datetime,
    *,
    choice: str | None = None,
    value: Callable[[Standing, datetime], Decision] = judge,
) -> Ruling:
    """What a learner's request at `requested_at` comes to, by whichever policy holds.

    A newer policy that has a hole here says nothing. Raises PolicyUndefined where the snapshot has.
    """
    bought, now = standing.bought, standing.newer
    snapshot = Ruling(value(standing, requested_at), standing.policy)
    if bought is None or now is None or _nothing_paid(snapshot.decision):
        return snapshot
    try:
        newer = Ruling(value(under(standing, now), requested_at), now)
    except PolicyUndefined:
        return snapshot
    verdict = better(snapshot.decision, newer.decision)
    chosen = choice if verdict == "choice" else verdict
    holds, other = (newer, snapshot) if chosen == "newer" else (snapshot, newer)
    said = _why(verdict, choice, snapshot.version, newer.version)
    why = Step("policy", said, {"verdict": verdict, "choice": choice})
    ruled = replace(holds.decision, trace=(why, *holds.decision.trace))
    return Ruling(ruled, holds.policy, other if verdict == "choice" else None)


def better(snapshot: Decision, newer: Decision) -> Verdict:
    """Which of the two holds by itself; the snapshot where they give the same."""
    if snapshot.cash >= newer.cash and _lasts(snapshot, newer):
        return "snapshot"
    if newer.cash >= snapshot.cash and _lasts(newer, snapshot):
        return "newer"
    return "choice"


def under(standing: Standing, policy: Mapping[str, Any]) -> Standing:
    """The same, as if it had been bought under that policy."""
    bought = standing.bought
    assert bought is not None
    return replace(standing, bought=replace(bought, policy=policy), newer=None)


def _lasts(one: Decision, other: Decision) -> bool:
    """Whether `one` gives no less credit than `other`, on whichever day it is spent."""
    mine, theirs = _credits(one), _credits(other)
    return all(
        _usable(mine, day) >= _usable(theirs, day) for day in {end for _, end in (*mine, *theirs)}
    )


def _credits(decision: Decision) -> list[tuple[int, date]]:
    new = decision.credit
    issued = [(new.amount, new.expires_on or date.max)] if new else []
    return [*issued, *((part.amount, part.expires_on or date.max) for part in decision.restored)]


def _usable(credits_: list[tuple[int, date]], day: date) -> int:
    return sum(amount for amount, end in credits_ if end >= day)


def _nothing_paid(decision: Decision) -> bool:
    return decision.trace[-1].rule == "nothing-paid"


def _why(
    verdict: Verdict, choice: str | None, bought: int | str | None, now: int | str | None
) -> str:
    if verdict == "newer":
        return (
            f"The policy now in force, version {now}, gives no less of anything than version "
            f"{bought}, under which it was bought, and so it holds."
        )
    if verdict == "snapshot":
        return (
            f"Version {bought} of the policy, under which it was bought, holds: version {now}, "
            "now in force, gives nothing that is better."
        )
    made: dict[str | None, str] = {
        "snapshot": f"version {bought} was chosen",
        "newer": f"version {now} was chosen",
    }
    said = made.get(choice, f"where nothing is chosen, version {bought} holds")
    return (
        f"The learner may choose between version {bought} of the policy, under which it was "
        f"bought, and version {now}, now in force: {said}."
    )
