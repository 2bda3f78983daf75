"""What the services of a stack elsewhere say of themselves, asked through its front door: whether
they are ready, which workers they have, and what they have to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import httpx

from cli.here import Here
from cli.say import AWAY, USAGE, Ends

PATIENCE = 15.0  # seconds; a service gives its own database and Kafka less
_LOOK = "See whether it is up where it runs: docker compose ps, or kubectl get pods"


@dataclass(frozen=True)
class Told:
    """One service. `ready` is None where it gave no answer (`failed`: of what kind, where not even
    the door did), and so are `quiet` and `processes`; the last also without a key, with a wrong one
    (`refused`), and of a release that tells no such thing."""

    service: str
    ready: bool | None = None
    reasons: tuple[str, ...] = ()
    quiet: Mapping[str, Any] | None = None
    processes: Mapping[str, Any] | None = None
    refused: bool = False
    failed: str = ""

    @property
    def workers(self) -> list[Mapping[str, Any]] | None:
        """Who hears for it and keeps its deadlines, by their own word; None where it is unknown."""
        return None if self.processes is None else list(self.processes["workers"])


def ask(stack: Here, services: Sequence[str]) -> list[Told]:
    """All of them at once, in this order. Raises `Ends`: 3 where the door does not answer, or no
    service behind it; 2 where what names it is no address."""
    try:
        client = stack.client()
        client.timeout = httpx.Timeout(PATIENCE)
        with client, ThreadPoolExecutor(len(services)) as hands:
            found = list(hands.map(lambda name: _asked(client, name), services))
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as why:
        wrong = f"HOLDFAST_URL is no address: {stack.door}"
        raise Ends(USAGE, wrong, "Such as: https://courses.example.org") from why
    if all(one.failed for one in found):
        away = f"The front door {stack.door} does not answer ({found[0].failed})."
        raise Ends(AWAY, away, f"HOLDFAST_URL names it. {_LOOK}")
    if len(services) > 1 and all(one.ready is None for one in found):
        nobody = f"{stack.door} answers, and no service behind it does."
        raise Ends(AWAY, nobody, f"Is that the front door, as HOLDFAST_URL names it? {_LOOK}")
    return found


def behind(processes: Mapping[str, Any] | None) -> int | None:
    """How many records a service's group has not handled yet, as its workers last saw it; None
    where none has said so."""
    if processes is None or not processes.get("looked_at"):
        return None
    return sum(int(one["lag"]) for one in processes["partitions"])


def _asked(client: httpx.Client, name: str) -> Told:
    try:
        ready = client.get(f"/{name}/health/ready")
    except httpx.UnsupportedProtocol:
        raise
    except httpx.TransportError as why:
        return Told(name, failed=type(why).__name__)
    said = _body(ready)
    if said is None or "reasons" not in said:  # the door's own word for who is away, or a stranger
        return Told(name)
    told = Told(name, ready.is_success, tuple(said["reasons"]))
    try:
        quiet, processes = client.get(f"/{name}/health/quiet"), client.get(f"/{name}/v1/processes")
    except httpx.TransportError:  # where its database is away these two wait for it
        return told
    return replace(
        told,
        quiet=_body(quiet) if quiet.is_success else None,
        processes=_body(processes) if processes.is_success else None,
        refused=processes.status_code in {401, 403},
    )


def _body(answer: httpx.Response) -> Mapping[str, Any] | None:
    try:
        said = answer.json()
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
