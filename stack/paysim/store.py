"""The simulator's file: four tables of JSON objects, one writer at a time."""

import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Object = dict[str, Any]

_TABLES = """
create table if not exists objects (
  kind text not null, id text not null, key text, reference text, parent text,
  body text not null, created real not null, primary key (kind, id)
);
create unique index if not exists objects_key on objects (kind, key) where key is not null;
create index if not exists objects_reference on objects (kind, reference);
create index if not exists objects_parent on objects (kind, parent);
create table if not exists webhooks (
  id text primary key, body text not null, attempts integer not null, next_at real not null
);
create index if not exists webhooks_next on webhooks (next_at);
create table if not exists settling (refund_id text primary key, status text not null, at real);
"""


class Store:
    """Objects by kind (`checkout`, `payment`, `refund`) and the webhooks still to be delivered."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._con = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._con.execute("pragma journal_mode=wal")
        self._con.execute("pragma synchronous=full")
        self._con.executescript(_TABLES)
        self._lock = threading.RLock()

    def close(self) -> None:
        with self._lock:
            self._con.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing; one block at a time."""
        with self._lock:
            self._con.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._con.execute("rollback")
                raise
            self._con.execute("commit")

    def get(self, kind: str, identity: str) -> Object | None:
        return next(iter(self._find("kind = ? and id = ?", kind, identity)), None)

    def by_key(self, kind: str, key: str) -> Object | None:
        return next(iter(self._find("kind = ? and key = ?", kind, key)), None)

    def by_reference(self, kind: str, reference: str) -> list[Object]:
        return self._find("kind = ? and reference = ?", kind, reference)

    def of_parent(self, kind: str, parent: str) -> list[Object]:
        return self._find("kind = ? and parent = ?", kind, parent)

    def all(self, kind: str) -> list[Object]:
        return self._find("kind = ?", kind)

    def put(self, kind: str, body: Object, *, reference: str = "", parent: str = "") -> None:
        """Insert, or change the body of what is there."""
        with self._lock:
            self._con.execute(
                "insert into objects values (?, ?, ?, ?, ?, ?, ?) "
                "on conflict (kind, id) do update set body = excluded.body",
                (
                    *(kind, body["id"], body.get("key"), reference, parent),
                    *(json.dumps(body), time.time()),
                ),
            )

    def say(self, what: str, body: Object) -> None:
        """Plan a webhook: delivered at least once, however long that takes."""
        event = {
            "id": new_id("evt"),
            "type": what,
            "created": int(time.time()),
            "data": public(body),
        }
        with self._lock:
            self._con.execute(
                "insert into webhooks values (?, ?, 0, 0)", (event["id"], json.dumps(event))
            )

    def webhooks_due(self, limit: int) -> list[tuple[str, str, int]]:
        """(id, body, attempts so far) of those whose time has come."""
        with self._lock:
            rows = self._con.execute(
                "select id, body, attempts from webhooks where next_at <= ? "
                "order by next_at, rowid limit ?",
                (time.time(), limit),
            )
            return list(rows.fetchall())

    def webhook_done(self, identity: str) -> None:
        with self._lock:
            self._con.execute("delete from webhooks where id = ?", (identity,))

    def webhook_later(self, identity: str, seconds: float) -> None:
        with self._lock:
            self._con.execute(
                "update webhooks set attempts = attempts + 1, next_at = ? where id = ?",
                (time.time() + seconds, identity),
            )

    def settle_later(self, refund_id: str, status: str, seconds: float) -> None:
        """Remember that a refund becomes `status` in some seconds."""
        with self._lock:
            self._con.execute(
                "insert or replace into settling values (?, ?, ?)",
                (refund_id, status, time.time() + seconds),
            )

    def settling_due(self) -> list[tuple[str, str]]:
        """(refund id, what it becomes) of those whose time has come; they stay until settled."""
        with self._lock:
            rows = self._con.execute(
                "select refund_id, status from settling where at <= ? order by at", (time.time(),)
            )
            return list(rows.fetchall())

    def settled(self, refund_id: str, status: str) -> None:
        with self._lock:
            self._con.execute(
                "delete from settling where refund_id = ? and status = ?", (refund_id, status)
            )

    def pending(self) -> int:
        """Webhooks not yet taken, and refunds not yet settled."""
        with self._lock:
            row = self._con.execute(
                "select (select count(*) from webhooks) + (select count(*) from settling)"
            ).fetchone()
            return int(row[0])

    def _find(self, where: str, *values: str) -> list[Object]:
        with self._lock:
            rows = self._con.execute(
                f"select body from objects where {where} order by created, rowid", values
            )
            return [json.loads(row[0]) for row in rows.fetchall()]


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"


def public(body: Object) -> Object:
    """What others may see: fields that begin with an underscore are the simulator's own."""
    return {k: v for k, v in body.items() if not k.startswith("_")}
