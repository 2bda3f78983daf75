"""Bare Typst: the pages of a file, with their QR codes, in threads; nothing else.

    python -m bench.typesetting FILE THREADS

Says `ready` when everything is warm, begins when it is told to (a line on stdin), and says how many
pages it made and how many seconds that took, of the clock and of processors.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, process_time

from services.certificates.render import render

WARM = 8  # pages a thread


def main() -> None:
    """See above."""
    pages = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    threads = int(sys.argv[2])
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(render, pages[: WARM * threads]))
        print("ready", flush=True)
        sys.stdin.readline()
        since, before = perf_counter(), process_time()
        for made in pool.map(render, pages):
            assert made.conformance
        took = {"seconds": perf_counter() - since, "cpu": process_time() - before}
        print(json.dumps({"pages": len(pages), **took}), flush=True)


if __name__ == "__main__":
    main()
