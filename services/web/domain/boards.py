"""Which boards of a course serve a person, as a hint before they pay (domain.md §1, §6).

Awards are decided by certificates; this only keeps a New York MFT from paying unwarned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Serves:
    """Whom a board serves: no professions means all; `states` is None, `{in: …}` or `{not: …}`."""

    board: str
    professions: Collection[str]
    states: Mapping[str, Collection[str]] | None


def serving(
    boards: Iterable[Serves], profession: str, licenses: Sequence[tuple[str, str]]
) -> list[str]:
    """The boards that serve this profession or one of these licences `(profession, state)`.

    For a board without states the declared profession is enough; one with states needs a licence
    there. A licence that names no profession is one of the declared profession.
    """
    held = [(profession, ""), *((named or profession, state) for named, state in licenses)]
    return [board.board for board in boards if any(_serves(board, *one) for one in held)]


def _serves(board: Serves, profession: str, state: str) -> bool:
    if board.professions and profession not in board.professions:
        return False
    if not board.states:
        return True
    if not state:
        return False
    if "in" in board.states:
        return state.upper() in board.states["in"]
    return state.upper() not in board.states.get("not", ())
