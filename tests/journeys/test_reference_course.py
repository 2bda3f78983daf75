"""The reference course, whole, on the embedded stack: told once, while every service is killed.

Each of the seven services gets a SIGKILL in the middle of a chapter in which it has work to do; the
supervisor starts it again. Nothing of it may show in the figures, and the invariants hold.
"""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.runtime.tokens import PERSONAL, check
from tests.conftest import running
from tests.journeys.traces import (
    Stack,
    no_secret_is_written_down,
    who_is_erased_leaves_only_evidence,
)

COURSE = "attachment-effectiveness-2020"
NEW_YORK_COUNSELOR = "learner15@example.org"
ROOT = Path(__file__).parents[2]
CHAPTER = re.compile(r"\s*\d+ s  ")
# Chapter of the story (a word of its line) → who is killed in it, and how many seconds into it.
KILLS = [
    ("September", "registration", 3.0),
    ("September", "billing", 9.0),
    ("Session 1", "billing", 1.0),
    ("Session 1", "attendance", 2.0),
    ("Session 2", "notifications", 3.0),
    ("Session 3", "partners", 1.0),
    ("Session 3", "notifications", 5.0),
    ("Session 4", "web", 1.0),
    ("Session 4", "registration", 4.0),
    ("certificates", "certificates", 1.0),
    ("certificates", "notifications", 4.0),
]


@pytest.fixture
def home(place: Path) -> Iterator[dict[str, str]]:
    """A stack of its own, beside any other on this machine."""
    cache = ROOT / ".holdfast" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (place / "home").mkdir(mode=0o755)
    (place / "home" / "cache").symlink_to(cache)
    env = dict(os.environ) | {
        "HOLDFAST_HOME": str(place / "home"),
        "HOLDFAST_PORT_OFFSET": "1000",
        "NO_COLOR": "1",
        "LOG_LEVEL": "DEBUG",  # what is never to be logged is not logged by any of it
    }
    for name in ("HOLDFAST_URL", "KAFKA_BOOTSTRAP_SERVERS", "PUBLIC_URL"):
        env.pop(name, None)
    yield env
    holdfast(env, "down")


