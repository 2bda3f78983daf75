"""The state file of a stack: which processes are its own, by pid and start time.

A pid alone says nothing (it may be somebody else's by now); with the time the process was started
it is certain. So a supervisor that was killed leaves nothing behind that cannot be found.
"""

import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import psutil  # type: ignore[import-untyped]

from stack.profile import PROFILES, Profile, write_private


@dataclass(frozen=True)
class Running:
    """A process that was started: `stop_signal` is how it wants to be ended."""

    name: str
    pid: int
    started: float
    state: str = "starting"
    stop_signal: int = 15
    port: int = 0
    url: str = ""
    role: str = ""
    restarts: int = 0


@dataclass(frozen=True)
class State:
    """`phase` is starting, ready, stopping, stopped or failed; `message` says why."""

    profile: str
    phase: str = "stopped"
    message: str = ""
    sandbox: bool = False
    public_url: str = ""
    bootstrap: str = ""
    supervisor: Running | None = None
    processes: dict[str, Running] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def live(self) -> list[Running]:
        """Its processes that run at this moment, the supervisor not among them."""
        return [one for one in self.processes.values() if alive(one)]

    @property
    def supervised(self) -> bool:
        return self.supervisor is not None and alive(self.supervisor)


def load(profile: Profile) -> State:
    """What the file says; an unreadable or absent one says nothing runs."""
    try:
        known = json.loads(profile.state_file.read_text())
        boss = known.pop("supervisor")
        processes = {name: Running(**one) for name, one in known.pop("processes").items()}
        return State(**known, supervisor=Running(**boss) if boss else None, processes=processes)
    except (OSError, ValueError, TypeError, KeyError):
        return State(profile.name)


def save(profile: Profile, state: State) -> None:
    write_private(profile.state_file, json.dumps(asdict(state), indent=1))


def running_profile() -> State | None:
    """The stack that runs, or that left processes behind; at most one can."""
    for name in PROFILES:
        state = load(Profile(name))
        if state.supervised or state.live():
            return state
    return None


def this_process(name: str) -> Running:
    return Running(name, os.getpid(), started_at(os.getpid()) or time.time(), state="running")


def started_at(pid: int) -> float | None:
    """When the process was started, or None where there is none (or a dead one)."""
    try:
        one = psutil.Process(pid)
        return None if one.status() == psutil.STATUS_ZOMBIE else float(one.create_time())
    except psutil.Error:
        return None


def alive(one: Running) -> bool:
    began = started_at(one.pid)
    # The clock that dates processes is read in hundredths and may be corrected a little.
    return began is not None and abs(began - one.started) < 2


def end(ones: Iterable[Running], seconds: float, say: Callable[[str], None]) -> None:
    """Ask each to stop, wait, and kill what does not; only processes that are ours for certain."""
    waiting = [one for one in ones if alive(one)]
    for one in waiting:
        with suppress(ProcessLookupError):
            os.kill(one.pid, one.stop_signal)
    until = time.monotonic() + seconds
    while waiting and time.monotonic() < until:
        waiting = [one for one in waiting if alive(one)]
        time.sleep(0.05)
    for one in waiting:
        say(f"{one.name} did not stop in {seconds:.0f} seconds and was killed")
        for child in _tree(one.pid):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, 9)
    until = time.monotonic() + 5
    while any(map(alive, waiting)) and time.monotonic() < until:
        time.sleep(0.05)


def _tree(pid: int) -> list[int]:
    try:
        return [*(one.pid for one in psutil.Process(pid).children(recursive=True)), pid]
    except psutil.Error:
        return []


def changed(state: State, one: Running) -> State:
    """The state with that process in it."""
    return replace(state, processes=state.processes | {one.name: one})
