"""A figure: what was measured beside what, round by round, on which machine, by which command.

The figure is the median of its rounds, never the best (of what must not happen at all it is the
worst). Ratios are per cent of the bare reference's
speed, the larger the better also of times, each of two values of one round; theirs is the median
too, so it need not be the ratio of the two medians. A figure of fewer than three rounds, or of a
size that only shows that all runs (`--short`), is not judged.
"""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.goals import ROUNDS, Spec
from bench.machine import Machine

Size = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One line of the table, and all that is behind it."""

    name: str
    what: str
    beside: str  # what the bare reference is
    unit: str
    ours: float
    bare: float | None
    ratio: float | None  # per cent
    goal: str
    met: bool | None  # None: there is no goal, or it is not judged
    short: bool
    command: str
    rounds: list[dict[str, float]]  # ours, bare
    size: dict[str, Any]
    load_before: float
    load_after: float
    processors: int
    commit: str
    date: str


def of(
    spec: Spec,
    machine: Machine,
    size: Size,
    ours: Sequence[float],
    bare: Sequence[float] = (),
    *,
    short: bool = False,
) -> Figure:
    """The figure of so many rounds. Raises ValueError where there is no round, or where the
    reference has another number of them."""
    rounds = [{"ours": one} for one in ours]
    if bare:
        pairs = zip(ours, bare, strict=True)
        rounds = [{"ours": one, "bare": other} for one, other in pairs]
    middle = max if spec.worst else median
    value = middle(ours)
    ratios = [ratio for one in rounds if (ratio := _ratio(one, less=spec.less)) is not None]
    ratio = median(ratios) if ratios else None
    judged = ratio if spec.goal is not None and spec.goal.of == "ratio" else value
    met = None
    if spec.goal is not None and judged is not None and len(rounds) >= ROUNDS and not short:
        met = spec.goal.met(judged)
    return Figure(
        name=spec.name,
        what=spec.what,
        beside=spec.bare,
        unit=spec.unit,
        ours=round(value, 2),
        bare=round(middle(bare), 2) if bare else None,
        ratio=None if ratio is None else round(ratio, 1),
        goal=spec.goal.words(spec.unit) if spec.goal is not None else "",
        met=met,
        short=short,
        command=machine.command,
        rounds=[{name: round(one[name], 3) for name in one} for one in rounds],
        size=dict(size),
        load_before=machine.load_before,
        load_after=machine.load_now(),
        processors=machine.processors,
        commit=machine.commit,
        date=machine.date,
    )


def _ratio(one: Mapping[str, float], *, less: bool) -> float | None:
    over, under = ("bare", "ours") if less else ("ours", "bare")
    return 100 * one[over] / one[under] if "bare" in one and one[under] else None


def per_cent(ours: Iterable[float], bare: Iterable[float]) -> float:
    """The median of what each round came to, in per cent, where more is better."""
    pairs = zip(ours, bare, strict=True)
    return round(median(100 * one / other for one, other in pairs), 1)


def parsed(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, short: Size
) -> argparse.Namespace:
    """What was asked for; with `--short`, of what was not said that much. From here on SIGTERM ends
    the benchmark as Ctrl-C does: with what it has started."""
    parser.add_argument("--figures", type=Path, help="also write them as JSON, in the common shape")
    parser.add_argument(
        "--short", action="store_true", help="only whether it runs: small, judged by nobody"
    )
    if parser.parse_args(arguments).short:
        parser.set_defaults(**short)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return parser.parse_args(arguments)


def keep(wanted: argparse.Namespace, figures: Iterable[Figure]) -> None:
    """Write them where `--figures` says."""
    if wanted.figures is not None:
        wanted.figures.write_text(dumped(figures))


def dumped(figures: Iterable[Figure]) -> str:
    """As JSON, a list."""
    return json.dumps([asdict(one) for one in figures], indent=1, ensure_ascii=False) + "\n"


def loaded(text: str) -> list[Figure]:
    """Raises ValueError for what is no list of figures."""
    try:
        return [Figure(**one) for one in json.loads(text)]
    except TypeError as why:
        raise ValueError(f"no list of figures: {why}") from why
