"""An evening that is worth looking at: people register and pay, some cancel, a session is held, and
certificates follow, all within some minutes of real time."""

from __future__ import annotations

import http.server
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT
from tests.extras.watched_stack import Watched, watched

COURSE = "ethics-evening-2027"
PEOPLE, CANCEL, STRANGERS = 60, 6, 5
MEETING = "8800000101"


class Taking(http.server.BaseHTTPRequestHandler):
    """A partner's endpoint that takes all that it is told."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_said: Any) -> None:
        """Nothing."""


def evening(place: Path, shows: Callable[..., None]) -> None:
    """All of it; `shows(address of a Prometheus, minutes, *boards)` when there is most to see of
    those. The same each time, but for how long things take."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with watched(place, PARTNERS_SANDBOX_TARGETS="1") as stack:
        began = time.monotonic()

        def show(*names: str) -> None:
            shows(stack.prometheus, (time.monotonic() - began) / 60 + 0.1, *names)

        live(stack, f"http://127.0.0.1:{server.server_port}/hook", show)
    server.shutdown()


def live(stack: Watched, endpoint: str, show: Callable[..., None]) -> None:
    """People register and pay, some cancel; then the session, and what follows."""
    chance = random.Random(7)
    stack.goes("2027-03-01T12:00:00Z")
    course = yaml.safe_load((ROOT / "examples" / f"{COURSE}.yaml").read_text())
    course["boards"][0]["evaluation"] = False
    stack.good("PUT", f"/registration/v1/courses/{COURSE}", json=course)
    told = ["registration.confirmed", "registration.cancelled", "certificate.issued"]
    partner = {"name": "Institute", "courses": [COURSE], "types": told, "fields": []}
    stack.good("PUT", "/partners/v1/partners/institute", json=partner)
    there = {"url": endpoint, "types": [], "courses": []}
    stack.good("POST", "/partners/v1/partners/institute/endpoints", json=there)
    slow = {"seed": 1, "rates": {"refund_pending": 0.7}, "later_seconds": 45}
    faults = f"{stack.url('paysim')}/v1/test/faults"
    stack.ask("PUT", faults, stack.secrets["PAYSIM_API_KEY"], json=slow).raise_for_status()

    def comes(number: int) -> tuple[str, str]:
        one = stack.registers(COURSE, number)
        stack.pays(*one)
        return one

    with ThreadPoolExecutor(3) as pool:
        people = list(pool.map(comes, range(PEOPLE)))
        list(pool.map(lambda one: _cancels(stack, *one), people[:CANCEL]))
    time.sleep(15)
    show("money")
    stack.goes("2027-03-11T21:50:00Z")
    time.sleep(10)
    stack.goes("2027-03-11T22:00:10Z")
    held(stack, people[CANCEL:], chance)
    show("session-day")
    stack.goes("2027-03-12T01:16:00Z")
    left = [(n, "left", "2027-03-12T01:15:00Z") for n in range(PEOPLE - CANCEL)]
    tell(stack, left, people[CANCEL:])
    stack.good("POST", f"/attendance/v1/sessions/{COURSE}/s1/complete", json={})
    time.sleep(40)
    show("certificates", "partners", "pipeline")


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
