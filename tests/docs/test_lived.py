"""The blocks of shell that can be run are run, as they stand, on one sandbox of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks
from tests.docs.told import RUN

OFFSET = 13_000  # beside other stacks of this machine, and below the ports that it gives out itself
PORTS = {f"127.0.0.1:{port}": f"127.0.0.1:{port + OFFSET}" for port in (8080, 8111)}


class Terminal:
    """A shell in a checkout that has data of its own; what a block exports the next one has."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._kept = place / "exported"
        self._kept.touch()
        home = place / ".holdfast"
        home.mkdir(mode=0o755)
        for one in ROOT.iterdir():
            if one.name != ".holdfast":
                (place / one.name).symlink_to(one)
        cache = ROOT / ".holdfast" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        (home / "cache").symlink_to(cache)
        self._env = dict(os.environ) | {
            "HOLDFAST_HOME": str(home),
            "HOLDFAST_PORT_OFFSET": str(OFFSET),
            "NO_COLOR": "1",
            "COLUMNS": "100",
        }
        for name in (
            "HOLDFAST_URL",
            "HOLDFAST_OPERATOR_KEY",
            "KAFKA_BOOTSTRAP_SERVERS",
            "PUBLIC_URL",
        ):
            self._env.pop(name, None)

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        """Each command has to succeed; output and errors are one, as on a screen."""
        script = f"source {self._kept}\n{here(text)}\nexport -p > {self._kept}\n"
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.place,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )


def here(text: str) -> str:
    """The same with the ports of this stack."""
    for usual, own in PORTS.items():
        text = text.replace(usual, own)
    return text


@pytest.fixture
def terminal(place: Path) -> Iterator[Terminal]:
    (place / "checkout").mkdir(mode=0o755)
    made = Terminal(place / "checkout")
    yield made
    made.run("bin/holdfast down --wipe")


@pytest.mark.extras
@pytest.mark.timeout(900)
def test_what_the_documents_show_can_be_typed(terminal: Terminal) -> None:
    shown = blocks()
    for place, wanted in RUN.items():
        below = [one for one in shown if one.place == place and one.language == "sh"]
        for block, seen in zip(below, wanted, strict=True):
            done = terminal.run(block.text)
            told = f"{block.where}\n{block.text}\n{done.stdout}"
            assert done.returncode == 0, told
            missing = [each for each in here(seen).split("|") if each not in done.stdout]
            assert missing == [], told


def test_a_block_with_a_command_that_fails_is_found(terminal: Terminal) -> None:
    assert terminal.run("export A=1\nfalse\ntrue").returncode == 1
    assert terminal.run("false | true").returncode == 1
    assert terminal.run("export A='a b'").returncode == 0
    done = terminal.run('echo "$A at http://127.0.0.1:8080"; ls examples/group.csv')
    assert done.stdout == "a b at http://127.0.0.1:21080\nexamples/group.csv\n"
