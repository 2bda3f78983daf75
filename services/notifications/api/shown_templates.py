"""Templates as JSON."""

from __future__ import annotations

from difflib import unified_diff
from hashlib import sha256
from typing import Any

from services.notifications.models import Override, OverrideVersion
from shared.dates import rfc3339


def hash_of(source: str) -> str:
    """By what a version of our template is known: SHA-256, hexadecimal."""
    return sha256(source.encode()).hexdigest()


def differences(ours: str, theirs: str) -> str:
    """Line by line, as `diff -u` says it."""
    return "\n".join(
        unified_diff(ours.splitlines(), theirs.splitlines(), "ours", "theirs", lineterm="")
    )


def shown(one: Override | OverrideVersion) -> dict[str, Any]:
    """A version without its source. `language`: "" is all of them."""
    return {
        "language": one.language,
        "version": one.version,
        "act": "set" if one.source else "reset",
        "by": one.by,
        "reason": one.reason,
        "at": rfc3339(one.at),
    }
