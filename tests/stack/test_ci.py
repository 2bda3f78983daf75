"""What CI runs, with stand-ins for what it calls: in which order, and what it ends with."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAND_INS = {
    "make": 'echo "make $*"; [ "$1" = test-extras ] && echo "7 passed in 1.00s" || true',
    "apt-get": 'echo "apt-get $1"',
    "docker": "exit 1",
    "id": "echo 0",
}


def test_what_needs_more_than_python_comes_after_make_test_and_pytest_has_the_last_word(
    tmp_path: Path,
) -> None:
    clone = tmp_path / "clone"
    (clone / ".ci").mkdir(parents=True)
    (clone / ".ci" / "run").write_text((ROOT / ".ci" / "run").read_text())
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, does in STAND_INS.items():
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    for name in ("bash", "dirname"):
        (tools / name).symlink_to(shutil.which(name) or name)
    done = subprocess.run(
        [tools / "bash", clone / ".ci" / "run"],
        env=dict(os.environ) | {"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("== ")]
    assert [line for line in lines if line] == [
        "make check",
        "make test",
        "apt-get update",
        "No container engine can be had here: the compose test is left out.",
        "make test-extras EXTRAS=extras and not containers and not long",
        "7 passed in 1.00s",
    ]
    assert done.stdout.splitlines()[-1] == "7 passed in 1.00s"
