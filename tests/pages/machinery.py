"""What the played services say of their processes and partitions, and a check of the invariants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.web.domain.board import SERVICES
from tests.edges.web.owners import Played
from tests.pages.desk import at

_SEEN = datetime(2026, 12, 1, 9, 0, 7, tzinfo=UTC)
_BEFORE, _NOW = "3f2a91c07d4e", "b7e5540a1c92"
_TOPICS = {
    "registration": ("billing.registrations", "attendance.sessions", "partners.inbound"),
    "billing": ("registration.courses", "registration.people", "registration.registrations",
                "attendance.sessions", "certificates.certificates"),
    "attendance": ("registration.courses", "registration.registrations"),
    "certificates": ("attendance.records", "registration.people", "registration.registrations"),
    "notifications": ("registration.registrations", "billing.registrations"),
    "partners": ("registration.registrations", "certificates.certificates"),
    "web": ("registration.courses", "partners.keys"),
}  # fmt: skip
INVARIANTS: list[dict[str, Any]] = [
    {"number": 1, "says": "Every ledger transaction balances per currency", "missing": [],
     "count": 0, "findings": []},
    {"number": 1, "says": "Cash in the ledger is what payments and refunds moved", "missing": [],
     "count": 0, "findings": []},
    {"number": 3, "says": "No course has more seats taken than it has", "missing": [], "count": 2,
     "findings": [
         {"about": "supervision-evening-2020", "detail": "81 seats are taken of 80"},
         {"about": "ethics-of-telehealth-2020", "detail": "61 seats are taken of 60"}]},
    {"number": 5, "says": "A certificate is issued to nobody who has not earned it", "missing": [],
     "count": 0, "findings": []},
    {"number": 7, "says": "Every mail that was sent arrived once",
     "missing": ["the mailbox (HOLDFAST_MAILBOX_URL)"], "count": 0, "findings": []},
]  # fmt: skip


def play_processes(owners: Played) -> None:
    for place, name in enumerate(SERVICES):
        owners.on("GET", f"/{name}/v1/processes", (200, _processes(name, place)))


def _processes(name: str, place: int) -> dict[str, Any]:
    upgraded = name == "billing"
    workers = [
        {"worker_id": f"{name}-{n}", "release": "0.4.1" if upgraded and n else "0.4.0",
         "revision": _NOW if upgraded and n else _BEFORE, "host": f"{name}-worker-{n}", "pid": 1,
         "started_at": at(_SEEN - timedelta(hours=30 - 7 * n)),
         "seen_at": at(_SEEN - timedelta(minutes=9 if name == "partners" else 0, seconds=3 * n)),
         "silent": name == "partners"}
        for n in range(2 if upgraded or name == "notifications" else 1)
    ]  # fmt: skip
    partitions = [
        {"topic": topic, "partition": number, "committed": 41_207 + 311 * number,
         "end": 41_207 + 311 * number + _lag(name, number), "lag": _lag(name, number),
         "holder": None if name == "certificates" and number == 1 else
         f"{name}-{number % len(workers)}"}
        for topic in _TOPICS[name] for number in range(2)
    ]  # fmt: skip
    silent = name == "partners"
    return {
        "service": name,
        "answers": {"role": "all" if name == "web" else "api", "release": "0.4.0",
                    "revision": _BEFORE, "started_at": at(_SEEN - timedelta(hours=30))},
        "workers": workers, "partitions": [] if silent else partitions,
        "looked_at": None if silent else at(_SEEN),
    }  # fmt: skip


def _lag(name: str, number: int) -> int:
    return 214 if (name, number) == ("certificates", 1) else 3 * (name == "billing" and number == 1)
