"""A partner's item becomes a line of ours, by the partner's mapping: the anti-corruption layer.

A mapping is data (`mapping_rules.py`; `mapping_document.py` reads it) and nothing of it is run: a
field of ours is a fixed text, or what stands at a place in the item, perhaps put together,
translated by a table, or read as a time. What nothing reads and nobody said to ignore is refused: a
field that is new on their side is something that somebody has to decide about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from services.partners.domain.mapping_rules import (
    BirthDay,
    Entry,
    Fixed,
    Many,
    Moment,
    PartnerMapping,
    Read,
    Rule,
    Text,
)
from services.partners.domain.places import (
    Fault,
    Place,
    Wrong,
    leaves,
    pointer_of,
    text_at,
    value_at,
)
from services.partners.domain.wall_times import INSTANTS, day_in, instant_in
from shared.dates import UnknownZone, rfc3339
from shared.errors import Refusal

MOST_FAULTS = 20  # told of one item
MOST_ELEMENTS = 50  # of a list in an item
_NO_ZONE = "This is no zone of the tz database, such as Europe/Berlin."
_FOLDS = {"": None, "0": 0, "1": 1}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A line of ours, as far as it came; `origins` has for places in it where it came from, None
    for what the mapping itself says."""

    line: Mapping[str, Any]
    faults: tuple[Fault, ...]
    origins: Mapping[str, Place | None]

    def theirs(self, fault: Fault) -> Fault:
        """What is wrong with the line, said of the item that was sent."""
        pointer, detail = fault
        here = f"{detail} ({pointer})" if pointer else detail
        while pointer:
            if pointer in self.origins:
                origin = self.origins[pointer]
                if origin is None:
                    return Fault("", f"{here} Your mapping says so, not the line.")
                return Fault(pointer_of(origin), here)
            pointer = pointer.rpartition("/")[0]
        return Fault("", here)


def mapped(mapping: PartnerMapping, item: Mapping[str, Any]) -> Mapped:
    """The item as a line of ours, with all that is wrong in it at once. Pure, and bounded by the
    size of an item (`places.MOST_VALUES`) and of a mapping."""
    mapper = _Mapper(item)
    try:
        there = list(leaves(item))
    except Wrong as why:
        return Mapped({}, (why.fault,), {})
    kind = mapper.wanted(mapping.type, "/type")
    rules = mapping.kinds.get(kind)
    if rules is None:
        faults = mapper.faults or [Fault("", "The mapping has no such type of line.")]
        return Mapped({}, tuple(faults), {})
    mapper.set(("type",), kind)
    for target, rule in rules.items():
        mapper.put(target, rule)
    known = {*mapper.seen, *mapping.ignored}
    unread = (place for place in there if not _is_among(place, known))
    for place in islice(unread, MOST_FAULTS):
        nothing = "Nothing in the mapping reads this field."
        mapper.faults.append(Fault(pointer_of(place), nothing))
    return Mapped(mapper.line, tuple(dict.fromkeys(mapper.faults))[:MOST_FAULTS], mapper.origins)


def _is_among(place: Place, known: Collection[Place]) -> bool:
    """Whether it, or something above it, is known."""
    return any(place[:depth] in known for depth in range(len(place) + 1))


