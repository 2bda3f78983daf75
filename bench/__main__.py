"""`make bench`: every figure beside its bare reference, measured in the same run.

    python -m bench [NAMES...] [--short] [--rounds N] [--json FILE]
    python -m bench --list
    python -m bench --write docs/performance.md --from FILE...

Exit code 0: all that was asked for is measured, and no goal was missed; 1: not so.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import runs
from bench.catalogue import ALL, Bench, named
from bench.table import placed, table


def main(arguments: Sequence[str] | None = None, among: tuple[Bench, ...] = ALL) -> int:
    """Run them, or write what was measured into a document."""
    wanted = _parsed(arguments, among)
    if wanted.list:
        for one in among:
            full, short = one.minutes
            print(f"{one.name:<16}{one.what} (about {full:g} min, short {short:g})")
        return 0
    if wanted.write is not None:
        return _write(wanted.write, wanted.sources)
    outcome = runs.run(
        named(wanted.names, among),
        lambda text: print(text, file=sys.stderr, flush=True),
        short=wanted.short,
        rounds=wanted.rounds,
        file=wanted.json,
    )
    _tell(outcome)
    return 0 if outcome.good else 1


def _tell(outcome: runs.Outcome) -> None:
    print(table(outcome.figures, ()))
    for name, why in outcome.failed.items():
        print(f"Not measured: {name} ({why})")
    for one in outcome.unmet:
        ratio = f", {one.ratio:g} % of {one.beside}" if one.ratio is not None else ""
        print(f"Not met: {one.name} is {one.ours:,g} {one.unit}{ratio}; wanted: {one.goal}")
    if outcome.short:
        print("Short: whether all of it runs, and nothing else.")


def _parsed(arguments: Sequence[str] | None, among: tuple[Bench, ...]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; all, where none is named")
    parser.add_argument("--list", action="store_true", help="say which there are")
    parser.add_argument("--short", action="store_true", help="small: only whether all of it runs")
    parser.add_argument("--rounds", type=int, help="of each; fewer than three are not judged")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was measured")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="put the table there instead")
    parser.add_argument(
        "--from", dest="sources", type=Path, nargs="+", default=[], metavar="FILE",
        help="of --write: what --json wrote; of several the last word of each figure",
    )  # fmt: skip
    wanted = parser.parse_args(arguments)
    try:
        named(wanted.names, among)
    except KeyError as why:
        parser.error(f"there is no benchmark {why.args[0]}; --list says which there are")
    if wanted.rounds is not None and wanted.rounds < 1:
        parser.error("--rounds: at least one")
    if wanted.sources and wanted.write is None:
        parser.error("--from goes with --write")
    return wanted


def _write(document: Path, sources: Sequence[Path]) -> int:
    try:
        document.write_text(placed(document.read_text(), table(runs.read(sources))))
    except (OSError, ValueError) as why:
        print(f"{document}: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, too
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None
