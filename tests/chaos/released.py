"""The supervisor of a stack that is upgraded: two processes of each service behind the front door,
each with the code of the release before, until `wanted.json` in its home says otherwise.

It reads `CHAOS_PREVIOUS`, the checkout of that release; its migrations come first, too.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stack import ports
from stack.plan import Plan, Process
from stack.profile import ROOT, home
from stack.supervisor import Supervisor
from tests.chaos import supervised

PREVIOUS, TODAY = "previous", "today"
SECOND = " 2"  # what the name of the second process of a service ends on


class Rolled(Supervisor):
    """Replaces a process when another release is wanted of it: told to stop, and started anew."""

    def _plan(self) -> Plan:
        self._rolled = of_previous(super()._plan(), os.environ["CHAOS_PREVIOUS"])
        return self._rolled

    def watch(self) -> None:
        for name in self._seconds:
            self.children.spawn(self._seconds[name])
        super().watch()

    @property
    def _seconds(self) -> Mapping[str, Process]:
        return {one.name + SECOND: second(one, self._rolled) for one in self._rolled.services}

    def look(self) -> None:
        for name, release in wanted(home()).items():
            child = self.children.known.get(name)
            if child is None or release_of(child.process.env) == release:
                continue
            child.process = run_by(child.process, release, os.environ["CHAOS_PREVIOUS"])
            if child.popen.poll() is None:
                child.popen.send_signal(signal.SIGTERM)  # it finishes what it has in hand
        super().look()


def of_previous(plan: Plan, previous: str) -> Plan:
    """The plan with the code and the migrations of another checkout, and room at the door for a
    second process of each service."""
    door = dict(plan.door.env)
    for one in plan.services:
        door[f"{one.name.upper()}_UPSTREAM"] += f" 127.0.0.1:{second_port(one.name, plan)}"
    return replace(
        plan,
        services=[run_by(one, PREVIOUS, previous) for one in plan.services],
        given=plan.given | _code(previous),
        door=replace(plan.door, env=door),
    )


def run_by(process: Process, release: str, previous: str) -> Process:
    """The same process with the code of that release."""
    where = str(ROOT) if release == TODAY else previous
    return replace(process, env=process.env | _code(where) | {"CHAOS_RELEASE": release})


def second(service: Process, plan: Plan) -> Process:
    """One more of a service, at a port of its own."""
    port = second_port(service.name, plan)
    address = f"http://127.0.0.1:{port}/{service.name}"
    return replace(
        service,
        name=service.name + SECOND,
        env=service.env | {f"{service.name.upper()}_PORT": str(port)},
        port=port,
        url=address,
        ready=f"{address}/health/ready",
    )


def second_port(service: str, plan: Plan) -> int:
    """Chosen once, and kept: the door knows it."""
    known = _PORTS.setdefault(service, 0) or ports.free_port()
    _PORTS[service] = known
    return known


def wanted(place: Path) -> dict[str, str]:
    """Process → release, as far as anybody has said so."""
    try:
        told: dict[str, str] = json.loads((place / "wanted.json").read_text())
    except (OSError, ValueError):  # replaced at this moment, or nobody has said anything
        return {}
    return told


def want(place: Path, name: str, release: str) -> None:
    """From here on that process runs that release."""
    told = wanted(place) | {name: release}
    part = place / "wanted.part"
    part.write_text(json.dumps(told))
    part.replace(place / "wanted.json")


def release_of(env: Mapping[str, Any]) -> str:
    """What a process with this environment runs."""
    return str(env.get("CHAOS_RELEASE", ""))


def _code(where: str) -> dict[str, str]:
    # Safe path: the directory that it is started in would come before the other checkout.
    return {"PYTHONPATH": where, "PYTHONSAFEPATH": "1"}


_PORTS: dict[str, int] = {}


if __name__ == "__main__":
    raise SystemExit(supervised.main(Rolled))
