"""Reading what names people is audited: whose name, address or reason was shown to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Read:
    """`what` is a dotted verb (`unmatched.read`), `about` the ids of what was shown."""

    what: str
    about: tuple[str, ...]


def reading(what: str, about: Iterable[str]) -> Read:
    """A reading, each id once and in the order in which it was shown."""
    return Read(what, tuple(dict.fromkeys(about)))


async def read(work: Work, asked: Read) -> None:
    """Keep that it was read; where nobody was shown, nothing was.

    A row for each of those shown: whoever asks who saw theirs finds it by the id, and a page has no
    length at which it can no longer be kept."""
    for each in asked.about:
        work.audit(asked.what, each)
