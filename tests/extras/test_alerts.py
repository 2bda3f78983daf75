"""Each alert fires once, by its cause, on a stack that runs and in a Prometheus that asks it.

What only time brings is brought nearer (`watched_stack.quick`): `test_rules.py` has the very times.
"""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import yaml
from aiokafka import AIOKafkaProducer
from aiosmtpd.controller import Controller

from stack import ports
from tests.conftest import ROOT, run
from tests.extras.test_rules import ALERTS
from tests.extras.watched_stack import Watched, watched

pytestmark = [pytest.mark.extras, pytest.mark.timeout(1800)]
# An address that others would reach, and a mail server that refuses everybody.
SETTINGS = {
    "PUBLIC_URL": "http://holdfast.example",
    "PARTNERS_SANDBOX_TARGETS": "1",
    "NOTIFICATIONS_SMTP_HOST": "127.0.0.1",
}
EMPTY, FULL, LATER = "nobody-comes", "hundreds-come", "in-june"
MEETING = "88000009"
# This Prometheus asks fixed addresses, so that none is ever gone from its list: test_rules.py alone.
ONLY_IN_RULES = {"ServiceFewer"}
TOLD = ["registration.confirmed", "certificate.issued"]


def course(name: str, meeting: str, date: str = "2027-03-11") -> dict[str, Any]:
    """An evening, of which a certificate follows from being there alone."""
    page = yaml.safe_load((ROOT / "examples" / "ethics-evening-2027.yaml").read_text())
    [session], [board] = page["sessions"], page["boards"]
    session["date"] = date
    session["meeting"] = {"id": meeting, "url": f"https://meet.example/{meeting}"}
    board["evaluation"] = False
    page |= {"id": name, "capacity": 1_000}
    return dict(page)


class Refusing:
    """A mail server that knows none of those who are written to."""

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        return "550 5.1.1 There is nobody of that name."