@dataclass
class _Mapper:
    """One item on its way: what of it was read, and what has come of it."""

    item: Mapping[str, Any]
    line: dict[str, Any] = field(default_factory=dict)
    seen: set[Place] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    origins: dict[str, Place | None] = field(default_factory=dict)

    def set(self, target: Place, value: Any) -> None:
        """Put a value at a place of the line."""
        at = self.line
        for token in target[:-1]:
            at = at.setdefault(token, {})
        at[target[-1]] = value

    def put(self, target: Place, rule: Rule) -> None:
        """What the rule comes to, at its place; faults are noted."""
        pointer = pointer_of(target)
        if isinstance(rule, Many):
            self._many(target, pointer, rule)
            return
        if isinstance(rule, Moment):
            value = self._moment(rule, pointer)
        elif isinstance(rule, BirthDay):
            value = self._told(rule.read, pointer, lambda t: f"{day_in(t, rule.form):%m-%d}")
        else:
            value = self.wanted(rule, pointer)
        if value:
            self.set(target, value)

    def wanted(self, rule: Text, pointer: str, base: Place = ()) -> str:
        """What a rule for a text comes to; empty, and noted, where it cannot."""
        try:
            return self._text(rule, pointer, base)
        except Wrong as why:
            self.faults.append(why.fault)
            return ""

    def _text(self, rule: Text, pointer: str, base: Place) -> str:
        if isinstance(rule, Fixed):
            self.origins[pointer] = None
            return rule.text
        shown = [(*base, *place) for place in rule.places]
        self.seen.update(shown)
        self.origins[pointer] = shown[0]
        texts = [text_at(self.item, place, place) for place in shown]
        for place, text in zip(shown, texts, strict=True):
            if not text and not rule.optional and not rule.default:
                raise Wrong(place, f"It is missing. ({pointer})")
        text = rule.join.join(filter(None, texts)) or rule.default
        if rule.codes is None or not text:
            return text
        if text not in rule.codes:
            raise Wrong(shown[0], f"It is not among the codes {rule.table} of the mapping.")
        return rule.codes[text]

    def _told(self, read: Read, pointer: str, reading: Callable[[str], str]) -> str:
        """A text that is read as something; what is wrong with it is told of its first place."""
        text = self.wanted(read, pointer)
        if not text:
            return ""
        try:
            return reading(text)
        except Refusal as why:
            self.faults.append(Fault(pointer_of(read.places[0]), why.detail))
            return ""

    def _moment(self, rule: Moment, pointer: str) -> str:
        zone = self.wanted(rule.zone, f"{pointer}, its zone") if rule.zone else ""
        fold = self.wanted(rule.fold, f"{pointer}, its fold") if rule.fold else ""
        if rule.form not in INSTANTS and not zone:
            return ""  # what is missing is noted
        if fold not in _FOLDS and isinstance(rule.fold, Read):
            where = pointer_of(rule.fold.places[0])
            self.faults.append(Fault(where, "Say 0 for the earlier, 1 for the later."))
            return ""

        def read(text: str) -> str:
            try:
                return rfc3339(instant_in(text, rule.form, zone, _FOLDS[fold]))
            except UnknownZone:
                if not isinstance(rule.zone, Read):
                    raise
                self.faults.append(Fault(pointer_of(rule.zone.places[0]), _NO_ZONE))
                return ""

        return self._told(rule.read, pointer, read)

    def _many(self, target: Place, pointer: str, rule: Many) -> None:
        made: list[Any] = []
        self.origins[pointer] = rule.each
        for base, entry in self._entries(rule):
            at = f"{pointer}/{len(made)}"
            self.origins[at] = base or None
            value = self._entry(entry, at, base)
            if value:
                made.append(value)
        self.set(target, made)

    def _entries(self, rule: Many) -> Sequence[tuple[Place, Entry]]:
        if rule.each is None:
            return [((), entry) for entry in rule.entries]
        found = value_at(self.item, rule.each)
        if found is None or found == "":
            return []
        if not isinstance(found, list) or len(found) > MOST_ELEMENTS:
            self.seen.add(rule.each)
            wrong = f"Give a list of at most {MOST_ELEMENTS}."
            self.faults.append(Fault(pointer_of(rule.each), wrong))
            return []
        [entry] = rule.entries
        return [((*rule.each, str(at)), entry) for at in range(len(found))]

    def _entry(self, entry: Entry, pointer: str, base: Place) -> Any:
        """An entry of which nothing is there is left out."""
        parts = entry if isinstance(entry, Mapping) else {"": entry}
        reads = [rule for rule in parts.values() if isinstance(rule, Read)]
        places = [(*base, *place) for rule in reads for place in rule.places]
        if places and all(value_at(self.item, place) in (None, "") for place in places):
            self.seen.update(places)
            return None
        if not isinstance(entry, Mapping):
            return self.wanted(entry, pointer, base)
        made = {name: self.wanted(rule, f"{pointer}/{name}", base) for name, rule in entry.items()}
        return {name: text for name, text in made.items() if text}
