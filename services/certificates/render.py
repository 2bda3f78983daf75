"""Certificates as PDF: Typst templates, fonts that come with them, no network, no clock.

The same page gives the same bytes: the date is in the page, the QR's mask is fixed, and the page
names the template it was made for. Rendering releases the GIL, so it runs in threads; each has its
own compilers.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
import structlog
import typst
from pydantic_core import to_json

from services.certificates.domain.glyphs import lacking, missing_in, without
from shared.fonts import FONTS

log = structlog.get_logger(__name__)
_HERE = Path(__file__).parent
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_TEMPLATES = {1: "certificate.typ", 2: "certificate-2.typ", 3: "certificate-3.typ"}
CONFORMANCE: tuple[str, ...] = ("PDF/A-2a", "PDF/UA-1")
NONE: tuple[str, ...] = ()
_LOOKS = 8
NO_LOGO = "layout: the logo cannot be drawn"
_QUIET = 4  # modules around a code
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{wide}" class="segno">'
    '<path class="qrline" stroke="#1d2733" d="{path}"/></svg>\n'
)
_own = threading.local()


@dataclass(frozen=True)
class Rendered:
    """A PDF, the SHA-256 of its bytes in hex, and what it conforms to (empty: a glyph lacks).

    `lacks` says what could not be shown, and where: of the name only the script.
    """

    pdf: bytes
    sha256: str
    conformance: tuple[str, ...]
    lacks: tuple[str, ...] = ()


def render(page: Mapping[str, Any]) -> Rendered:
    """The page as `commands/page.py` makes it. Never fails for a name that our fonts cannot write.

    The strict standards make a missing glyph an error. Then the certificate is made once more
    without them, and says so (`conformance` empty), so that a human sees it: better a certificate
    with a box in it than none. A logo that cannot be drawn is left out.
    """
    shown = {**page, "qr": qr_svg(page["verify_url"]), "crowded": _crowded(page)}
    template, lacks = page.get("template", 1), NONE
    try:
        pdf, conformance = _compile(template, shown, _STANDARDS), CONFORMANCE
    except typst.TypstError as why:  # its message would hold a part of the name
        lacks = lacking(page, _missing(template, shown, why))
        pdf, conformance = _otherwise(template, shown)
        if conformance:
            lacks = (NO_LOGO,)
        log.warning("certificate.not_conforming", number=page["number"], lacks=lacks)
    return Rendered(pdf, hashlib.sha256(pdf).hexdigest(), conformance, lacks)


def _missing(template: int, shown: dict[str, Any], why: typst.TypstError) -> set[str]:
    """Every character that cannot be written: Typst tells of one place, so it is asked again
    without what it told of, a few times."""
    found: set[str] = set()
    for _ in range(_LOOKS):
        new = missing_in(str(why)) - found
        if not new:
            break
        found |= new
        try:
            _compile(template, without(shown, found), _STANDARDS)
        except typst.TypstError as next_one:
            why = next_one
        else:
            break
    return found


def _otherwise(template: int, shown: dict[str, Any]) -> tuple[bytes, tuple[str, ...]]:
    """Without the logo, if that is what is wrong; then without the standards; then without both."""
    look = shown.get("layout", {})
    bare = {**shown, "layout": {**look, "logo": "", "logo_alt": ""}}
    if look.get("logo"):
        with suppress(typst.TypstError):
            return _compile(template, bare, _STANDARDS), CONFORMANCE
        with suppress(typst.TypstError):
            return _compile(template, shown, []), NONE
    return _compile(template, bare, []), NONE


def qr_svg(url: str) -> str:
    """A QR code as SVG, quiet zone included, to the byte as segno saves it (in a fifth of the time,
    and it holds the GIL). The mask is fixed: finding the best costs 5 ms."""
    matrix = segno.make(url, error="m", micro=False, mask=3).matrix
    wide = len(matrix) + 2 * _QUIET
    drawn: list[str] = []
    here, down = 0, 0
    for line in map(bytes, matrix):
        start = line.find(1)
        while start >= 0:
            end = line.find(0, start)
            end = len(line) if end < 0 else end
            to = f"m{start - here} {down}" if drawn else f"M{_QUIET + start} {_QUIET}.5"
            drawn.append(f"{to}h{end - start}")
            here, down, start = end, 0, line.find(1, end)
        down += 1
    return _SVG.format(wide=wide, path="".join(drawn))


def _crowded(page: Mapping[str, Any]) -> bool:
    """Whether the page may need a smaller scale; far below what fits at full size (tested)."""
    words = [*page["statements"], page["not_authorised"], page["supersedes"]]
    lines = [*page["sessions"], *page["instructors"]]
    lines += [*page["provider"]["lines"], *page["sponsor"]["lines"]]
    sides = [page["delivery"], page["required"], *page["instructors"]]
    sides += [*page["provider"]["lines"], *page["sponsor"]["lines"]]
    look = page.get("layout", {})
    return (
        look.get("logo", "") != ""
        or look.get("fine_print", "") != ""
        or not look.get("flipped", True)
        or len(page.get("duplicate", "")) > 0
        or sum(map(len, words)) > 600
        or len(page["name"]) > 60
        or len(page["title"]) > 120
        or len(lines) > 10
        or len(page["sessions"]) > 6
        or sum(map(len, sides)) > 300
        # Earlier templates do not look at these, and their pages must stay what they are.
        or (page.get("template", 1) >= 3 and _wordy(page, look))
    )


def _wordy(page: Mapping[str, Any], look: Mapping[str, Any]) -> bool:
    signatory, provider = page["signatory"], page["provider"]["name"]
    said = [page["license"], page["activity"], page["unit"], page["credits_note"]]
    return (
        len(signatory["name"]) > 35
        or len(signatory["title"]) > 90
        or max(map(len, (look["certifies"], page["heading"], provider))) > 60
        or sum(map(len, said)) > 260
    )


def _compile(template: int, shown: Mapping[str, Any], standards: list[typst.PDFStandard]) -> bytes:
    compilers = _own.__dict__.setdefault("compilers", {})
    if template not in compilers:
        compilers[template] = typst.Compiler(
            str(_HERE / "templates" / _TEMPLATES[template]),
            root=str(_HERE / "templates"),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
        )
    given = {"d": to_json(shown).decode()}
    made = compilers[template].compile(format="pdf", sys_inputs=given, pdf_standards=standards)
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no PDF")
    return made
