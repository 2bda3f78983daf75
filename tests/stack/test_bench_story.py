"""Whole stories, counted by hand: what learners are due, and what somebody who waits is told."""

import asyncio
import json

import pytest

from bench import people, story
from cli.crowd.lines import Lines, request
from cli.crowd.progress import Progress, together

CHUNKS = b"3\r\n\r\n\r\r\na;x=1\r\n0\r\n\r\n45678\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("count", "certificates", "missing"),
    # one each; of four one is a counselor, with a second; of twenty one of these loses that
    [(0, 0, 0), (3, 3, 0), (4, 5, 0), (19, 23, 0), (20, 24, 1), (40, 48, 2), (1_000, 1_200, 50)],
)
def test_what_learners_are_due(count: int, certificates: int, missing: int) -> None:
    assert people.due(count) == certificates
    assert people.missing(count) == missing


def test_learners_are_dealt_out_to_courses() -> None:
    many = people.learners(5, 2)
    assert [one.course for one in many] == ["bench-0", "bench-0", "bench-1", "bench-1", "bench-2"]
    assert len({one.once("pay") for one in many} | {one.once("register") for one in many}) == 10
    emails = {one.body("2020-09-01")["attendee"]["email"] for one in people.learners(2_000, 2_000)}
    assert len(emails) == 2_000


def test_a_request_is_whole() -> None:
    words = request("POST", "/x", b"card=1", content_type="text/plain", idempotency_key="k")
    assert words == (
        b"POST /x HTTP/1.1\r\nhost: bench\r\ncontent-type: text/plain\r\n"
        b"idempotency-key: k\r\ncontent-length: 6\r\n\r\ncard=1"
    )


@pytest.mark.parametrize("cut", [1, 7, 40, 10_000])
async def test_an_answer_is_whole_however_it_comes(cut: int) -> None:
    """In pieces of any size; with its length, without one, and without anything."""
    told = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 404 No\r\ntransfer-encoding: chunked\r\n\r\n" + CHUNKS,
        b"HTTP/1.1 204 No\r\n\r\n",
        b"HTTP/1.1 303 See\r\ncontent-length: 0\r\n\r\n",
    ]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for said in told:
            await reader.readuntil(b"\r\n\r\n")
            for place in range(0, len(said), cut):
                writer.write(said[place : place + cut])
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    lines = Lines(server.sockets[0].getsockname()[1], 1)
    answers = [await lines.ask(request("GET", "/")) for _ in told]
    assert [(one.status, one.body) for one in answers] == [
        (200, b"hello"),
        (404, b"\r\n\r0\r\n\r\n45678"),
        (204, b""),
        (303, b""),
    ]
    lines.close()
    server.close()


def test_how_far_it_is_and_how_long_it_takes() -> None:
    progress = Progress("paid", 3_000, 1_000)
    assert progress.told(50.0) == "paid: 1,000 of 3,000, 20/s, about 100 s left"


async def test_whoever_fails_is_heard_of_and_no_one_acts_twice() -> None:
    acted: list[int] = []

    async def act(one: int) -> None:
        acted.append(one)
        if one == 7:
            raise RuntimeError("refused")

    with pytest.raises(ExceptionGroup):
        await together(range(10), act, at_once=1)
    assert acted == list(range(8))
    acted.clear()
    await together(range(5), act, at_once=3)
    assert sorted(acted) == [0, 1, 2, 3, 4]


def test_the_largest_is_a_service_and_no_server() -> None:
    names = (*story.SERVICES, "kafka", "postgres")
    memory = {name: {"pss": 100, "rss": 1} for name in names} | {
        "kafka": {"pss": 900, "rss": 1},
        "billing": {"pss": 120, "rss": 1},
    }
    assert story.largest(json.loads(json.dumps({"memory_mib": memory}))) == 120
