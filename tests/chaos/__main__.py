"""`make chaos SEEDS=1-20 MINUTES=3`: runs with these seeds, one after another, and their figures."""

import argparse
import asyncio
import logging
import resource
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from time import strftime
from typing import Any

from stack.profile import ROOT
from tests.chaos import small_disk
from tests.chaos.checkouts import checkout
from tests.chaos.faults import FAULTS
from tests.chaos.report import broken, never, summary, table
from tests.chaos.run import Wanted, run, save

# One of each sort, and none that takes long to come back from: `make test` has little time.
SHORT = (
    "service killed (-9)",
    "backend of Postgres killed (-9)",
    "connections cut",
    "database answers: disk full",
    "records said again, in another order",
)
LONGEST_REST = 1800.0  # seconds for all that comes before and after the faults
WORKERS = ("registration", "billing", "notifications")


def main() -> int:
    """0 where every run was good, and no fault of a long series was left out."""
    wanted = _arguments()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # Kafka is away: that is known here
    small_disk.enter(sys.argv[1:])
    some = wanted.only.lower().split(",")
    names = SHORT if wanted.short else [n for n in FAULTS if any(s in n.lower() for s in some)]
    told = []
    with checkout(wanted.previous) as previous:
        for seed in _seeds(wanted.seeds):
            _say(f"seed {seed}")
            one = Wanted(
                seed, wanted.minutes, names, WORKERS, previous, wanted.once, wanted.at_once
            )
            one = replace(one, keep=wanted.out)
            if wanted.short:
                one = replace(one, workers=(), once=True, at_once=4, waits=12)
            try:
                told.append(asyncio.run(_bounded(one)))
            except (Exception, SystemExit) as why:  # the other seeds may say more
                traceback.print_exc()
                told.append(broken(seed, why))
            finally:
                save(told, wanted.out / "chaos.json")
            _say(f"seed {seed}: {'good' if told[-1]['ok'] else 'BROKEN'}")
    text = f"{table(told)}\n\n{summary(told)}\nProcessors were busy for {_busy():.0f} s.\n"
    left_out = never(told, names)
    if left_out:
        text += f"Never struck: {', '.join(left_out)}.\n"
    (wanted.out / "chaos.md").write_text(text)
    print(text)
    return 0 if all(one["ok"] for one in told) and not left_out else 1


async def _bounded(one: Wanted) -> dict[str, Any]:
    """A run that ends in any case, and in order also where it is asked to stop."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with asyncio.timeout(60 * one.minutes + LONGEST_REST):
        return await run(one, _say)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", default="1", help="such as 7, or 1,5,9, or 1-20")
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--only", default="", help="faults whose name has this, or that, in it")
    parser.add_argument("--at-once", type=int, default=8, help="people at a time")
    parser.add_argument("--short", action="store_true", help="a few faults, each once")
    parser.add_argument(
        "--once", action="store_true", help="each fault once, however long it takes"
    )
    parser.add_argument("--previous", default="", help="a commit, whose workers run beside ours")
    parser.add_argument("--out", type=Path, default=ROOT / ".holdfast" / "chaos")
    return parser.parse_args()


def _busy() -> float:
    """Seconds of processors, of this program and of all that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _seeds(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    if dash:
        return list(range(int(first), int(last) + 1))
    return [int(one) for one in text.split(",")]


def _say(line: str) -> None:
    print(f"{strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
