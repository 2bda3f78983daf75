import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import httpx
import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from holdfast_client.calls import LONGEST_WAIT
from shared.contracts.services import SERVICES
from stack import ports
from stack.plan import caddy
from stack.profile import ROOT
from tests.conftest import running


class Stand(ThreadingHTTPServer):
    """Stands for a service."""

    name = ""


class Echo(BaseHTTPRequestHandler):
    """Says which service it stands for, and what arrived."""

    def do_GET(self):
        told = {
            "service": cast("Stand", self.server).name,
            "path": self.path,
            "for": self.headers["X-Forwarded-For"],
            "host": self.headers["X-Forwarded-Host"],
        }
        body = json.dumps(told).encode()
        self.send_response(200)
        # "broken" in the path: more is promised than is sent.
        self.send_header("Content-Length", str(len(body) + 10 * ("broken" in self.path)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.do_GET()

    def log_message(self, *args):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """What the front door writes."""
    return tmp_path_factory.mktemp("door") / "log"


@pytest.fixture(scope="module")
def door(log):
    with opened(log, away="notifications") as client:
        yield client


@pytest.fixture
def door_without_web(tmp_path):
    with opened(tmp_path / "log", away="web") as client:
        yield client


@pytest.fixture
def void():
    """Takes no connection and refuses none, as a machine that lost its power: its queue is full."""
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    address = full.getsockname()
    waiting = [socket.socket() for _ in range(3)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(address)
    with socket.socket() as another:
        another.settimeout(0.3)
        with pytest.raises(TimeoutError):
            another.connect(address)
    yield f"127.0.0.1:{address[1]}"
    for one in (*waiting, full):
        one.close()


@contextlib.contextmanager
def opened(log, *, away, beside=None):
    """The front door before all services but one. `beside` is the address of a second
    process of billing; by default one that is being replaced."""
    port, nobody = ports.free_port(), ports.free_port()
    env = dict(os.environ) | {"FRONT_DOOR_PORT": str(port)}
    servers = []
    for name in (*SERVICES, "paysim"):
        if name == away:
            env[f"{name.upper()}_UPSTREAM"] = f"127.0.0.1:{nobody}"
            continue
        server = Stand(("127.0.0.1", 0), Echo)
        server.name = name
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env[f"{name.upper()}_UPSTREAM"] = f"127.0.0.1:{server.server_port}"
    env["BILLING_UPSTREAM"] += f" {beside or f'127.0.0.1:{nobody}'}"
    file = str(ROOT / "stack" / "Caddyfile")
    command = [caddy(), "run", "--adapter", "caddyfile", "--config", file]
    with running(command, log, stop=signal.SIGINT, env=env) as process:
        assert ports.wait_listening(port, 10, lambda: process.poll() is None), log.read_text()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("asked", "service", "path"),
    [
        ("/registration/v1/courses?limit=1", "registration", "/registration/v1/courses?limit=1"),
        ("/billing/v1/credits/X", "billing", "/billing/v1/credits/X"),
        ("/attendance/join/token", "attendance", "/attendance/join/token"),
        ("/certificates/verify/CODE", "certificates", "/certificates/verify/CODE"),
        ("/partners/v1/feed", "partners", "/partners/v1/feed"),
        ("/.well-known/did.json", "certificates", "/certificates/.well-known/did.json"),
        ("/.well-known/jwks.json", "certificates", "/certificates/.well-known/jwks.json"),
        ("/paysim/pay/co_1", "paysim", "/pay/co_1"),
        ("/paysim/v1/totals", "paysim", "/v1/totals"),
        ("/", "web", "/"),
        ("/r/token", "web", "/r/token"),
        ("/registrations", "web", "/registrations"),
    ],
)
def test_each_path_leads_to_its_owner(door, asked, service, path):
    told = door.get(asked).json()
    assert (told["service"], told["path"]) == (service, path)


def test_upstreams_are_told_who_asked_and_not_what_the_client_claims(door):
    told = door.get("/", headers={"X-Forwarded-For": "6.6.6.6"}).json()
    assert told["for"] == "127.0.0.1"
    assert told["host"] == f"127.0.0.1:{door.base_url.port}"


async def test_who_ends_tls_in_front_of_it_is_believed_where_it_is_named(tmp_path, monkeypatch):
    """As in Kubernetes, by networks. What the client itself has claimed stands in front of that, and
    is what a service does not take."""
    monkeypatch.setenv("FRONT_DOOR_TRUSTED_PROXIES", "127.0.0.0/8 10.0.0.0/8 fc00::/7")
    with opened(tmp_path / "log", away="web") as client:
        asked = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
        told = client.get("/billing/v1/x", headers=asked).json()["for"]
    assert told == "6.6.6.6, 203.0.113.9, 127.0.0.1"
    taken = []

    async def service(scope, receive, send):
        taken.append(scope["client"][0])

    headers = [(b"x-forwarded-for", told.encode())]
    scope = {"type": "http", "scheme": "http", "client": ("10.1.2.3", 5), "headers": headers}
    inside = ProxyHeadersMiddleware(service, trusted_hosts="127.0.0.0/8,10.0.0.0/8")
    await inside(scope, None, None)
    assert taken == ["203.0.113.9"]


def test_a_service_that_is_away_is_answered_as_a_problem_with_retry_after(door):
    answer = door.get("/notifications/v1/registrations/x/messages")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/service-away"


def test_of_two_processes_of_a_service_the_one_that_is_there_answers(door):
    asked = [door.get("/billing/v1/credits/X") for _ in range(12)]
    assert [one.status_code for one in asked] == [200] * 12


def test_a_machine_that_died_without_a_word_is_passed_over(tmp_path, void):
    """A connection into the void must fail in time for another to be tried, a form's as well."""
    with opened(tmp_path / "log", away="web", beside=void) as client:
        asked = [client.get("/billing/v1/credits/X") for _ in range(4)]
        asked += [client.post("/billing/v1/quotes", json={}) for _ in range(4)]
    assert [one.status_code for one in asked] == [200] * 8
    assert max(one.elapsed.total_seconds() for one in asked) < 3


def test_an_answer_that_never_begins_is_waited_for_longer_than_any_of_ours_takes():
    """On a connection that was kept nothing tells that the other machine is gone."""
    told = subprocess.run(
        [caddy(), "adapt", "--adapter", "caddyfile", "--config", str(ROOT / "stack" / "Caddyfile")],
        capture_output=True, check=True,
    )  # fmt: skip
    proxies = list(_proxies(json.loads(told.stdout)))
    assert len(proxies) == len(SERVICES) + 2, "those, the keys, and the simulator"
    second = 1_000_000_000
    for one in proxies:
        assert one["transport"]["response_header_timeout"] > (LONGEST_WAIT + 30) * second
        assert one["transport"]["dial_timeout"] * 4 < one["load_balancing"]["try_duration"]
        assert "retry_match" not in one["load_balancing"], "what changes something is sent once"


def _proxies(found):
    if isinstance(found, dict):
        if found.get("handler") == "reverse_proxy":
            yield found
        found = list(found.values())
    if isinstance(found, list):
        for one in found:
            yield from _proxies(one)


def test_people_are_answered_with_a_page_that_is_all_there(door, door_without_web):
    asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    pages = [
        door.get("/notifications/v1/registrations/x/messages", headers=asked),
        door_without_web.get("/courses/x"),  # nobody but people asks there
        door_without_web.post("/courses/x/register", data={"name": "Ada"}, headers=asked),
    ]
    for page in pages:
        assert page.status_code == 503
        assert page.headers["retry-after"] == "2"
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.text.startswith("<!doctype html>")
        assert "Nothing was lost" in page.text
        # Nothing from elsewhere: where it would come from is away.
        assert "<link" not in page.text
        assert "src=" not in page.text


def test_what_opens_a_door_is_not_in_the_log_of_requests_that_failed(door, log):
    for path in (
        "/r/SECRET/broken",
        "/attendance/join/SECRET?broken",
        "/verify/SECRET?broken=1",
        "/certificates/broken.pdf?x=1&t=SECRET",
        "/unsubscribe/SECRET?broken=1",
        "/billing/v1/credits/SECRET?broken=1",
        "/console/link/SECRET?broken=1",
        "/console/signed-in?code=SECRET&broken=1&state=SECRET",
        "/console/certificates/find?printed=SECRET&broken=1",
        "/certificates/v1/certificates?broken=1&printed=SECRET",
        "/console/people?q=SECRET+SECRET&broken=1",
        "/registration/v1/people?name=SECRET%20SECRET&broken=1",
        "/registration/v1/people?email=SECRET%40clinic.example&broken=1",
        "/billing/v1/registrations?money=SECRET&limit=200&broken=1",
    ):
        with contextlib.suppress(httpx.RemoteProtocolError):
            door.get(path, headers={"Referer": "http://here/r/SECRET"})
    lines = [json.loads(line) for line in log.read_text().splitlines() if '"request"' in line]
    assert [line["request"]["uri"] for line in lines] == [
        "/r/-/broken",
        "/attendance/join/-?broken",
        "/verify/-?broken=1",
        "/certificates/broken.pdf?x=1&t=-",
        "/unsubscribe/-?broken=1",
        "/billing/v1/credits/-?broken=1",
        "/console/link/-?broken=1",
        "/console/signed-in?code=-&broken=1&state=-",
        "/console/certificates/find?printed=-&broken=1",
        "/certificates/v1/certificates?broken=1&printed=-",
        "/console/people?q=-&broken=1",
        "/registration/v1/people?name=-&broken=1",
        "/registration/v1/people?email=-&broken=1",
        "/billing/v1/registrations?money=-&limit=200&broken=1",
    ]
    assert "SECRET" not in log.read_text()
