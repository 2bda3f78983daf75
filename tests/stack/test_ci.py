"""What CI runs, with stand-ins for what it calls: in which order, and what it ends with."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKE = """
echo "make $*"
case "$1" in
  test) echo "FAILED tests/test_it.py::test_it - assert 1 == 2"; echo "1 failed, 2 passed in 3.00s" ;;
  test-extras) echo "7 passed in 1.00s" ;;
esac
for one in $FAILING; do [ "${one%:*}" != "$1" ] || exit "${one#*:}"; done
"""
STAND_INS = {
    "make": MAKE,
    "apt-get": 'echo "apt-get $1"',
    "docker": "exit 1",
    "id": "echo 0",
}
ALL = [
    "make setup-dev",
    "make test",
    "FAILED tests/test_it.py::test_it - assert 1 == 2",
    "1 failed, 2 passed in 3.00s",
    "make check",
    "apt-get update",
    "make setup-chart",
    "No container engine can be had here: the compose test is left out.",
    "make test-extras EXTRAS=extras and not containers and not long",
    "7 passed in 1.00s",
]


def ran(place: Path, failing: str = "") -> tuple[int, list[str]]:
    """The exit code, and the lines but those that name the steps."""
    clone, tools = place / "clone", place / "tools"
    (clone / ".ci").mkdir(parents=True)
    (clone / ".ci" / "run").write_text((ROOT / ".ci" / "run").read_text())
    tools.mkdir()
    for name, does in STAND_INS.items():
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    for name in ("bash", "cat", "dirname", "grep", "mktemp", "rm", "tail", "tee"):
        (tools / name).symlink_to(shutil.which(name) or name)
    done = subprocess.run(
        [tools / "bash", clone / ".ci" / "run"],
        env=dict(os.environ) | {"PATH": str(tools), "FAILING": failing},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("== ")]
    return done.returncode, lines


def test_checks_are_told_after_the_tests_extras_come_last_and_pytest_has_the_last_word(
    tmp_path: Path,
) -> None:
    assert ran(tmp_path) == (0, ALL)


def test_where_make_test_fails_the_rest_is_run_and_its_summary_has_the_last_word(
    tmp_path: Path,
) -> None:
    said = ["FAILED tests/test_it.py::test_it - assert 1 == 2", "1 failed, 2 passed in 3.00s"]
    assert ran(tmp_path, "test:2") == (2, [*ALL, *said])


@pytest.mark.parametrize(
    ("failing", "code"),
    [("check:3", 3), ("test-extras:4", 4), ("check:3 test-extras:4", 3)],
)
def test_the_first_failure_is_the_exit_code_and_nothing_is_left_out(
    tmp_path: Path, failing: str, code: int
) -> None:
    assert ran(tmp_path, failing) == (code, ALL)


def test_nothing_is_run_where_nothing_can_be_set_up(tmp_path: Path) -> None:
    assert ran(tmp_path, "setup-dev:5") == (5, ALL[:1])
