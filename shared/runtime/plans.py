"""Plans: what a command will need, said before it runs.

A plan is a function of the command's one argument. It yields lists of keys to read (and is given
one answer a key: a row or None, or a list for a query), and returns the keys to lock. The runtime
drives all plans of a batch in lockstep, so a batch costs one statement a table and round.

    def _cancel_needs(c: Cancel) -> Plan:
        [reg] = yield [(Registration, c.registration_id)]
        return [(Seats, reg.course_id), (Registration, reg.id)] if reg else []

    @needs(_cancel_needs)
    async def cancel(work: Work, c: Cancel) -> Registration: ...
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import islice
from types import GeneratorType
from typing import Any, TypeVar, cast

from sqlmodel import SQLModel

from shared.runtime.rows import Query

Wanted = tuple[type[SQLModel], Any] | Query[Any]
Plan = Generator[Sequence[Wanted], list[Any], Sequence[Wanted]]
Planner = Callable[[Any], Plan | Sequence[Wanted]]
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def needs(planner: Planner) -> Callable[[F], F]:
    """Say what a command will read and lock."""

    def mark(command: F) -> F:
        command.__plan__ = planner  # type: ignore[attr-defined]
        return command

    return mark


def alone(command: F) -> F:
    """Mark a command that runs SQL itself (`work.con`) or is long: a batch of one."""
    command.__alone__ = True  # type: ignore[attr-defined]
    return command


def plan_of(command: Callable[..., Any], argument: Any) -> Plan:
    """The plan of a command as a generator; no plan means: it touches no row it must know."""
    planner: Planner | None = getattr(command, "__plan__", None)
    made: Plan | Sequence[Wanted] = planner(argument) if planner else []
    return cast("Plan", made) if made.__class__ is GeneratorType else _no_reads(made)  # type: ignore[arg-type]


def _no_reads(wanted: Sequence[Wanted]) -> Plan:
    yield from ()
    return wanted


def together(
    plans: Sequence[Generator[Sequence[Wanted], list[Any], T]],
) -> Generator[Sequence[Wanted], list[Any], list[T]]:
    """Several plans as one: each round asks for what all of them want, so that a command about
    many costs no more statements than one about one. Gives what each came to, in their order."""
    came: dict[int, T] = {}
    given: dict[int, list[Any] | None] = dict.fromkeys(range(len(plans)))
    while given:
        wanted: dict[int, Sequence[Wanted]] = {}
        for place, answers in given.items():
            plan = plans[place]
            try:
                wanted[place] = next(plan) if answers is None else plan.send(answers)
            except StopIteration as end:
                came[place] = end.value
        found = iter((yield [key for keys in wanted.values() for key in keys]) if wanted else ())
        given = {place: list(islice(found, len(keys))) for place, keys in wanted.items()}
    return [came[place] for place in range(len(plans))]


def is_alone(command: Callable[..., Any]) -> bool:
    """Whether the command asked for a batch of one."""
    return bool(getattr(command, "__alone__", False))
