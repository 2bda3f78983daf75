"""The reference course, whole, on the embedded stack: told once, while every service is killed.

Each of the seven services gets a SIGKILL in the middle of a chapter in which it has work to do; the
supervisor starts it again. Nothing of it may show in the figures, and the invariants hold.
"""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

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
        self._state = Path(env["HOLDFAST_HOME"]) / "demo" / "state.json"
        self.killed: list[str] = []
        self.pids: set[int] = set()

    def chapter(self, line: str) -> None:
        if not CHAPTER.match(line):
            return  # the summary speaks of certificates and sessions too
        for word, service, after in KILLS:
            if word in line:
                threading.Timer(after, self._kill, [service]).start()

    def _kill(self, service: str) -> None:
        pid = json.loads(self._state.read_text())["processes"][service]["pid"]
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
    stopped = holdfast(home, "down")
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    saved = sorted(p.name for p in (Path(home["HOLDFAST_HOME"]) / "demo").glob("certificate-*.pdf"))
    assert len(saved) == 10
    time.sleep(0.5)
    for path in (Path(home["HOLDFAST_HOME"]) / "demo").glob("certificate-*.pdf"):
        assert path.read_bytes().startswith(b"%PDF-1.7")
