"""What came out beside what must: one figure a line, whatever is missing."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from cli.demo import expected
from cli.demo.figure import Figure
from cli.demo.mails import arrived, in_local_time, sent
from cli.demo.money import cancelled, money
from cli.demo.story import HOURS_2, STARTS, Told
from cli.demo.watched import Seen


def figures(told: Told, seen: Seen) -> list[Figure]:
    """Every figure, with what it must be."""
    return [
        *_registrations(seen),
        *money(seen),
        *cancelled(told, seen),
        *_hours(seen),
        *_told_why(told, seen),
        *sent(seen),
        *arrived(told, seen),
        *in_local_time(told, seen),
    ]


def minutes_after(seen: Seen) -> float | None:
    """Business minutes from the last session's end to the last certificate."""
    last = seen.last_certificate()
    return (last - STARTS["s4"] - HOURS_2).total_seconds() / 60 if last else None


def _registrations(seen: Seen) -> list[Figure]:
    others = {k: v for k, v in seen.states.items() if k not in expected.REGISTRATIONS}
    return [
        *(
            Figure(f"registrations {state}", seen.states[state], wanted)
            for state, wanted in expected.REGISTRATIONS.items()
        ),
        Figure("registrations in another state", others, {}),
    ]


def _hours(seen: Seen) -> list[Figure]:
    count: Counter[str] = Counter()
    hours: dict[str, Decimal] = {}
    for certificate in seen.certificates():
        if certificate["status"] == "valid":
            count[certificate["board"] or "participation"] += 1
    for awards in seen.awards.values():
        for award in awards["awards"]:
            if award["status"] == "granted":
                before = hours.get(award["board"], Decimal(0))
                hours[award["board"]] = before + Decimal(award["credits"])
    return [
        *(
            Figure(
                f"{board}: certificates, credit hours",
                (count[board], hours.get(board, Decimal(0))),
                wanted,
                _of_board,
            )
            for board, wanted in expected.HOURS.items()
        ),
        Figure("certificates in all", sum(count.values()), expected.CERTIFICATES),
    ]


def _told_why(told: Told, seen: Seen) -> list[Figure]:
    """Who was left without an award of a board is told why, in words."""
    made = []
    for (misses, board), word in expected.WITHHELD.items():
        numbers = [p.number for p in told.people if p.misses == misses]
        awards = [a for n in numbers for a in seen.awards.get(n, {}).get("awards", [])]
        award = next((a for a in awards if a["board"] == board), None)
        got = None
        if award is not None:
            words = " ".join(unmet["detail"] for unmet in award["unmet"]).lower()
            told_so = "told why" if word in words else "not told why"
            got = (award["status"], Decimal(award["credits"]), told_so)
        wanted = ("withheld", Decimal(0), "told why")
        made.append(Figure(f"{board} of who missed too much", got, wanted, _withheld))
    return made


def _of_board(got: tuple[int, Decimal]) -> str:
    return f"{got[0]}, {got[1]:.2f} h"


def _withheld(got: tuple[str, Decimal, str]) -> str:
    return f"{got[0]}, {got[1]:.2f} h, {got[2]}"
