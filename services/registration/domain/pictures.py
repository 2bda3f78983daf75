"""Pictures that providers give, as SVG: drawn shapes, and nothing that acts, fetches or changes.

A list of what may be in it, not of what may not: SVG grows. Text is not in the list, for it would
need fonts; nor is `use`, with which a few lines become millions of shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

MOST = 20_000  # characters
SHAPES = 2_000
DEEP = 32
_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = frozenset(
    {
        *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("defs", "linearGradient", "radialGradient", "stop", "clipPath", "title", "desc"),
    }
)
_ELSEWHERE = re.compile(r"url\((?!\s*[\"']?\s*#)|https?:|data:|javascript:|@import", re.IGNORECASE)


def faults_of_picture(svg: str) -> Iterator[str]:
    """What keeps it from being printed, in words; nothing where it is well."""
    if len(svg) > MOST:
        yield f"A logo has at most {MOST:,} characters of SVG; this one has {len(svg):,}."
        return
    if re.search(r"<!(DOCTYPE|ENTITY)", svg, re.IGNORECASE):
        yield "A document type and entities are not read: leave them out of the SVG."
        return
    try:
        root = ET.fromstring(svg)  # noqa: S314 - short, and without entities (above)
    except (ET.ParseError, ValueError):
        yield "This cannot be read as SVG."
        return
    if root.tag != f"{_SVG}svg":
        yield 'The outermost element is <svg xmlns="http://www.w3.org/2000/svg">.'
        return
    if not _has_size(root):
        yield "A logo says how large it is: by viewBox, or by width and height."
    found = list(_within(root, 1))
    if len(found) > SHAPES:
        yield f"A logo has at most {SHAPES:,} shapes."
    if any(depth > DEEP for _, depth in found):
        yield f"Groups are nested at most {DEEP} deep."
    strange = sorted({_plain(one.tag) for one, _ in found if not _known(one)})
    if strange:
        yield (
            f"{', '.join(f'<{name}>' for name in strange[:5])} cannot be printed: a logo is drawn "
            "of paths and shapes (turn text into paths)."
        )
    if any(_acts(one) for one, _ in found):
        yield "A logo neither acts nor fetches anything: no scripts, no addresses, no other files."


def _within(one: ET.Element, depth: int) -> Iterator[tuple[ET.Element, int]]:
    waiting = [(one, depth)]
    while waiting:
        element, at = waiting.pop()
        yield element, at
        waiting += [(child, at + 1) for child in element]


def _has_size(root: ET.Element) -> bool:
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sides = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]
    sizes = [re.fullmatch(r"(\d+(?:\.\d+)?)(px|pt|mm|cm|in)?", side) for side in sides]
    return all(size is not None and 0 < float(size[1]) <= 100_000 for size in sizes)


def _known(one: ET.Element) -> bool:
    return isinstance(one.tag, str) and one.tag.startswith(_SVG) and _plain(one.tag) in _DRAWN


def _plain(tag: object) -> str:
    return str(tag).rpartition("}")[2][:30]


def _acts(one: ET.Element) -> bool:
    return any(
        _plain(name).lower().startswith("on")
        or (_plain(name) == "href" and not value.startswith("#"))
        or _ELSEWHERE.search(value)
        for name, value in one.attrib.items()
    )
