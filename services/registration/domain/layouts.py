"""How certificates are laid out, as a course file says it: of a course, and of each of its boards.

A layout is words, a colour and a picture; everything is looked at here, before the course is
published, so that nothing is found wrong with it on the evening when certificates are made.
"""

from __future__ import annotations

import re
from typing import Any

from services.registration.domain.pictures import faults_of_picture
from services.registration.domain.reading import LONG, Node

Layout = dict[str, Any]
PAPERS = ("a4", "letter")
ORIENTATIONS = ("landscape", "portrait")
AA = 4.5  # WCAG 2.2, 1.4.3: what text needs against its ground
KNOWN = (
    "paper", "orientation", "accent", "heading", "certifies", "credit_line", "fine_print",
    "logo", "logo_alt", "signatory", "show_times", "mark_duplicates",
)  # fmt: skip
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_PLACE = re.compile(r"\{[^{}]*\}?|\}")
_FILLED = ("{credits}", "{unit}", "{board}")


def read_layout(node: Node, beneath: Layout | None = None) -> Layout | None:
    """A layout as `course.published` carries it; None where none is said.

    What it leaves open is taken from the one `beneath` it. Lengths: a heading 60 characters, so
    that it stands on one line; the line above the name 120; fine print 2,000.
    """
    if node.absent or not node.table():
        return beneath
    node.unknown(KNOWN)
    under = beneath or {}
    logo, alt = _logo(node)
    own: Layout = {
        "paper": _word(node.at("paper"), PAPERS),
        "orientation": _word(node.at("orientation"), ORIENTATIONS),
        "accent": _accent(node.at("accent")),
        "heading": node.at("heading").text(needed=False, most=60),
        "certifies": node.at("certifies").text(needed=False, most=120),
        "credit_line": _credit_line(node.at("credit_line")),
        "fine_print": node.at("fine_print").text(needed=False, most=2_000),
        "logo": logo,
        "logo_alt": alt,
        "signatory": _signatory(node.at("signatory")),
    }
    if not logo:
        own["logo"] = own["logo_alt"] = ""
    said = {name: value for name, value in own.items() if value}
    flags = {
        "show_times": node.at("show_times").flag(fallback=under.get("show_times", True)),
        "mark_duplicates": node.at("mark_duplicates").flag(
            fallback=under.get("mark_duplicates", False)
        ),
    }
    return {**own, **{name: value for name, value in under.items() if value}, **said, **flags}


def read_board_layout(own: Node, shared: Node, course: Layout | None) -> Layout | None:
    """The layout of a board: its own, above that of all boards (`board_defaults`).

    The course's lies below both, and stays there: whoever makes a certificate lays them together,
    field by field. Yes and no are the exception, for they cannot be left open in the contract.
    """
    flags = {name: course[name] for name in ("show_times", "mark_duplicates") if course is not None}
    if own.absent and shared.absent:
        return None
    return read_layout(own, read_layout(shared, flags or None))


def contrast(colour: str) -> float:
    """Of a colour such as `#0F6660` against white, from 1 to 21 (WCAG 2.2, relative luminance)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _word(node: Node, among: tuple[str, ...]) -> str:
    return "" if node.absent else node.choice(among, "")


def _accent(node: Node) -> str:
    colour = node.text(needed=False, most=20)
    if not colour:
        return ""
    if not _COLOUR.fullmatch(colour):
        node.wrong("A colour is written as #0F6660.")
        return ""
    found = contrast(colour)
    if found < AA:
        node.wrong(
            f"This colour is too pale to be read on white: its contrast is {found:.1f}, and "
            f"{AA} is needed."
        )
        return ""
    return colour.upper()


def _credit_line(node: Node) -> str:
    words = node.text(needed=False, most=300)
    for place in _PLACE.findall(words):
        if place not in _FILLED:
            node.wrong(f"What can be filled in here is {', '.join(_FILLED)}.")
            return ""
    return words


def _logo(node: Node) -> tuple[str, str]:
    picture, words = node.at("logo"), node.at("logo_alt")
    svg, alt = picture.text(needed=False, most=LONG), words.text(needed=False, most=200)
    for fault in faults_of_picture(svg) if svg else ():
        picture.wrong(fault)
    if svg and not alt:
        words.wrong("A logo is said in words too, for those who do not see it.")
    if alt and not svg:
        words.wrong("This says in words what a logo shows; there is no logo.")
    return svg, alt


def _signatory(node: Node) -> dict[str, str] | None:
    if node.absent or not node.table():
        return None
    node.unknown(("name", "title"))
    return {
        "name": node.at("name").text(most=200),
        "title": node.at("title").text(needed=False, most=200),
    }
