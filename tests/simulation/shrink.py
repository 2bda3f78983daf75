"""Shrinking: a story that breaks something, without the steps that it breaks without.

Whole stretches are left out first, then single steps, for as long as what is left still breaks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.simulation.story import Story

Breaks = Callable[[Story], Awaitable[bool]]
MOST = 150  # stories told on the way


async def shrunk(story: Story, breaks: Breaks, most: int = MOST) -> Story:
    """The least of it that was found in so many tries."""
    steps, length = list(story.steps), max(1, len(story.steps) // 2)
    tries = 0
    while length and tries < most:
        place, fewer = 0, False
        while place < len(steps) and tries < most:
            left = steps[:place] + steps[place + length :]
            tries += 1
            if await breaks(Story(story.seed, tuple(left))):
                steps, fewer = left, True
            else:
                place += length
        if length == 1 and not fewer:
            break
        length = max(1, length // 2) if length > 1 or fewer else 0
    return Story(story.seed, tuple(steps))
