"""What is known of one registration, put together from its events as a joint sponsor may see it.

Decisions are taken of whole events: who is in the roster, how a registration stands, which of two
decisions holds. What is shown of them is what the partner's allow-lists give, and the ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.partners.domain.sponsored import NO, served
from services.partners.domain.visibility import View

CONFIRMED, ISSUED = "registration.confirmed.v1", "certificate.issued.v1"
PERSON, EVALUATED = "person.recorded.v1", "evaluation.submitted.v1"
SETTLED, GRANTED, WITHHELD = "attendance.settled.v1", "award.granted.v1", "award.withheld.v1"
_ENDED = {"certificate.superseded.v1": "superseded", "certificate.revoked.v1": "revoked"}
_STANDS = {
    CONFIRMED: "confirmed",
    "registration.completed.v1": "completed",
    "registration.cancelled.v1": "cancelled",
    "registration.transferred.v1": "transferred",
    "registration.unseated.v1": "unseated",
    "registration.expired.v1": "expired",
}
_PASSES_ON = "registration.substituted.v1"
ABOUT_SEATS = (*_STANDS, _PASSES_ON)
OF_ROSTER = (*ABOUT_SEATS, SETTLED, GRANTED, WITHHELD, EVALUATED)
OF_CERTIFICATES = (ISSUED, *_ENDED)
_IDS = frozenset({"registration_id", "course_id", "person_id", "certificate_id", "version"})


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a registration, in the order of the log."""

    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sight:
    """A partner's, of one course: what it may see, and the boards that are its own."""

    partner_id: str
    view: View
    course_id: str
    boards: Sequence[Mapping[str, Any]]

    def of(self, one: Heard) -> dict[str, Any]:
        """What it sees of an event; nothing of a type that it is not given."""
        given = self.view.sees(one.type, self.course_id)
        return self.view.seen_of(one.type, one.data) if given else {}

    def sees(self, type_: str) -> bool:
        return self.view.sees(type_, self.course_id)


def person_of(events: Sequence[Heard]) -> str | None:
    """Whose registration it is by now; None of one that never had a seat for good."""
    if not any(one.type == CONFIRMED for one in events):
        return None
    seats = [one.data["person_id"] for one in events if one.type in ABOUT_SEATS]
    found: str = seats[-1]
    return found


def line_of(
    sight: Sight, events: Sequence[Heard], person: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """A line of the roster, or None of whom no board of the sponsor serves or has decided about.

    `person` as recorded last; None of whom nothing is known (any more).
    """
    awards = _latest(events, (GRANTED, WITHHELD), "board", "version")
    boards = [
        told
        for board in sight.boards
        if (told := _board(sight, board, person or {}, awards.get(board["board"]))) is not None
    ]
    person_id = person_of(events)
    if person_id is None or not boards:
        return None
    known = sight.of(Heard(PERSON, person)) if person else {}
    line: dict[str, Any] = {
        "registration_id": next(one.data["registration_id"] for one in events),
        "person_id": person_id,
        "status": [_STANDS[one.type] for one in events if one.type in _STANDS][-1],
        "boards": boards,
    }
    line |= {name: known[name] for name in ("name", "email", "profession") if name in known}
    if "licenses" in known:
        line["licenses"] = [dict(one) for one in known["licenses"]]
    if sight.sees(SETTLED):
        settled = _latest(events, (SETTLED,), "session_id", "evidence_version")
        line["sessions"] = [_without_ids(sight.of(settled[name])) for name in sorted(settled)]
    if sight.sees(EVALUATED):
        line["evaluated"] = any(one.type == EVALUATED for one in events)
    return line


def certificates_of(sight: Sight, events: Sequence[Heard]) -> list[dict[str, Any]]:
    """Those for the sponsor's boards, each with how it stands: `valid`, `superseded`, `revoked`."""
    own = {board["board"] for board in sight.boards}
    ended = {one.data["certificate_id"]: one for one in events if one.type in _ENDED}
    found = []
    for one in events:
        if one.type != ISSUED or one.data.get("board") not in own:
            continue
        certificate_id = one.data["certificate_id"]
        end = ended.get(certificate_id)
        told = {
            "certificate_id": certificate_id,
            "registration_id": one.data["registration_id"],
            "person_id": one.data["person_id"],
            "board": one.data["board"],
            "status": _ENDED[end.type] if end else "valid",
        }
        found.append(told | _without_ids(sight.of(one)) | {"board": one.data["board"]})
    return found


def _board(
    sight: Sight, board: Mapping[str, Any], person: Mapping[str, Any], award: Heard | None
) -> dict[str, Any] | None:
    serves = served(board, person) if person else NO
    if serves == NO and award is None:
        return None
    told = {"board": board["board"], "served": serves}
    if award is not None and sight.sees(award.type):
        seen = _without_ids(sight.of(award))
        told["award"] = "granted" if award.type == GRANTED else "withheld"
        told |= {name: seen[name] for name in ("credits", "unit", "unmet") if name in seen}
    return told


def _latest(
    events: Iterable[Heard], types: Sequence[str], by: str, version: str
) -> dict[str, Heard]:
    """Of each, that of the highest version; of two of the same the later."""
    found: dict[str, Heard] = {}
    for one in events:
        if one.type not in types:
            continue
        before = found.get(one.data[by])
        if before is None or one.data.get(version, 1) >= before.data.get(version, 1):
            found[one.data[by]] = one
    return found


def _without_ids(seen: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in seen.items() if name not in _IDS}
