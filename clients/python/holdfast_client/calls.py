"""What is asked, and what the answers mean: the same for who waits and who does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from holdfast_client.base import Inbound, Part
from holdfast_client.errors import Unreadable
from holdfast_client.events import Event

MOST_EVENTS = 1_000
MOST_LINES = 500
LONGEST_WAIT = 30  # seconds
LONGEST_KEY = 255
_MARGIN = 15.0  # seconds that an answer may take beyond what it was asked to wait

B = TypeVar("B", bound=BaseModel)


class Page(BaseModel):
    """Some events, oldest first, and where to go on.

    Keep `next` once you have dealt with the events, in the same transaction. `rewound`: the cursor
    was of a database that was restored since, so it leads back, and some come again, by their ids.
    """

    model_config = ConfigDict(frozen=True)

    items: tuple[Event, ...]
    next: str
    rewound: bool = False

    def __iter__(self) -> Iterator[Event]:  # type: ignore[override]  # not pydantic's pairs
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class LineError(Part):
    """One thing that is wrong in a line: a JSON pointer into the line as you sent it (empty is the
    whole line), and what is wrong there."""

    pointer: str
    detail: str


class Result(Part):
    """What became of one line: `status` is accepted, duplicate or refused; `detail` says why, and
    begins with where in the line it is (`attendee/email: …`). `errors` has the same one by one,
    `pointer` where the first of them is; None where nothing was refused."""

    id: str | int | None = None
    status: str
    detail: str = ""
    pointer: str | None = None
    errors: tuple[LineError, ...] = ()

    @property
    def accepted(self) -> bool:
        """It is in now."""
        return self.status == "accepted"

    @property
    def duplicate(self) -> bool:
        """It was in before. With a `detail`, it was another line then, and that one stands."""
        return self.status == "duplicate"

    @property
    def refused(self) -> bool:
        """It is not in. Mended, it may come again under the same id, with another key."""
        return self.status == "refused"


class _Results(BaseModel):
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Feed:
    """What is wanted of the feed; as its page says it."""

    types: Sequence[str] = ()
    courses: Sequence[str] = ()
    since: datetime | None = None
    limit: int = MOST_EVENTS
    wait: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_EVENTS:
            raise ValueError(f"limit: 1 to {MOST_EVENTS} events a page")
        if not 0 <= self.wait <= LONGEST_WAIT:
            raise ValueError(f"wait: 0 to {LONGEST_WAIT} seconds")
        if self.since is not None and self.since.tzinfo is None:
            raise ValueError("since: say in which zone it is")

    def request(self, client: httpx.Client | httpx.AsyncClient, after: str | None) -> httpx.Request:
        """The request for the page behind that cursor."""
        asked: dict[str, str | int] = {"limit": self.limit, "wait": self.wait}
        asked |= {"after": after} if after is not None else {}
        asked |= {"types": ",".join(self.types)} if self.types else {}
        asked |= {"courses": ",".join(self.courses)} if self.courses else {}
        asked |= {"since": self.since.isoformat()} if self.since is not None else {}
        timeout = httpx.Timeout(_MARGIN, read=self.wait + _MARGIN)
        return client.build_request("GET", "/partners/v1/feed", params=asked, timeout=timeout)


def sending(
    client: httpx.Client | httpx.AsyncClient,
    lines: Iterable[Inbound | Mapping[str, Any]],
    key: str,
) -> tuple[httpx.Request, int]:
    """The request that sends these lines, and how many they are. Raises ValueError."""
    items = [line.sent() if isinstance(line, Inbound) else dict(line) for line in lines]
    if len(items) > MOST_LINES:
        raise ValueError(f"at most {MOST_LINES} lines at once: send them in parts, each by its key")
    if not (0 < len(key.strip()) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise ValueError(f"key: 1 to {LONGEST_KEY} letters, digits and signs")
    headers = {"Idempotency-Key": key}
    timeout = httpx.Timeout(_MARGIN, read=4 * _MARGIN)
    request = client.build_request(
        "POST", "/partners/v1/inbound", json={"items": items}, headers=headers, timeout=timeout
    )
    return request, len(items)


def page_of(answer: httpx.Response) -> Page:
    """An answer of the feed. Raises Unreadable."""
    return _read(Page, answer)


def results_of(answer: httpx.Response, lines: int) -> list[Result]:
    """An answer to lines, one each, in order. Raises Unreadable."""
    results = list(_read(_Results, answer).results)
    if len(results) != lines:
        raise Unreadable(f"{lines} lines were sent, and {len(results)} were answered")
    return results


def _read(model: type[B], answer: httpx.Response) -> B:
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as why:
        places = sorted({".".join(map(str, error["loc"])) for error in why.errors()})
        told = f"an answer of {answer.url.path} is not as promised, at: {', '.join(places[:5])}"
        raise Unreadable(told) from None
