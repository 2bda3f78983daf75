"""A credential is bound to the bytes of its PDF (VC 2.0 `relatedResource`)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def with_pdf(credential: Mapping[str, Any], pdf_url: str, pdf: bytes) -> dict[str, Any]:
    """The credential bound to the very bytes of the PDF (VC 2.0 `relatedResource`)."""
    digest = b64encode(sha256(pdf).digest()).decode()
    related = {"id": pdf_url, "mediaType": "application/pdf", "digestSRI": f"sha256-{digest}"}
    return {**credential, "relatedResource": [related]}


def hash_in(credential: Mapping[str, Any]) -> str:
    """The SHA-256 of the PDF that it is bound to, in hex; empty where there is none. It may be
    anybody's."""
    try:
        [related] = credential["relatedResource"]
        return b64decode(related["digestSRI"].removeprefix("sha256-"), validate=True).hex()
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""
