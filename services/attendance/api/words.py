"""What the routes share: ids and text in bodies, stays as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, Field, StringConstraints

from services.attendance.commands.observing import Receipt
from services.attendance.commands.reading import Read, read
from services.attendance.domain.pairing import Stay
from services.attendance.models import ReportFetch
from shared.dates import rfc3339
from shared.runtime.edge import Edge

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]+$")]
_AS_FAR = ("waiting", "fetching", "planned", "given_up", "done")
MANY = 20  # lines from which a request has its transaction to itself


class RefusedLine(BaseModel):
    """A line that was not kept, by its place from 0, and why; of a CSV also by its row, counted
    from 1 as a spreadsheet does."""

    index: int
    row: int | None = None
    detail: str


class ReceiptBody(BaseModel):
    """What became of the lines of a request."""

    accepted: int
    duplicates: int
    refused: list[RefusedLine]


class ListBody(ReceiptBody):
    """The same of a list of registrants."""

    overruled: list[str] = Field(
        description="Registrants of whom a human has said otherwise, which holds: match them anew"
    )


class KeptBody(ReceiptBody):
    """The same of evidence, of which only what is on a list is kept."""

    left_out: list[str] = Field(description="Names of fields that are not kept, at most 20")


class UploadBody(KeptBody):
    """The same of what was sent as a whole."""

    upload: int | None = Field(description="Its number in the session, by which it is withdrawn")
    outside: int = Field(description="Lines outside the session's time, which count for nobody")
    other_meetings: list[str] = Field(description="Meetings of the file that are not the session's")


def grace_of(request: Request) -> timedelta:
    """How long a session waits for its report, by this service's settings."""
    grace: timedelta = request.app.state.grace
    return grace


async def told(edge: Edge, shown: Read, body: Any) -> Response:
    """An answer that names people: given when it is kept that it was read."""
    return await edge.run(read, shown, answer=lambda _: (200, body))


def stay_body(stay: Stay, source: str) -> dict[str, Any]:
    """A stay as evidence."""
    return {
        "source": source,
        "joined_at": rfc3339(stay.joined_at),
        "left_at": rfc3339(stay.left_at) if stay.left_at else None,
        "inferred": stay.inferred,
    }


def receipt_body(receipt: Receipt, rows: Sequence[int] | None = None) -> dict[str, Any]:
    """What became of the lines of a request, as JSON; `rows` are those of a CSV in which they
    stood."""
    refused: list[dict[str, Any]] = [
        {"index": index, **({"row": rows[index]} if rows is not None else {}), "detail": detail}
        for index, detail in receipt.refused
    ]
    return {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "refused": refused,
    }


def list_body(receipt: Receipt, rows: Sequence[int] | None = None) -> dict[str, Any]:
    """The same of a list of registrants, as JSON."""
    return {**receipt_body(receipt, rows), "overruled": list(receipt.overruled)}


def kept_body(receipt: Receipt, rows: Sequence[int] | None = None) -> dict[str, Any]:
    """The same of evidence, as JSON."""
    return {**receipt_body(receipt, rows), "left_out": list(receipt.left_out)}


def upload_body(receipt: Receipt, rows: Sequence[int] | None = None) -> dict[str, Any]:
    """The same of what was sent as a whole, as JSON."""
    told = {"outside": receipt.outside, "other_meetings": list(receipt.other_meetings)}
    return {**kept_body(receipt, rows), "upload": receipt.upload, **told}


def fetch_body(fetches: Sequence[ReportFetch]) -> dict[str, Any]:
    """How far the fetch of a session's report has come, as a whole and meeting by meeting; without
    the tokens of its pages. Its state is that of the meeting that is least far."""
    shown = ("uuid", "meeting_id", "state", "pages", "lines", "trouble")
    least = min(fetches, key=lambda fetch: _AS_FAR.index(fetch.state))
    troubles = [least.trouble, *(fetch.trouble for fetch in fetches)]
    calls = [fetch.next_at for fetch in fetches if fetch.next_at is not None]
    return {
        "state": least.state,
        "instances": [{name: r.get(name) for name in shown} for f in fetches for r in f.instances],
        "pages": sum(fetch.pages for fetch in fetches),
        "lines": sum(fetch.lines for fetch in fetches),
        "refused": sum(fetch.refused for fetch in fetches),
        "tries": max(fetch.tries for fetch in fetches),
        "trouble": next((trouble for trouble in troubles if trouble), None),
        "next_at": rfc3339(min(calls)) if calls else None,
        "updated_at": rfc3339(max(fetch.updated_at for fetch in fetches)),
        "meetings": [_meeting_body(fetch) for fetch in fetches],
    }


def _meeting_body(fetch: ReportFetch) -> dict[str, Any]:
    return {
        "meeting_id": fetch.meeting_id,
        "state": fetch.state,
        "pages": fetch.pages,
        "lines": fetch.lines,
        "refused": fetch.refused,
        "tries": fetch.tries,
        "trouble": fetch.trouble,
        "next_at": rfc3339(fetch.next_at) if fetch.next_at else None,
    }
