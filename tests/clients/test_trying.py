"""When the client library asks again, how long it waits, and what it tells when it gives up."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from holdfast_client import (
    AsyncHoldfast,
    Away,
    CursorRefused,
    Holdfast,
    KeyRefused,
    Page,
    Patience,
    Refused,
    Unreadable,
    async_client,
    client,
)
from holdfast_client.trying import Tries, retry_after

DOOR, KEY = "https://holdfast.example", "hf_live_of-the-tests"
EMPTY: dict[str, Any] = {"items": [], "next": "c-9", "rewound": False}
Said = list[httpx.Response | Exception]


def answer(status: int = 200, body: Any = EMPTY, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


def problem(status: int, slug: str, **more: Any) -> httpx.Response:
    return answer(status, {"type": f"/problems/{slug}", "status": status, "detail": "No."} | more)


def event(id_: str, type_: str = "registration.confirmed.v1") -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/registration",
        "type": type_,
        "subject": f"of-{id_}",
        "time": "2020-10-19T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {},
    }


class World:
    """Answers in order, and a time that passes only where somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, said: Said) -> None:
        self.said, self.asked = list(said), list[httpx.Request]()
        self.slept = list[float]()
        self.time = 1_000.0
        # In the library alone: the loop, and whatever else runs, keep the real one.
        still = SimpleNamespace(sleep=self.sleep, monotonic=lambda: self.time)
        monkeypatch.setattr(client, "time", still)
        monkeypatch.setattr(async_client, "time", still)
        monkeypatch.setattr(Tries.__init__, "__defaults__", (lambda: self.time, lambda: 1.0))

        async def asleep(seconds: float) -> None:
            self.sleep(seconds)

        monkeypatch.setattr(async_client, "asyncio", SimpleNamespace(sleep=asleep))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        said = self.said.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)


Walk = Callable[..., list[Page]]


def waiting(world: World, patience: Patience | None = None, most: int = 10, **asked: Any) -> Any:
    """Pages as who waits gets them."""
    found = list[Page]()
    with Holdfast(DOOR, KEY, patience=patience, transport=world.transport) as holdfast:
        for page in holdfast.feed(**asked):
            found.append(page)
            if len(found) == most:
                break
    return found


def running(world: World, patience: Patience | None = None, most: int = 10, **asked: Any) -> Any:
    """... and who does not wait."""

    async def walk() -> list[Page]:
        found = list[Page]()
        async with AsyncHoldfast(
            DOOR, KEY, patience=patience, transport=world.transport
        ) as holdfast:
            async for page in holdfast.feed(**asked):
                found.append(page)
                if len(found) == most:
                    break
        return found

    return asyncio.run(walk())


@pytest.fixture(params=[waiting, running], ids=["waits", "asyncio"])
def walk(request: pytest.FixtureRequest) -> Walk:
    return request.param


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    return lambda *said: World(monkeypatch, list(said))


def page(*ids: str, after: str) -> httpx.Response:
    return answer(body={"items": [event(one) for one in ids], "next": after, "rewound": False})


def test_pages_follow_one_another_until_nothing_is_left(walk: Walk, world: Any) -> None:
    there = world(page("e1", "e2", after="c-2"), page("e3", after="c-3"), answer())
    pages = walk(there, after="c-0", types=["registration.confirmed"], courses=["a", "b"], limit=2)
    assert [[one.id for one in each] for each in pages] == [["e1", "e2"], ["e3"]]
    assert [each.next for each in pages] == ["c-2", "c-3"]
    assert [dict(each.url.params) for each in there.asked] == [
        {
            "limit": "2",
            "wait": "0",
            "after": after,
            "types": "registration.confirmed",
            "courses": "a,b",
        }
        for after in ("c-0", "c-2", "c-3")
    ]
    assert {each.headers["authorization"] for each in there.asked} == {f"Bearer {KEY}"}
    assert there.slept == []


