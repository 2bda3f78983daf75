"""What is made of a row, kept for as long as the row itself is at hand.

A batch decides about many registrations of one course, and holds its row once. Rows are frozen, so
the same object gives the same; another batch reads another object, and nothing grows stale.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
SIZE = 8  # of the last ones, a function


def remembered(make: Callable[P, T]) -> Callable[P, T]:
    """`make` of a row, its first argument; what it gives is shared, and must be frozen too."""
    kept: deque[tuple[Any, Any, T]] = deque(maxlen=SIZE)

    @wraps(make)
    def once(*args: P.args, **more: P.kwargs) -> T:
        row, *others = args
        for known, rest, made in kept:
            if known is row and rest == (others, more):
                return made
        made = make(*args, **more)
        kept.appendleft((row, (others, more), made))
        return made

    return once
