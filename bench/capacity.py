"""How many processes, partitions and bytes a session day of so many learners takes: a model.

    python -m bench.capacity --learners 1000000 [--share 1.0] [--days 365]
                             [--from FILE…] [--story FILE]
    python -m bench.capacity --write docs/capacity.md [--from …] [--story …]

Coefficients are measured; each says by what, and one that nobody has measured is not known, and
what follows from it neither. `--from` names results of `python -m bench --json`, `--story` what
`python -m bench.story --json` said: their figures take the place of those that stand here.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import runs
from bench.coefficients import FIGURES, KNOWN, ONE, Known
from bench.figures import Figure
from bench.table import placed
from shared.contracts.topics import TOPICS

MARK = "capacity"
EXAMPLES = (10_000, 100_000, 1_000_000)
COMING = 300.0  # seconds within which the learners of a session come
MAILS = 1_800.0  # ... within which a reminder is with all of them
DONE = 600.0  # ... after a session's end until everybody has their certificate
BUSY = 0.7  # of what a process can do is planned for
SPARE = 2  # partitions for each worker of the largest group, so that it can grow once more
STEP = max(topic.partitions for topic in TOPICS)  # partitions of a busy topic as it is made
COPIES = 3  # of what is in Kafka


@dataclass(frozen=True)
class Needs:
    """What a session day takes; None where a coefficient is not known. Bytes are of all days."""

    learners: int
    attendance_apis: int | None
    attendance_workers: int | None
    certificates_workers: int | None
    notifications_workers: int | None
    other_workers: int | None  # of each other service
    relays: int | None  # in all; workers have one each
    partitions: int | None  # of a busy topic
    cores: float | None  # busy all day long: the mean
    database_bytes: Mapping[str, int | None]
    kafka_bytes: int | None


def needs(
    learners: int, known: Mapping[str, Known] = KNOWN, *, share: float = 1.0, days: int = 1
) -> Needs:
    """Of so many learners a day, a `share` of whom come at the same time; what databases keep is of
    so many `days`. Raises ValueError for fewer than one, or a share that is none."""
    if learners < 1 or days < 1 or not 0 < share <= 1:
        raise ValueError("at least one learner and one day, and a share of more than 0, at most 1")
    at_once = learners * share
    hearing = _processes(at_once, known["events"], known["handling"], DONE)
    storing = _processes(at_once, known["certificates"], known["storing"], DONE)
    sending = _processes(at_once, ONE, known["sending"], MAILS)
    groups = [hearing, storing, sending]
    workers = None if None in groups else max(one for one in groups if one is not None)
    cpu = known["cpu"].value
    return Needs(
        learners=learners,
        attendance_apis=_processes(at_once, known["observations"], known["observing"], COMING),
        attendance_workers=hearing,
        certificates_workers=storing,
        notifications_workers=sending,
        other_workers=hearing,
        relays=_processes(at_once, known["events"], known["relaying"], DONE),
        partitions=None if workers is None else STEP * math.ceil(SPARE * workers / STEP),
        cores=None if cpu is None else round(learners * cpu / 1000 / 86_400, 2),
        database_bytes={
            name.removeprefix("bytes."): _bytes(one, learners * days)
            for name, one in known.items()
            if name.startswith("bytes.") and name != "bytes.kafka"
        },
        kafka_bytes=_bytes(known["bytes.kafka"], COPIES * learners * days),
    )


def _processes(learners: float, each: Known, rate: Known, seconds: float) -> int | None:
    if each.value is None or rate.value is None:
        return None
    return max(1, math.ceil(learners * each.value / seconds / (rate.value * BUSY)))


def _bytes(each: Known, many: int) -> int | None:
    return None if each.value is None else round(each.value * many)


def measured(
    known: Mapping[str, Known],
    found: Iterable[Figure] = (),
    story: Mapping[str, Any] | None = None,
) -> dict[str, Known]:
    """The same with what was measured since, each with where it is from. Short figures are none."""
    made = dict(known)
    by_name = {one.name: one for one in found if not one.short}
    for name, figure in FIGURES.items():
        if figure in by_name:
            one = by_name[figure]
            made[name] = replace(
                made[name], value=one.ours, source=f"{figure}, {one.date}, commit {one.commit}"
            )
    if "day.refused" in by_name and by_name["day.refused"].met:
        rate = float(by_name["day.refused"].size["rate"])
        source = f"day.refused, {by_name['day.refused'].date}: so many at least"
        made["observing"] = replace(made["observing"], value=rate, source=source)
    if story is not None:
        told = [one["ours"] for one in story["rounds"]]
        middle = sorted(told, key=lambda one: float(one["cpu_ms_all"]))[len(told) // 2]
        source = f"bench.story, {middle['learners']:,} learners"
        made["cpu"] = replace(made["cpu"], value=middle["cpu_ms_all"], source=source)
        for name, size in middle["bytes"].items():
            if f"bytes.{name}" in made:
                made[f"bytes.{name}"] = replace(made[f"bytes.{name}"], value=size, source=source)
    return made


def table(known: Mapping[str, Known]) -> str:
    """The coefficients, and the examples, in Markdown."""
    rows = ["| coefficient | what | value | from |", "| --- | --- | ---: | --- |"]
    for name, one in known.items():
        value = (
            "not measured" if one.value is None else f"{one.value:,g}{one.unit and ' '}{one.unit}"
        )
        rows.append(f"| `{name}` | {one.what} | {value} | {one.source} |")
    examples = [needs(learners, known) for learners in EXAMPLES]
    rows += ["", "| all at the same time | " + " | ".join(f"{n:,}" for n in EXAMPLES) + " |"]
    rows.append("| --- |" + " ---: |" * len(EXAMPLES))
    for what, cells in _cells(examples):
        rows.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _cells(examples: list[Needs], days: int = 1) -> list[tuple[str, list[str]]]:
    kept = "a day" if days == 1 else f"{days} days"
    counts = {
        "attendance, role `api`": "attendance_apis",
        "attendance, role `worker`": "attendance_workers",
        "certificates, role `worker`": "certificates_workers",
        "notifications, role `worker`": "notifications_workers",
        "each other service, role `worker`": "other_workers",
        "relays (each worker has one)": "relays",
        "partitions of a busy topic": "partitions",
        "cores, the mean of a day": "cores",
    }
    rows = [
        (what, [_told(getattr(one, name)) for one in examples]) for what, name in counts.items()
    ]
    for name in examples[0].database_bytes:
        sizes = [_size(one.database_bytes[name]) for one in examples]
        rows.append((f"database of {name}, {kept}", sizes))
    rows.append((f"Kafka, {COPIES} copies, {kept}", [_size(one.kafka_bytes) for one in examples]))
    return rows


def _told(value: float | None) -> str:
    return "not known" if value is None else f"{value:,g}"


def _size(value: int | None) -> str:
    return "not known" if value is None else f"{value / 1e9:,.1f} GB"


def main(arguments: list[str] | None = None) -> int:
    """Say it, or write it into a document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--learners", type=int, default=EXAMPLES[-1], help="of a session day")
    parser.add_argument("--share", type=float, default=1.0, help="of them come at the same time")
    parser.add_argument("--days", type=int, default=1, help="such days that databases keep")
    parser.add_argument("--from", dest="sources", type=Path, nargs="+", default=[], metavar="FILE")
    parser.add_argument("--story", type=Path, metavar="FILE")
    parser.add_argument("--write", type=Path, metavar="FILE.md")
    wanted = parser.parse_args(arguments)
    try:
        story = json.loads(wanted.story.read_text()) if wanted.story is not None else None
        known = measured(KNOWN, runs.read(wanted.sources), story)
        if wanted.write is not None:
            text = placed(wanted.write.read_text(), table(known), MARK)
            wanted.write.write_text(text)
            return 0
        told = needs(wanted.learners, known, share=wanted.share, days=wanted.days)
    except (OSError, ValueError) as why:
        sys.stderr.write(f"{why}\n")
        return 1
    print("\n".join(f"{what}: {cells[0]}" for what, cells in _cells([told], wanted.days)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
