"""Golden JSON schemas of all events, and whether a change keeps every reader and record working.

`python -m shared.contracts.schemas record` writes what changed, `check` says what would break.
Both directions, against every version ever recorded (libraries.md §6): a new reader reads old
events (backward), a reader from before, which ignores what it does not know, reads new ones
(forward). An incompatible change is a new class with a new type. What the schemas cannot say, the
recorded examples may: the model of today reads each.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from jsoncompat import check_compat
from pydantic import ValidationError

from shared.contracts.catalogue import EVENTS
from shared.contracts.event import Event
from shared.contracts.narrowing import reads

GOLDEN = Path(__file__).with_name("schemas.json")
Schema = dict[str, Any]


def schema_of(event: type[Event]) -> Schema:
    """The event's schema without the words in it: what is compared, not what is read."""
    schema: Schema = _bare(event.model_json_schema(mode="validation"))
    return schema


def example_of(event: type[Event]) -> Schema:
    """The event's example as a record holds it."""
    example: Schema = json.loads(event.model_validate(event.example).payload())
    return example


def recorded() -> dict[str, list[Schema]]:
    """By type: every version recorded, the one in force last."""
    golden: dict[str, list[Schema]] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    return golden


def backward(old: Schema, new: Schema) -> bool:
    """Whether a reader of `new` reads every event written as `old`."""
    return _compatible(close(old), new, "deserializer") and reads(old, new)


def forward(old: Schema, new: Schema) -> bool:
    """Whether a tolerant reader of `old` reads every event written as `new`."""
    return _compatible(old, new, "serializer") and reads(new, old)


def _compatible(old: Schema, new: Schema, role: Literal["serializer", "deserializer"]) -> bool:
    return bool(check_compat(json.dumps(_bare(old)), json.dumps(_bare(new)), role))


def breaks(kind: str, versions: list[Schema], new: Schema) -> list[str]:
    """What `new` would break, in words; empty where nothing."""
    found = []
    for number, old in enumerate(versions, start=1):
        if not backward(old, new):
            found.append(f"{kind}: records of version {number} could not be read any more")
        if not forward(old, new):
            found.append(f"{kind}: readers of version {number} could not read what is said now")
    return found


def unread(event: type[Event], versions: list[Schema]) -> list[str]:
    """Recorded examples that the model of today refuses, in words.

    The models of then are no more; of them only the schemas can tell.
    """
    return [
        f"{event.type}: the example of version {number} is not read any more"
        for number, old in enumerate(versions, start=1)
        for example in old.get("examples", ())
        if not is_read(event, example)
    ]


def is_read(event: type[Event], example: Mapping[str, Any]) -> bool:
    """Whether the model of today takes that for a record's value."""
    try:
        event.read(json.dumps(example))
    except ValidationError:
        return False
    return True


def faults(golden: dict[str, list[Schema]]) -> list[str]:
    """All that is wrong between the record and the code, in words."""
    found = [f"{kind}: recorded, but no such event is left" for kind in golden.keys() - EVENTS]
    for kind, event in EVENTS.items():
        new, versions = schema_of(event), golden.get(kind, [])
        found += breaks(kind, versions, new) + unread(event, versions)
        if not versions or _bare(versions[-1]) != new:
            found.append(
                f"{kind}: not as recorded; run `python -m shared.contracts.schemas record`"
            )
    return sorted(found)


def close(schema: Any) -> Any:
    """The same schema with every object closed: what a writer of it may really have written."""
    if isinstance(schema, list):
        return [close(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(each) for name, each in schema.items()}
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed


def _bare(schema: Any, names: bool = False) -> Any:
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _bare(each, names=not names and name in {"properties", "$defs"})
        for name, each in schema.items()
        if names or name not in {"title", "description", "examples"}
    }


def _record() -> list[str]:
    golden = recorded()
    refused = [
        fault
        for kind, event in EVENTS.items()
        for fault in (
            *breaks(kind, golden.get(kind, []), schema_of(event)),
            *unread(event, golden.get(kind, [])),
        )
    ]
    if refused:
        return refused
    for kind, event in EVENTS.items():
        versions = golden.setdefault(kind, [])
        if not versions or _bare(versions[-1]) != schema_of(event):
            versions.append(schema_of(event) | {"examples": [example_of(event)]})
    GOLDEN.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")
    return []


def main(words: list[str]) -> int:
    if words not in (["record"], ["check"]):
        sys.stderr.write("usage: python -m shared.contracts.schemas record|check\n")
        return 2
    found = _record() if words == ["record"] else faults(recorded())
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
