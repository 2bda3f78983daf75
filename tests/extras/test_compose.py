"""The whole system in containers tells the same story: `make compose-test`."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "compose.sh"


def told(**more: str) -> str:
    done = subprocess.run(
        [SCRIPT], cwd=ROOT, env=os.environ | more, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-20_000:]
    assert "DIFFERS" not in done.stdout
    return done.stdout


@pytest.mark.extras
@pytest.mark.containers
@pytest.mark.timeout(1500)
def test_the_story_comes_out_the_same_in_containers_that_are_scaled_and_killed() -> None:
    said = told()
    # 90 are promised; beside other work the script wants 180, and says so (tests/compose.sh).
    took, most = map(int, re.findall(r"Ready after (\d+) s \(under (\d+) s was wanted\)", said)[0])
    assert most in {90, 180}
    assert took < most
    for killed in ("billing-2", "attendance-1", "billing-1"):
        assert f"{killed} was killed and is back" in said
    assert "All invariants hold, and everything runs" in said
    assert "Prometheus asks each process" in said
    assert "with all that was there" in said


@pytest.mark.extras
@pytest.mark.containers
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_each_container_heals_when_it_is_restarted_and_nothing_is_lost() -> None:
    assert "Each container was restarted, and healed" in told(EACH="1")
