"""Starts a stack, keeps it running, stops it in order.

`python -m stack.supervisor --profile data [--sandbox]`; `bin/holdfast up` runs the same in the
foreground, or detached. One line a step; a stack that cannot start says why in one line.
"""

import argparse
import errno
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import FrameType

from stack import plan as plans
from stack import ports, starting, state
from stack.given import left_out
from stack.lock import Lock
from stack.plan import Plan, Process
from stack.postgres import system_group, system_groups, system_user
from stack.profile import ROOT, Profile, home, ports_here, write_private
from stack.state import Running, State, stop_all
from stack.trouble import AWAY, REFUSED, Trouble

Say = Callable[[str], None]
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
_LARGEST_LOG_BYTES = 20 * 2**20
_TRIES_WHILE_STARTING = 3


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


@dataclass
class _Child:
    process: Process
    popen: subprocess.Popen[bytes]
    since: float
    deaths: int = 0  # in a row
    again_at: float = 0.0
    times: int = 0  # it was started again, in all


@dataclass
class Supervisor:
    """One stack while it runs. `say` is told each step, in a line; `when_ready` is called once."""

    profile: Profile
    sandbox: bool
    say: Say
    when_ready: Callable[[], None] = lambda: None
    state: State = field(init=False)
    children: dict[str, _Child] = field(default_factory=dict, init=False)
    _stop: bool = field(default=False, init=False)

    def run(self) -> None:
        """Start, watch until asked to stop, stop. Raises `Trouble` when it cannot start."""
        lock = self._alone()
        self.state = State(self.profile.name, sandbox=self.sandbox)
        self.say = _come_what_may(self.say)
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # SIGHUP: its terminal was closed. Who ignores that (nohup) wants it to go on.
            if signal.getsignal(one) is not signal.SIG_IGN or one is not signal.SIGHUP:
                signal.signal(one, self._asked)
        try:
            self._stop_orphans()
            plan = self._plan()
            starting.start(self, plan)
            self._phase("ready")
            self.when_ready()
            self.watch()
        except Stopped:
            self._end("stopped", "")
        except Trouble as why:
            self._end("failed", str(why))
            raise
        except OSError as why:
            trouble = self._in_words(why)
            self._end("failed", str(trouble))
            raise trouble from why
        except Exception as why:
            # A bug of ours: still nothing may be left running that nobody watches.
            self._end("failed", f"{type(why).__name__}: {why}")
            raise
        finally:
            lock.close()

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
                user=system_user() if process.as_postgres else None,
                group=system_group() if process.as_postgres else None,
                extra_groups=system_groups() if process.as_postgres else None,
            )
        before = self.children.get(process.name)
        deaths = before.deaths if before else 0
        times = before.times + 1 if before else 0
        self.children[process.name] = _Child(process, popen, time.monotonic(), deaths, times=times)
        self._record(process, "starting")

    def is_up(self, name: str) -> bool:
        """Whether the process runs; says no once it ended, whatever came after."""
        return self.children[name].popen.poll() is None

    def ready(self, name: str) -> None:
        """Remember that it answers."""
        self._record(self.children[name].process, "running")

    def unready(self) -> dict[str, Process]:
        """The processes that have not answered yet, by name."""
        known = self.state.processes
        return {
            name: child.process
            for name, child in self.children.items()
            if known[name].state != "running"
        }

    def check(self) -> None:
        """Raise `Stopped` where that was asked for meanwhile."""
        if self._stop:
            raise Stopped

    def revive(self, *, starting_up: bool = False) -> None:
        """Start again what ended, after a pause that grows with every death in a row.

        While the stack starts, three deaths of one process are a reason to give up.
        """
        self.check()
        now = time.monotonic()
        for name, child in list(self.children.items()):
            code = child.popen.poll()
            if code is None:
                if child.deaths and now - child.since > STEADY_SECONDS:
                    child.deaths = 0
                continue
            if not child.again_at:
                child.deaths += 1
                pause = min(0.5 * 2 ** (child.deaths - 1), LONGEST_PAUSE_SECONDS)
                child.again_at = now + pause
                self._record(child.process, "restarting")
                self.say(f"{name} ended ({_ending(code)}); again in {pause:g} s")
                if starting_up and child.deaths >= _TRIES_WHILE_STARTING:
                    raise Trouble(f"{name} does not start: {self.last_words(name)}")
            elif now >= child.again_at:
                self.spawn(child.process)

    def watch(self) -> None:
        """Keep everything running until asked to stop."""
        while True:
            self.revive()
            for name, child in self.children.items():
                known = self.state.processes[name]
                if known.state == "starting" and starting.answers(child.process):
                    self.ready(name)
            time.sleep(0.25)

    def last_words(self, name: str) -> str:
        """The last line of a process's log, and where to read the rest."""
        log = self.profile.logs / f"{name.replace(' ', '-')}.log"
        lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
        return f"{lines[-1][:300] if lines else 'it said nothing'} (more in {log})"

    def _plan(self) -> Plan:
        secrets = self.profile.prepare(sandbox=self.sandbox)
        plan = plans.make(self.profile, ports_here(), secrets, sandbox=self.sandbox)
        for what, port in plan.all_ports().items():
            if ports.taken(port):
                holder = ports.holder(port)
                raise Trouble(
                    f"Port {port} ({what}) is taken{f' by {holder}' if holder else ''}.",
                    "Stop that one, or move this stack: HOLDFAST_PORT_OFFSET=100 bin/holdfast up",
                )
        ignored = left_out(self.profile)
        if ignored:
            self.say(f"The demo is a stack of its own and takes no notice of {', '.join(ignored)}")
        write_private(home() / "operator.key", secrets["OPERATOR_KEY"] + "\n")
        self.state = replace(
            self.state,
            public_url=plan.public_url,
            bootstrap=plan.bootstrap,
            supervisor=state.this_process("supervisor"),
            facts={"ports": plan.ports.all(), "elsewhere": plan.elsewhere},
        )
        self._phase("starting")
        return plan

    def _alone(self) -> Lock:
        """One supervisor at a time for all profiles: they share their ports."""
        home().mkdir(parents=True, exist_ok=True)
        lock = Lock(home() / "lock")
        if not lock.taken:
            other = state.running_profile()
            name, pid = ("this", "?")
            if other and other.supervisor:
                name, pid = other.profile, str(other.supervisor.pid)
            lock.close()
            raise Trouble(
                f"A stack runs already: {name} (supervisor pid {pid}).",
                "See it with: bin/holdfast status. Stop it with: bin/holdfast down",
                REFUSED,
            )
        return lock

    def _stop_orphans(self) -> None:
        left = state.running_profile()
        while left is not None:
            self.say(f"Stopping {len(left.live())} processes an earlier supervisor left behind")
            stop_all(left, self.say)
            left = state.running_profile()

    def _end(self, phase: str, message: str) -> None:
        if self.children:
            self._phase("stopping")
            self.say("Stopping")
            with suppress(OSError):
                stop_all(self.state, self.say)
            for child in self.children.values():
                with suppress(subprocess.TimeoutExpired):
                    child.popen.wait(5)
        self.state = replace(self.state, processes={}, supervisor=None)
        self._phase(phase, message)

    def _phase(self, phase: str, message: str = "") -> None:
        self.state = replace(self.state, phase=phase, message=message)
        # A disk that is full must not keep the stack from stopping.
        with suppress(OSError):
            if self.profile.directory.exists():
                state.save(self.profile, self.state)

    def _record(self, process: Process, condition: str) -> None:
        child = self.children[process.name]
        popen = child.popen
        one = Running(
            name=process.name,
            pid=popen.pid,
            started=state.started_at(popen.pid) or 0.0,
            state=condition,
            stop_signal=process.stop_signal,
            port=process.port,
            url=process.url,
            role=process.role,
            restarts=child.times,
        )
        self.state = state.changed(self.state, one)
        with suppress(OSError):
            state.save(self.profile, self.state)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _in_words(self, why: OSError) -> Trouble:
        if why.errno == errno.ENOSPC:
            return Trouble(
                f"The disk of {self.profile.directory} is full.", "Free some space and try again."
            )
        return Trouble(f"{why.strerror or why}: {why.filename or self.profile.directory}")


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def main() -> int:
    """The detached supervisor: what it says goes to its standard output."""
    parser = argparse.ArgumentParser(prog="python -m stack.supervisor")
    parser.add_argument("--profile", choices=("data", "demo"), default="data")
    parser.add_argument("--sandbox", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    try:
        Supervisor(Profile(options.profile), options.sandbox, _print).run()
    except Trouble as why:
        _come_what_may(_print)(str(why))
        return why.code
    except Exception:
        # Python's own 1 would say that a rule refused it.
        traceback.print_exc()
        return AWAY
    return 0


def _print(line: str) -> None:
    print(line, flush=True)


def _come_what_may(say: Say) -> Say:
    """As `say`, also where nobody can hear it: a closed terminal must not keep it from stopping."""

    def said(line: str) -> None:
        with suppress(OSError):
            say(line)

    return said


if __name__ == "__main__":
    sys.exit(main())
