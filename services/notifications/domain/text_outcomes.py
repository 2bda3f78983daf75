"""What a provider of texts answers, when we ask and later, in the terms of ours.

The numbers are Twilio's, for it is the one there is (its error dictionary): they say more than the
HTTP status, which is 400 for a number that does not exist and for one that answered STOP alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["again", "away", "bounced", "stopped", "refused", "unknown"]
# No such number, or one that takes no texts: not written to again.
_NO_NUMBER = frozenset({21211, 21214, 21217, 21401, 21407, 21421, 21614, 30005, 30006})
_STOPPED = frozenset({21610})
_BUSY = frozenset({20429, 14107, 30001, 30022})
FINAL = frozenset({"delivered", "undelivered", "failed", "read"})
_ON_ITS_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})


@dataclass(frozen=True)
class Texted:
    """The provider took it, under an id of its own."""

    provider_id: str


class UntextedError(Exception):
    """The provider did not take it: nothing went out. `code` is its own, else the HTTP status."""

    def __init__(self, answer: Answer, code: int) -> None:
        super().__init__(f"{answer} ({code})")  # never the provider's words: they have the number
        self.answer = answer
        self.code = code


def answer_of(status: int, code: int | None) -> Answer:
    """What an HTTP status that is no success means, with the provider's own `code` in its body.

    5xx: it says itself that it failed, or that it cannot be had (503), and is asked again; without
    a word of its own it may be somebody between who lost the answer, and that is `unknown`. Our own
    key refused (401, 403) is our trouble, not the recipient's: it is mended, and tried again.
    """
    if status == 429 or code in _BUSY:
        return "again"
    if status >= 500:
        return "away" if status == 503 or code is not None else "unknown"
    if status in (401, 403) or code == 20003:
        return "away"
    return meaning(code)


def meaning(code: int | None) -> Answer:
    """What a provider's code says of a number: there is none, it wants none, or something else."""
    if code in _NO_NUMBER:
        return "bounced"
    return "stopped" if code in _STOPPED else "refused"


def rank(status: str) -> int:
    """How far a receipt says that a text came: 2 is the end, 1 on its way, 0 nothing known.

    Receipts come late, twice and in any order: only what says more than what is known counts.
    """
    return 2 if status in FINAL else 1 if status in _ON_ITS_WAY else 0
