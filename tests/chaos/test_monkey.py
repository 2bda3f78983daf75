"""What the monkey may strike: a stack that is led, and no start of one."""

import asyncio
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import ground as ground_module
from tests.chaos import monkey as monkey_module
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.ground import Ground, NotLedError
from tests.chaos.monkey import Monkey


class Led:
    """A stack whose supervisor is killed by each fault, and takes a while to be there again."""

    def __init__(self) -> None:
        self.starts = False
        self.struck: list[bool] = []  # whether it was at its start

    async def led(self) -> None:
        await asyncio.sleep(0.01)
        self.starts = False

    async def strike(self, _ground: Any, _chance: random.Random) -> str:
        self.struck.append(self.starts)
        self.starts = True
        return "killed"

    def remember(self) -> None:
        pass

    def say(self, _line: str) -> None:
        pass


class Recovered:
    """What comes of a fault, known at once."""

    seconds = 0.0

    def __init__(self, *_: Any) -> None:
        self.wanting: set[str] = set()

    async def watch(self) -> None:
        pass


async def test_no_fault_strikes_a_stack_that_still_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Led()
    monkeypatch.setattr(monkey_module, "Recovery", Recovered)
    names = [f"killed {n}" for n in range(4)]
    for name in names:
        monkeypatch.setitem(FAULTS, name, Fault(name, stack.strike, hard=True))
    whole: Any = stack
    monkey = Monkey(whole, seed=1, names=names)
    await monkey.rage(0, each_once=True)
    assert sorted(one.fault for one in monkey.struck) == names
    assert stack.struck == [False] * 4


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setattr(ground_module, "READY_SECONDS", 5.0)
    (tmp_path / "data").mkdir()
    (tmp_path / "supervisor.log").write_text("Kafka does not answer")
    nobody: Any = None
    return Ground(tmp_path, {}, nobody, nobody, nobody, nobody)


def state(ground: Ground, phase: str, pid: int) -> None:
    told = {"phase": phase, "supervisor": {"pid": pid}, "processes": {}}
    (ground.home / "data" / "state.json").write_text(json.dumps(told))


async def test_a_stack_is_led_once_its_own_supervisor_says_that_it_is_ready(
    ground: Ground,
) -> None:
    with subprocess.Popen(["sleep", "60"]) as boss:
        ground.boss = boss
        state(ground, "ready", boss.pid - 1)  # as the one before left it
        assert not ground.is_led()
        state(ground, "starting", boss.pid)
        assert not ground.is_led()
        state(ground, "ready", boss.pid)
        await ground.led()
        boss.kill()


async def test_who_waits_for_a_supervisor_that_ended_is_told_its_last_words(
    ground: Ground,
) -> None:
    with subprocess.Popen(["true"]) as ground.boss:
        ground.boss.wait()
        state(ground, "failed", ground.boss.pid)
        with pytest.raises(NotLedError, match="Kafka does not answer"):
            await ground.led()
