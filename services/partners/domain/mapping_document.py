"""A mapping as an operator writes it, read into rules; all that is wrong with it at once.

{"type": {"from": "/kind", "codes": "kinds"},
 "codes": {"kinds": {"ENR": "registration", "ATT": "attendance"}, "courses": {"AE7": "…"}},
 "ignore": ["/internal"],
 "registration": {"/id": {"from": "/ref"}, "/course_id": {"from": "/course", "codes": …}, …},
 "attendance": {"/joined_at": {"from": ["/day", "/begin"], "format": "DD.MM.YYYY HH:mm",
                               "zone": {"value": "Europe/Berlin"}}, …}}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from services.partners.domain.inbound import TYPES
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
from services.partners.domain.mapping_targets import NEEDED, TARGETS
from services.partners.domain.places import Place, pointer_of
from services.partners.domain.readings import LONGEST_WORD, MOST_FAULTS, Reading
from services.partners.domain.wall_times import DAYS, FORMATS, INSTANTS
from shared.dates import UnknownZone, zone_of
from shared.errors import Invalid

MOST_TABLES, MOST_CODES, MOST_IGNORED, MOST_PARTS, MOST_ENTRIES = 50, 5_000, 200, 10, 20

_TIMES = (("joined_at",), ("left_at",))
_BIRTH_DAY = ("attendee", "birth_day")
_LICENSES = ("attendee", "licenses")
_PREREQUISITES = ("prerequisites",)
_OF_LICENSE = ("profession", "state", "number")
_READ = {"from", "join", "codes", "optional", "default"}


class MappingInvalid(Invalid):
    """No mapping can be read from this; `errors` has all that is wrong."""

    slug = "mapping-invalid"


def read_mapping(document: object) -> PartnerMapping:
    """The rules of a document. Raises MappingInvalid with a pointer to each fault."""
    reader = _Reader()
    found = reader.document(document)
    if reader.faults or found is None:
        faults = reader.faults[:MOST_FAULTS]
        raise MappingInvalid("This is no mapping that could be applied.", errors=faults)
    return found


class _Reader(Reading):
    """Goes through a document, table by table and rule by rule."""

    def __init__(self) -> None:
        super().__init__()
        self._tables: dict[str, Mapping[str, str]] = {}

    def document(self, node: object) -> PartnerMapping | None:
        at: Place = ()
        known = {"type", "codes", "ignore", *TYPES}
        found = self.named(node, at, known)
        self._tables = self._codes(found.get("codes", {}), ("codes",))
        ignored = self._ignored(found.get("ignore", []), ("ignore",))
        if "type" not in found:
            self.wrong(("type",), "Say of which type a line is: registration or attendance.")
            return None
        type_ = self._text(found["type"], ("type",))
        kinds = {}
        for kind in self._kinds(type_):
            if kind not in found:
                self.wrong((kind,), "A line may be of this type: say how each field comes about.")
            else:
                kinds[kind] = self._kind(kind, found[kind])
        for kind in TYPES:
            if kind in found and kind not in kinds:
                self.wrong((kind,), "No line can be of this type, as `type` stands.")
        return PartnerMapping(type_, kinds, ignored)

    def _kinds(self, rule: Text) -> list[str]:
        if isinstance(rule, Fixed):
            given = [rule.text]
        elif rule.codes is not None:
            given = [*rule.codes.values(), *([rule.default] if rule.default else [])]
        else:
            given = list(TYPES)
        kinds = [kind for kind in TYPES if kind in given]
        if not kinds or not {*given} <= {*TYPES}:
            self.wrong(("type",), "It comes to registration or attendance, and to nothing else.")
        return kinds

    def _kind(self, kind: str, node: object) -> dict[Place, Rule]:
        names = {pointer_of(target): target for target in TARGETS[kind]}
        found = self.named(node, (kind,), names)
        rules = {
            target: self._rule(target, found[name], (kind, name))
            for name, target in names.items()
            if name in found
        }
        for target in NEEDED[kind]:
            if target not in rules:
                self.wrong((kind, pointer_of(target)), "Every line of this type needs it.")
        if kind == "attendance":
            self._check_whose(rules)
        return rules

    def _check_whose(self, rules: Mapping[Place, Rule]) -> None:
        """A person is named whole, or not at all."""
        named = [target for target in rules if target[0] == "attendee"]
        if not named and ("registration_id",) not in rules:
            whose = "Say whose attendance it is: /registration_id, or /attendee/name and …/email."
            self.wrong(("attendance",), whose)
        for target in (("attendee", "name"), ("attendee", "email")):
            if named and target not in rules:
                wrong = "Who names a person by /attendee/… needs it."
                self.wrong(("attendance", pointer_of(target)), wrong)

    def _rule(self, target: Place, node: object, at: Place) -> Rule:
        if target in _TIMES:
            return self._moment(node, at)
        if target == _BIRTH_DAY and isinstance(node, Mapping) and "format" in node:
            form = self.one_of(node["format"], DAYS, (*at, "format"))
            return BirthDay(self._read(node, at, _READ - {"codes"} | {"format"}), form)
        if target == _LICENSES:
            return self._many(node, at, self._license)
        if target == _PREREQUISITES:
            return self._many(node, at, self._text)
        return self._text(node, at)

    def _text(self, node: object, at: Place) -> Text:
        if isinstance(node, Mapping) and "value" in node:
            self.named(node, at, {"value"})
            return Fixed(self.word(node["value"], (*at, "value")))
        return self._read(node, at, _READ)

    def _read(self, node: object, at: Place, known: Collection[str]) -> Read:
        found = self.named(node, at, known)
        if "from" not in found:
            if isinstance(node, Mapping):
                self.wrong(at, "Say from where it is read (`from`), or what it is (`value`).")
            return Read(())
        given = found["from"]
        each = given if isinstance(given, list) else [given]
        if not 0 < len(each) <= MOST_PARTS:
            self.wrong((*at, "from"), f"Name 1 to {MOST_PARTS} places.")
            each = []
        places = [
            self.place(one, (*at, "from", str(n)) if isinstance(given, list) else (*at, "from"))
            for n, one in enumerate(each)
        ]
        table = found.get("codes")
        if table is not None and not (isinstance(table, str) and table in self._tables):
            self.wrong((*at, "codes"), "There is no table of this name under /codes.")
            table = None
        optional = found.get("optional", False)
        if not isinstance(optional, bool):
            self.wrong((*at, "optional"), "true or false.")
        join = self.word(found.get("join", " "), (*at, "join"), empty=True)
        default = self.word(found["default"], (*at, "default")) if "default" in found else ""
        codes = self._tables[table] if table is not None else None
        return Read(tuple(places), join, codes, table or "", optional is True, default)

    def _moment(self, node: object, at: Place) -> Moment:
        if not isinstance(node, Mapping):
            self.named(node, at, ())
            return Moment(Read(()), "rfc3339")
        read = self._read(node, at, {"from", "format", "zone", "fold"})
        form = self.one_of(node.get("format", "rfc3339"), FORMATS, (*at, "format"))
        zone = self._text(node["zone"], (*at, "zone")) if "zone" in node else None
        fold = self._text(node["fold"], (*at, "fold")) if "fold" in node else None
        if form in INSTANTS and (zone or fold):
            self.wrong(at, "An instant has neither zone nor fold.")
        if form not in INSTANTS and zone is None:
            self.wrong((*at, "zone"), "A wall time needs the zone whose clocks show it.")
        if isinstance(zone, Fixed):
            try:
                zone_of(zone.text)
            except UnknownZone as why:
                self.wrong((*at, "zone", "value"), why.detail)
        if isinstance(fold, Fixed):  # it would choose for every line, of which nobody knows
            self.wrong((*at, "fold"), "Read it from the line: which of the two it is differs.")
        return Moment(read, form, zone, fold)

    def _many(self, node: object, at: Place, entry: Callable[[object, Place], Entry]) -> Many:
        if isinstance(node, Mapping) and "all" in node:
            self.named(node, at, {"all"})
            given = node["all"]
            if not isinstance(given, list) or not 0 < len(given) <= MOST_ENTRIES:
                self.wrong((*at, "all"), f"A list of 1 to {MOST_ENTRIES}.")
                given = []
            return Many(tuple(entry(one, (*at, "all", str(n))) for n, one in enumerate(given)))
        found = self.named(node, at, {"each", "as"})
        if isinstance(node, Mapping) and not {"each", "as"} <= found.keys():
            self.wrong(at, "Say `each` and `as`, or `all`.")
            return Many(())
        each = self.place(found.get("each"), (*at, "each"))
        return Many((entry(found.get("as"), (*at, "as")),), each)

    def _license(self, node: object, at: Place) -> Mapping[str, Text]:
        found = self.named(node, at, _OF_LICENSE)
        if isinstance(node, Mapping) and not found:
            self.wrong(at, f"Say at least one of: {', '.join(_OF_LICENSE)}.")
        return {name: self._text(each, (*at, name)) for name, each in found.items()}

    def _codes(self, node: object, at: Place) -> dict[str, Mapping[str, str]]:
        found = self.named(node, at, None)
        codes = sum(len(each) for each in found.values() if isinstance(each, Mapping))
        if len(found) > MOST_TABLES or codes > MOST_CODES:
            self.wrong(at, f"At most {MOST_TABLES} tables, and {MOST_CODES} codes in all of them.")
            return {}
        for name in found:
            if not name.isprintable() or len(name) > LONGEST_WORD:
                self.wrong((*at, name[:LONGEST_WORD]), "This is no name of a table.")
        return {name: self._table(each, (*at, name)) for name, each in found.items()}

    def _table(self, node: object, at: Place) -> Mapping[str, str]:
        found = self.named(node, at, None)
        if isinstance(node, Mapping) and not found:
            self.wrong(at, "A table has a code.")
        for code in found:
            plain = code.isprintable() and code == code.strip() != ""
            if not plain or len(code) > LONGEST_WORD:
                wrong = f"A code is 1 to {LONGEST_WORD} characters without blanks around them."
                self.wrong((*at, code[:LONGEST_WORD]), wrong)
        return {code: self.word(word, (*at, code)) for code, word in found.items()}

    def _ignored(self, node: object, at: Place) -> tuple[Place, ...]:
        if not isinstance(node, list) or len(node) > MOST_IGNORED:
            self.wrong(at, f"A list of at most {MOST_IGNORED} places.")
            return ()
        return tuple(self.place(one, (*at, str(n))) for n, one in enumerate(node))
