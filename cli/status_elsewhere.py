"""`status` of a stack that runs elsewhere: what its services say through the front door, and with
the operator's key which workers they have. Processes that are not asked (the door's others, Kafka,
Postgres) are looked at where they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from cli import say
from cli.answering import Told, ask
from cli.here import Here, up_command
from cli.own import is_loopback
from cli.say import AWAY, Ends
from shared.contracts.services import SERVICES

NO_WORKER = "no worker of it has said for a minute that it is there: it hears nothing"
_UNSEEN = {"service": "", "state": "elsewhere", "pid": 0, "pss_mb": 0.0, "url": ""}


def status_elsewhere(stack: Here, as_json: bool) -> None:
    """What runs there; exit code 3 where something does not, or nothing answers."""
    try:
        found = ask(stack, SERVICES)
    except Ends as why:
        if as_json and why.code == AWAY:
            nothing = {"services": [], "phase": "away", "url": stack.door, "message": why.message}
            say.data(nothing)
            raise typer.Exit(AWAY) from why
        raise Ends(why.code, why.message, _remedy(stack, why)) from why
    seen = look(stack, found)
    if as_json:
        say.data(seen)
    else:
        _show(seen, stack, found)
    if seen["phase"] != "ready":
        raise typer.Exit(AWAY)


def look(stack: Here, found: list[Told]) -> dict[str, Any]:
    """The shape of `status` of this machine, with `release` and `workers` of each service beside;
    what cannot be seen from here (pid, memory) is 0, and what is not asked is `elsewhere`."""
    services = [_part(stack, one) for one in found]
    every = all(one["state"] == "running" for one in services)
    return {
        "profile": "elsewhere",
        "sandbox": stack.sandbox,
        "phase": "ready" if every else "unready",
        "url": stack.door,
        "pss_mb": 0.0,
        "services": services,
        "kafka": _UNSEEN | {"bootstrap": stack.bootstrap},
        "postgres": _UNSEEN,
        "mailbox": _UNSEEN | {"smtp": "", "url": stack.mailbox},
        "simulator": _UNSEEN,
        "clock": None,
        "front_door": _UNSEEN | {"service": "front door", "state": "running", "url": stack.door},
        "supervisor": {"pid": 0, "running": False},
    }


def _part(stack: Here, told: Told) -> dict[str, Any]:
    reasons, answers = list(told.reasons), (told.processes or {}).get("answers", {})
    if told.workers is not None and all(one["silent"] for one in told.workers):
        reasons.append(NO_WORKER)
    state = "running" if told.ready and not reasons else "unready"
    return {
        "service": told.service,
        "role": answers.get("role", ""),
        "pid": 0,
        "state": "away" if told.ready is None else state,
        "pss_mb": 0.0,
        "url": f"{stack.door}/{told.service}",
        "restarts": 0,
        "reasons": reasons,
        "release": answers.get("release"),
        "revision": answers.get("revision"),
        "workers": told.workers,
    }


def _show(seen: Mapping[str, Any], stack: Here, found: list[Told]) -> None:
    kind = "on a sandbox clock" if seen["sandbox"] else "on the wall clock"
    say.line(f"Stack at {stack.door}, {kind}, by what its services say: {seen['phase']}")
    say.line()
    rows = [
        [one["service"], say.state(one["state"]), one["release"] or "", _workers(one["workers"])]
        for one in seen["services"]
    ]
    say.table(["", "state", "release", "workers"], rows)
    for one in seen["services"]:
        for reason in one["reasons"]:
            say.line(f"{one['service']}: {reason}")
    if any(one.refused for one in found):
        whose = "HOLDFAST_OPERATOR_KEY was refused" if stack.key else "No operator's key is known"
        say.line(f"{whose}: so nothing is known of workers, nor of releases.")
    if seen["phase"] == "ready":
        say.following(f"Open {stack.door}; what waits: bin/holdfast lag")
    else:
        say.following(
            "What does not run is started again by itself, where it runs (docker compose ps, "
            "kubectl get pods); its log there says why it did not."
        )


def _workers(there: list[Mapping[str, Any]] | None) -> str:
    if there is None:
        return "-"
    silent = sum(bool(one["silent"]) for one in there)
    return f"{len(there) - silent}{f', {silent} silent' if silent else ''}"


def _remedy(stack: Here, why: Ends) -> str:
    """Where the address is this machine's own, what is named may just not have been started."""
    if why.code == AWAY and is_loopback(stack.door):
        return f"{why.remedy}. On this machine, without containers: {up_command()}"
    return why.remedy
