"""The whole system in containers tells the same story: `make compose-test`."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.extras
@pytest.mark.containers
@pytest.mark.timeout(1500)
def test_the_story_comes_out_the_same_in_containers() -> None:
    done = subprocess.run(
        [ROOT / "tests" / "compose.sh"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-20_000:]
    assert "DIFFERS" not in done.stdout
    assert "Ready after" in done.stdout