def test_from_the_beginning_no_cursor_is_sent(walk: Walk, world: Any) -> None:
    there = world(answer())
    since = datetime(2020, 10, 1, 12, tzinfo=UTC)
    assert walk(there, since=since) == []
    assert dict(there.asked[0].url.params) == {
        "limit": "1000",
        "wait": "0",
        "since": "2020-10-01T12:00:00+00:00",
    }


def test_who_follows_waits_for_what_is_new_and_asks_no_faster_than_once_a_second(
    walk: Walk, world: Any
) -> None:
    there = world(answer(), answer(), page("e1", after="c-1"), answer())
    pages = walk(there, follow=True, most=4)
    assert [len(each) for each in pages] == [0, 0, 1, 0]
    assert {each.url.params["wait"] for each in there.asked} == {"30"}
    assert there.slept == [1.0, 1.0], "behind what was empty, though it was answered at once"
    assert there.asked[0].extensions["timeout"]["read"] == 45.0


def test_what_may_pass_is_waited_for_ever_longer(walk: Walk, world: Any) -> None:
    there = world(
        answer(503),
        httpx.ConnectError("nobody"),
        answer(500),
        httpx.ReadTimeout("silence"),
        httpx.RemoteProtocolError("cut"),
        answer(502),
        answer(504),
        answer(408),
        answer(429),
        page("e1", after="c-1"),
        answer(),
    )
    pages = walk(there, Patience(seconds=300, first=0.5, longest=16))
    assert [each.next for each in pages] == ["c-1"]
    assert there.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 16.0, 16.0, 16.0]
    assert len({str(each.url) for each in there.asked[:10]}) == 1, "the same question each time"


def test_the_waits_grow_anew_for_each_question(walk: Walk, world: Any) -> None:
    there = world(answer(503), answer(503), page("e1", after="c-1"), answer(503), answer())
    walk(there)
    assert there.slept == [0.5, 1.0, 0.5]


def test_half_of_a_wait_is_chance() -> None:
    tries = Tries(Patience(first=2.0), now=lambda: 0.0, chance=lambda: 0.0)
    assert [tries.pause(answer(503)) for _ in range(3)] == [1.0, 2.0, 4.0]


def test_what_retry_after_says_is_heeded(walk: Walk, world: Any) -> None:
    there = world(
        answer(429, retry_after="7"),
        answer(503, retry_after="0"),
        answer(503, retry_after="soon"),
        page("e1", after="c-1"),
        answer(),
    )
    assert len(walk(there)) == 1
    assert there.slept == [7.0, 0.5, 2.0]


def test_retry_after_may_be_a_moment() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < (retry_after(answer(503, retry_after=later)) or 0) <= 100
    assert retry_after(answer(503, retry_after="Wed, 21 Oct 2015 07:28:00 GMT")) == 0
    assert retry_after(answer(503, retry_after="-5")) is None
    assert retry_after(answer(503)) is None
    assert retry_after(answer(503, retry_after="9" * 400)) == 999_999_999


def test_more_than_an_hour_is_not_waited_at_a_time() -> None:
    tries = Tries(Patience(seconds=math.inf), now=lambda: 0.0)
    assert tries.pause(answer(503, retry_after="999999999")) == 3_600


def test_patience_ends(walk: Walk, world: Any) -> None:
    there = world(*(answer(503) for _ in range(20)))
    with pytest.raises(Away, match=r"answered 503; tried 5 times") as why:
        walk(there, Patience(seconds=10))
    assert (why.value.status, why.value.tries, why.value.retry_after) == (503, 5, None)
    assert there.slept == [0.5, 1.0, 2.0, 4.0], "the next would be beyond ten seconds"


def test_what_asks_for_longer_than_there_is_patience_is_told_at_once(
    walk: Walk, world: Any
) -> None:
    there = world(answer(503, retry_after="600"))
    with pytest.raises(Away) as why:
        walk(there, Patience(seconds=300))
    assert (why.value.retry_after, there.slept) == (600.0, [])


