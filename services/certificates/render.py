"""Certificates as PDF: one Typst template, fonts that come with it, no network, no clock.

The same page gives the same bytes: the date is in the page, the QR's mask is fixed. Rendering
releases the GIL, so it runs in threads; each has its own compiler.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
import structlog
import typst

from shared.fonts import FONTS

log = structlog.get_logger(__name__)
_HERE = Path(__file__).parent
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
CONFORMANCE: tuple[str, ...] = ("PDF/A-2a", "PDF/UA-1")
NONE: tuple[str, ...] = ()
_own = threading.local()


@dataclass(frozen=True)
class Rendered:
    """A PDF, the SHA-256 of its bytes in hex, and what it conforms to (empty: a glyph lacks)."""

    pdf: bytes
    sha256: str
    conformance: tuple[str, ...]


def render(page: Mapping[str, Any]) -> Rendered:
    """The page as `commands/page.py` makes it. Never fails for a name that our fonts cannot write.

    The strict standards make a missing glyph an error. Then the certificate is made once more
    without them, and says so (`conformance` empty), so that a human sees it: better a certificate
    with a box in it than none.
    """
    shown = {**page, "qr": qr_svg(page["verify_url"]), "crowded": _crowded(page)}
    given = {"d": json.dumps(shown, ensure_ascii=False)}
    try:
        pdf, conformance = _compile(given, _STANDARDS), CONFORMANCE
    except typst.TypstError:  # its message would hold a part of the name
        log.warning("certificate.not_conforming", number=page["number"])
        pdf, conformance = _compile(given, []), NONE
    return Rendered(pdf, hashlib.sha256(pdf).hexdigest(), conformance)


def qr_svg(url: str) -> str:
    """A QR code as SVG, quiet zone included. The mask is fixed: finding the best costs 5 ms."""
    out = io.BytesIO()
    code = segno.make(url, error="m", micro=False, mask=3)
    code.save(out, kind="svg", border=4, xmldecl=False, svgns=True, dark="#1D2733", light=None)
    return out.getvalue().decode()


def _crowded(page: Mapping[str, Any]) -> bool:
    """Whether the page may need a smaller scale; far below what fits at full size (tested)."""
    words = [*page["statements"], page["not_authorised"], page["supersedes"]]
    lines = [*page["sessions"], *page["instructors"]]
    lines += [*page["provider"]["lines"], *page["sponsor"]["lines"]]
    sides = [page["delivery"], page["required"], *page["instructors"]]
    sides += [*page["provider"]["lines"], *page["sponsor"]["lines"]]
    return (
        sum(map(len, words)) > 600
        or len(page["name"]) > 60
        or len(page["title"]) > 120
        or len(lines) > 10
        or len(page["sessions"]) > 6
        or sum(map(len, sides)) > 300
    )


def _compile(given: dict[str, str], standards: list[typst.PDFStandard]) -> bytes:
    compiler = getattr(_own, "compiler", None)
    if compiler is None:
        compiler = _own.compiler = typst.Compiler(
            str(_HERE / "templates" / "certificate.typ"),
            root=str(_HERE / "templates"),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
        )
    made = compiler.compile(format="pdf", sys_inputs=given, pdf_standards=standards)
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no PDF")
    return made
