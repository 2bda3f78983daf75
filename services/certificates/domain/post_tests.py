"""Post-tests: what an item bank must be, how an attempt is marked, and whom a board lets pass.

Boards may differ over the same test: each has its pass mark and its number of attempts (domain.md
§6). An attempt counts for all of them, also for those that were declined then: who has used up what
a board allows cannot practise on for it, whoever else still lets them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from services.certificates.domain.credits import Counted
from services.certificates.domain.facts import Approval, Facts, Mode, PostTest, Sat, Session
from shared.errors import Invalid, fault

MOST_ITEMS = 200
MOST_CHOICES = 20
_HYBRID = frozenset({"in_person", "live_online"})
_PARTIAL = frozenset({Mode.PRO_RATA, Mode.CLAIMED})


@dataclass(frozen=True)
class Item:
    """One question, and which of its choices is right, counted from 0."""

    item_id: str
    text: str
    choices: tuple[str, ...]
    right: int


def check_bank(items: Sequence[Item]) -> None:
    """Every fault of an item bank at once, by pointer; raises Invalid."""
    faults = []
    if not 1 <= len(items) <= MOST_ITEMS:
        faults.append(fault("/items", f"A post-test has 1 to {MOST_ITEMS} items."))
    seen: set[str] = set()
    for place, item in enumerate(items):
        at = f"/items/{place}"
        if item.item_id in seen:
            faults.append(fault(f"{at}/item_id", "Another item has this id."))
        seen.add(item.item_id)
        if not 2 <= len(item.choices) <= MOST_CHOICES:
            faults.append(fault(f"{at}/choices", f"One chooses among 2 to {MOST_CHOICES} answers."))
        if len({" ".join(one.split()) for one in item.choices}) < len(item.choices):
            faults.append(fault(f"{at}/choices", "Two of the choices say the same."))
        if not 0 <= item.right < len(item.choices):
            faults.append(fault(f"{at}/right", "There is no such choice (they count from 0)."))
    if faults:
        raise Invalid("invalid", "The item bank has faults.", errors=faults)


def digest_of(items: Sequence[Item]) -> str:
    """A name for the items as a learner reads them. What is right is not in it: whoever has the
    items could try all there is."""
    read = [[item.item_id, item.text, list(item.choices)] for item in items]
    return sha256(json.dumps(read, ensure_ascii=False).encode()).hexdigest()[:32]


def mark(items: Sequence[Item], answers: Mapping[str, int]) -> int:
    """How many are right; every item is answered, by one of its choices, or Invalid is raised."""
    by_id = {item.item_id: item for item in items}
    faults = [
        fault(f"/answers/{_pointer(name)}", "The test has no such item.")
        for name in answers
        if name not in by_id
    ]
    for item in items:
        given = answers.get(item.item_id)
        if given is None or not 0 <= given < len(item.choices):
            faults.append(
                fault(
                    f"/answers/{_pointer(item.item_id)}",
                    f"Answer with a number from 0 to {len(item.choices) - 1}.",
                )
            )
    if faults:
        raise Invalid("invalid", "Some answers are missing or do not fit.", errors=faults)
    return sum(1 for item in items if answers[item.item_id] == item.right)


def percent_of(right: int, items: int) -> int:
    """Whole percent, rounded down: 2 of 3 are 66, so nobody passes at 67 by rounding."""
    return 100 * right // items


def passed(board: str, test: PostTest, sat: Mapping[int, Sat]) -> bool:
    """By this board's mark and within its attempts, as they are now or were when it was taken.

    What was passed stays passed, also when the bank or the mark changes afterwards.
    """
    if any(board in one.passed for one in sat.values()):
        return True
    reached = best(sat.get(test.version, Sat()), test.attempts)
    return reached is not None and reached >= test.pass_percent


def best(sat: Sat, within: int | None = None) -> int | None:
    """The best percent of the first so many attempts (None: of all); None without one."""
    reached = [percent for which, percent in sat.rises if within is None or which <= within]
    return max(reached, default=None)


def left(test: PostTest, sat: Mapping[int, Sat]) -> int | None:
    """Attempts left at the version in force; None where there is no end to them."""
    if test.attempts is None:
        return None
    return max(0, test.attempts - sat.get(test.version, Sat()).attempts)


def needs_it(test: PostTest, delivery: str) -> bool:
    """Whether a session of this delivery makes the test necessary; one in a room and online at once
    does where either way would, for nobody knows by which of them somebody came."""
    ways = _HYBRID | {delivery} if delivery == "mixed" else {delivery}
    return not test.formats or bool(test.formats & ways)


def needed(
    approval: Approval, facts: Facts, sessions: Sequence[Session], each: Sequence[Counted]
) -> bool:
    """Whether the board wants the test of this person: only for sessions that count for them, in a
    format that needs it. A session of which attendance is not known yet may still count."""
    test = approval.post_test
    if test is None:
        return False
    partial = approval.mode in _PARTIAL
    return not test.formats or any(
        one.present or (partial and one.seconds > 0) or session.session_id not in facts.attended
        for session, one in zip(sessions, each, strict=True)
        if needs_it(test, session.delivery)
    )


def is_open(
    tests: Iterable[PostTest], sessions: Iterable[Session], facts: Facts, now: datetime
) -> bool:
    """Whether every session that a test is about is over for this person: their attendance is
    settled, or its end has passed."""
    asking = list(tests)
    about = [s for s in sessions if s.held and any(needs_it(test, s.delivery) for test in asking)]
    return bool(about) and all(_is_over(session, facts, now) for session in about)


def opens_at(
    tests: Iterable[PostTest], sessions: Iterable[Session], facts: Facts, now: datetime
) -> datetime | None:
    """When the last session that a test is about ends; None where it is open, or nobody knows."""
    asking = list(tests)
    about = [s for s in sessions if s.held and any(needs_it(test, s.delivery) for test in asking)]
    ends = [one.ends_at for one in about if not _is_over(one, facts, now)]
    known = [one for one in ends if one is not None]
    return max(known) if known and len(known) == len(ends) else None


def _is_over(session: Session, facts: Facts, now: datetime) -> bool:
    settled = session.session_id in facts.attended
    return settled or (session.ends_at is not None and session.ends_at <= now)


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
