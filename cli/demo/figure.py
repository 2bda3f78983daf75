"""One figure of the story: what came out beside what must."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One figure of the story: what it is, what came out, what must; None is what is not there."""

    what: str
    got: Any
    wanted: Any
    said: Callable[[Any], str] = str

    @property
    def right(self) -> bool:
        """Whether it is as the story says."""
        return bool(self.got == self.wanted)

    def text(self, value: Any) -> str:
        """What came out, or what must, as people read it."""
        return "none" if value is None or value == {} else self.said(value)
