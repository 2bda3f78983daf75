"""Who is calling: an API key with scopes, the holder of a personal token, or nobody.

The operator's key is taken wherever another is. Whether a token's version still lives, the service
knows from its own copy: `for_subject`. Commands may ask these; how a caller is found out, from a
request, is `auth.py`'s alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.errors import Forbidden, TooEarly, Unauthorized

Kind = Literal["operator", "key", "holder", "nobody"]


@dataclass(frozen=True)
class Caller:
    """Who is calling. `subject` and `version` are a personal token's; `name` goes into audits."""

    kind: Kind
    name: str
    scopes: frozenset[str] = frozenset()
    subject: str | None = None
    version: int = 0

    @property
    def operator(self) -> bool:
        """Whether everything is allowed."""
        return self.kind == "operator"

    def may(self, scope: str) -> bool:
        """Whether this caller has a scope (`platform`, `reader`, `partner:<id>`; or `partner`)."""
        return (
            self.operator
            or scope in self.scopes
            or any(held.startswith(f"{scope}:") for held in self.scopes)
        )

    @property
    def partner(self) -> str | None:
        """The partner whose key this is."""
        held = [scope.partition(":")[2] for scope in self.scopes if scope.startswith("partner:")]
        return held[0] if held else None


NOBODY = Caller("nobody", "nobody")


def for_subject(caller: Caller, subject: str, known_version: int | None) -> None:
    """Let the operator pass, and the holder of a token that is for this subject and still lives.

    `known_version` is the token version in the service's own copy, None where there is no copy
    yet. Raises Unauthorized, Forbidden, or TooEarly (the copy is behind: come again).
    """
    if caller.operator:
        return
    if caller.kind == "nobody":
        raise Unauthorized("token-required", "This call needs the personal token, or a key.")
    if caller.kind != "holder" or caller.subject != subject:
        raise Forbidden("token-of-another", "This token is not good for this resource.")
    if known_version is None or caller.version > known_version:
        raise TooEarly("not-known-yet", "This is not known here yet; try again in a moment.")
    if caller.version < known_version:
        raise Unauthorized("token-dead", "This link was replaced by a newer one.")
