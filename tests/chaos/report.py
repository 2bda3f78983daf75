"""What runs came to, as rows of Markdown: each fault, how often it struck, what was lost or doubled
in the runs in which it did, and the longest recovery from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

HEAD = (
    "| fault | struck | in runs | lost | doubled | longest recovery |\n"
    "|---|---:|---:|---:|---:|---:|"
)
SERIES = 20  # runs of three minutes, after which every fault has met somebody


def broken(seed: int, why: BaseException) -> dict[str, Any]:
    """A run that came to no end: it says nothing, and is not good."""
    said = f"{type(why).__name__}: {why}"[:2000]
    return {"seed": seed, "ok": False, "broke": said, "load": {}, "faults": [], "findings": []}


def table(runs: Sequence[dict[str, Any]]) -> str:
    """All runs together, by fault; a loss counts for every fault of its run."""
    names = sorted({one["fault"] for run in runs for one in run["faults"]})
    return "\n".join([HEAD, *(_row(name, runs) for name in names)])


def summary(runs: Sequence[dict[str, Any]]) -> str:
    """One line on all of it."""
    load: dict[str, int] = {}
    for run in runs:
        for what, count in run["load"].items():
            load[what] = load.get(what, 0) + count
    told = ", ".join(f"{count:,} {what}" for what, count in load.items())
    struck = sum(len(run["faults"]) for run in runs)
    good = sum(run["ok"] for run in runs)
    return f"{good} of {len(runs)} runs good: {struck} faults, {told}."


def never(runs: Sequence[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """Which of these faults struck in none of a series (of `SERIES` and more; in fewer, chance may
    well have left some out)."""
    if len(runs) < SERIES:
        return []
    struck = {one["fault"] for run in runs for one in run["faults"] if one["evidence"]}
    return [name for name in names if name not in struck]


def _row(name: str, runs: Sequence[dict[str, Any]]) -> str:
    mine = [run for run in runs if any(one["fault"] == name for one in run["faults"])]
    struck = [one for run in mine for one in run["faults"] if one["fault"] == name]
    recovered = [one["recovered"] for one in struck]
    lost, doubled = (_found(mine, kind) for kind in ("lost", "doubled"))
    longest = "never" if None in recovered else f"{max(recovered):.1f} s"
    fired = sum(bool(one["evidence"]) for one in struck)
    return f"| {name} | {fired} | {len(mine)} | {lost} | {doubled} | {longest} |"


def _found(runs: Sequence[dict[str, Any]], kind: str) -> int:
    return sum(one["kind"] == kind for run in runs for one in run["findings"])
