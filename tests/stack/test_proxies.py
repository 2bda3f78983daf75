"""A machine whose shell names a proxy: what talks on this machine goes past it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.notifications.mailer import Mailbox
from shared.runtime.clock import SandboxClock
from stack import ports, starting
from stack.plan import Process

TOLD = {
    "now": "2020-10-19T20:00:00Z",
    "revision": 1,
    "reasons": ["Kafka is away"],
    "items": [{"message_id": "<m@holdfast>"}],
}


class Near(BaseHTTPRequestHandler):
    """Answers as a service, a clock and a mailbox at once."""

    def do_GET(self) -> None:
        self.send_response(503 if "unready" in self.path else 200)
        self.end_headers()
        self.wfile.write(json.dumps(TOLD).encode())

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address of this machine, while a proxy that nobody has is named."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{ports.free_port()}")
    server = HTTPServer(("127.0.0.1", 0), Near)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def process(ready: str) -> Process:
    return Process("web", [], {}, 1, ready=ready)


def test_the_supervisor_hears_that_a_service_is_ready(near: str):
    assert starting.answers(process(f"{near}/web/health/ready"))
    assert not starting.answers(process(f"{near}/unready"))


def test_the_supervisor_hears_why_a_service_is_not_ready(near: str):
    assert starting._reasons(process(f"{near}/unready")) == "Kafka is away"


async def test_services_follow_the_sandbox_clock(near: str):
    clock = SandboxClock(f"{near}/")
    await clock.refresh()
    assert f"{clock.now():%Y-%m-%d %H}" == "2020-10-19 20"


async def test_notifications_asks_the_mailbox(near: str):
    assert await Mailbox(near).holds("<m@holdfast>", "ada@example.org") is True
