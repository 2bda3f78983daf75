"""All benchmarks that were asked for, one after the other, each in a process of its own.

One that fails is said so and the next begins; what was measured is written after each, so that an
interrupted run loses only what it was about.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from bench.catalogue import Bench
from bench.figures import Figure, loaded
from bench.machine import ROOT

LONGEST = 3 * 3600.0  # seconds: whatever takes longer hangs
ENDING = 90.0  # seconds that a benchmark may take to end what it has started
Say = Callable[[str], None]


@dataclass
class Outcome:
    """What has come of it so far. `failed`: name → why there are no figures of it."""

    short: bool
    figures: list[Figure] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def unmet(self) -> list[Figure]:
        """Those that were judged and are not as they should be."""
        return [one for one in self.figures if one.met is False]

    @property
    def good(self) -> bool:
        """All were measured, and no goal was missed."""
        return not self.failed and not self.unmet

    def told(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def run(
    benches: Sequence[Bench],
    say: Say,
    *,
    short: bool = False,
    rounds: int | None = None,
    file: Path | None = None,
    longest: float = LONGEST,
) -> Outcome:
    """Measure them. What they say themselves goes to standard error."""
    outcome, began = Outcome(short), monotonic()
    for place, bench in enumerate(benches):
        left = _left(benches[:place], benches[place:], outcome, short=short)
        say(f"[{place + 1}/{len(benches)}] {bench.name}: {bench.what}; {left}")
        since = monotonic()
        with TemporaryDirectory(prefix="holdfast-bench-") as directory:
            written = Path(directory) / "figures.json"
            command = [sys.executable, "-m", bench.run_as, "--figures", str(written)]
            command += ["--short"] if short else []
            command += ["--rounds", str(rounds)] if rounds is not None else []
            why = _ended(command, longest)
            try:
                outcome.figures += loaded(written.read_text())
            except (OSError, ValueError) as unread:
                outcome.failed[bench.name] = why or f"no figures ({type(unread).__name__})"
        took = outcome.seconds[bench.name] = round(monotonic() - since, 1)
        if bench.name in outcome.failed:
            say(f"{bench.name} failed after {took:.0f} s: {outcome.failed[bench.name]}")
        if file is not None:
            file.write_text(outcome.told())
    say(f"{len(benches)} in {_minutes(monotonic() - began)}")
    return outcome


def read(files: Sequence[Path]) -> list[Figure]:
    """The figures of one or more results, the last word of each. Raises ValueError for another
    file, OSError for none."""
    found: dict[str, Figure] = {}
    for file in files:
        told: Any = json.loads(file.read_text())
        if not isinstance(told, dict) or "figures" not in told:
            raise ValueError(f"{file} is no result of the benchmarks")
        found |= {one.name: one for one in loaded(json.dumps(told["figures"]))}
    return list(found.values())


def _ended(command: Sequence[str], longest: float) -> str:
    """Waits for it; "" where its end says nothing, as 0 and a goal that was missed (1) do."""
    # A session of its own: Ctrl-C reaches us alone, and it is told once, by us. Told twice, it
    # would leave its servers behind.
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
    )
    try:
        code = process.wait(longest)
    except subprocess.TimeoutExpired:
        _end(process)
        return f"not done after {_minutes(longest)}"
    except BaseException:
        _end(process)
        raise
    return "" if code == 0 else f"exit code {code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """So that it ends its servers too; by force where it does not."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(ENDING)
    process.kill()
    process.wait()


def _left(done: Sequence[Bench], rest: Sequence[Bench], outcome: Outcome, *, short: bool) -> str:
    """By what they usually take, and by how much longer those before have taken."""
    usual = 60 * sum(one.minutes[short] for one in done)
    took = sum(outcome.seconds[one.name] for one in done)
    pace = took / usual if usual else 1.0
    return f"about {_minutes(pace * 60 * sum(one.minutes[short] for one in rest))} left"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
