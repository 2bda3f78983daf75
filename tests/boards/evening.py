"""An evening that is worth looking at: people register and pay, some cancel, a session is held, and
certificates follow, all within some minutes of real time."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT
from tests.extras.watched_stack import Watched, watched

COURSE = "ethics-evening-2027"
PEOPLE, CANCEL, STRANGERS = 60, 6, 5
MEETING = "8800000101"


@contextmanager
def evening(place: Path) -> Iterator[tuple[str, float]]:
    """The address of a Prometheus that saw it, and how many minutes it took."""
    with watched(place) as stack:
        began = time.monotonic()
        live(stack)
        yield stack.prometheus, (time.monotonic() - began) / 60 + 0.3


def live(stack: Watched) -> None:
    """All of it; the same each time, but for how long things take."""
    chance = random.Random(7)
    stack.goes("2027-03-01T12:00:00Z")
    course = yaml.safe_load((ROOT / "examples" / f"{COURSE}.yaml").read_text())
    course["boards"][0]["evaluation"] = False
    stack.good("PUT", f"/registration/v1/courses/{COURSE}", json=course)
    told = ["registration.confirmed", "registration.cancelled", "certificate.issued"]
    partner = {"name": "Institute", "courses": [COURSE], "types": told, "fields": []}
    stack.good("PUT", "/partners/v1/partners/institute", json=partner)

    def comes(number: int) -> tuple[str, str]:
        one = stack.registers(COURSE, number)
        stack.pays(*one)
        return one

    with ThreadPoolExecutor(3) as pool:
        people = list(pool.map(comes, range(PEOPLE)))
        list(pool.map(lambda one: _cancels(stack, *one), people[:CANCEL]))
    time.sleep(10)
    stack.goes("2027-03-11T21:50:00Z")
    time.sleep(10)
    stack.goes("2027-03-11T22:00:10Z")
    held(stack, people[CANCEL:], chance)
    stack.goes("2027-03-12T01:16:00Z")
    tell(
        stack,
        [(n, "left", "2027-03-12T01:15:00Z") for n in range(PEOPLE - CANCEL)],
        people[CANCEL:],
    )
    stack.good("POST", f"/attendance/v1/sessions/{COURSE}/s1/complete", json={})
    time.sleep(45)


def held(stack: Watched, people: list[tuple[str, str]], chance: random.Random) -> None:
    """They come within a minute and a half, most of them early in it; one in eight goes out and
    comes back; a few are not known."""
    order = list(range(len(people))) + [1_000 + n for n in range(STRANGERS)]
    chance.shuffle(order)
    step = 90 / len(order)
    for n, number in enumerate(order):
        tell(stack, [(number, "joined", _now(stack))], people)
        if number % 8 == 0:
            tell(stack, [(number, "left", _now(stack))], people, turn=1)
            tell(stack, [(number, "joined", _now(stack))], people, turn=2)
        time.sleep(step * (0.4 if n < len(order) / 2 else 1.2))
    time.sleep(15)


def tell(
    stack: Watched,
    some: list[tuple[int, str, str]],
    people: list[tuple[str, str]],
    turn: int = 0,
) -> None:
    """The platform says this of people by their number."""

    def line(number: int, kind: str, at: str) -> dict[str, Any]:
        known = number < len(people)
        who = {"registration_id": people[number][0]} if known else {"name": f"Guest {number}"}
        return {
            "id": f"{number}-{kind}-{turn}",
            "meeting_id": MEETING,
            "participant_id": f"p{number}",
            "kind": kind,
            "at": at,
        } | who

    body = {"source": "platform", "observations": [line(*one) for one in some]}
    stack.good("POST", "/attendance/v1/observations", json=body)


def _now(stack: Watched) -> str:
    return str(stack.http.get(stack.url("clock")).json()["now"])


def _cancels(stack: Watched, registration: str, token: str) -> None:
    stack.good("POST", f"/registration/v1/registrations/{registration}/cancel", token, json={})
