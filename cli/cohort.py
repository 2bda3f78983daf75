"""`partners cohort`: a cohort of a partner's, from a file, sent in as the partner would."""

import csv
import hashlib
import io
import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.markup import escape

from cli import say
from cli.here import Here, here, refusal
from cli.mappings import items_in
from cli.say import REFUSED, USAGE, AsJson, Ends
from cli.sent_in import path_of

MOST = 150
_SAMPLE = "See examples/cohort.csv for one; its columns are in docs/integrators.md."
_WHICH = "See which there are: bin/holdfast partners list"
_ATTENDEE = ("name", "email", "profession", "birth_day", "zone", "locale")
_LINE = ("id", "organisation", "disclosure_version", "payment_method")
_LICENSE = {f"license_{name}": name for name in ("profession", "state", "number")}
_COLUMNS = {*_ATTENDEE, *_LINE, *_LICENSE, "prerequisites"}
File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, or JSON with a list of items.")]
Partner = Annotated[str, typer.Option("--partner", help="Whose cohort it is.")]
Course = Annotated[str, typer.Option("--course", help="The course's id.")]
Version = Annotated[str, typer.Option(help="The disclosure they accepted, where a row names none.")]


def cohort(
    file: File,
    partner: Partner,
    course: Course,
    disclosure_version: Version = "",
    as_json: AsJson = False,
) -> None:
    """Register a partner's cohort: 150 people at most, each row a line of its own, with an id.

    Where the partner has a mapping, rows and items are its own. Of a file that is sent
    twice what was refused is looked at anew; whoever is in already is a duplicate.
    """
    stack = here()
    given = _rows(file) if file.suffix.lower() != ".json" else items_in(file)
    if not 0 < len(given) <= MOST:
        raise Ends(USAGE, f"A cohort is 1 to {MOST} people, and these are {len(given)}.", _SAMPLE)
    stands = stack.call("GET", path_of(partner), missing=_WHICH)
    if stands["mapping_version"]:
        _same_course(stack, partner, course, given)
        items = given
    else:
        read = _from_row if file.suffix.lower() != ".json" else _from_item
        items = [read(one, course, disclosure_version) for one in given]
    answer = _sent(stack, partner, items, _key(partner, course, items))
    replayed = "Idempotent-Replayed" in answer.headers
    if replayed and any(one["status"] == "refused" for one in answer.json()["results"]):
        # It was sent before, and what was wrong may be mended here by now: the mapping, or whose
        # the course is. Who is in is a duplicate.
        answer, replayed = _sent(stack, partner, items, f"cohort-{uuid.uuid4().hex}"), False
    results = answer.json()["results"]
    told = [{"row": row, **one} for row, one in enumerate(results, start=1)]
    if as_json:
        say.data({"partner_id": partner, "course_id": course, "results": told})
    else:
        _tell(told, course, replayed=replayed)
    if any(one["status"] == "refused" for one in told):
        raise typer.Exit(REFUSED)


def _sent(stack: Here, partner: str, items: Sequence[Any], key: str) -> httpx.Response:
    answer = stack.ask(
        "POST",
        "/partners/v1/inbound",
        json={"partner_id": partner, "items": items},
        headers={"Idempotency-Key": key},
    )
    if not answer.is_success:
        raise refusal(answer, {}, _WHICH)
    return answer


