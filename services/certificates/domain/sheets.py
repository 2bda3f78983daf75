"""Rosters as the files that registries take: columns, codes, and why a line cannot go.

What is known of the registries' own columns (read in November 2026, on their help pages):

* CE Broker, help.cebroker.com "Creating Excel Files": A provider number without its `50-`, B course
  number without its `20-` or else C the provider's own course id, D publishing number (mostly
  empty), E licence number, F day of completion as 12/3/2008, G `State=FL`, H `Profession=RN`; where
  credit is partial, I subject area code and J its hours. It is pasted into a new .xls each time,
  has no row of names, and must hold nobody who was reported before; after "Post" nothing can be
  edited. That further subject areas go on in K and L, and so on, is practice, not verified.
* ACCME PARS, accme.org FAQ: first and last name, state medical licence, month and day of birth,
  credits, activity. The order of its template's columns is not verified, so ours have names.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from services.certificates.domain.words import plain

FORMATS = ("csv", "cebroker", "pars")
GENERAL = "general"  # the subject area of hours that are in no category
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# Control characters, and those that make a reader see another text than is there.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True)
class Registry:
    """How one board of a course is reported to (`Board.reporting`), and what it is told of it.

    `own_id` is what the course is called here; `licensed`: the board serves by a licence's state.
    """

    board: str
    unit: str
    approved: Decimal
    own_id: str
    provider_id: str = ""
    activity_id: str = ""
    professions: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    licensed: bool = False


@dataclass(frozen=True)
class Line:
    """What a registry is to know of one person. `credits` are 0 where they were taken back."""

    number: str
    name: str
    profession: str
    license_state: str
    license_number: str
    birth_day: str
    credits: Decimal
    categories: Mapping[str, Decimal]
    completed_on: date
    issued_on: date


@dataclass(frozen=True)
class Lack:
    """Why a line is held back: a stable word, and a sentence on what to do.

    `mendable`: by what staff ask for or say; the line waits for them.
    """

    reason: str
    detail: str
    mendable: bool = False


@dataclass(frozen=True)
class Corrected:
    """Which line of which report a line corrects, and the credits that stood there."""

    report: int
    line: int
    credits: str


def lack_of(form: str, registry: Registry, line: Line) -> Lack | None:
    """What keeps a line out of a report of that format; None where it can go."""
    found = next(_lacks(form, registry, line), None)
    return found and replace(found, mendable=True)


def _lacks(form: str, registry: Registry, line: Line) -> Iterator[Lack]:
    if not line.name.strip():
        yield Lack("name", "There is no name to report it under.")
    if form != "csv" and not line.license_state:
        yield Lack("license_state", "The licence's state is missing. Ask for it.")
    if (form != "csv" or registry.licensed) and not line.license_number:
        yield Lack("license_number", "The licence number is missing. Ask for it.")
    if form != "csv" and cell(line.license_number).startswith("'"):
        yield Lack(
            "license_number",
            "The licence number begins with a sign that a spreadsheet computes with, so it is none "
            "that a registry knows. Ask for it.",
        )
    if form == "pars" and not line.birth_day:
        yield Lack("birth_day", "PARS needs the day of birth, as MM-DD. Ask for it.")
    if form == "cebroker" and not registry.professions.get(line.profession):
        yield Lack(
            "profession_code",
            f"CE Broker's code for {line.profession or 'no profession'} is missing: say it in the "
            "course's file, under the board's reporting.professions.",
        )
    if (
        form == "cebroker"
        and sum((h for _, h in _parts(registry, line)), Decimal(0)) > line.credits
    ):
        yield Lack(
            "subject_hours",
            "The certificate's subject areas say more hours than its credit, which CE Broker would "
            "add up. Supersede the certificate, then report.",
        )
    if form == "cebroker" and (uncoded := _uncoded(registry, line)):
        yield Lack(
            "subject_code",
            "The credit is partial, which CE Broker takes by subject area: say the codes in the "
            f"course's file, under the board's reporting.subjects ({', '.join(uncoded)}).",
        )


def mark_of(form: str, registry: Registry, line: Line) -> str:
    """A digest of what the registry is told: another one means that a correction is due."""
    told = "\0".join(_cells(form, registry, line))
    return hashlib.sha256(f"{form}\0{told}\0{plain(line.credits)}".encode()).hexdigest()


def heads(form: str, *, correction: bool = False) -> list[str]:
    """The first row of a report; none of what CE Broker takes in, which has no row of names."""
    if form == "cebroker" and not correction:
        return []
    return [*named(form), *_CORRECTS] if correction else named(form)


def named(form: str) -> list[str]:
    """The names of a format's columns."""
    return [*_HEADS[form]]


