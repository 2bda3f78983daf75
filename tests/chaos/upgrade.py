"""`make upgrade PREVIOUS=<tag or commit>`: from the release before to this one, under load.

Two processes of each service run the release before. Today's migrations come first; then one
process after another is replaced by today's, a session is held in between; one service goes back to
the release before, and forth again. What people were told is held against what is there, and every
try that was not answered is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from time import strftime
from typing import Any

import httpx
import psutil

from shared.contracts.services import SERVICES
from stack.profile import ROOT
from tests.chaos import judged, logged, processes, released, sessions
from tests.chaos.audit import findings
from tests.chaos.checkouts import checkout, last_release
from tests.chaos.drain import drained
from tests.chaos.facts import gathered
from tests.chaos.ground import Ground, answer, ground
from tests.chaos.load import Load
from tests.chaos.released import PREVIOUS, SECOND, TODAY
from tests.conftest import own_directory

Say = Callable[[str], None]
READY_SECONDS = 240.0
BACK = "billing"  # the service that goes back once


async def run(previous: str, seed: int, at_once: int, say: Say, keep: Path) -> dict[str, Any]:
    """What came of it, `ok` or not."""
    with own_directory() as home:
        seconds = [name + SECOND for name in SERVICES]
        of = ground(home, say, seconds, previous, led_by="tests.chaos.released")
        async with of as made:
            try:
                return await _lived(made, Load(made, seed, at_once), say)
            finally:
                _keep(home, keep)


async def _lived(made: Ground, load: Load, say: Say) -> dict[str, Any]:
    began, steps = time.monotonic(), list[dict[str, Any]]()

    def step(what: str) -> None:
        """Up to here; what was not answered since the step before is its own."""
        seen = {name: n for one in steps for name, n in one["no_answer_by_now"].items()}
        now = dict(load.ledger.no_answer)
        missed = {name: n - seen.get(name, 0) for name, n in now.items() if n > seen.get(name, 0)}
        counts = load.ledger.counts()
        steps.append(
            {
                "step": what,
                "at": round(time.monotonic() - began),
                "registrations": counts["registrations"],
                "no_answer": missed,
                "no_answer_by_now": now,
            }
        )
        say(f"  {what}: {counts['registrations']} registrations; not answered: {missed or 'none'}")

    try:
        await load.prepare()
        load.begin()
        await asyncio.sleep(10)
        step("the release before")
        await _migrated(made)
        step("today's migrations")
        half = len(SERVICES) // 2
        for name in SERVICES[:half]:
            await _replaced(made, name, TODAY)
            step(f"{name} is today's")
        await sessions.held(load)
        step("a session is held by both releases")
        evaluating = asyncio.create_task(sessions.evaluated(load))
        for name in SERVICES[half:]:
            await _replaced(made, name, TODAY)
            step(f"{name} is today's")
        for release in (PREVIOUS, TODAY):
            await _replaced(made, BACK, release)
            await asyncio.sleep(5)
            step(f"{BACK} is {'back' if release == PREVIOUS else 'forth again'}")
        await asyncio.gather(load.end(), evaluating)
        drain = await drained(made)
        step("at rest")
    finally:
        await load.close()
        load.ledger.save(made.home / "ledger.json")
    code, told = await made.invariants()
    log = await logged.logged(made.bootstrap)
    found = [*findings(load.ledger, await gathered(made)), *logged.findings(load.ledger, log)]
    runs = _releases(made)
    for one in found[:20]:
        say(f"  {one.kind.upper()} {one.about}: {one.detail}")
    refused = sorted({why for one in load.ledger.entries.values() for why in one.refused})
    last = told.strip().splitlines()[-1].strip()
    wrong = judged.upgraded(steps, runs, SERVICES, load.ledger.counts(), load.ledger.unanswered)
    for words in wrong[:20]:
        say(f"  WRONG {words}")
    say(f"  {last}; {len(found)} findings; refused: {refused or 'nobody'}")
    return {
        "ok": not (found or code or refused or wrong),
        "wrong": wrong,
        "load": load.ledger.counts(),
        "steps": [{k: v for k, v in one.items() if k != "no_answer_by_now"} for one in steps],
        "refused": refused,
        "drained": drain,
        "releases": runs,
        "invariants": {"exit": code, "said": told.strip().splitlines()[-12:]},
        "findings": [f"{one.kind} {one.about}: {one.detail}" for one in found],
    }


async def _migrated(made: Ground) -> None:
    """Today's migrations, as an operator runs them; the services go on meanwhile."""
    place = f"127.0.0.1:{made.ports.of('postgres')}"
    urls = {
        f"{name.upper()}_DATABASE_URL": f"postgresql://{name}:"
        f"{made.secrets[f'{name.upper()}_DATABASE_PASSWORD']}@{place}/{name}"
        for name in SERVICES
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stack.migrate", *SERVICES),
        env=os.environ | urls | {"SANDBOX": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"today's migrations fail on a release before:\n{out.decode()[-3000:]}")


async def _replaced(made: Ground, service: str, release: str) -> None:
    """Both processes of a service, one after the other: the second when the first is ready."""
    for name in (service, service + SECOND):
        before = (await processes.one_of(made.home, name)).pid
        released.want(made.home, name, release)
        until = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while True:
                one = processes.running(made.home).get(name)
                if one is not None and one.pid != before:
                    ready = await answer(client, f"{one.url}/health/ready")
                    if ready is not None and _release(one.pid) == release:
                        break
                if time.monotonic() > until:
                    raise SystemExit(f"{name} of {release} is not ready: {made.log()}")
                await asyncio.sleep(0.2)
        made.remember()


def _releases(made: Ground) -> dict[str, str]:
    """What each process runs, by what its own environment says."""
    names = [*SERVICES, *(name + SECOND for name in SERVICES)]
    there = processes.running(made.home)
    return {name: _release(there[name].pid) for name in names if name in there}


def _release(pid: int) -> str:
    try:
        return released.release_of(psutil.Process(pid).environ())
    except psutil.Error:
        return ""


def _keep(home: Path, to: Path) -> None:
    """Logs, where somebody can read them afterwards."""
    to.mkdir(parents=True, exist_ok=True)
    for file in (home / "supervisor.log", *(home / "data" / "logs").iterdir()):
        if file.exists():
            (to / file.name).write_bytes(file.read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.upgrade", description=__doc__)
    parser.add_argument("--previous", default="", help="a tag or commit; else the last release")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=6, help="people at a time")
    parser.add_argument("--out", type=Path, default=ROOT / ".holdfast" / "upgrade")
    wanted = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    commit = wanted.previous or last_release()
    with checkout(commit) as previous:
        told = asyncio.run(run(previous, wanted.seed, wanted.at_once, _say, wanted.out))
    told = {"previous": commit} | told
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "upgrade.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told, indent=1))
    return 0 if told["ok"] else 1


def _say(line: str) -> None:
    print(f"{strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
