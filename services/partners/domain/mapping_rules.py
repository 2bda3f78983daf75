"""The rules of a partner's mapping: how each field of a line of ours comes about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.partners.domain.places import Place


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Read:
    """What stands at these places, with `join` between; translated where there are `codes`, whose
    table is called `table`. Of what is `optional` nothing need be there."""

    places: tuple[Place, ...]
    join: str = " "
    codes: Mapping[str, str] | None = None
    table: str = ""
    optional: bool = False
    default: str = ""


Text = Fixed | Read


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: `zone` for wall times, `fold` "0" or "1" where one that comes twice is told apart."""

    read: Read
    form: str
    zone: Text | None = None
    fold: Text | None = None


@dataclass(frozen=True, slots=True)
class BirthDay:
    """A day of which month and day are kept."""

    read: Read
    form: str


Entry = Text | Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Many:
    """A list: one entry for each element at `each`, or the entries that are named."""

    entries: tuple[Entry, ...]
    each: Place | None = None


Rule = Text | Moment | BirthDay | Many


@dataclass(frozen=True, slots=True)
class PartnerMapping:
    """`kinds` has, by type of line, a rule for each place in a line of ours."""

    type: Text
    kinds: Mapping[str, Mapping[Place, Rule]]
    ignored: tuple[Place, ...] = ()
