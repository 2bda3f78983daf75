"""The simulator's file: SQLite, one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
create table if not exists objects (
  kind text not null, id text not null, key text, reference text, parent text,
  body text not null, created real not null, primary key (kind, id)
);
create unique index if not exists objects_key on objects (kind, key) where key is not null;
create index if not exists objects_reference on objects (kind, reference);
create index if not exists objects_parent on objects (kind, parent);
create table if not exists events (
  id text primary key, body text not null, attempts integer not null, next_at real not null,
  rank integer not null
);
create index if not exists events_next on events (next_at, rank);
create table if not exists planned (
  id text primary key, what text not null, subject text not null, detail text not null,
  at real not null
);
create table if not exists answers (
  key text primary key, request text not null, status integer not null, answer text not null
);
create table if not exists movements (
  seq integer primary key autoincrement, kind text not null, object_id text not null,
  payment_id text not null, amount integer not null, currency text not null, created real not null,
  payout_id text
);
create index if not exists movements_not_paid_out on movements (created) where payout_id is null;
create table if not exists counters (name text primary key, n integer not null);
create table if not exists meta (name text primary key, value text not null);
"""


class File:
    """The connection. `durable`: what is committed outlives a crash of the machine; tests that
    write much do without."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._con = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._con.execute("pragma journal_mode=wal")
        self._con.execute(f"pragma synchronous={'full' if durable else 'off'}")
        self._con.executescript(_TABLES)
        self._lock = threading.RLock()
        self._depth = 0

    def close(self) -> None:
        with self._lock:
            self._con.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing; one block at a time, and a block within a block is undone
        by itself."""
        with self._lock:
            point = f"p{self._depth}"
            self._con.execute(f"savepoint {point}" if self._depth else "begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._con.execute(f"rollback to {point}" if self._depth else "rollback")
                if self._depth:
                    self._con.execute(f"release {point}")
                raise
            self._depth -= 1
            self._con.execute(f"release {point}" if self._depth else "commit")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._con.execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, if there is one."""
        found = self.rows(sql, *values)
        return found[0][0] if found else None

    def do(self, sql: str, *values: Any) -> None:
        with self._lock:
            self._con.execute(sql, values)

    def count(self, name: str) -> int:
        """1, 2, 3 …: how often this was asked of this name."""
        up = "insert into counters values (?, 1) on conflict (name) do update set n = n + 1"
        return int(self.value(f"{up} returning n", name))

    def note(self, name: str, value: str | None) -> None:
        """Keep a value by its name; None takes it away."""
        with self.transaction():
            self.do("delete from meta where name = ?", name)
            if value is not None:
                self.do("insert into meta values (?, ?)", name, value)

    def noted(self, name: str) -> str | None:
        found: str | None = self.value("select value from meta where name = ?", name)
        return found
