"""`bin/holdfast restored` says what to do next, whatever it met."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from cli import restored
from cli.main import app
from cli.say import REFUSED, Ends

HEALED = {"last_heard": None, "own": 3, "refused": 0, "to_hear": 7}


@pytest.fixture
def heals(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types the command, where healing comes to this, or fails so; gives its end or its words."""

    def typed(came: Any) -> Any:
        async def heal(*_: Any) -> Any:
            if isinstance(came, Exception):
                raise came
            return came

        monkeypatch.setattr(restored, "here", lambda: None)
        monkeypatch.setattr(restored, "_heal", heal)
        found = CliRunner().invoke(app, ["restored", "billing"])
        return found.exception or " ".join(found.output.split())

    return typed


def test_a_backup_of_an_earlier_release_is_told_how_to_be_of_this_one(heals: Any) -> None:
    ended = heals(asyncpg.UndefinedColumnError('column "lane" does not exist'))
    assert isinstance(ended, Ends)
    assert ended.code == REFUSED
    assert "is not of this release" in ended.message
    assert "python -m shared.runtime.migrate upgrade billing" in ended.remedy


def test_what_was_no_use_has_its_next_step(heals: Any) -> None:
    said = heals(HEALED | {"refused": 1})
    assert "bin/holdfast dead-letters list --service billing" in said
    assert "bin/holdfast restored billing again" in said
    assert "dead-letters" not in heals(HEALED)
