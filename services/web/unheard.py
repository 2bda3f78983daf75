"""What was sent by a form of staff and not answered: while there is something, nobody knows whether
it was done, and no page of theirs says that it was not.

A form carries the keys of such requests (`FIELD`) from page to page, and a key goes once its owner
has answered the request that it was sent with. Whoever calls an owner marks it (`Desk.act`), and
whoever shows a page reads it (`console_page.show`): no page has to think of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request

FIELD = "unsure"
_KEY = re.compile(r"[0-9a-f]{32}")
_MOST = 20  # keys in one form: as many times other words were sent after no answer


@dataclass(slots=True)
class Unheard:
    """The keys of what was not answered, and the form that is being looked at: empty where none
    was sent. `refused` is what an owner refused of it with, empty where none did."""

    keys: set[str] = field(default_factory=set)
    form: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""

    def took(self, form: Mapping[str, str]) -> None:
        """A form came, with what it carries."""
        self.form = form
        self.carries(form.get(FIELD, ""))

    def carries(self, said: str) -> None:
        """What a page carries, be it by way of an address: no form came."""
        self.keys |= {key for key in said.split()[:_MOST] if _KEY.fullmatch(key)}

    def sent(self, key: str | None) -> bool:
        """A request goes out under that key; what has none changes nothing. Says whether it went
        out before and was not answered."""
        again = key in self.keys
        if key is not None:
            self.keys.add(key)
        return again

    def answered(self, key: str | None) -> None:
        """Its owner has answered that request."""
        self.keys.discard(key or "")

    def spent(self, key: str | None, refused: str) -> None:
        """A request with that key was answered, with what it was refused for, or empty: its owner
        may keep that answer with the key, so that of the form anything sent again is another
        request."""
        if key is None:
            return
        self.refused = refused
        if self.form.get("key") == key:
            self.form = {**self.form, "key": ""}

    @property
    def carried(self) -> str:
        """What the next form carries; empty where everything was answered."""
        return " ".join(sorted(self.keys))


def unheard_of(request: Request) -> Unheard:
    """That of the page which is being made."""
    if not hasattr(request.state, "unheard"):
        request.state.unheard = Unheard()
    found: Unheard = request.state.unheard
    return found
