"""Whoever dies, wherever it dies: the effect is there once, in the database and outside of it."""

from pathlib import Path
from typing import Any

import pytest

from shared.runtime import failpoint
from tests.crash.matrix import MATRIX, Told
from tests.crash.story import dies, passed


@pytest.mark.parametrize("told", MATRIX, ids=lambda told: told.name)
async def test_a_crash_between_any_two_steps_leaves_each_effect_once(
    told: Told, database: Any, tmp_path: Path
) -> None:
    wrong = []
    async with told.tell(database, tmp_path) as story:
        await story.begin("Anna")
        assert await passed(story.steps) == [row.where for row in told.rows], "every step has a row"
        assert await story.came() == told.came["done"]
        for number, row in enumerate(told.rows):
            await story.begin(f"Bea{number:02}")
            assert await dies(story.steps, row.where), row.did
            await story.restart()
            await story.steps()
            came = await story.came()
            if came != told.came[row.came]:
                wrong.append((row.did, came))
    assert wrong == []


def test_nothing_is_armed_where_no_test_arms_it() -> None:
    assert failpoint._armed == {}