def _rows(file: Path) -> list[dict[str, str]]:
    """The rows of a sheet by the names of its columns. Raises Ends."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as why:
        raise Ends(USAGE, f"{file} cannot be read: {why.strerror}.", _SAMPLE) from why
    except UnicodeDecodeError as why:
        raise Ends(USAGE, f"{file} is not UTF-8.", "Save it as CSV UTF-8.") from why
    first = text.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True
    )
    try:
        found = list(reader)
    except csv.Error as why:
        raise Ends(USAGE, f"{file}, line {reader.line_num}: {why}.", _SAMPLE) from why
    heads = [name.strip() for name in reader.fieldnames or ()]
    if len(set(heads)) != len(heads) or "" in heads:
        raise Ends(USAGE, f"{file}: each column needs a name of its own.", _SAMPLE)
    rows = []
    for number, row in enumerate(found, start=1):
        if None in row or None in row.values():
            raise Ends(USAGE, f"{file}, row {number}: it has not as many cells as names.", _SAMPLE)
        cells = {name.strip(): cell.strip() for name, cell in row.items()}
        if any(cells.values()):
            rows.append(cells)
    return rows


def _from_row(row: Mapping[str, str], course: str, version: str) -> dict[str, Any]:
    """A row of a sheet as a line; an empty cell is nothing."""
    if unknown := sorted(row.keys() - _COLUMNS):
        known = ", ".join(sorted(_COLUMNS))
        raise Ends(USAGE, f"There are no such columns: {', '.join(unknown)}.", f"Use: {known}")
    if not row.get("id"):
        raise Ends(USAGE, "Each row needs an id, the partner's own and nobody's address.", _SAMPLE)
    given = {name: cell for name, cell in row.items() if cell}
    attendee: dict[str, Any] = {name: given[name] for name in _ATTENDEE if name in given}
    license_ = {name: given[column] for column, name in _LICENSE.items() if column in given}
    if license_:
        attendee["licenses"] = [license_]
    line: dict[str, Any] = {name: given[name] for name in _LINE if name in given}
    line["attendee"] = attendee
    if "prerequisites" in given:
        line["prerequisites"] = [each.strip() for each in given["prerequisites"].split(",")]
    return _from_item(line, course, version)


def _from_item(item: Mapping[str, Any], course: str, version: str) -> dict[str, Any]:
    """A line of ours, of this course."""
    said = item.get("type", "registration"), item.get("course_id", course)
    if said != ("registration", course):
        wrong = "The file has lines that are no registrations for this course."
        raise Ends(USAGE, wrong, f"Leave type and course_id out, or say {course}.")
    line = {**item, "type": "registration", "course_id": course}
    if version and not line.get("disclosure_version"):
        line["disclosure_version"] = version
    return line


def _same_course(stack: Here, partner: str, course: str, items: Sequence[Any]) -> None:
    """By the partner's mapping all of them are registrations for this course; what is refused by it
    is told as it is sent."""
    path = f"{path_of(partner)}/mapping/try"
    tried = stack.call("POST", path, missing=_WHICH, json={"items": items})["results"]
    lines = [(row, one["line"]) for row, one in enumerate(tried, start=1) if "line" in one]
    for row, line in lines:
        if (line["type"], line["course_id"]) != ("registration", course):
            what = f"{line['type']} for {line['course_id']}"
            raise Ends(
                USAGE,
                f"By the mapping of {partner} row {row} is {what}. Nothing was sent.",
                f"See what each is: bin/holdfast partners mapping try {quote(partner)} ITEMS.json",
            )


def _key(partner: str, course: str, items: Sequence[Any]) -> str:
    """The same for the same people, asked for in the same way: so a repeat is harmless."""
    said = json.dumps([partner, course, items], sort_keys=True).encode()
    return f"cohort-{hashlib.sha256(said).hexdigest()}"


def _tell(told: Sequence[Mapping[str, Any]], course: str, *, replayed: bool) -> None:
    counted = Counter(one["status"] for one in told)
    say.line(", ".join(f"{many} {status}" for status, many in counted.items()))
    rows = [
        [str(one["row"]), escape(str(one["id"] or "")), say.state(one["status"]),
         escape(one.get("detail", ""))]
        for one in told
        if one["status"] == "refused" or one.get("detail")
    ]  # fmt: skip
    if rows:
        say.table(["row", "id", "", ""], rows, right=[0])
    if replayed:
        say.line("This very file was sent before: this is its first answer.")
    if counted["refused"]:
        say.following("Mend these rows and send the file again: who is in is a duplicate.")
    else:
        say.following(f"What became of them: bin/holdfast registrations list {course}")
