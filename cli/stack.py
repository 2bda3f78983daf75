"""`up`, `down`: the stack of this machine."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Annotated

import typer

from cli import say
from cli.here import up_command
from cli.say import AWAY, REFUSED, Ends
from stack import state
from stack.lock import Lock
from stack.profile import ROOT, Profile, home
from stack.state import STOP_SECONDS, State, stop_all
from stack.supervisor import Supervisor

Detach = Annotated[bool, typer.Option("--detach", help="Come back when everything is ready.")]
Sandbox = Annotated[bool, typer.Option("--sandbox", help="Follow a test clock (see: clock).")]
Wipe = Annotated[bool, typer.Option("--wipe", help="Delete its data too. This cannot be undone.")]


def up(detach: Detach = False, sandbox: Sandbox = False) -> None:
    """Start everything on this machine; Ctrl-C stops it again."""
    start("data", sandbox=sandbox, detach=detach)


def start(profile: str, *, sandbox: bool, detach: bool) -> None:
    """Start a profile's stack. Raises `Ends` or `Trouble` where it cannot."""
    if not detach:
        Supervisor(Profile(profile), sandbox, say.line, lambda: _welcome(profile)).run()
        return
    directory = Profile(profile).directory
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "supervisor.log"
    with log.open("ab") as out:
        begin = out.tell()
        child = subprocess.Popen(
            [
                *(sys.executable, "-m", "stack.supervisor", "--profile", profile),
                *(["--sandbox"] if sandbox else []),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        )
    # The last line is held back: when the supervisor has ended, it says why.
    held = ""
    while True:
        ended = child.poll() is not None
        with log.open("rb") as written:
            written.seek(begin)
            whole = written.read().rpartition(b"\n")[0]
        begin += len(whole) + 1 if whole else 0
        for one in whole.decode(errors="replace").splitlines():
            if held:
                say.line(held)
            held = one
        if ended:
            raise Ends(child.returncode or AWAY, held or f"The supervisor ended; see {log}")
        known = state.load(Profile(profile))
        if known.supervisor and known.supervisor.pid == child.pid and known.phase == "ready":
            say.line(held)
            _welcome(profile)
            return
        time.sleep(0.1)


def down(wipe: Wipe = False) -> None:
    """Stop the stack that runs here, the demo's too."""
    known = state.running_profile()
    profile = Profile(known.profile if known else "data")
    if known is not None:
        stop(known)
        say.line("Stopped.")
    else:
        _starting_one()
        say.line("Nothing was running.")
    if wipe:
        profile.wipe()
        (home() / "operator.key").unlink(missing_ok=True)
        say.line(f"Deleted {profile.directory}")
    elif profile.is_sandbox() is not None:
        say.line(f"The data stays in {profile.directory}; {_going_on(profile)}.")


def _going_on(profile: Profile) -> str:
    """What becomes of the data of a stack that does not run."""
    if profile.name == "demo":
        return "the next demo deletes it and begins anew"
    return f"{up_command()} goes on with it"


def stop(known: State) -> None:
    """Stop a stack: by its supervisor, or without one where that is gone."""
    boss = known.supervisor
    if boss is not None and state.alive(boss):
        say.step("Stopping")
        with suppress(ProcessLookupError):
            os.kill(boss.pid, 15)
        until = time.monotonic() + 4 * STOP_SECONDS + 10
        while state.alive(boss) and time.monotonic() < until:
            time.sleep(0.1)
        if state.alive(boss):
            raise Ends(
                REFUSED,
                f"The supervisor (pid {boss.pid}) does not stop.",
                f"See {Profile(known.profile).directory / 'supervisor.log'}, or: kill -9 "
                f"{boss.pid}, then again: bin/holdfast down",
            )
    left = state.load(Profile(known.profile))
    if left.live():
        say.step(f"Stopping {len(left.live())} processes whose supervisor is gone")
        stop_all(left, say.step)


def _starting_one() -> None:
    # A supervisor that has written no state yet holds the lock already.
    home().mkdir(parents=True, exist_ok=True)
    lock = Lock(home() / "lock")
    if not lock.taken:
        raise Ends(REFUSED, "A stack is just starting here.", "Try again in a few seconds.")
    lock.close()


def _welcome(profile: str) -> None:
    known = state.load(Profile(profile))
    say.line()
    say.line(f"Front door     {known.public_url}")
    say.line(f"Mailbox        {known.processes['mailbox'].url}")
    say.line(f"Operator key   {Profile(profile).secrets()['OPERATOR_KEY']}")
    say.line(f"               (also in {home() / 'operator.key'})")
    if profile == "demo":
        say.line()
        return  # the story goes on by itself
    say.following(
        "Courses: bin/holdfast course list, bin/holdfast course publish FILE (examples/ has one). "
        "Stop with: bin/holdfast down"
    )
