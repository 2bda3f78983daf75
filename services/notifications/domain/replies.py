"""What somebody answers to a text: that none are to come, that they are, or anything else."""

from __future__ import annotations

from typing import Literal

Answered = Literal["stop", "start", "other"]
# The words that carriers in North America know, and what people write here.
_STOP = frozenset(
    {
        "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
        "STOPP", "STOPPEN", "ABMELDEN", "ALTO", "PARAR", "BAJA", "CANCELAR",
    }
)  # fmt: skip
_START = frozenset({"START", "YES", "UNSTOP"})


def read_reply(body: str, told: str = "") -> Answered:
    """By the words, which alone must be it; or by what the provider made of them (`told`)."""
    word = "".join(one for one in body.upper() if one.isalnum())
    if told.upper() == "STOP" or word in _STOP:
        return "stop"
    return "start" if told.upper() == "START" or word in _START else "other"
