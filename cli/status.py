"""`status`: what of the stack of this machine runs, how it is, how much memory it takes. Of one
elsewhere, what its services say of themselves (`status_elsewhere.py`)."""

from typing import Any

import httpx
import typer

from cli import memory, say
from cli.here import elsewhere, up_command
from cli.own import is_of_this_machine
from cli.say import AWAY, AsJson, Ends
from cli.status_elsewhere import status_elsewhere
from shared.contracts.services import SERVICES
from stack import state
from stack.profile import Profile
from stack.state import Running, State


def status(as_json: AsJson = False) -> None:
    """What runs, how it is, how much memory it takes (PSS); exit code 3 if something does not.

    Of a stack elsewhere (HOLDFAST_URL): what its services say of themselves and, with the
    operator's key, of their workers.
    """
    known = state.running_profile()
    there = elsewhere(known)
    if there is not None and not is_of_this_machine(there.door, known):
        status_elsewhere(there, as_json)
        return
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
    else:
        _show(seen, known)
    if not _all_running(seen):
        raise typer.Exit(AWAY)


def _show(seen: dict[str, Any], known: State) -> None:
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


def _last_message() -> str:
    return next((m for m in (state.load(Profile(p)).message for p in ("data", "demo")) if m), "")
