"""What is given to be made into a document, what comes back, and the key it is signed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SealedKey:
    """A key pair as it is stored: the public JWK, and the private one encrypted."""

    key_id: str
    public: Mapping[str, Any]
    sealed: str


@dataclass(frozen=True)
class Order:
    """What is to be made: a certificate's document, as written down for the `draft`th time."""

    certificate_id: str
    draft: int
    page: Mapping[str, Any]
    credential: Mapping[str, Any]
    pdf_url: str
    key: SealedKey


@dataclass(frozen=True)
class Made:
    """What was made; the same order gives the same PDF, the signature differs each time.

    `lacks` says what could not be shown, such as a character that no font has.
    """

    pdf: bytes
    sha256: str
    conformance: tuple[str, ...]
    jwt: str
    key_id: str
    lacks: tuple[str, ...] = ()
