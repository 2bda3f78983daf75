"""Contracts as they were released, kept for good, and whether today's still keep each of them.

`python -m shared.contracts.released keep VERSION` keeps today's as that version, `check` says what
today's would break of any of them. Stricter than the record of `schemas`: nothing that was released
is taken away, not even what was never required, for a partner may have asked for it by name.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.event import Event
from shared.contracts.fields import fields_of
from shared.contracts.schemas import backward, example_of, forward, is_read, schema_of
from shared.contracts.to_partners import ALL

FOLDER = Path(__file__).with_name("released")
REMEDY = (
    "What was released stays. Take the change back, or leave the event as it is and say a new one "
    "beside it (a class of its own, whose type ends in the next number)."
)
Said = Mapping[str, Any]


def released() -> dict[str, dict[str, Said]]:
    """By version, in order: each type with its topic, key, schema and example."""
    paths = sorted(FOLDER.glob("*.json"), key=lambda path: _numbers(path.stem))
    return {path.stem: json.loads(path.read_text()) for path in paths}


def today() -> dict[str, Said]:
    """The same of the code."""
    return {kind: _said(event) for kind, event in ALL.items()}


def faults(then: Mapping[str, Mapping[str, Said]], now: Mapping[str, Said]) -> list[str]:
    """What `now` breaks of each version, in words; empty where nothing."""
    return [
        f"{kind} of {version}: {fault}"
        for version, events in then.items()
        for kind, old in events.items()
        for fault in (_breaks(kind, old, now[kind]) if kind in now else ["it is gone"])
    ]


def _breaks(kind: str, old: Said, new: Said) -> Iterator[str]:
    for name in ("topic", "key"):
        if old[name] != new[name]:
            yield f"its {name} was {old[name]}, and is {new[name]}"
    yield from _fields_lost(fields_of(old["schema"]), fields_of(new["schema"]))
    if not backward(old["schema"], new["schema"]):
        yield "what was written then could not be read any more"
    if not forward(old["schema"], new["schema"]):
        yield "who reads it by then's schema could not read what is said now"
    for example in _written(old) if kind in ALL else ():
        if not is_read(ALL[kind], example):
            yield f"the model refuses what was written then: {json.dumps(example)[:200]}"


def _fields_lost(before: Mapping[str, bool], after: Mapping[str, bool]) -> Iterator[str]:
    for path in sorted(before.keys() - after.keys()):
        yield f"{path} is gone"
    for path, required in sorted(after.items()):
        if required and not before.get(path, not _holder_was(path, before)):
            yield f"{path} is required, and was not"


def _holder_was(path: str, before: Mapping[str, bool]) -> bool:
    """Whether what that field is in was there: within what is new, everything may be required."""
    holder = path.rpartition(".")[0].rstrip("[]{}")
    return not holder or holder in before


def _written(old: Said) -> Iterator[Said]:
    """The example, and what may have been written without any that was not required."""
    example, needed = old["example"], set(old["schema"].get("required", ()))
    yield example
    yield {name: value for name, value in example.items() if name in needed}
    for name in sorted(example.keys() - needed):
        yield {other: value for other, value in example.items() if other != name}


def _said(event: type[Event]) -> Said:
    key = event.key if isinstance(event.key, str) else "/".join(event.key)
    schema, example = schema_of(event), example_of(event)
    return {"topic": event.topic, "key": key, "schema": schema, "example": example}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _keep(version: str) -> list[str]:
    path = FOLDER / f"{version}.json"
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return [f"{version} is no version; use one such as 1.2.0"]
    if path.exists():
        return [f"{version} is kept already; give this one the next number"]
    found = faults(released(), today())
    if not found:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(json.dumps(today(), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return found


def main(words: list[str]) -> int:
    """Keep or check; 1 with what is wrong."""
    match words:
        case ["check"]:
            found = faults(released(), today())
        case ["keep", version]:
            found = _keep(version)
        case _:
            sys.stderr.write("usage: python -m shared.contracts.released check | keep VERSION\n")
            return 2
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    if found:
        sys.stdout.write(f"{REMEDY}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