def holdfast(env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bin" / "holdfast", *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Monkey:
    """Kills the services by their recorded pids, chapter by chapter."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self.killed: list[str] = []
        self.pids: set[int] = set()

    def chapter(self, line: str) -> None:
        if not CHAPTER.match(line):
            return  # the summary speaks of certificates and sessions too
        for word, service, after in KILLS:
            if word in line:
                threading.Timer(after, self._kill, [service]).start()

    def _kill(self, service: str) -> None:
        pid = _state(self._env)["processes"][service]["pid"]
        assert pid not in self.pids, f"{service} was killed before and is not back yet"
        os.kill(pid, signal.SIGKILL)
        self.pids.add(pid)
        self.killed.append(service)


@pytest.mark.timeout(900)
def test_the_story_comes_out_the_same_while_every_service_is_killed(home: dict[str, str]) -> None:
    monkey = Monkey(home)
    with subprocess.Popen(
        [ROOT / "bin" / "holdfast", "demo", "--keep"],
        env=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        said = []
        for line in demo.stdout:
            said.append(line)
            monkey.chapter(line)
        code = demo.wait()
    whole = "".join(said)
    assert code == 0, whole
    assert "DIFFERS" not in whole
    assert sorted(monkey.killed) == sorted(service for _, service, _ in KILLS)
    status = json.loads(holdfast(home, "status", "--json").stdout)
    assert sum(one["restarts"] for one in status["services"]) >= len(KILLS)
    assert status["pss_mb"] < 2560
    held = holdfast(home, "invariants")
    assert held.returncode == 0, held.stdout + held.stderr
    _a_restart_keeps_everything(home)


def _a_restart_keeps_everything(home: dict[str, str]) -> None:
    """The demo's own data comes up once more, as `up` does with its own: nothing is lost."""
    before, clock = _figures(home), _json(home, "clock", "show")["now"]
    assert before["totals"]["captured"] == 1_174_100
    assert len(before["certificates"]) == 2  # a counselor of New York has two
    stopped = holdfast(home, "down")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    with _started_again(home):
        assert _figures(home) == before
        assert _json(home, "clock", "show")["now"] >= clock
        held = holdfast(home, "invariants")
        assert held.returncode == 0, held.stdout + held.stderr
        assert "42 of 42 hold" in held.stdout
        whole = holdfast(home, "audit", "verify")
        assert whole.returncode == 0, whole.stdout + whole.stderr
        stack = Stack(Path(home["HOLDFAST_HOME"]))
        no_secret_is_written_down(stack)
        who_is_erased_leaves_only_evidence(stack, NEW_YORK_COUNSELOR, COURSE)


@contextmanager
def _started_again(home: dict[str, str]) -> Iterator[None]:
    log = Path(home["HOLDFAST_HOME"]) / "started-again.log"
    command = [sys.executable, "-m", "stack.supervisor", "--profile", "demo", "--sandbox"]
    with running(command, log, env=home, cwd=ROOT) as boss:
        until = time.monotonic() + 180
        while _state(home)["phase"] != "ready":
            assert boss.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield
        stopped = holdfast(home, "down")
        assert stopped.returncode == 0, stopped.stdout + stopped.stderr


def _figures(home: dict[str, str]) -> dict[str, Any]:
    """What services, gateway and mailbox say of the course, and of one who was there."""
    stack = _state(home)
    secrets = json.loads((Path(home["HOLDFAST_HOME"]) / "demo" / "secrets.json").read_text())
    with httpx.Client(trust_env=False, timeout=30) as client:

        def ask(url: str, key: str = secrets["OPERATOR_KEY"]) -> httpx.Response:
            answer = client.get(url, headers={"Authorization": f"Bearer {key}"})
            return answer.raise_for_status()

        door, mailbox = stack["public_url"], stack["processes"]["mailbox"]["url"]
        mails = ask(f"{mailbox}/api/messages").json()["items"]
        [receipt] = [
            mail
            for mail in mails
            if mail["to"] == [NEW_YORK_COUNSELOR] and mail["subject"].startswith("Receipt")
        ]
        text = ask(f"{mailbox}/api/messages/{receipt['id']}").json()["text"]
        # Their page's link: its token says which registration it is of.
        [token, *_] = re.findall(r"/r/([\w.-]+)", text)
        registration, _ = check(secrets["PLATFORM_SECRET"], PERSONAL, token) or ("", 0)
        awards = ask(f"{door}/certificates/v1/registrations/{registration}").json()
        pdf = f"{door}/certificates/v1/certificates/{{}}.pdf"
        return {
            "course": ask(f"{door}/registration/v1/courses/{COURSE}").json(),
            "totals": ask(f"{door}/paysim/v1/totals", secrets["PAYSIM_API_KEY"]).json(),
            "mails": sorted(mail["message_id"] for mail in mails),
            "bill": ask(f"{door}/billing/v1/registrations/{registration}").json(),
            "attended": ask(f"{door}/attendance/v1/registrations/{registration}").json(),
            "certificates": [
                hashlib.sha256(ask(pdf.format(one["certificate_id"])).content).hexdigest()
                for one in awards["certificates"]
            ],
        }


def _state(home: dict[str, str]) -> dict[str, Any]:
    """What the supervisor says of its stack, without the seconds that a command takes."""
    known = Path(home["HOLDFAST_HOME"]) / "demo" / "state.json"
    whole: dict[str, Any] = json.loads(known.read_text())
    return whole


def _json(home: dict[str, str], *words: str) -> dict[str, Any]:
    told = holdfast(home, *words, "--json")
    whole: dict[str, Any] = json.loads(told.stdout or "{}") or {"phase": told.stderr}
    return whole
