"""Who somebody in a session may have been, as staff can choose it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One registration of the course; `because` is what speaks for it, or tells it from others."""

    registration_id: str
    name: str
    because: str = ""


def found_in(people: Iterable[Mapping[str, Any]], course_id: str) -> list[Choice]:
    """The registrations in the course of these people, as registration's search gives them."""
    return [
        Choice(
            str(row["registration_id"]),
            str(person.get("name") or "erased"),
            f"{person.get('email') or 'no address'}, {row.get('status')}",
        )
        for person in people
        for row in person.get("registrations") or ()
        if row.get("course_id") == course_id
    ]


def hinted(hints: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[Choice]:
    """Whom attendance takes for them, and why; an id where the name is not known."""
    return [
        Choice(one_id, names.get(one_id, one_id), str(one.get("because") or ""))
        for one in hints
        for one_id in [str(one["registration_id"])]
    ]


def choices_of(
    hints: Sequence[Mapping[str, Any]],
    found: Sequence[Choice],
    names: Mapping[str, str],
    chosen: str,
) -> list[Choice]:
    """Everybody who can be chosen, each once: the hints, whom the search found, and whom the form
    named that was sent (`chosen`, empty where it named none). Who is hinted and found is told by
    both."""
    every = [*hinted(hints, names), *found]
    if chosen and chosen != "nobody":
        every.append(Choice(chosen, names.get(chosen, chosen)))
    by_id: dict[str, Choice] = {}
    for one in every:
        known = by_id.get(one.registration_id)
        if known is None:
            by_id[one.registration_id] = one
        elif one.because and one.because not in known.because:
            by_id[one.registration_id] = replace(known, because=f"{known.because}; {one.because}")
    return list(by_id.values())
