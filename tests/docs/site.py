"""`python -m tests.docs.site` builds the site of docs/ into .holdfast/site/built: see `make docs`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import DOCS, ROOT
from tests.docs.staging import stage

PLACE = ROOT / ".holdfast" / "site"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Whatever the build would ask of the network has nobody to ask.
_NOBODY = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")


def build(docs: Path, into: Path) -> tuple[Path, str]:
    """Where the built site is, and what the build said; raises RuntimeError with that where it
    fails, a broken link included (`strict` in mkdocs.yml)."""
    config = stage(docs, into)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--config-file", str(config)],
        cwd=into,
        env=os.environ | {"NO_COLOR": "1"} | _NOBODY,
        capture_output=True,
        text=True,
        check=False,
    )
    said = _COLOUR.sub("", done.stdout + done.stderr)
    if done.returncode:
        raise RuntimeError(said)
    return into / "built", said


if __name__ == "__main__":
    built, _ = build(DOCS, PLACE)
    print(f"  The site is built: {built / 'index.html'}")
    print("  To read it, with its search: make docs SERVE=1")
