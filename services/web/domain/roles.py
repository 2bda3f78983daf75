"""What staff may do at the console, by their roles.

`read`: look at courses, sessions and lags, without names. `people`: see who it is. `run`: courses,
attendance, messages, certificates. `money`: refunds, credits, books. `system`: dead letters, keys,
partners, and whoever else signs in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

Role = Literal["viewer", "coordinator", "finance", "admin"]
Act = Literal["read", "people", "run", "money", "system"]

ROLES: tuple[Role, ...] = ("viewer", "coordinator", "finance", "admin")
MAY: Mapping[Role, frozenset[Act]] = {
    "viewer": frozenset({"read"}),
    "coordinator": frozenset({"read", "people", "run"}),
    "finance": frozenset({"read", "people", "money"}),
    "admin": frozenset({"read", "people", "run", "money", "system"}),
}


def may(roles: Iterable[str], act: Act) -> bool:
    """Whether one of the roles allows it; a word that is no role allows nothing."""
    return any(act in MAY[role] for role in ROLES if role in set(roles))


def roles_of(claimed: object, named: Mapping[str, str]) -> tuple[Role, ...]:
    """The roles that an issuer's claim gives: a word or a list of words, each what `named` calls a
    role (group → role); where it names none at all, each the name of a role itself. What is
    neither is left out.

    Not both: many a company has a group `admin` or `finance`, which was never meant to run courses.
    """
    words = claimed if isinstance(claimed, list) else [claimed]
    known = named or {role: role for role in ROLES}
    meant = {known.get(word) for word in words if isinstance(word, str)}
    return tuple(role for role in ROLES if role in meant)
