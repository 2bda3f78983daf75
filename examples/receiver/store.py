"""What came, once by its id, in a file of SQLite; and how far the feed was read.

Whoever works on it reads by `number`, in a process of their own, and remembers how far they came.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from holdfast_client import Event
from holdfast_client.models import PersonErased, PersonRecorded

_TABLES = """
CREATE TABLE IF NOT EXISTS events (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL, subject TEXT NOT NULL, said_at TEXT NOT NULL, person_id TEXT, data TEXT);
CREATE INDEX IF NOT EXISTS events_of_person ON events (person_id, type);
CREATE TABLE IF NOT EXISTS cursors (name TEXT PRIMARY KEY, cursor TEXT NOT NULL);
"""
_ADD = """
INSERT INTO events (id, type, subject, said_at, person_id, data) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
_OF_PERSON = "FROM events WHERE person_id = ? AND type = ?"


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction: on the disk where the block ends, undone where it raises. It waits two
    seconds for another one, for a webhook is to be answered within three."""
    with closing(sqlite3.connect(path, timeout=2.0, isolation_level=None)) as con:
        con.execute("PRAGMA secure_delete = ON")  # who is erased is overwritten, too
        con.executescript(_TABLES)
        con.execute("BEGIN IMMEDIATE")
        try:
            yield con
        except BaseException:
            con.execute("ROLLBACK")
            raise
        con.execute("COMMIT")


def keep(con: sqlite3.Connection, event: Event) -> bool:
    """Whether it is new. Of a person who was erased nothing is kept, in whichever order it comes:
    what a `person.recorded` held goes, and the ids that facts have stay."""
    named = event.data.get("person_id")
    person_id = named if isinstance(named, str) else None
    data: str | None = json.dumps(event.data)
    if event.type == PersonErased.TYPE:
        con.execute(
            "UPDATE events SET data = NULL WHERE person_id = ? AND type = ?",
            (person_id, PersonRecorded.TYPE),
        )
    elif event.type == PersonRecorded.TYPE:
        gone = con.execute(f"SELECT 1 {_OF_PERSON}", (person_id, PersonErased.TYPE)).fetchone()
        data = None if gone else data
    said = (event.id, event.type, event.subject, event.time.isoformat(), person_id, data)
    return con.execute(_ADD, said).rowcount == 1


def cursor_of(con: sqlite3.Connection, name: str) -> str | None:
    """How far that feed was read; None from the beginning."""
    found = con.execute("SELECT cursor FROM cursors WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else None


def keep_cursor(con: sqlite3.Connection, name: str, cursor: str) -> None:
    """It is read so far; in the transaction of what was read."""
    con.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (name, cursor))
