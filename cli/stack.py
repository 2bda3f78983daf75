"""`up`, `down`, `status`: the stack of this machine."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Annotated, Any

import httpx
import typer

from cli import memory, say
from cli.here import up_command
from cli.say import AWAY, REFUSED, AsJson, Ends
from shared.contracts.services import SERVICES
from stack import state
from stack.lock import Lock
from stack.profile import ROOT, Profile, home
from stack.state import STOP_SECONDS, Running, State, stop_all
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


def status(as_json: AsJson = False) -> None:
    """What runs, how it is, how much memory it takes (PSS); exit code 3 if something does not."""
    known = state.running_profile()
    if known is None:
        if as_json:
            say.data({"services": [], "phase": "stopped", "message": _last_message()})
            raise typer.Exit(AWAY)
        raise Ends(
            AWAY,
            f"Nothing is running here. {_last_message()}".strip(),
            f"Start it with: {up_command()}",
        )
    seen = look(known)
    if as_json:
        say.data(seen)
        if not _all_running(seen):
            raise typer.Exit(AWAY)
        return
    rows = [
        [
            one["service"],
            say.state(one["state"]),
            str(one["pid"] or ""),
            f"{one['pss_mb']:.0f} MB",
            one["url"],
        ]
        for one in [*seen["services"], *_others(seen)]
    ]
    kind = "on a sandbox clock" if known.sandbox else "on the wall clock"
    say.line(f"Stack {known.profile}, {kind}: {seen['phase']}, {seen['pss_mb']:.0f} MB in all")
    say.line()
    say.table(["", "state", "pid", "memory", "address"], rows, right=[2, 3])
    for one in seen["services"]:
        for reason in one["reasons"]:
            say.line(f"{one['service']}: {reason}")
    if seen["phase"] == "orphaned":
        say.following(f"Its supervisor is gone. {_after_orphans(Profile(known.profile))}")
    elif not _all_running(seen):
        logs = Profile(known.profile).logs
        say.following(f"What does not run is started again by itself; its log is in {logs}")
    else:
        say.following(f"Open {known.public_url}, mail at {seen['mailbox']['url']}")
    if not _all_running(seen):
        raise typer.Exit(AWAY)


def _after_orphans(profile: Profile) -> str:
    if profile.name == "demo":
        return "Stop the rest with: bin/holdfast down. Begin anew with: bin/holdfast demo"
    return f"Start it again with: {up_command()}"


def look(known: State) -> dict[str, Any]:
    """The status as interfaces.md §8 gives its shape."""
    parts = {name: _part(known.processes.get(name)) for name in known.processes}
    services = [parts[name] for name in SERVICES if name in parts]
    boss = known.supervisor
    whole = sum(one["pss_mb"] for one in parts.values())
    whole += memory.pss_mb(boss.pid, children=False) if boss and state.alive(boss) else 0
    ports = known.facts.get("ports", {})
    nothing = {"service": "", "state": "elsewhere", "pid": 0, "pss_mb": 0.0, "url": ""}
    return {
        "profile": known.profile,
        "sandbox": known.sandbox,
        "phase": known.phase if known.supervised else "orphaned",
        "url": known.public_url,
        "pss_mb": round(whole, 1),
        "services": services,
        "kafka": (parts.get("kafka") or nothing) | {"bootstrap": known.bootstrap},
        "postgres": parts.get("postgres") or nothing,
        "mailbox": parts.get("mailbox", nothing) | {"smtp": f"127.0.0.1:{ports.get('smtp')}"},
        "simulator": parts.get("paysim", nothing),
        "clock": parts.get("clock"),
        "front_door": parts.get("front door", nothing),
        "supervisor": {"pid": boss.pid if boss else 0, "running": known.supervised},
    }


def _part(one: Running | None) -> dict[str, Any]:
    assert one is not None
    living = state.alive(one)
    seen: dict[str, Any] = {
        "service": one.name,
        "role": one.role,
        "pid": one.pid if living else 0,
        "state": one.state if living else "dead",
        "pss_mb": memory.pss_mb(one.pid) if living else 0.0,
        "url": one.url,
        "restarts": one.restarts,
        "reasons": [],
    }
    if living and one.name in SERVICES:
        try:
            answer = httpx.get(f"{one.url}/health/ready", timeout=5, trust_env=False)
            seen["state"] = "running" if answer.is_success else "unready"
            seen["reasons"] = [] if answer.is_success else answer.json().get("reasons", [])
        except (httpx.HTTPError, ValueError):
            seen["state"] = "starting" if one.state == "starting" else "unready"
    return seen


def _others(seen: dict[str, Any]) -> list[dict[str, Any]]:
    names = ("front_door", "kafka", "postgres", "mailbox", "simulator", "clock")
    return [seen[name] for name in names if seen[name] and seen[name]["service"]]


def _all_running(seen: dict[str, Any]) -> bool:
    parts = [*seen["services"], *_others(seen)]
    return seen["phase"] == "ready" and all(one["state"] == "running" for one in parts)


def _starting_one() -> None:
    # A supervisor that has written no state yet holds the lock already.
    home().mkdir(parents=True, exist_ok=True)
    lock = Lock(home() / "lock")
    if not lock.taken:
        raise Ends(REFUSED, "A stack is just starting here.", "Try again in a few seconds.")
    lock.close()


def _last_message() -> str:
    return next((m for m in (state.load(Profile(p)).message for p in ("data", "demo")) if m), "")


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
