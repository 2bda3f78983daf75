"""Invoices and credit notes as PDF: one Typst template, our own fonts, no network, no clock.

PDF/A-2a to be kept, PDF/UA-1 to be read aloud. The same page gives the same bytes. Typst lets the
interpreter go, so it runs in threads; each has its own compiler.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import typst

from shared.fonts import FONTS

log = structlog.get_logger(__name__)
_TEMPLATES = Path(__file__).parent / "templates"
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
CONFORMANCE = "PDF/A-2a PDF/UA-1"
_own = threading.local()


@dataclass(frozen=True)
class Printed:
    """A PDF, the SHA-256 of its bytes in hex, and what it conforms to (empty: a glyph lacks)."""

    pdf: bytes
    sha256: str
    conformance: str


class Printer:
    """Prints in threads, a few side by side, never on the event loop."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="printer")

    async def make(self, page: Mapping[str, Any]) -> Printed:
        """The page, as `domain/documents.py` makes it."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, printed, page)

    async def aclose(self) -> None:
        """End the threads; whoever still waits asks again."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def printed(page: Mapping[str, Any]) -> Printed:
    """Never fails for a name that our fonts cannot write.

    The strict standards make a missing glyph an error. Then it is made once more without them:
    better an invoice with a box in it than none.
    """
    given = {"d": json.dumps(page, ensure_ascii=False)}
    try:
        pdf, conformance = _compile(given, _STANDARDS), CONFORMANCE
    except typst.TypstError:  # its message would hold a part of the name
        log.warning("document.not_conforming", number=page["number"])
        pdf, conformance = _compile(given, []), ""
    return Printed(pdf, hashlib.sha256(pdf).hexdigest(), conformance)


def _compile(given: dict[str, str], standards: list[typst.PDFStandard]) -> bytes:
    compiler = getattr(_own, "compiler", None)
    if compiler is None:
        compiler = _own.compiler = typst.Compiler(
            str(_TEMPLATES / "invoice.typ"),
            root=str(_TEMPLATES),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
        )
    made = compiler.compile(format="pdf", sys_inputs=given, pdf_standards=standards)
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no PDF")
    return made
