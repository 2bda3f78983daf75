"""A JSON Schema as a table of fields: what each is called, what it may hold, whether it is there.

For the pages of developers. Whatever it names beside itself is a part, with a table of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
_LONGEST_DEFAULT = 40
_BOUNDS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minItems", "at least {}"),
    ("maxItems", "at most {}"),
    ("pattern", "matches {}"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of what a field holds; `part` is the part it names, or empty."""

    text: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """`holds` in pieces, `notes` its bounds and default, `about` its description."""

    name: str
    holds: tuple[Piece, ...]
    required: bool
    notes: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Shape:
    """`name` is empty for the whole. `holds` says what it is where it has no fields."""

    name: str
    about: str
    fields: tuple[Field, ...]
    holds: tuple[Piece, ...]


def shape_of(schema: Schema, name: str = "") -> Shape:
    """The fields of one schema, those that must be there first."""
    needed = schema.get("required", ())
    fields = [
        Field(field, holds(said), field in needed, notes(said), str(said.get("description", "")))
        for field, said in schema.get("properties", {}).items()
    ]
    fields.sort(key=lambda field: not field.required)
    about = str(schema.get("description", ""))
    return Shape(name, about, tuple(fields), () if fields else holds(schema))


def parts_of(schemas: list[Schema], known: Mapping[str, Schema]) -> list[Shape]:
    """Every part that they name, and the parts of these, in the order in which they are met."""
    met: dict[str, None] = {}
    waiting = [name for schema in schemas for name in _named(schema)]
    while waiting:
        name = waiting.pop(0)
        if name not in met and name in known:
            met[name] = None
            waiting += _named(known[name])
    return [shape_of(known[name], name) for name in met]


def holds(schema: Schema) -> tuple[Piece, ...]:
    """What a value may be, in words: `list of Line`, `string, date-time`, `Tender or null`."""
    ways = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    if "$ref" in schema:
        name = part_of(schema["$ref"])
        return (Piece(name, name),)
    if ways:
        return _joined([holds(way) for way in ways])
    if "const" in schema:
        return (Piece(json.dumps(schema["const"])),)
    if "enum" in schema:
        return (Piece(" or ".join(json.dumps(value) for value in schema["enum"])),)
    return _plain(schema)


def _plain(schema: Schema) -> tuple[Piece, ...]:
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return (Piece(" or ".join(kind)),)
    if kind == "array":
        return (Piece("list of "), *holds(schema.get("items", {})))
    maps = schema.get("additionalProperties")
    if kind == "object" and isinstance(maps, Mapping):
        return (Piece("map of "), *holds(maps))
    return (Piece(f"{kind}, {schema['format']}" if "format" in schema else str(kind)),)


def _joined(ways: list[tuple[Piece, ...]]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for way in dict.fromkeys(ways):
        pieces += [Piece(" or "), *way] if pieces else way
    return tuple(pieces)


def notes(schema: Schema) -> tuple[str, ...]:
    """Bounds, and what holds where it is not there; of a default only what is worth reading."""
    found = [words.format(schema[name]) for name, words in _BOUNDS if name in schema]
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if most is not None:
        found.insert(0, f"{least} to {most} characters" if least else f"at most {most} characters")
    elif least:
        found.insert(0, "not empty" if least == 1 else f"at least {least} characters")
    default = schema.get("default")
    if default not in (None, "", [], {}):
        text = json.dumps(default, ensure_ascii=False)
        found.append(f"default {text}" if len(text) <= _LONGEST_DEFAULT else "has a default")
    return tuple(found)


def part_of(reference: str) -> str:
    """`Line` of `#/$defs/Line` or `#/components/schemas/Line`."""
    return reference.rsplit("/", 1)[-1]


def _named(schema: Any) -> list[str]:
    return list(_references(schema))


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)
    elif isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield part_of(schema["$ref"])
        for each in schema.values():
            yield from _references(each)
