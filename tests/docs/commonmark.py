"""CommonMark, as docs/ is written, made into what Python-Markdown reads the same way.

The two differ in what people write without a thought: how far the lines of a list are indented (to
the text behind the marker there, four blanks here), and whether a list or a table may follow a line
of prose without an empty line between them.
"""

from __future__ import annotations

import re

from tests.docs.blocks import parsed

_MARKER = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?: {1,4}(?=\S)| |$)")


def for_python_markdown(text: str) -> str:
    """The same page; lines of code move with the list that they are in, and are not changed."""
    lines = text.split("\n")
    inside, apart = _found(text, lines)
    widths: dict[int, int] = {}  # an item's first line → where its text begins
    made: list[str] = []
    for number, line in enumerate(lines):
        if number in apart and made and made[-1].strip():
            made.append("")
        around = [begin for begin in inside[number] if begin != number]
        rest = _within(line, widths[around[-1]] if around else 0)
        if number in inside[number]:
            marker = _MARKER.match(rest)
            assert marker, f"line {number + 1} begins an item of a list, and has no marker"
            widths[number] = len(line) - len(rest) + marker.end()
        made.append("    " * len(around) + rest if rest.strip() else "")
    return "\n".join(made)


def _found(text: str, lines: list[str]) -> tuple[list[list[int]], set[int]]:
    """For each line the first lines of the items that it is in, outermost first; and the lines
    before which one is left empty: where something begins that is in no list, and an item behind
    one that has an empty line itself."""
    inside: list[list[int]] = [[] for _ in lines]
    apart: set[int] = set()
    before: dict[int, int] = {}  # how deep a list is → the first line of its last item
    for token in parsed(text):
        if token.map is None:
            continue
        begin, end = token.map
        if token.type.endswith("_list_open"):
            before.pop(token.level + 1, None)
        if token.type == "list_item_open":
            last = before.get(token.level, begin)
            if not all(line.strip() for line in lines[last:begin]):
                apart.add(begin)
            before[token.level] = begin
            for number in range(begin, end):
                inside[number].append(begin)
        if token.level == 0:
            apart.add(begin)
    return inside, apart


def _within(line: str, width: int) -> str:
    """What a line says, without the indentation of the item that it is in."""
    return line[width:] if not line[:width].strip() else line.lstrip(" ")
