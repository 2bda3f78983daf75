"""What the simulator keeps: JSON objects, webhooks still to be delivered, what happens later."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.paysim.faults import Faults
from stack.paysim.file import File

Object = dict[str, Any]
STRUCK = "struck/"  # before the name of a fault: how often it struck
_LOST = 30  # times as long as what is delayed


@dataclass(frozen=True)
class Later:
    """Something that is to happen: `what` to which object."""

    id: str
    what: str
    subject: str
    detail: Object


class Store(File):
    """Objects by kind (`checkout`, `payment`, `refund`, `dispute`, `payout`), and what follows.

    Ids cannot be guessed, for they open pages; with faults of a seed they follow from that seed.
    """

    def __init__(
        self, path: Path, *, durable: bool = True, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(path, durable=durable)
        self.now = now
        if self.noted("salt") is None:
            self.note("salt", secrets.token_hex(16))
        self._faults = Faults(**json.loads(self.noted("faults") or "{}"))

    # --- faults and names -------------------------------------------------------------------------

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, wanted: Faults) -> None:
        with self.transaction():
            self.note("faults", json.dumps(wanted.shown()))
            self.note("salt", f"seed {wanted.seed}" if wanted.seed else secrets.token_hex(16))
        self._faults = wanted

    def struck(self) -> dict[str, int]:
        """How often each fault of requests has struck, since ever."""
        found = self.rows("select name, n from counters where name like ?", f"{STRUCK}%")
        return {name.removeprefix(STRUCK): int(n) for name, n in found}

    def new_id(self, prefix: str, name: str) -> str:
        """An id that follows from the name, and cannot be told from it."""
        salt = (self.noted("salt") or "").encode()
        return f"{prefix}_{hmac.digest(salt, name.encode(), 'sha256').hex()[:32]}"

    # --- objects ----------------------------------------------------------------------------------

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
        self.do(
            "insert into objects values (?, ?, ?, ?, ?, ?, ?) "
            "on conflict (kind, id) do update set body = excluded.body",
            *(kind, body["id"], body.get("key"), reference, parent),
            *(json.dumps(body), self.now()),
        )

    # --- webhooks ---------------------------------------------------------------------------------

    def say(self, what: str, body: Object) -> None:
        """Plan a webhook: delivered at least once, however long that takes."""
        ordinal = self.count(f"say/{what}/{body['id']}")
        event = {
            "id": (identity := self.new_id("evt", f"{what}/{body['id']}/{ordinal}")),
            "type": what,
            "created": int(self.now()),
            "data": public(body),
        }
        wait, rank = self._held_up(identity)
        times = 2 if self.faults.strikes("webhook_duplicate", identity) else 1
        for delivery in [identity, f"{identity}/again"][:times]:
            self.do(
                "insert into events values (?, ?, 0, ?, ?)",
                *(delivery, json.dumps(event), self.now() + wait if wait else 0, rank),
            )

    def _held_up(self, event: str) -> tuple[float, int]:
        """How long a webhook waits, and behind which of those that wait as long."""
        faults, wait, rank = self.faults, 0.0, 0
        if faults.strikes("webhook_lost_then_found", event):
            wait = faults.later_seconds * _LOST
        elif faults.strikes("webhook_delay", event):
            wait = faults.later_seconds
        if faults.strikes("webhook_reorder", event):
            share = faults.share("behind", event)
            wait, rank = wait + faults.later_seconds * share / 4, 1 + int(share * 1000)
        return wait, rank

    def webhooks_due(self, limit: int, until: float | None = None) -> list[tuple[str, str, int]]:
        """(id, body, attempts so far) of those whose time has come."""
        return [
            (identity, body, attempts)
            for identity, body, attempts in self.rows(
                "select id, body, attempts from events where next_at <= ? "
                "order by next_at, rank, rowid limit ?",
                *(self.now() if until is None else until, limit),
            )
        ]

    def webhook_done(self, identity: str) -> None:
        self.do("delete from events where id = ?", identity)

    def webhook_later(self, identity: str, seconds: float) -> None:
        self.do(
            "update events set attempts = attempts + 1, next_at = ? where id = ?",
            *(self.now() + seconds, identity),
        )

    def find_webhooks(self) -> None:
        """Those that were held up or lost are delivered next."""
        self.do("update events set next_at = 0")

    # --- what happens later -----------------------------------------------------------------------

    def later(self, what: str, subject: str, seconds: float, **detail: Any) -> None:
        """Remember that something happens to an object in some seconds; once, or anew."""
        self.do(
            "insert or replace into planned values (?, ?, ?, ?, ?)",
            *(f"{what}/{subject}", what, subject, json.dumps(detail), self.now() + seconds),
        )

    def later_due(self, until: float | None = None) -> list[Later]:
        """What is to happen by now, or by `until`; it stays until it was done."""
        sql = "select id, what, subject, detail from planned where at <= ? order by at, id"
        found = self.rows(sql, self.now() if until is None else until)
        return [Later(one, what, subject, json.loads(more)) for one, what, subject, more in found]

    def never(self, what: str, subject: str) -> None:
        """It was done, or is not to happen any more."""
        self.do("delete from planned where id = ?", f"{what}/{subject}")

    def pending(self) -> int:
        """Webhooks not yet taken, and what is still to happen."""
        waiting = "select (select count(*) from events) + (select count(*) from planned)"
        return int(self.value(waiting))

    def _find(self, where: str, *values: str) -> list[Object]:
        sql = f"select body from objects where {where} order by created, rowid"
        return [json.loads(row[0]) for row in self.rows(sql, *values)]


def public(body: Object) -> Object:
    """What others may see: fields that begin with an underscore are the simulator's own."""
    return {k: v for k, v in body.items() if not k.startswith("_")}
