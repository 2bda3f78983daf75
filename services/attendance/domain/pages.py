"""Pages: how far each run of a meeting has been fetched, and pages that cannot be right.

A run is `{"uuid", "meeting_id", "state": "open"|"done"|"stopped", "page", "late", "pages", "lines",
"told", "seen", "barren", "faults", "trouble"}`:

late     how often its report was not to be had
page     the token of its next page
told     lines that the pages since its start told, those of a page that came twice once; `seen` are
         digests of these pages and of their tokens, `barren` the last pages in a row that told
         nothing new
faults   how often its pages could not be right: they went round (`endless`), or ended before all
         was told (`pages-missing`). A report may still be in the making, so such a run is asked for
         from its start again, a few times; then it is stopped, and a human brings the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from services.attendance.domain.fetching import Instance

MOST_PAGES = 1_000  # of one run, 300,000 lines: more never end
MOST_BARREN = 10  # pages in a row that told nothing, or what a page before them did
MOST_FAULTS = 3
ENDLESS, MISSING = "endless", "pages-missing"
_START: Mapping[str, Any] = {"page": None, "told": 0, "seen": [], "barren": 0}
Run = dict[str, Any]


def with_runs(known: Sequence[Run], found: Iterable[Instance]) -> list[Run]:
    """The runs of a fetch, with those that are new to it; what is done stays done."""
    runs = [dict(run) for run in known]
    there = {run["uuid"] for run in runs}
    for each in found:
        if each.uuid not in there:
            there.add(each.uuid)
            counts = {"late": 0, "pages": 0, "lines": 0, "faults": 0}
            run = {"uuid": each.uuid, "meeting_id": each.meeting_id, "state": "open"}
            runs.append({**run, **_START, **counts})
    return runs


def next_of(runs: Sequence[Run]) -> Run | None:
    """The run to ask for now: the first of those that were least often not ready. Its pages are
    asked for to the end before another's."""
    wanting = [run for run in runs if run["state"] == "open"]
    begun = [run for run in wanting if run["page"]]
    return min(begun or wanting, key=lambda run: run["late"], default=None)


def from_its_start(run: Run) -> Run:
    """The run, of which no page is known any more; what was kept of it is kept."""
    return {**run, **_START}


def stopped(runs: Sequence[Run]) -> Run | None:
    """A run of which a human brings the rest."""
    return next((run for run in runs if run["state"] == "stopped"), None)


def turned(
    run: Run, rows: Sequence[Mapping[str, Any]], following: str | None, total: int | None
) -> Run:
    """The run after a page of it; `following` is the token of the next, `total` how many lines the
    platform says there are on all pages, if it does. A fault is its `trouble`."""
    page, token = _digest([dict(row) for row in rows]), following and _digest(following)
    known = not rows or page in run["seen"]
    # A page that came twice makes up for none that never came.
    told = run["told"] + (0 if known else len(rows))
    barren = run["barren"] + 1 if known else 0
    after = {**run, "page": following, "pages": run["pages"] + 1, "told": told, "barren": barren}
    after["seen"] = [*run["seen"], *([] if known else [page]), *([token] if token else [])]
    after.pop("trouble", None)
    if token is None:
        if total is not None and told < total:
            return _faulty(after, MISSING)
        return {**after, "state": "done", "seen": []}
    if token in run["seen"] or barren >= MOST_BARREN:
        return _faulty(after, ENDLESS)
    if after["pages"] >= MOST_PAGES:
        return {**_faulty(after, ENDLESS), "state": "stopped"}
    return after


def _faulty(run: Run, trouble: str) -> Run:
    """Once more from its start; or never again, where it was so too often."""
    faults = run["faults"] + 1
    run = {**from_its_start(run), "faults": faults, "late": run["late"] + 1, "trouble": trouble}
    return {**run, "state": "stopped"} if faults >= MOST_FAULTS else run


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