def test_nobody_there_is_told_without_the_address(walk: Walk, world: Any) -> None:
    there = world(*(httpx.ConnectError(f"to {DOOR}") for _ in range(20)))
    with pytest.raises(Away, match=r"no answer \(ConnectError\)") as why:
        walk(there, Patience(seconds=1))
    assert why.value.status is None


REFUSED = {
    "a cursor that is none": (problem(400, "cursor-unknown"), CursorRefused),
    "another refusal with 400": (problem(400, "malformed"), Refused),
    "a key that is none": (problem(401, "key-invalid"), KeyRefused),
    "another's feed": (problem(403, "partner-another"), KeyRefused),
    "no such type": (problem(422, "types-unknown"), Refused),
    "a conflict": (problem(409, "conflict"), Refused),
    "not found, by a proxy": (httpx.Response(404, text="<html>"), Refused),
    "a list where a problem should be": (answer(400, [1]), Refused),
}


@pytest.mark.parametrize(("said", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_is_told_at_once_and_by_its_kind(
    walk: Walk, world: Any, said: httpx.Response, error: type[Refused]
) -> None:
    there = world(httpx.Response(said.status_code, content=said.content, headers=said.headers))
    with pytest.raises(Refused) as why:
        walk(there)
    assert type(why.value) is error
    assert (why.value.status, there.slept) == (said.status_code, [])


def test_a_refusal_says_where_and_by_what_it_is_found(walk: Walk, world: Any) -> None:
    errors = [{"pointer": "/types", "detail": "There is no type x."}, "odd", {"pointer": "/y"}]
    there = world(problem(422, "types-unknown", errors=errors, trace_id="abc"))
    with pytest.raises(
        Refused, match=r"422 /problems/types-unknown: No\. /types: There is no"
    ) as why:
        walk(there)
    assert why.value.errors == (("/types", "There is no type x."), ("/y", ""))
    assert (why.value.type, why.value.trace_id) == ("/problems/types-unknown", "abc")
    assert KEY not in str(why.value)


STRANGE = {
    "a page of HTML": httpx.Response(200, text="<html>Welcome to the hotel</html>"),
    "no cursor": answer(body={"items": []}),
    "an event without an id": answer(body={"items": [event("")], "next": "c"}),
    "a way elsewhere": httpx.Response(302, headers={"location": "https://other.example/"}),
}


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE.keys())
def test_an_answer_that_is_not_as_promised_is_told(
    walk: Walk, world: Any, said: httpx.Response
) -> None:
    there = world(httpx.Response(said.status_code, content=said.content, headers=said.headers))
    with pytest.raises(Unreadable):
        walk(there)
    assert len(there.asked) == 1, "the key goes nowhere else"


def test_what_an_answer_has_beside_passes(walk: Walk, world: Any) -> None:
    body = {"items": [event("e1") | {"new": 1}], "next": "c-1", "lag": 3}  # and without `rewound`
    [only] = walk(world(answer(body=body), answer()))
    assert (only.rewound, only.items[0].model_extra) == (False, {"new": 1})


def test_a_cursor_that_leads_back_is_told_even_where_nothing_is_there_again(
    walk: Walk, world: Any
) -> None:
    [only] = walk(world(answer(body=EMPTY | {"rewound": True})), after="c-5")
    assert (only.rewound, len(only), only.next) == (True, 0, "c-9")


@pytest.mark.parametrize(
    "asked",
    [{"limit": 0}, {"limit": 1_001}, {"wait": 31, "follow": True}, {"since": datetime(2020, 1, 1)}],  # noqa: DTZ001
    ids=["no events", "too many", "too long", "no zone"],
)
def test_what_cannot_be_asked_is_told_before_it_is(walk: Walk, world: Any, asked: Any) -> None:
    there = world()
    with pytest.raises(ValueError, match=r"limit|wait|since"):
        walk(there, **asked)
    assert there.asked == []


@pytest.mark.parametrize("door", ["holdfast.example", "ftp://holdfast.example", "https://", ""])
def test_what_is_no_address_is_told(door: str) -> None:
    with pytest.raises(ValueError, match="door"):
        Holdfast(door, KEY)
    with pytest.raises(ValueError, match="door"):
        AsyncHoldfast(door, KEY)


# --- what is sent in ----------------------------------------------------------------------------

LINE = {"id": "seat-1", "type": "attendance", "course_id": "course-a"}


def sent(there: World, way: str, lines: Any, key: str, patience: Patience | None = None) -> Any:
    if way == "waits":
        with Holdfast(DOOR, KEY, patience=patience, transport=there.transport) as holdfast:
            return holdfast.send(lines, key)

    async def send() -> Any:
        made = AsyncHoldfast(DOOR, KEY, patience=patience, transport=there.transport)
        async with made as holdfast:
            return await holdfast.send(lines, key)

    return asyncio.run(send())


WAYS = pytest.mark.parametrize("way", ["waits", "asyncio"])


def taken() -> httpx.Response:
    return answer(body={"results": [{"id": "seat-1", "status": "accepted"}]})


@WAYS
def test_lines_are_sent_again_with_the_same_key_and_the_same_bytes(way: str, world: Any) -> None:
    busy = problem(409, "idempotency-key-in-use")
    there = world(httpx.ReadTimeout("silence"), busy, answer(503, retry_after="3"), taken())
    [result] = sent(there, way, [LINE], "part-1")
    assert (result.accepted, result.duplicate, result.refused) == (True, False, False)
    assert {each.headers["idempotency-key"] for each in there.asked} == {"part-1"}
    assert [json.loads(each.content) for each in there.asked] == [{"items": [LINE]}] * 4
    assert len({each.content for each in there.asked}) == 1
    assert there.slept == [0.5, 1.0, 3.0]


@WAYS
def test_a_key_that_was_used_for_something_else_is_told(way: str, world: Any) -> None:
    with pytest.raises(Refused) as why:
        sent(world(problem(422, "idempotency-key-reused")), way, [LINE], "part-1")
    assert why.value.type == "/problems/idempotency-key-reused"


@WAYS
def test_each_line_has_its_answer_as_it_was_given(way: str, world: Any) -> None:
    there = world(
        answer(
            body={
                "results": [
                    {"id": "a", "status": "accepted"},
                    {"id": "b", "status": "duplicate", "detail": "The first one stands."},
                    {
                        "id": None,
                        "status": "refused",
                        "detail": "id: no.",
                        "pointer": "/id",
                        "errors": [{"pointer": "/id", "detail": "no.", "rule": "later"}],
                        "hint": "of a later release",
                    },
                    {"id": 7, "status": "postponed"},
                ]
            }
        )
    )
    results = sent(there, way, [LINE] * 4, "part-1")
    assert [(one.accepted, one.duplicate, one.refused) for one in results] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (False, False, False),
    ]
    assert [one.id for one in results] == ["a", "b", None, 7]
    assert [one.detail for one in results] == ["", "The first one stands.", "id: no.", ""]
    assert [one.pointer for one in results] == [None, None, "/id", None]
    [error] = results[2].errors
    assert (error.pointer, error.detail) == ("/id", "no.")
    assert error.model_extra == {"rule": "later"}
    assert results[2].model_extra == {"hint": "of a later release"}


@WAYS
def test_an_answer_with_other_lines_than_were_sent_is_told(way: str, world: Any) -> None:
    with pytest.raises(Unreadable, match="2 lines were sent, and 1 were answered"):
        sent(world(taken()), way, [LINE, LINE], "part-1")


@WAYS
@pytest.mark.parametrize(
    ("lines", "key"),
    [([LINE] * 501, "part-1"), ([LINE], ""), ([LINE], "  "), ([LINE], "x" * 256), ([LINE], "ü"),
     ([LINE], "a\nb")],
    ids=["too many", "no key", "blanks", "too long", "no ASCII", "two lines"],
)  # fmt: skip
def test_what_cannot_be_sent_is_told_before_it_is(
    way: str, world: Any, lines: Any, key: str
) -> None:
    there = world()
    with pytest.raises(ValueError, match=r"lines|key"):
        sent(there, way, lines, key)
    assert there.asked == []
