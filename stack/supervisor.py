"""Starts a stack, keeps it running, stops it in order.

`python -m stack.supervisor --profile data [--sandbox]`; `bin/holdfast up` runs the same in the
foreground, or detached. One line a step; a stack that cannot start says why in one line.
"""

import argparse
import errno
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import FrameType

from stack import plan as plans
from stack import ports, starting, state
from stack.children import Children, Say
from stack.given import left_out
from stack.lock import Lock
from stack.plan import Plan
from stack.profile import Profile, home, ports_here, write_private
from stack.state import Running, State, stop_all
from stack.trouble import AWAY, REFUSED, Trouble


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


@dataclass
class Supervisor:
    """One stack while it runs. `say` is told each step, in a line; `when_ready` is called once."""

    profile: Profile
    sandbox: bool
    say: Say
    when_ready: Callable[[], None] = lambda: None
    state: State = field(init=False)
    children: Children = field(init=False)
    _stop: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.say = _come_what_may(self.say)
        self.children = Children(self.profile, self.say, self._record, self.check)

    def run(self) -> None:
        """Start, watch until asked to stop, stop. Raises `Trouble` when it cannot start."""
        lock = self._alone()
        self.state = State(self.profile.name, sandbox=self.sandbox)
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # SIGHUP: its terminal was closed. Who ignores that (nohup) wants it to go on.
            if signal.getsignal(one) is not signal.SIG_IGN or one is not signal.SIGHUP:
                signal.signal(one, self._asked)
        try:
            self._stop_orphans()
            plan = self._plan()
            starting.start(self.children, plan)
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

    def check(self) -> None:
        """Raise `Stopped` where that was asked for meanwhile."""
        if self._stop:
            raise Stopped

    def watch(self) -> None:
        """Keep everything running until asked to stop."""
        while True:
            self.look()
            time.sleep(0.25)

    def look(self) -> None:
        """Start again what has ended; remember what answers by now."""
        self.children.revive()
        for name, process in self.children.unready().items():
            if self.children.is_up(name) and starting.answers(process):
                self.children.ready(name)

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
        if self.children.known:
            self._phase("stopping")
            self.say("Stopping")
            with suppress(OSError):
                stop_all(self.state, self.say)
            self.children.wait()
        self.state = replace(self.state, processes={}, supervisor=None)
        self._phase(phase, message)

    def _phase(self, phase: str, message: str = "") -> None:
        self.state = replace(self.state, phase=phase, message=message)
        # A disk that is full must not keep the stack from stopping.
        with suppress(OSError):
            if self.profile.directory.exists():
                state.save(self.profile, self.state)

    def _record(self, one: Running) -> None:
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
