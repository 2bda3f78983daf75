"""Lists of money for staff: narrowed by what is asked, the newest first, page by page.

A place in a list is the moment and the id of a row, so that pages neither skip nor repeat what
stays where it is. Only what is asked for stands in a statement, so that each goes by its index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query

from shared.dates import parse_instant
from shared.errors import Malformed
from shared.runtime.envelope import instant

Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Of = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*$",
        description="An invoice's number or id, the gateway's id of a payment, or a registration's",
    ),
]
# The registrations that are meant by what somebody has in hand.
MEANT = """
  SELECT registration_id FROM registrations WHERE registration_id = $1
  UNION SELECT l.registration_id FROM invoices i JOIN invoice_lines l USING (invoice_id)
    WHERE i.number = $1
  UNION SELECT registration_id FROM invoice_lines WHERE invoice_id = $1
  UNION SELECT registration_id FROM payment_parts WHERE payment_id = $1
"""


@dataclass
class Wanted:
    """Conditions of a statement with their values, in the order in which they stand there."""

    values: list[Any] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)

    def given(self, condition: str, value: Any) -> None:
        """One that is asked for only where it has a value; its `$` becomes the value's number."""
        if value is not None:
            self.values.append(value)
            self.conditions.append(condition.replace("$", f"${len(self.values)}"))

    def behind(self, order: tuple[str, str], after: str | None) -> None:
        """Only what comes behind a place in this order of a moment and an id, both downwards.

        Raises Malformed for what is no place."""
        if after is not None:
            self.values += place_of(after)
            last = len(self.values)
            self.conditions.append(f"({', '.join(order)}) < (${last - 1}, ${last})")

    def text(self) -> str:
        """All of them, for behind WHERE."""
        return " AND ".join(self.conditions) or "true"


def place_of(after: str) -> tuple[datetime, str]:
    """`moment/id`, as `next` gives it. Raises Malformed."""
    at, _, row_id = after.partition("/")
    try:
        if "\x00" in row_id:
            raise ValueError("no row can be there")
        return parse_instant(at), row_id
    except ValueError as why:
        raise Malformed("cursor-invalid", "Take `next` of the page before as it is.") from why


def page_of(
    rows: Sequence[Any], limit: int, order: tuple[str, str]
) -> tuple[list[Any], str | None]:
    """The rows of a page, and `next` where one more was found than it holds."""
    page = list(rows[:limit])
    at, row_id = order
    last = page[-1] if len(rows) > limit else None
    return page, f"{instant(last[at])}/{last[row_id]}" if last else None
