"""More samples out of one: with and without each name that a letter may lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Facts = Mapping[str, Any]

# What stands in a name that the sample has not filled.
_FILLED: Mapping[str, Any] = {
    "organisation": "Riverside Clinic",
    "sponsor": "Institute for Attachment Studies",
    "former": "September 1, 2020",
    "reason": "The room is closed that day.",
    "old_place": "Room 4, 12 Elm Street",
    "on_its_way": "The refund is on its way.",
    "bank": ["IBAN DE02 1203 0000 0000 2020 51"],
    "because": ["The course starts in 10 days."],
    "pay_by": ["Monday, October 5, 2020, 11:59 PM, New York time (EDT)"],
    "pay_by_short": "Monday, October 5, 2020, 11:59 PM",
    "until": "Tuesday, October 19, 2021",
    "terms": ["Good for another course of ours."],
}


def variants(facts: Facts, renders: Callable[[Facts], bool]) -> Iterator[tuple[str, Facts]]:
    """(what is different, facts): each name once empty, once filled, once the other way round.

    Only what our own template can say (`renders`) can be: that a letter has a course, say, is not
    in question.
    """
    for path, value in _names(facts):
        for label, other in _others(path[-1], value):
            changed = _with(facts, path, other)
            if path == ("has_page",) and not other:
                changed = _without_links(changed)
            if renders(changed):
                yield f"{label} {'.'.join(path)}", changed


def _without_links(facts: Facts) -> Facts:
    """As it is for whoever has no page there: no link of the registration is for them."""
    sessions = [{**one, "join": ""} for one in facts.get("sessions", ())]
    return {**facts, "page": "", "calendar": "", "sessions": sessions}


def _names(facts: Facts, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in sorted(facts.items()):
        path = (*above, name)
        if path not in (("lang",), ("page",), ("foot",), ("provider", "name")):
            yield path, value
            if isinstance(value, Mapping) and len(path) < 2:
                yield from _names(value, path)


def _others(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield ("without" if value else "with"), not value
    elif isinstance(value, (str, list, tuple)) and value:
        yield "without", type(value)()
    elif value is not None and not isinstance(value, (str, list, tuple, int)):
        yield "without", None
    elif not value and name in _FILLED:
        yield "with", _FILLED[name]


def _with(facts: Facts, path: tuple[str, ...], value: Any) -> Facts:
    first, *rest = path
    return {**facts, first: _with(facts[first], tuple(rest), value) if rest else value}
