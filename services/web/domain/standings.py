"""How people of a course stand with its boards, as the console's table has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.web.domain.tables import Column

STATES = {
    "valid": "holds one",
    "in_question": "in question",
    "being_made": "being made",
    "claimable": "not claimed yet",
    "lacking": "lacks something",
    "declined": "declined",
    "revoked": "holds none any more",
}
STANDINGS = (
    Column("name", "Name"),
    Column("board", "Board"),
    Column("state", "State"),
    Column("lacks", "What is lacking"),
    Column("credits", "Credits", number=True),
    Column("unit", "Unit", hidden=True),
    Column("number", "Certificate"),
    Column("issued", "Issued, UTC"),
    Column("registration_id", "Registration", hidden=True),
)


def standing_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """A line from what certificates says of one registration and board. `credits` are those of the
    certificate, or what attendance alone is worth."""
    issued = item.get("certificate") or {}
    lacks = " ".join(str(one["detail"]) for one in item.get("unmet") or ())
    return {
        "registration_id": item["registration_id"],
        "name": item.get("name") or "erased",
        "board": item.get("board") or str(item.get("kind") or "").capitalize(),
        "state": STATES.get(item["state"], item["state"]),
        "stands": item["state"],
        "lacks": "" if item["state"] == "valid" else lacks,
        "credits": item["credits"],
        "unit": item["unit"],
        "number": issued.get("number") or "",
        "issued": str(issued.get("issued_at") or "")[:16].replace("T", " "),
    }
