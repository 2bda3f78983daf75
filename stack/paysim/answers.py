"""Idempotency keys: a key stands for one request, and has one answer, a refusal as well.

Enforced as the strictest gateways do: the same key with another request is refused (422), and so is
one whose first request is still being worked on (409, by `hostile.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256

from stack.paysim.store import Object, Store


class Refused(Exception):
    """The simulator says no: HTTP status and a code for the caller."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


def once(store: Store, what: str, wanted: Object, work: Callable[[], Object]) -> Object:
    """What `work` gives or refuses, done once for the key of `wanted`."""
    key = wanted["key"]
    request = sha256(json.dumps([what, wanted], sort_keys=True).encode()).hexdigest()
    with store.transaction():
        kept = store.rows("select request, status, answer from answers where key = ?", key)
        if kept:
            [(first, status, answer)] = kept
            if first != request:
                raise Refused(422, "key_reused", "This key was used for something else.")
        else:
            status, answer = _done(store, work)
            store.do("insert into answers values (?, ?, ?, ?)", key, request, status, answer)
    found: Object = json.loads(answer)
    if status != 200:
        raise Refused(status, found["code"], found["detail"])
    return found


def _done(store: Store, work: Callable[[], Object]) -> tuple[int, str]:
    try:
        with store.transaction():
            return 200, json.dumps(work())
    except Refused as no:
        return no.status, json.dumps({"code": no.code, "detail": no.detail})


def known(found: Object | None, what: str) -> Object:
    """An object that is there; refused as unknown where it is not."""
    if found is None:
        raise Refused(404, f"{what}_unknown", f"There is no such {what}.")
    return found
