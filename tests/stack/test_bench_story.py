"""Whole stories, counted by hand: what learners are due, and what somebody who waits is told."""

import json

import pytest

from bench import people, story
from bench.lines import request
from bench.living import Progress, together


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
