"""Sign-in sheets: printed for a room, filled in by hand, and read back (decision 56).

A line says who, and the wall times of the clock in the room (`walls.py`); what is wrong with it
refuses that line only. A missing sign-out ends with the session, and is marked inferred; a line
that nobody signed says nothing. What is kept is the line as it was written, so the same sheet read
twice is one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.attendance.domain.fields import id_of, line_object, optional_text
from services.attendance.domain.keeping import digest, left_out_of_sheet
from services.attendance.domain.keyed import SHEET, keyed
from services.attendance.domain.lines import Named, Reported
from services.attendance.domain.minutes import Window
from services.attendance.domain.walls import Wall, instant_of_wall, read_wall
from shared.errors import Invalid, Malformed

MOST = 2_000
_READ = frozenset({"no", "name", "email", "registration_id", "signed_in", "signed_out", "fold"})
COLUMNS = ("no", "name", "registration_id", "signed_in", "signed_out")
LONGEST = timedelta(hours=24)  # of a session that has one sheet
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class SheetInvalid(Invalid):
    """This is no sheet, as a whole."""

    slug = "sheet-invalid"


@dataclass(frozen=True, slots=True)
class Signed:
    """A line that somebody signed; `fold` is which of two, where a wall time comes twice."""

    who: Named
    signed_in: Wall
    signed_out: Wall | None
    fold: int | None
    body: Mapping[str, Any] = field(compare=False)
    sha256: str
    left_out: tuple[str, ...] = ()  # names of what is not kept


@dataclass(frozen=True, slots=True)
class Printed:
    """A row of the sheet to sign."""

    number: int
    name: str
    registration_id: str


def read_csv(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Rows by the names of the first, with their places; comma, semicolon or tab between cells."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetInvalid("The sheet is not UTF-8. Save it as CSV in UTF-8.") from None
    head = text.lstrip().partition("\n")[0]
    mark = max((",", ";", "\t"), key=head.count)
    try:
        first, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except (csv.Error, ValueError):
        raise SheetInvalid(
            "The sheet cannot be read as CSV: its first row names columns."
        ) from None
    names = [re.sub(r"[\s-]+", "_", name.strip().lower()) for name in first]
    if "signed_in" not in names or not {"registration_id", "name"} & set(names):
        raise SheetInvalid("The columns are registration_id or name, signed_in and signed_out.")
    return [
        (place, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name})
        for place, cells in enumerate(rows)
        if any(cell.strip() for cell in cells)
    ]


def read_signed(line: Any, secret: str) -> Signed | None:
    """One line; None where nobody signed it. Malformed says what is wrong with it. `secret` is the
    platform's, with which who is only named has an id."""
    given = line_object(line)
    written_in, written_out = (optional_text(given, n) for n in ("signed_in", "signed_out"))
    registration = id_of(optional_text(given, "registration_id"), "registration_id")
    name, email = optional_text(given, "name"), optional_text(given, "email")
    if written_in is None and written_out is None:
        return None
    if written_in is None:
        raise Malformed("line-malformed", "signed_in is missing: when did they come?")
    if registration is None and name is None:
        raise Malformed("line-malformed", "Name registration_id, or the name as it was written.")
    signed_in = read_wall(written_in, "signed_in")
    signed_out = None if written_out is None else read_wall(written_out, "signed_out")
    fold = optional_text(given, "fold")
    if fold not in (None, "0", "1"):
        raise Malformed("line-malformed", "fold is 0 for the first of two, or 1 for the second.")
    participant = registration or keyed(secret, SHEET, name or "", email or "")
    body: dict[str, Any] = {
        "participant_id": participant,
        "signed_in": signed_in.at.isoformat(),
        **({"registration_id": registration} if registration else {}),
        **({"signed_out": signed_out.at.isoformat()} if signed_out else {}),
        **({"fold": int(fold)} if fold else {}),
    }
    who = Named(participant, registration, name, email)
    left_out = left_out_of_sheet(given, _READ)
    of_two = int(fold) if fold else None
    return Signed(who, signed_in, signed_out, of_two, body, digest(body), left_out)


def placed(signed: Signed, window: Window, zone: str, now: datetime) -> Reported:
    """A signed line as an interval in UTC; a refusal says what cannot be right about its times."""
    joined_at = instant_of_wall(signed.signed_in, signed.fold, window, zone, "signed_in")
    left_at = None
    if signed.signed_out is not None:
        left_at = instant_of_wall(signed.signed_out, signed.fold, window, zone, "signed_out")
        if left_at < joined_at:
            raise Malformed("line-malformed", "signed_out is before signed_in.")
    for name, at in (("signed_in", joined_at), ("signed_out", left_at)):
        if at is not None and at > now:
            raise Malformed("line-malformed", f"{name} is in the future.")
    return Reported(
        joined_at, left_at, waiting=False, who=signed.who, body=signed.body, sha256=signed.sha256
    )


def may_have_a_sheet(window: Window, *, recorded: bool) -> None:
    """Refuse a sheet of what is not held in a room on a day."""
    if recorded or window.ends_at - window.starts_at > LONGEST:
        raise SheetInvalid("Only a session that is held on a day has a sheet to sign.")


def blank(rows: Sequence[Printed]) -> str:
    """The sheet as CSV, to be filled in; the mark at its beginning lets Excel read UTF-8."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    write(COLUMNS)
    for row in rows:
        name = f"'{row.name}" if row.name.startswith(_FORMULA) else row.name
        write((row.number, name, row.registration_id, "", ""))
    return f"\ufeff{out.getvalue()}"
