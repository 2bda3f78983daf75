"""A stack of its own on a sandbox's clock, the Prometheus that asks it, and what a test does there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import yaml

from shared.contracts.services import SERVICES
from stack import ports
from tests.conftest import ROOT, run, running

GOOD_CARD = "4242424242424242"
PATIENCE = 300.0  # seconds for anything at all: a busy machine is no defect


class Watched:
    """The stack, by its state, and the Prometheus beside it."""

    def __init__(self, home: Path, prometheus: str) -> None:
        place = home / "data"
        self.state = json.loads((place / "state.json").read_text())
        self.secrets = json.loads((place / "secrets.json").read_text())
        self.bootstrap = self.state["bootstrap"]
        self.door = f"http://127.0.0.1:{self.state['facts']['ports']['front door']}"
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.operator = (home / "operator.key").read_text().strip()
        self.prometheus = prometheus
        self.fired: set[str] = set()
        self.people: list[tuple[str, str]] = []  # registration and token

    def url(self, name: str) -> str:
        return str(self.state["processes"][name]["url"])

    def process(self, name: str) -> psutil.Process:
        return psutil.Process(self.state["processes"][name]["pid"])

    def ask(self, method: str, path: str, key: str | None = None, **more: Any) -> httpx.Response:
        """Through the front door, as an operator where no key is said."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        headers |= {"Authorization": f"Bearer {key or self.operator}"}
        url = path if path.startswith("http") else self.door + path
        return self.http.request(method, url, headers=headers, **more)

    def good(self, method: str, path: str, key: str | None = None, **more: Any) -> Any:
        """What comes of it, as soon as it is no refusal: what it is about may not be heard yet."""
        answer: httpx.Response | None = None

        def taken() -> bool:
            nonlocal answer
            answer = self.ask(method, path, key, **more)
            return answer.is_success

        self.until(taken, f"{method} {path}", lambda: answer.text if answer else "")
        assert answer is not None
        return answer.json()

    def until(self, true: Callable[[], bool], what: str, why: Callable[[], Any] = str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, f"{what}: {why()}"
            time.sleep(0.3)

    # --- what people do ---------------------------------------------------------------------------

    def registers(self, course: str, number: int) -> tuple[str, str]:
        """Somebody; gives their registration and their token."""
        body = {
            "attendee": {
                "name": f"Learner {number}", "email": f"learner{number}@example.org",
                "profession": "counselor",
                "licenses": [{"profession": "counselor", "state": "NJ", "number": f"NJ-{number}"}],
                "zone": "America/New_York", "locale": "en",
            },
            "disclosure_version": "2027-01-04",
            "payment": {"method": "card"},
        }  # fmt: skip
        made = self.good("POST", f"/registration/v1/courses/{course}/registrations", json=body)
        return made["registration_id"], made["token"]

    def pays(self, registration: str, token: str) -> None:
        """By card, and waits until the seat is theirs."""
        path = f"/billing/v1/registrations/{registration}/checkout"
        page = self.good("POST", path, token, json={})["checkout_url"]
        at = self.url("paysim") + page.partition("/paysim")[2]
        assert self.http.post(at, data={"card": GOOD_CARD}).status_code == 303
        view = f"/registration/v1/registrations/{registration}"
        self.until(lambda: self.ask("GET", view).json()["status"] == "confirmed", "it is confirmed")

    def goes(self, instant: str) -> None:
        """The clock goes there; nobody waits until what was due is done, for some is not to be."""
        self.http.post(f"{self.url('clock')}/set", json={"now": instant}).raise_for_status()

    # --- what Prometheus says ---------------------------------------------------------------------

    def firing(self) -> set[str]:
        told = self.http.get(f"{self.prometheus}/api/v1/alerts").json()["data"]["alerts"]
        return {one["labels"]["alertname"] for one in told if one["state"] == "firing"}

    def fires(self, *alerts: str) -> None:
        """Each of these fires within a while, one after another or together."""

        def all_of_them() -> bool:
            self.fired |= self.firing()
            return set(alerts) <= self.fired

        self.until(all_of_them, f"{alerts} fire", lambda: f"only {sorted(self.fired)} did")

    def value(self, query: str) -> float | None:
        asked = self.http.get(f"{self.prometheus}/api/v1/query", params={"query": query}).json()
        found = asked["data"]["result"]
        return float(found[0]["value"][1]) if found else None

    # --- what is done to it -----------------------------------------------------------------------

    def database(self, service: str) -> str:
        password = self.secrets[f"{service.upper()}_DATABASE_PASSWORD"]
        port = self.state["facts"]["ports"]["postgres"]
        return f"postgresql://{service}:{password}@127.0.0.1:{port}/{service}"

    def does(self, service: str, statement: str) -> None:
        async def once() -> None:
            con = await asyncpg.connect(self.database(service))
            try:
                await con.execute(statement)
            finally:
                await con.close()

        run(once())


def quick(rules: str) -> str:
    """The rules as they are, but that nothing is waited for which only time brings: an alert fires
    as soon as it is true, and what waits by the wall's clock is old after some seconds."""
    rules, found = re.subn(r"(?m)^(\s+for:) \S+$", r"\1 0s", rules)
    assert found > 8
    for name, seconds in (("consumer_oldest", 120), ("outbox_oldest", 120), ("relay_quiet", 60)):
        rules, found = re.subn(rf"(\({name}_seconds\)) > {seconds}\b", r"\1 > 3", rules)
        assert found == 1, name
    return rules


@contextmanager
def prometheus(place: Path, targets: dict[str, str]) -> Iterator[str]:
    """A Prometheus that asks these (job → host:port) once a second by the very rules."""
    (place / "alerts.yml").write_text(quick((ROOT / "deploy/prometheus/alerts.yml").read_text()))
    asked = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
        "rule_files": [str(place / "alerts.yml")],
        "scrape_configs": [
            {
                "job_name": job,
                "metrics_path": f"/{job}/metrics",
                "static_configs": [{"targets": [target]}],
            }
            for job, target in targets.items()
        ],
    }
    (place / "prometheus.yml").write_text(yaml.safe_dump(asked))
    port = ports.free_port()
    command = [
        "prometheus", f"--config.file={place / 'prometheus.yml'}",
        f"--storage.tsdb.path={place / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with running(command, place / "prometheus.log"):
        assert ports.wait_listening(port, 60), (place / "prometheus.log").read_text()
        yield f"http://127.0.0.1:{port}"


@contextmanager
def watched(place: Path, **given: str) -> Iterator[Watched]:
    """All of it, with these settings besides."""
    home = place / "home"
    home.mkdir(mode=0o755)
    (ROOT / ".holdfast" / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(ROOT / ".holdfast" / "cache")
    env = dict(os.environ) | {
        "HOLDFAST_HOME": str(home),
        "HOLDFAST_PORT_OFFSET": "3000",
        "NO_COLOR": "1",
    }
    env |= given
    for name in ("HOLDFAST_URL", "HOLDFAST_OPERATOR_KEY", "KAFKA_BOOTSTRAP_SERVERS"):
        env.pop(name, None)
    with ExitStack() as ending:
        ending.callback(_holdfast, env, "down")
        _holdfast(env, "up", "--detach", "--sandbox")
        state = json.loads((home / "data" / "state.json").read_text())
        targets = {n: state["processes"][n]["url"].split("/")[2] for n in SERVICES}
        address = ending.enter_context(prometheus(place, targets))
        made = Watched(home, address)
        ending.callback(made.http.close)
        yield made


def _holdfast(env: dict[str, str], *words: str) -> None:
    done = subprocess.run(
        [ROOT / "bin" / "holdfast", *words],
        env=env, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
