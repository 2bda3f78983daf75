"""Every field of a JSON Schema by its path, at any depth: `schedule[].starts_at`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def fields_of(document: Schema) -> dict[str, bool]:
    """Path → whether it is required where what it is in is there.

    `[]` stands for each of a list, `{}` for each of a map. What goes on within itself is followed
    once.
    """
    found: dict[str, bool] = {}
    for path, required in _fields(document, document, "", ()):
        found[path] = required and found.get(path, True)
    return found


def _fields(
    schema: Any, document: Schema, path: str, within: tuple[str, ...]
) -> Iterator[tuple[str, bool]]:
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name and name not in within:
        yield from _fields(document["$defs"][name], document, path, (*within, name))
    for way in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _fields(way, document, path, within)
    needed = schema.get("required", ())
    for field, below in schema.get("properties", {}).items():
        at = f"{path}.{field}" if path else field
        yield at, field in needed
        yield from _fields(below, document, at, within)
    yield from _fields(schema.get("items"), document, f"{path}[]", within)
    yield from _fields(schema.get("additionalProperties"), document, f"{path}{{}}", within)
