"""The processes of a stack: each in a session of its own, and started again where it ended.

Nothing here runs by itself: who keeps them calls `revive`, and is told of every change.
"""

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from stack import state
from stack.last_words import last_words
from stack.plan import Process
from stack.profile import ROOT, Profile
from stack.server_user import OURS, identity
from stack.state import Running
from stack.trouble import Trouble

Say = Callable[[str], None]
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
_LARGEST_LOG_BYTES = 20 * 2**20
_TRIES_WHILE_STARTING = 3


@dataclass
class Child:
    """One process; `condition` is starting, running once it answered, restarting once it ended."""

    process: Process
    popen: subprocess.Popen[bytes]
    since: float
    deaths: int = 0  # in a row
    again_at: float = 0.0
    times: int = 0  # it was started again, in all
    condition: str = "starting"


@dataclass
class Children:
    """`say` is told in a line what ended, `record` how each is; `check` raises where all is to
    stop."""

    profile: Profile
    say: Say
    record: Callable[[Running], None]
    check: Callable[[], None]
    known: dict[str, Child] = field(default_factory=dict, init=False)

    def spawn(self, process: Process) -> None:
        """Start a process in a session of its own, its output to its log file."""
        self.check()
        log = self.profile.logs / f"{process.name.replace(' ', '-')}.log"
        if log.exists() and log.stat().st_size > _LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".1.log"))
        with log.open("ab") as out:
            popen = subprocess.Popen(
                process.command,
                env=process.env,
                cwd=self.profile.directory if process.as_postgres else ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(identity() if process.as_postgres else OURS),
            )
        before = self.known.get(process.name)
        deaths = before.deaths if before else 0
        times = before.times + 1 if before else 0
        self.known[process.name] = Child(process, popen, time.monotonic(), deaths, times=times)
        self._is(process.name, "starting")

    def is_up(self, name: str) -> bool:
        """Whether the process runs; says no once it ended, whatever came after."""
        return self.known[name].popen.poll() is None

    def ready(self, name: str) -> None:
        """Remember that it answers."""
        self._is(name, "running")

    def unready(self) -> dict[str, Process]:
        """The processes that have not answered yet, by name."""
        return {
            name: child.process
            for name, child in self.known.items()
            if child.condition != "running"
        }

    def revive(self, *, starting_up: bool = False) -> None:
        """Start again what ended, after a pause that grows with every death in a row.

        While the stack starts, three deaths of one process are a reason to give up.
        """
        self.check()
        now = time.monotonic()
        for name, child in list(self.known.items()):
            code = child.popen.poll()
            if code is None:
                if child.deaths and now - child.since > STEADY_SECONDS:
                    child.deaths = 0
                continue
            if not child.again_at:
                child.deaths += 1
                pause = min(0.5 * 2 ** (child.deaths - 1), LONGEST_PAUSE_SECONDS)
                child.again_at = now + pause
                self._is(name, "restarting")
                self.say(f"{name} ended ({_ending(code)}); again in {pause:g} s")
                if starting_up and child.deaths >= _TRIES_WHILE_STARTING:
                    raise Trouble(f"{name} does not start: {self.last_words(name)}")
            elif now >= child.again_at:
                self.spawn(child.process)

    def last_words(self, name: str) -> str:
        """What a process's log ends on, and where to read the rest."""
        log = self.profile.logs / f"{name.replace(' ', '-')}.log"
        said = last_words(log.read_text(errors="replace") if log.exists() else "")
        return f"{said} (more in {log})"

    def wait(self) -> None:
        """Until those that were ended are gone, a few seconds for each."""
        for child in self.known.values():
            with suppress(subprocess.TimeoutExpired):
                child.popen.wait(5)

    def _is(self, name: str, condition: str) -> None:
        child = self.known[name]
        child.condition = condition
        process, pid = child.process, child.popen.pid
        self.record(
            Running(
                name=name,
                pid=pid,
                started=state.started_at(pid) or 0.0,
                state=condition,
                stop_signal=process.stop_signal,
                port=process.port,
                url=process.url,
                role=process.role,
                restarts=child.times,
            )
        )


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
