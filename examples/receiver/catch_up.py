"""Reads in the feed what is new since the last time, into the file that webhooks go into too.

`HOLDFAST_URL` is the front door, `HOLDFAST_PARTNER_KEY` the partner's key. Nothing is lost where it
is stopped anywhere: the cursor is kept in the transaction of the events that stand before it.
"""

from __future__ import annotations

import os
from pathlib import Path

from holdfast_client import Holdfast

from .store import cursor_of, keep, keep_cursor, opened

FEED = "holdfast"


def catch_up(holdfast: Holdfast, database: Path) -> tuple[int, int]:
    """How many events were read, and how many of them were new."""
    with opened(database) as con:
        after = cursor_of(con, FEED)
    read = new = 0
    for page in holdfast.feed(after=after):
        with opened(database) as con:
            new += sum([keep(con, event) for event in page])
            keep_cursor(con, FEED, page.next)
        read += len(page)
    return read, new


if __name__ == "__main__":
    with Holdfast(os.environ["HOLDFAST_URL"], os.environ["HOLDFAST_PARTNER_KEY"]) as door:
        read, new = catch_up(door, Path(os.environ.get("RECEIVER_DATABASE", "receiver.sqlite")))
    print(f"{read} events in the feed since the last time, {new} of them not known from webhooks")
