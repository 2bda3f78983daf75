"""States of licences: codes, as boards and learners write them (domain.md §6)."""

from __future__ import annotations

import re
from functools import lru_cache

_CODE = re.compile(r"[A-Z]{2,3}")


@lru_cache(maxsize=512)  # asked of each licence once a board
def state_code(text: str | None) -> str | None:
    """`NY` of `ny`; None of what is no code: "New York" is not a state outside of NY."""
    code = (text or "").strip().upper()
    return code if _CODE.fullmatch(code) else None
