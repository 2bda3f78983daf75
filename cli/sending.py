"""Sending a file of evidence: as many requests as it takes, and their answers as one."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from cli.here import Here, refusal
from cli.parts import Part, of_csv, of_json
from cli.say import USAGE, Ends

SAMPLE = (
    "A report has participant_id or registration_id, joined_at and left_at, or is Zoom's own CSV;"
    " a sheet registration_id or name, signed_in and signed_out."
)


def uploads_of(stack: Here, path: str) -> list[dict[str, Any]]:
    """What was uploaded of the session at this path, in order."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = stack.call(
            "GET",
            f"{path}/uploads?limit=200&after={after}",
            missing="See which there are: bin/holdfast course show COURSE",
        )
        found += page["items"]
        after = page["next"]
    return found


def _is_withdrawn(stack: Here, answer: httpx.Response, path: str) -> bool:
    """Whether a first answer is about an upload that counts no more: then the file is news."""
    number = answer.json().get("upload")
    if number is None or "Idempotent-Replayed" not in answer.headers:
        return False
    return any(one["number"] == number and one["withdrawn"] for one in uploads_of(stack, path))


def parts_of(file: Path, content: bytes, *, is_csv: bool, whole: bool) -> list[Part]:
    """A report goes in as many requests as it takes; a sheet is one."""
    if whole:
        return [Part(content, range(1, len(content) + 1)) if is_csv else Part(content)]
    try:
        return list(of_csv(content) if is_csv else of_json(content))
    except csv.Error as why:
        raise Ends(USAGE, f"{file} cannot be read as CSV: {why}.", SAMPLE) from None


def asked(stack: Here, path: str, content: bytes, kind: str, *, again: bool) -> httpx.Response:
    """What attendance says to a part; asked anew where its first answer holds no more."""
    answer = _sent(stack, path, content, kind, _key(content, path, again=again))
    if "Idempotent-Replayed" not in answer.headers:
        return answer
    # What was refused then, too early for one, may be taken by now, and nothing was kept; what was
    # withdrawn since is news.
    if not answer.is_success or _is_withdrawn(stack, answer, path.rpartition("/")[0]):
        answer = _sent(stack, path, content, kind, _key(content, path, again=True))
    return answer


def _sent(stack: Here, path: str, content: bytes, kind: str, key: str) -> httpx.Response:
    headers = {"Content-Type": kind, "Idempotency-Key": key}
    return stack.ask("POST", path, content=content, headers=headers)


def why_refused(answer: httpx.Response) -> Ends:
    """Why attendance does not take a part."""
    why = refusal(answer, {}, "See which there are: bin/holdfast course show COURSE")
    if answer.status_code in {400, 422}:
        return Ends(USAGE, why.message, SAMPLE)
    return why


def broken_off(why: Ends, number: int, parts: Sequence[Part]) -> Ends:
    """It ends at this part; says what of the file was kept by then."""
    if number == 1:
        return why
    message = f"Part {number} of {len(parts)} was not kept: {why.message}"
    sent = "The parts before it are kept. Send the same file again: nothing is counted twice."
    return Ends(why.code, message, sent)


def added(told: dict[str, Any], more: dict[str, Any], part: Part) -> dict[str, Any]:
    """Both answers as one; lines are counted through the file, and rows are those of the file."""
    counted = ("accepted", "duplicates", "blank")
    before = sum(told.get(name, 0) for name in counted) + len(told["refused"])
    refused = []
    for one in more["refused"]:
        row = part.row(one.get("row"), one["index"])
        placed = {**one, "index": one["index"] + before}
        refused.append({**placed, "row": row} if row is not None else placed)
    sums = {name: told.get(name, 0) + more[name] for name in counted if name in more}
    all_of_it = {**more, **sums, "refused": [*told["refused"], *refused]}
    if more.get("upload") is not None:  # each part is withdrawn by its own number
        all_of_it["uploads"] = [*told.get("uploads", ()), more["upload"]]
        if before:
            all_of_it["upload"] = None
    if "left_out" in more:
        all_of_it["left_out"] = sorted({*told.get("left_out", ()), *more["left_out"]})
    if "outside" in more:
        all_of_it["outside"] = told.get("outside", 0) + more["outside"]
        others = [*told.get("other_meetings", ()), *more["other_meetings"]]
        all_of_it["other_meetings"] = list(dict.fromkeys(others))
    return all_of_it


def _key(content: bytes, path: str, *, again: bool) -> str:
    """The same for the same file of the same session: so a repeat is harmless."""
    if again:
        return f"evidence-{uuid4()}"
    return f"evidence-{hashlib.sha256(path.encode() + content).hexdigest()}"