class Gone(http.server.BaseHTTPRequestHandler):
    """An endpoint of a partner that is no more."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(410)
        self.end_headers()

    def log_message(self, *_said: Any) -> None:
        """Nothing."""


@contextmanager
def refusing() -> Iterator[str]:
    """The port of that mail server."""
    mail = Controller(Refusing(), hostname="127.0.0.1", port=ports.free_port())
    mail.start()
    try:
        yield str(mail.port)
    finally:
        mail.stop()


@contextmanager
def gone() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gone)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def locked(stack: Watched, service: str, table: str, mode: str = "EXCLUSIVE") -> Iterator[None]:
    """Nobody else writes that table (with ACCESS EXCLUSIVE: nor reads it) while the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def now(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    con = now(asyncpg.connect(stack.database(service)))
    try:
        now(con.execute(f"BEGIN; LOCK TABLE {table} IN {mode} MODE"))
        yield
    finally:
        now(con.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def seen(number: int, kind: str, at: str, **who: str) -> dict[str, Any]:
    who = who or {"participant_id": f"p{number}"}
    return {"id": f"{number}-{kind}", "meeting_id": f"{MEETING}2", "kind": kind, "at": at} | who


def test_each_alert_fires_by_its_cause(place: Path) -> None:
    with refusing() as port, watched(place, **SETTINGS, NOTIFICATIONS_SMTP_PORT=port) as stack:
        stack.goes("2027-03-01T12:00:00Z")
        stack.until(lambda: stack.value("sum(service_ready)") == 7, "all are ready, it says")
        stack.until(lambda: "ServiceGone" not in stack.firing(), "and each was seen to be there")
        stack.fires("SandboxClockInProduction")
        assert stack.fired == {"SandboxClockInProduction"}, "a stack that is well is quiet"
        weeks_before(stack)
        with (
            locked(stack, "notifications", "messages"),
            locked(stack, "registration", "due"),
            locked(stack, "certificates", "document_files"),
        ):
            the_session(stack)
        underneath(stack)
        assert stack.fired == set(ALERTS) - ONLY_IN_RULES


def weeks_before(stack: Watched) -> None:
    """People register and pay; the books are changed behind billing's back, and compared; then the
    gateway errs."""
    for name, meeting in ((EMPTY, f"{MEETING}1"), (FULL, f"{MEETING}2")):
        stack.good("PUT", f"/registration/v1/courses/{name}", json=course(name, meeting))
    june = course(LATER, f"{MEETING}3", "2027-06-10")
    stack.good("PUT", f"/registration/v1/courses/{LATER}", json=june)
    stack.good(
        "PUT",
        "/partners/v1/partners/p",
        json={"name": "P", "courses": [EMPTY, FULL], "types": TOLD, "fields": []},
    )
    with gone() as url:
        stack.good(
            "POST",
            "/partners/v1/partners/p/endpoints",
            json={"url": url, "types": [], "courses": []},
        )
        stack.pays(*stack.registers(EMPTY, 0))
        stack.fires("EndpointDisabled")
    stack.people = [stack.registers(FULL, n) for n in range(1, 8)]
    for one in stack.people:
        stack.pays(*one)
    stack.fires("MessagesFail")
    stack.does(
        "billing",
        "UPDATE payments SET amount_minor = amount_minor + 100 WHERE payment_id = (SELECT min(payment_id) FROM payments)",
    )
    stack.good("POST", "/billing/v1/reconciliation", json={})
    stack.fires("BooksDisagree")
    key = stack.secrets["PAYSIM_API_KEY"]
    faults = {"seed": 1, "rates": {"error_500": 1.0}, "hang_seconds": 1}
    stack.ask("PUT", f"{stack.url('paysim')}/v1/test/faults", key, json=faults).raise_for_status()
    for registration, token in stack.people[:4]:
        stack.good("POST", f"/registration/v1/registrations/{registration}/cancel", token, json={})
    unpaid, token = stack.registers(EMPTY, 99)
    path = f"/billing/v1/registrations/{unpaid}/checkout"
    stack.until(
        lambda: stack.ask("POST", path, token, json={}).status_code not in {404, 425}, "known"
    )

    def failing() -> bool:
        assert stack.ask("POST", path, token, json={}).status_code >= 500
        stack.fired |= stack.firing()
        return "RequestsFail" in stack.fired

    stack.until(failing, "requests fail")
    stack.fires("GatewayFails")


def the_session(stack: Watched) -> None:
    """Nothing is sent, held to its time, or stored of certificates; and two sessions are held."""
    stack.goes("2027-03-11T22:12:00Z")
    stack.fires(
        "NobodySeen",
        "MessagesLate",
        "RefundsStuck",
        "BooksNotCompared",
        "DeadlinesLate",
        "TasksOverdue",
    )
    there = [seen(n, "joined", "2027-03-11T22:05:00Z") for n in range(200)]
    mine = {"registration_id": stack.people[-1][0], "participant_id": "me"}
    there.append(seen(900, "joined", "2027-03-11T22:00:00Z", **mine))
    nowhere = [
        {"id": f"x{n}", "meeting_id": "1", "kind": "joined", "at": "2027-03-11T22:05:00Z",
         "participant_id": "x"}
        for n in range(60)
    ]  # fmt: skip
    body = {"source": "sim", "observations": there + nowhere}
    stack.good("POST", "/attendance/v1/observations", json=body)
    stack.fires("EvidenceRefused", "UnmatchedPile")
    stack.goes("2027-03-11T22:24:00Z")
    stack.fires("SessionSilent")
    stack.goes("2027-03-12T01:20:00Z")
    body = {"source": "sim", "observations": [seen(900, "left", "2027-03-12T01:15:00Z", **mine)]}
    stack.good("POST", "/attendance/v1/observations", json=body)
    stack.good("POST", f"/attendance/v1/sessions/{FULL}/s1/complete", json={})
    stack.until(lambda: (stack.value("max(certificates_preparing)") or 0) > 0, "it is decided")
    stack.goes("2027-03-12T01:55:00Z")
    stack.fires("CertificatesWait")


def underneath(stack: Watched) -> None:
    """Junk on a topic, too many connections, a table that is locked, a process that hangs; and in
    the end no Kafka."""
    run(_junk(stack.bootstrap))
    stack.fires("DeadLetters")
    run(_crowded(stack))
    with locked(stack, "billing", "inbox", "ACCESS EXCLUSIVE"):
        stack.registers(LATER, 500)
        stack.fires("EventsWait")
    web = stack.process("web")
    web.suspend()
    try:
        stack.fires("ServiceDown", "ServiceGone")
    finally:
        web.resume()
    supervisor = psutil.Process(stack.state["supervisor"]["pid"])
    supervisor.suspend()  # or it would start Kafka anew
    try:
        stack.process("kafka").kill()
        stack.fires("KafkaUnreachable", "ServiceNotReady")
        stack.registers(LATER, 501)
        stack.fires("OutboxWaits", "RelayStuck")
    finally:
        supervisor.resume()


async def _junk(bootstrap: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait("registration.registrations", b"?", key=b"junk")
    finally:
        await producer.stop()


async def _crowded(stack: Watched) -> None:
    """As many clients as the server allows, but for a few."""
    some: list[asyncpg.Connection] = []
    try:
        while len(some) < 160:
            try:
                some.append(await asyncpg.connect(stack.database("web")))
            except asyncpg.PostgresError:
                break
        await asyncio.to_thread(stack.fires, "DatabaseConnectionsLow")
    finally:
        for one in some:
            await one.close()
