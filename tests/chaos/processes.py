"""Processes of one stack, known by their pid and by when they started: never by a name alone."""

import asyncio
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import psutil

from stack import state
from stack.state import Running


class NotFired(Exception):
    """A fault that did not do what it was to do: then the run says nothing, and fails."""


def known(home: Path) -> dict[str, Any]:
    """The supervisor's own word of its stack, as it is at this moment."""
    for _ in range(50):
        try:
            whole: dict[str, Any] = json.loads((home / "data" / "state.json").read_text())
        except (OSError, ValueError):  # replaced at this moment, or not there yet
            time.sleep(0.02)
        else:
            return whole
    return {"phase": "unknown", "processes": {}, "supervisor": None}


def running(home: Path) -> dict[str, Running]:
    """Its processes that live."""
    listed = known(home)["processes"].values()
    return {one["name"]: Running(**one) for one in listed if state.alive(Running(**one))}


async def one_of(home: Path, name: str, seconds: float = 120) -> Running:
    """The living process of that name; a while is waited for one that is being started again."""
    until = time.monotonic() + seconds
    while (found := running(home).get(name)) is None:
        if time.monotonic() > until:
            raise NotFired(f"{name} does not run, so nothing can be done to it")
        await asyncio.sleep(0.1)
    return found


def send(one: Running, what: signal.Signals) -> None:
    """A signal to that very process."""
    if not state.alive(one):
        raise NotFired(f"{one.name} (pid {one.pid}) had ended by itself")
    os.kill(one.pid, what)


async def ends(one: Running, what: signal.Signals, seconds: float = 30) -> str:
    """Send a signal that ends it, and wait until it did."""
    send(one, what)
    until = time.monotonic() + seconds
    while state.alive(one):
        if time.monotonic() > until:
            raise NotFired(f"{one.name} (pid {one.pid}) lives after {what.name}")
        await asyncio.sleep(0.02)
    return f"{one.name} pid {one.pid} {what.name}"


async def stands(one: Running, seconds: float) -> str:
    """Stop it for so long (SIGSTOP), and let it go on, whatever happens."""
    send(one, signal.SIGSTOP)
    try:
        await asyncio.sleep(0.2)
        if psutil.Process(one.pid).status() != psutil.STATUS_STOPPED:
            raise NotFired(f"{one.name} (pid {one.pid}) did not stand still")
        await asyncio.sleep(seconds)
    finally:
        if state.alive(one):
            os.kill(one.pid, signal.SIGCONT)
    return f"{one.name} pid {one.pid} stood for {seconds:.0f} s"


def segments(one: Running) -> set[Path]:
    """The files of shared memory that a server of Postgres has made and holds."""
    try:
        maps = Path(f"/proc/{one.pid}/maps").read_text()
    except OSError:
        return set()
    return {Path(found) for found in re.findall(r"/dev/shm/PostgreSQL\.\d+", maps)}


def kill_all(pids: dict[int, float]) -> list[str]:
    """What is left of processes (pid → when it started) at a run's end: killed, and named."""
    left = []
    for pid, started in pids.items():
        try:
            one = psutil.Process(pid)
            if abs(one.create_time() - started) < 1 and one.status() != psutil.STATUS_ZOMBIE:
                left.append(f"{one.name()} (pid {pid})")
                one.kill()
        except psutil.Error:
            continue
    return left
