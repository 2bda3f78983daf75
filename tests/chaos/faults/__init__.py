"""What the monkey may do. A fault is a coroutine: it does its harm, ends it, and gives the evidence
that it was done; `NotFired` where it was not. It returns when the harm is over, not the damage."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module

from tests.chaos.ground import Ground
from tests.chaos.processes import NotFired

Do = Callable[[Ground, random.Random], Awaitable[str]]


@dataclass(frozen=True)
class Fault:
    """`hard` are those that stop everything at once: never two of them at the same time."""

    name: str
    do: Do
    hard: bool


FAULTS: dict[str, Fault] = {}
__all__ = ["FAULTS", "Fault", "NotFired", "fault"]


def fault(name: str, *, hard: bool = False) -> Callable[[Do], Do]:
    """Register one under the name that reports give it."""

    def register(do: Do) -> Do:
        FAULTS[name] = Fault(name, do, hard)
        return do

    return register


for _module in ("processes", "servers", "disk", "network", "outside", "deliveries"):
    import_module(f"tests.chaos.faults.{_module}")
