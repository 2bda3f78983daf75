"""When to ask again, and when to give up: no waiting and no network in here.

Asked again is what may be different the next time: nobody answered, an error of theirs, too many
requests, an Idempotency-Key whose first request still runs. Every call of this library may be
repeated: the feed is only read, and what is sent in has a key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

import httpx

from holdfast_client.errors import (
    Away,
    CursorRefused,
    KeyRefused,
    Refused,
    SignatureRefused,
    Unreadable,
)

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
MOST_REST = 3_600.0  # seconds: whoever asks for more is asked again once an hour
RUNNING = "/problems/idempotency-key-in-use"
CURSOR = "/problems/cursor-unknown"
SIGNATURE = "/problems/signature-"
_TRANSIENT = (
    httpx.NetworkError,
    httpx.TimeoutException,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
)


@dataclass(frozen=True)
class Patience:
    """How long one call goes on: `seconds` in all, waiting `first` seconds after the first failure,
    twice as long after each further one, `longest` at most (half of each by chance, so that many do
    not come back at once). What `Retry-After` says is waited for, an hour at most, unless it is
    beyond `seconds`. `math.inf` never gives up."""

    seconds: float = 300.0
    first: float = 0.5
    longest: float = 60.0


class Tries:
    """The tries of one call. `now` and `chance` are there for tests."""

    def __init__(
        self,
        patience: Patience,
        now: Callable[[], float] = monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._patience, self._now, self._chance = patience, now, chance
        self._until = now() + patience.seconds
        self._tries = 0

    def pause(self, came: httpx.Response | httpx.RequestError) -> float | None:
        """Seconds to wait before asking again; None where it is a good answer.

        Raises what is to be told of any other.
        """
        self._tries += 1
        if isinstance(came, httpx.Response) and came.is_success:
            return None
        if not _may_change(came):
            raise _told(came)
        asked = retry_after(came) if isinstance(came, httpx.Response) else None
        rest = None if asked is None else max(min(asked, MOST_REST), self._patience.first)
        pause = self._grown() if rest is None else rest
        if self._now() + pause > self._until:
            status = came.status_code if isinstance(came, httpx.Response) else None
            why = f"answered {status}" if status else f"no answer ({type(came).__name__})"
            raise Away(why, self._tries, status, asked)
        return pause

    def _grown(self) -> float:
        doublings = min(self._tries - 1, 30)
        grown = min(self._patience.first * 2**doublings, self._patience.longest)
        return float(grown * (0.5 + self._chance() / 2))


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds that an answer asks for, told as such or as a moment; None where it says none."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _may_change(came: httpx.Response | httpx.RequestError) -> bool:
    if isinstance(came, httpx.RequestError):
        return isinstance(came, _TRANSIENT)
    running = came.status_code == httpx.codes.CONFLICT and _problem(came).get("type") == RUNNING
    return running or came.status_code in AGAIN


def _told(came: httpx.Response | httpx.RequestError) -> Exception:
    if isinstance(came, httpx.RequestError):
        return Unreadable(f"the request cannot be made, or its answer read: {type(came).__name__}")
    if came.is_redirect:
        return Unreadable("the address leads elsewhere: give the one that it leads to")
    problem = _problem(came)
    kind = str(problem.get("type", "about:blank"))
    errors = problem.get("errors")
    known = [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    error = Refused
    if kind == CURSOR:
        error = CursorRefused
    elif kind.startswith(SIGNATURE):
        error = SignatureRefused
    elif came.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        error = KeyRefused
    return error(
        came.status_code,
        kind,
        str(problem.get("detail", "")),
        known,
        str(problem.get("trace_id", "")),
    )


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    """What stands in an answer of application/problem+json; empty where it is another."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
