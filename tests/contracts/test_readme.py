"""The README's table is what the contracts say; its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_table_of_who_says_and_hears_what_is_generated() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "shared.contracts.table"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    written = README.split("<!-- table -->")[1].split("<!-- /table -->")[0].strip()
    assert written == made, "make readme"


def test_every_path_in_the_readme_exists() -> None:
    named = set(re.findall(r"\]\(([^)]+)\)", README)) | set(
        re.findall(r"`((?:tests|docs|shared|examples)/[\w./-]+)`", README)
    )
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
