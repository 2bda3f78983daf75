"""What jsoncompat does not see: a text's `format` and `pattern`, which the models do enforce.

A reader that wants a `date-time` refuses `2020-10-05`; one that wants a slug refuses a sentence. So
wherever a reader asks for a format or a pattern that the writer did not keep to, it is broken.
Whether one pattern allows all that another does is not worked out: another pattern is a break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
_Pair = tuple[str, str]


def reads(written: Schema, reader: Schema) -> bool:
    """Whether texts written by one schema have the formats and patterns of the other."""
    return _Reading(written, reader).fits(written, reader)


class _Reading:
    """Two documents, for references lead into them, and those looked at already."""

    def __init__(self, written: Schema, reader: Schema) -> None:
        self._written, self._reader = written, reader
        self._seen: set[_Pair] = set()

    def fits(self, written: Any, reader: Any) -> bool:
        """Every way in which it may be written fits a way of the same type in which it is read.

        Where there is no way of that type, jsoncompat says so.
        """
        pair = (_reference(written), _reference(reader))
        if all(pair):
            if pair in self._seen:
                return True
            self._seen.add(pair)
        ways = list(_ways(reader, self._reader))
        for way in _ways(written, self._written):
            same = [other for other in ways if other.get("type") == way.get("type")]
            if same and not any(self._fits_one(way, other) for other in same):
                return False
        return True

    def _fits_one(self, written: Schema, reader: Schema) -> bool:
        kind = written.get("type")
        if kind == "string":
            return _text_fits(written, reader)
        if kind == "array":
            return self.fits(written.get("items"), reader.get("items"))
        if kind == "object":
            one, other = written.get("properties", {}), reader.get("properties", {})
            maps = "additionalProperties"
            return self.fits(written.get(maps), reader.get(maps)) and all(
                self.fits(one[name], other[name]) for name in one.keys() & other.keys()
            )
        return True


def _text_fits(written: Schema, reader: Schema) -> bool:
    asked = reader.get("pattern")
    values = written.get("enum", [written["const"]] if "const" in written else None)
    if asked is not None and values is not None:
        asked = None if all(re.search(asked, value) for value in values) else asked
    same_pattern = asked is None or asked == written.get("pattern")
    return same_pattern and reader.get("format") in (None, written.get("format"))


def _ways(schema: Any, document: Schema) -> Iterator[Schema]:
    """The alternatives of a schema, references followed."""
    if not isinstance(schema, dict):
        return
    name = _reference(schema)
    if name:
        yield from _ways(document["$defs"][name], document)
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _ways(one, document)
    if "type" in schema:
        yield schema


def _reference(schema: Any) -> str:
    found = schema.get("$ref", "") if isinstance(schema, dict) else ""
    return str(found).removeprefix("#/$defs/")
