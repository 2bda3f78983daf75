"""Sentences that rules put together, said in the reader's language by whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Tongue(Protocol):
    """Says sentences in one language; what is filled in has a name, as in `%(amount)s`."""

    def say(self, message: str, **names: object) -> str:
        """The sentence with what is filled in."""

    def say_n(self, one: str, many: str, number: int, **names: object) -> str:
        """The same where the number decides how it is said; it is filled in as `%(number)s`."""


@dataclass(frozen=True)
class English:
    """As it stands in the code."""

    def say(self, message: str, **names: object) -> str:
        """The sentence with what is filled in."""
        return message % names

    def say_n(self, one: str, many: str, number: int, **names: object) -> str:
        """The same where the number decides how it is said."""
        return (one if number == 1 else many) % {"number": number, **names}


ENGLISH = English()


def marked(message: str) -> str:
    """A sentence that is said later: so that the catalogues come to hold it."""
    return message
