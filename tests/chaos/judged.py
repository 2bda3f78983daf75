"""What makes a run not `ok` beside lost data: that people were sent away, or that nobody came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.chaos.released import SECOND, TODAY

# A service has not heard of that registration yet: that is so at any time.
ALLOWED = {"425"}


def upgraded(
    steps: Iterable[Mapping[str, Any]],
    releases: Mapping[str, str],
    services: Iterable[str],
    counts: Mapping[str, int],
    unanswered: Iterable[str],
) -> list[str]:
    """What is wrong with an upgrade, in words: an answer that was none, a process that is away or
    of another release than today's, or a load that did nothing."""
    found = [
        f"{one['step']}: {n} answered {why}"
        for one in steps
        for why, n in one["no_answer"].items()
        if why not in ALLOWED
    ]
    names = [name + more for name in services for more in ("", SECOND)]
    found += [
        f"{name} runs {releases.get(name) or 'not'}"
        for name in names
        if releases.get(name) != TODAY
    ]
    found += [f"never answered: {one}" for one in unanswered]
    return found + _nobody("the release was changed", counts["registrations"])


def while_away(killed: Iterable[Mapping[str, Any]]) -> list[str]:
    """The brokers while each of which nobody registered: nothing was tried then."""
    return [
        words
        for one in killed
        for words in _nobody(f"broker {one['broker']} was away", one["registered_meanwhile"])
    ]


def _nobody(when: str, registered: int) -> list[str]:
    return [] if registered > 0 else [f"nobody registered while {when}"]
