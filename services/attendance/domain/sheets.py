"""Sign-in sheets: printed for a room, filled in by hand, and read back (decision 56).

A line says who, and the wall times of the clock in the room: `16:02`, also `4:02 PM`. They are
times of the session's zone and of whichever day brings them nearest to the session, so a session
may run past midnight; what is further than six hours from it is a slip of the pen. `3:05` on a day
from 9 to 17 is doubtful, for five past three in the afternoon may be meant. A wall time that
does not exist, or comes twice and does not say which (`fold`), is refused, and with it only its
line. A missing sign-out ends with the session, and is marked inferred; a line that nobody signed
says nothing. What is kept is the line as it was written, so the same sheet read twice is one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from services.attendance.domain.lines import (
    Named,
    Reported,
    digest,
    id_of,
    line_object,
    optional_text,
)
from services.attendance.domain.minutes import Window
from shared.dates import instant_of, zone_of
from shared.errors import Invalid, Malformed, Refusal

MOST = 2_000
COLUMNS = ("no", "name", "registration_id", "signed_in", "signed_out")
SLACK = timedelta(hours=6)  # before and after the session
EARLY = timedelta(minutes=30)  # before or after, as people come and go: no doubt about the hour
LONGEST = timedelta(hours=24)  # of a session that has one sheet
_WALL = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class SheetInvalid(Invalid):
    """This is no sheet, as a whole."""

    slug = "sheet-invalid"


@dataclass(frozen=True, slots=True)
class Wall:
    """A time of the clock in the room; `either`: it may have been the morning's or the evening's,
    for it is at most 12 and nobody wrote AM or PM."""

    at: time
    either: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """A line that somebody signed; `fold` is which of two, where a wall time comes twice."""

    who: Named
    signed_in: Wall
    signed_out: Wall | None
    fold: int | None
    body: Mapping[str, Any] = field(compare=False)
    sha256: str


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


def read_signed(line: Any) -> Signed | None:
    """One line; None where nobody signed it. Malformed says what is wrong with it."""
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
    signed_in = _wall(written_in, "signed_in")
    signed_out = None if written_out is None else _wall(written_out, "signed_out")
    fold = optional_text(given, "fold")
    if fold not in (None, "0", "1"):
        raise Malformed("line-malformed", "fold is 0 for the first of two, or 1 for the second.")
    participant = registration or _stranger(name or "", email or "")
    body: dict[str, Any] = {
        "participant_id": participant,
        "signed_in": signed_in.at.isoformat(),
        **({"registration_id": registration} if registration else {}),
        **({"signed_out": signed_out.at.isoformat()} if signed_out else {}),
        **({"fold": int(fold)} if fold else {}),
    }
    who = Named(participant, registration, name, email)
    return Signed(who, signed_in, signed_out, int(fold) if fold else None, body, digest(body))


def placed(signed: Signed, window: Window, zone: str, now: datetime) -> Reported:
    """A signed line as an interval in UTC; a refusal says what cannot be right about its times."""
    joined_at = _instant(signed.signed_in, signed.fold, window, zone, "signed_in")
    left_at = None
    if signed.signed_out is not None:
        left_at = _instant(signed.signed_out, signed.fold, window, zone, "signed_out")
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


def _wall(text: str, name: str) -> Wall:
    found = _WALL.fullmatch(text.strip())
    if found is not None:
        hour, minute, second, half = found.groups()
        of_day = int(hour)
        if half is not None:
            of_day = of_day % 12 + (12 if half in "pP" else 0) if 1 <= of_day <= 12 else 24
        try:
            at = time(of_day, int(minute), int(second or 0))
            return Wall(at, half is None and 1 <= of_day <= 12)
        except ValueError:
            pass
    raise Malformed("line-malformed", f"{name} is a time such as 16:02 or 4:02 PM.")


def _instant(wall: Wall, fold: int | None, window: Window, zone: str, name: str) -> datetime:
    """The instant of a wall time, on the day that brings it nearest to the session.

    Refused as doubtful: `3:05` that would lie well outside a session in which there is a 15:05.
    """
    tz = zone_of(zone)
    starts, ends = (
        at.astimezone(tz).replace(tzinfo=None) for at in (window.starts_at, window.ends_at)
    )
    first = starts.date() - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((ends.date() - first).days + 2)]

    def away(day: date, at: time = wall.at) -> timedelta:
        then = datetime.combine(day, at)
        return max(starts - then, then - ends, timedelta())

    day = min(days, key=away)
    if away(day) > SLACK:
        raise Malformed("line-malformed", f"{name} is more than six hours away from the session.")
    other = wall.at.replace(hour=(wall.at.hour + 12) % 24)
    if wall.either and away(day) > EARLY and not min(away(day, other) for day in days):
        written, meant = (f"{at:%H:%M}" for at in (wall.at, other))
        raise Malformed("line-malformed", f"{name}: is it {meant}, or {written}? Write AM or PM.")
    try:
        return instant_of(day, wall.at, zone, fold)
    except Refusal as why:
        raise Malformed("line-malformed", f"{name}: {why.detail}") from None


def _stranger(name: str, email: str) -> str:
    """A participant's id for who is only named: the same for the same words, and no words."""
    said = "\n".join(" ".join(part.lower().split()) for part in (name, email))
    return f"sheet:{sha256(said.encode()).hexdigest()}"
