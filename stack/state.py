"""The state file of a stack: which processes are its own, by pid and start time.

A pid alone says nothing (it may be somebody else's by now); with the time the process was started
it is certain. That time is counted from the machine's start: a wall clock may be set meanwhile. So
a supervisor that was killed leaves nothing behind that cannot be found.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from stack.profile import PROFILES, Profile, write_private
from stack.trouble import REFUSED, Trouble

STOP_SECONDS = 25.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot_id() -> str:
    """Which start of the machine this is; empty where the system does not tell."""
    try:
        return str(uuid.UUID(_BOOT_ID.read_text().strip()))
    except (OSError, ValueError):
        return ""


@dataclass(frozen=True)
class Running:
    """A process that was started, so many seconds after the machine was, in that `boot` of it.

    `stop_signal` is how it wants to be ended.
    """

    name: str
    pid: int
    started: float
    boot: str = field(default_factory=boot_id)
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
    """What the file says; a broken or absent one says nothing runs.

    Raises `Trouble` where it is another user's: then something may well run.
    """
    try:
        known = json.loads(profile.state_file.read_text())
        boss = known.pop("supervisor")
        processes = {name: Running(**one) for name, one in known.pop("processes").items()}
        return State(**known, supervisor=Running(**boss) if boss else None, processes=processes)
    except PermissionError as why:
        raise not_ours(profile.state_file) from why
    except (OSError, ValueError, TypeError, KeyError):
        return State(profile.name)


def not_ours(path: Path) -> Trouble:
    """What to say of a stack that another user has started."""
    return Trouble(
        f"{path} belongs to another user.",
        "Do this as the user who started that stack, or name a directory of your own: "
        "HOLDFAST_HOME=/path",
        REFUSED,
    )


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
    return Running(name, os.getpid(), started_at(os.getpid()) or 0.0, state="running")


def started_at(pid: int) -> float | None:
    """Seconds from the machine's start to the process's; None where there is none, or a dead one.

    psutil dates a process by the wall clock, and the machine's start by the same: their difference
    stays when that clock is set.
    """
    try:
        one = psutil.Process(pid)
        if one.status() == psutil.STATUS_ZOMBIE:
            return None
        return round(float(one.create_time()) - float(psutil.boot_time()), 2)
    except psutil.Error:
        return None


def alive(one: Running) -> bool:
    began = started_at(one.pid)
    return began is not None and one.boot == boot_id() and abs(began - one.started) < 2


def stop_all(known: State, say: Callable[[str], None]) -> None:
    """End what the state names: door, services, edges, then Kafka and Postgres."""
    grounds = {"kafka", "postgres"}
    edges = {"paysim", "mailbox", "clock"}
    ones = known.live()
    services = [one for one in ones if one.name not in grounds | edges | {"front door"}]
    for group in (
        [one for one in ones if one.name == "front door"],
        services,
        [one for one in ones if one.name in edges],
        [one for one in ones if one.name in grounds],
    ):
        end(group, STOP_SECONDS, say)


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
