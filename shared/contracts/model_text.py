"""JSON Schemas as classes in Python: the text of them, as the formatter would have it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]
_PLAIN = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "array": "tuple",
    "object": "dict",
    "Any": "Any",
}
_FORMATS = {"date-time": "AwareDatetime", "date": "date", "decimal": "Decimal"}


def fields_text(fields: Mapping[str, Schema], needed: Sequence[str]) -> list[str]:
    """A line each, those first that have to be there; the others are None where they are not."""
    ordered = sorted(fields.items(), key=lambda each: each[0] not in needed)
    return [_field(name, type_of(schema), name in needed) for name, schema in ordered]


def _field(name: str, kind: str, needed: bool) -> str:
    if needed:
        return f"{name}: {kind}"
    none = "" if "None" in kind.split(" | ") else " | None"
    return f"{name}: {kind}{none} = None"


def type_of(schema: Schema) -> str:
    """A schema as a type in Python. Raises ValueError for a form that no event has had so far."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix("#/$defs/")
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(each) for each in schema["anyOf"]))
    unknown = {"enum", "const", "oneOf", "allOf", "prefixItems", "properties"} & schema.keys()
    kind = schema.get("type", "Any")
    if unknown or kind not in _PLAIN:
        raise ValueError(f"no type is known for {dict(schema)}")
    if kind == "array":
        return f"tuple[{type_of(schema.get('items', {}))}, ...]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {type_of(inner) if isinstance(inner, Mapping) else 'Any'}]"
    return _FORMATS.get(schema.get("format", ""), _PLAIN[kind])


def class_text(name: str, base: str, about: str, body: Sequence[str]) -> str:
    """A class with its docstring: `about`, a paragraph each."""
    lines = [f"class {name}({base}):"]
    if about:
        lines += [*_docstring(about), ""]
    lines += [f"    {line}" if line else "" for line in body or ["pass"]]
    return "\n".join(lines) + "\n"


def _docstring(about: str) -> list[str]:
    paragraphs = [
        textwrap.wrap(re.sub(r"\s+", " ", each), 92) for each in about.split("\n\n") if each.strip()
    ]
    flat = [line for each in paragraphs for line in ["", *each]][1:]
    if len(flat) == 1 and len(flat[0]) <= 90:
        return [f'    """{flat[0]}"""']
    return [f'    """{flat[0]}', *(f"    {line}" if line else "" for line in flat[1:]), '    """']
