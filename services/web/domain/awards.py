"""What certificates says of a registration, a line a board: what it gives, or what is missing.

Nothing is decided here. A line's state only sorts what certificates says by who can do something
about it: the learner, staff, time, or nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal[
    "granted", "claimable", "declined", "missing", "review", "waiting", "none", "elsewhere"
]
Said = Mapping[str, Any]
# Where on the learner's pages a condition is mended.
MENDS = {
    "paid": "pay",
    "evaluation": "evaluation",
    "post_test": "post-test",
    "disclosure": "disclosure",
    "license_state": "provider",
}
_REVIEWED = frozenset({"dispute", "identity", "review"})
_IN_TIME = frozenset({"course", "course_over", "confirmed"})
_FINAL = frozenset({"attendance", "approval_period", "format", "not_cancelled"})
_HOLDS = frozenset({"valid", "issued"})
_DECLINABLE = frozenset({"claimable", "missing", "review", "waiting"})


@dataclass(frozen=True, slots=True)
class Lack:
    """One condition that is not met, in certificates's words; `mend` is empty where the learner
    can do nothing about it."""

    condition: str
    detail: str
    mend: str


@dataclass(frozen=True, slots=True)
class Line:
    """A board: `credits` are those given, claimable, or to come once nothing is missing.

    `certificate` is the one that holds; `earlier` are those it replaced, and those revoked.
    """

    board: str
    unit: str
    credits: float
    state: State
    lacks: tuple[Lack, ...]
    certificate: Said | None
    earlier: tuple[Said, ...]

    @property
    def declinable(self) -> bool:
        """Whether there is something to decline: nothing is out yet, and something may come."""
        return self.state in _DECLINABLE and self.certificate is None


def lines_of(said: Said) -> tuple[list[Line], list[Said]]:
    """A line a board in the order of the course's boards, and the certificates of no board."""
    awards = [award for award in said.get("awards") or () if isinstance(award, Mapping)]
    issued = [one for one in said.get("certificates") or () if isinstance(one, Mapping)]
    boards = {award.get("board") for award in awards}
    # A presenter's certificate is for another thing than taking part, whatever board it names.
    of_boards = [one for one in issued if one.get("board") in boards and not _of_presenter(one)]
    others = [one for one in issued if one not in of_boards]
    lines = [_line(award, of_boards) for award in awards]
    return [line for line in lines if line.board], others


def _line(award: Said, issued: Iterable[Said]) -> Line:
    board = str(award.get("board") or "")
    own = [one for one in issued if one.get("board") == board]
    live = next((one for one in own if one.get("status") in _HOLDS), None)
    lacks = lacks_of(award)
    state = _state(str(award.get("status") or ""), {lack.condition for lack in lacks})
    given = award.get("credits") if state in ("granted", "claimable") else award.get("earned")
    return Line(
        board,
        str(award.get("unit") or ""),
        float(given or 0),
        state,
        lacks if state != "claimable" else (),
        live,
        tuple(one for one in own if one is not live),
    )


def lacks_of(award: Said) -> tuple[Lack, ...]:
    """What is not met, in certificates's order."""
    return tuple(_lack(one) for one in award.get("unmet") or () if isinstance(one, Mapping))


def _lack(unmet: Said) -> Lack:
    condition = str(unmet.get("condition") or "")
    detail = str(unmet.get("detail") or "") or condition.replace("_", " ").capitalize()
    return Lack(condition, detail, MENDS.get(condition, ""))


def _state(status: str, conditions: set[str]) -> State:
    """The first that holds: what nobody can change comes before what somebody could."""
    if status in ("granted", "claimable", "declined"):
        return status  # type: ignore[return-value]
    if "profession" in conditions:
        return "elsewhere"
    if conditions & _FINAL:
        return "none"
    if conditions & MENDS.keys():
        return "missing"
    if conditions & _REVIEWED:
        return "review"
    return "waiting" if conditions & _IN_TIME else "missing"


def _of_presenter(certificate: Said) -> bool:
    return certificate.get("kind") == "presenter"


def lacks(lines: Iterable[Line], condition: str) -> bool:
    """Whether any board waits for that."""
    return any(lack.condition == condition for line in lines for lack in line.lacks)
