"""`tests/compose.sh` fails where the stack is not ready in the time that is promised."""

from __future__ import annotations

import re
import subprocess

import pytest

from stack.profile import ROOT

SCRIPT = (ROOT / "tests" / "compose.sh").read_text()


def ran(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """One function of the script, alone."""
    functions = re.findall(r"^\w+\(\) \{(?:.*\}$|.*\n(?:.*\n)*?\}$)", SCRIPT, re.MULTILINE)
    own = [one for one in functions if one.startswith((f"{name}()", "fail()"))]
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join([*own, f'{name} "$@"']), "bash", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("load", "processors", "seconds"),
    [("0.3", "2", "90"), ("1.0", "2", "90"), ("1.2", "2", "180"), ("7.9", "16", "90")],
)
def test_ninety_seconds_are_promised_and_twice_as_many_beside_other_work(
    load: str, processors: str, seconds: str
) -> None:
    assert ran("within", load, processors).stdout.strip() == seconds


@pytest.mark.parametrize(("took", "most", "code"), [(89, 90, 0), (90, 90, 1), (120, 180, 0)])
def test_what_takes_longer_fails_and_says_how_long_it_took(took: int, most: int, code: int) -> None:
    told = ran("in_time", str(took), str(most))
    assert told.returncode == code
    assert f"eady after {took} s" in told.stdout + told.stderr


def test_the_script_judges_the_first_start() -> None:
    up, after = SCRIPT.rsplit("\nup\nready\nin_time", 1)
    assert "compose build" in up
    assert "bin/holdfast demo" in after