def cells(form: str, registry: Registry, line: Line, was: Corrected | None = None) -> list[str]:
    """A line's cells; a correction also says which line it corrects, and what stood there."""
    if was is None:
        return _cells(form, registry, line)
    return [*in_words(form, registry, line), str(was.report), str(was.line), was.credits]


def in_words(form: str, registry: Registry, line: Line) -> list[str]:
    """A line's cells as people read them, a cell a column: subject areas in one, then all hours."""
    found = _cells(form, registry, line)
    if form != "cebroker":
        return found
    parts = _parts(registry, line)
    areas = [f"{registry.subjects.get(name, name)} {plain(hours)}" for name, hours in parts]
    return [*found[:_FULL], "; ".join(areas), plain(line.credits)]


def sheet(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV (RFC 4180): no cell is taken for a formula, none breaks its line."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([cell(each) for each in row] for row in rows)
    return out.getvalue()


def cell(text: str) -> str:
    """One line of what can be seen; marked as text where a spreadsheet would take it to compute."""
    seen = _UNSEEN.sub(" ", text).strip()
    return f"'{seen}" if seen.startswith(_FORMULA) else seen


_FULL = 8  # columns A to H: full credit
_HEADS: Mapping[str, tuple[str, ...]] = {
    "csv": (
        *("board", "certificate_number", "name", "profession", "license_state", "license_number"),
        *("credits", "unit", "completed_on", "issued_on"),
    ),
    "cebroker": (
        *("provider", "course", "own_course_id", "publishing", "license_number", "completed_on"),
        *("state", "profession", "subject", "hours"),
    ),
    "pars": (
        *("activity_id", "name", "license_state", "license_number", "birth_month", "birth_day"),
        *("credits", "completed_on"),
    ),
}
_CORRECTS = ("corrects_report", "corrects_line", "credits_before")


def _cells(form: str, registry: Registry, line: Line) -> list[str]:
    if form == "cebroker":
        return _for_ce_broker(registry, line)
    if form == "pars":
        month, _, day = line.birth_day.partition("-")
        return [
            *(registry.activity_id, line.name, line.license_state, line.license_number, month, day),
            *(plain(line.credits), line.completed_on.isoformat()),
        ]
    return [
        *(registry.board, line.number, line.name, line.profession, line.license_state),
        *(line.license_number, plain(line.credits), registry.unit),
        *(line.completed_on.isoformat(), line.issued_on.isoformat()),
    ]


def _for_ce_broker(registry: Registry, line: Line) -> list[str]:
    day = line.completed_on
    course = registry.activity_id.removeprefix("20-")
    return [
        registry.provider_id.removeprefix("50-"),
        course,
        "" if course else registry.own_id,
        "",
        line.license_number,
        f"{day.month}/{day.day}/{day.year}",
        f"State={line.license_state}",
        f"Profession={registry.professions.get(line.profession, '')}",
        *(
            text
            for name, hours in _parts(registry, line)
            for text in (registry.subjects.get(name, ""), plain(hours))
        ),
    ]


def _parts(registry: Registry, line: Line) -> list[tuple[str, Decimal]]:
    """Partial credit by subject area; nothing for full credit, nor for none."""
    if line.credits >= registry.approved or not line.credits:
        return []
    named = [(name, hours) for name, hours in sorted(line.categories.items()) if hours]
    rest = line.credits - sum((hours for _, hours in named), Decimal(0))
    return [*named, (GENERAL, rest)] if rest > 0 else named


def _uncoded(registry: Registry, line: Line) -> list[str]:
    return [name for name, _ in _parts(registry, line) if not registry.subjects.get(name)]
