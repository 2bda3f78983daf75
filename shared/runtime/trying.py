"""What a command would come to: the command itself is run, and all that it did is taken back.

So a preview says what the act would say, and is refused with the act's own words. It is of its
moment: what comes between the two is for the act to judge. Only for commands that change nothing
but rows, events, deadlines and audits of their work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.runtime.work import Work

A = TypeVar("A")
T = TypeVar("T")


async def tried(work: Work, command: Callable[[Work, A], Awaitable[T]], argument: A) -> T:
    """What it gives; nothing of it stays. Raises what the command raises."""
    mark = work.mark()
    done = await command(work, argument)
    work.back(mark)
    return done
