"""Keyed: an id for who is known by an address or a name only, with neither in it.

A plain hash of an address is as good as the address: whoever has a list of addresses hashes them
all. So the hash is keyed with the platform's secret (HMAC-SHA256). The same words give the same id
whichever way they came (told live, fetched, uploaded), so a human matches once.
"""

from __future__ import annotations

import hmac

MAIL, SHEET, NAME = "mail", "sheet", "name"  # what the words were: no two kinds share an id


def keyed(secret: str, kind: str, *words: str) -> str:
    """`kind:` and 64 hex digits. Case, and spaces around and between words, make no difference."""
    folded = [" ".join(each.lower().split()) for each in words]
    said = "\0".join(["attendance", kind, *folded]).encode(errors="surrogatepass")
    return f"{kind}:{hmac.new(secret.encode(), said, 'sha256').hexdigest()}"


def fingerprint(secret: str, content: bytes) -> str:
    """64 hex digits of what was sent, byte for byte; nobody else can try out what stood in it."""
    return hmac.new(secret.encode(), b"attendance\0upload\0" + content, "sha256").hexdigest()
