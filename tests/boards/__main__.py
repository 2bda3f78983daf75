"""`python -m tests.boards` lives through an evening on a stack of its own, with a Prometheus that asks
it, and draws the boards of deploy/grafana with what it knows then, into docs/images/boards (needs
Prometheus and Chromium; some minutes). `python -m tests.boards URL MINUTES` draws what a Prometheus
knows that runs.

Grafana itself cannot be had from the registries that this project builds from, so these pictures
are not its own: each panel's queries are asked of Prometheus, and drawn in its place. What Grafana
adds (hovering, zooming, links) is not there.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from deploy.grafana.__main__ import HERE as BOARDS
from tests.boards.evening import evening
from tests.boards.panels import COLUMN, page
from tests.boards.source import Source
from tests.conftest import ROOT, own_directory
from tests.mail_pictures import dressed
from tests.pages.browser import browser

FOLDER = ROOT / "docs" / "images" / "boards"
COLOURS = 64


def pictures(source: Source, *names: str) -> None:
    """These boards, or all, each as a PNG."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as aside, browser(Path(aside) / "profile") as tab:
        for path in sorted(BOARDS.glob("*.json")):
            if names and path.stem not in names:
                continue
            file = Path(aside) / "board.html"
            file.write_text(dressed(page(json.loads(path.read_text()), source)))
            tab.size(24 * COLUMN + 20, 600)
            tab.go(file.as_uri())
            tab.do("Runtime.evaluate", expression="document.fonts.ready", awaitPromise=True)
            picture = FOLDER / f"{path.stem}.png"
            tab.picture(picture)
            out = io.BytesIO()
            Image.open(picture).quantize(COLOURS).save(out, "png", optimize=True)
            picture.write_bytes(out.getvalue())
            print(f"  {picture.name}  {len(out.getvalue()) // 1024} kB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        pictures(Source(sys.argv[1], float(sys.argv[2])))
    else:
        with own_directory() as place:
            evening(place, lambda url, minutes, *names: pictures(Source(url, minutes), *names))
