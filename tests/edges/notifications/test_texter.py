"""The adapter of Twilio's API, against a server that misbehaves: what went out, and what is known."""

import random
from collections import Counter
from typing import Any

import pytest

from services.notifications.domain.text_outcomes import Texted, UntextedError
from services.notifications.texts.twilio import Twilio
from shared.runtime.outside import Unknown
from tests.edges.notifications.texters import (
    ACCOUNT,
    FROM,
    TOKEN,
    Reply,
    Texters,
    refuses,
    taken,
    texters,
)

HERS = "+12025550143"


def adapter(
    server: Texters, token: str = TOKEN, sender: str = FROM, seconds: float = 5.0
) -> Twilio:
    receipts = "http://holdfast.test/receipts"
    return Twilio(ACCOUNT, token, sender, receipts, base=server.url, seconds=seconds)


async def outcome(texter: Twilio, id_: str = "m1") -> Any:
    try:
        return await texter.send("The door: öffnet + sich & bald", HERS, id_)
    except (UntextedError, Unknown) as why:
        said = why
    assert HERS not in str(said)
    assert "none" not in str(said)  # nor its own words
    return (said.answer, said.code) if isinstance(said, UntextedError) else "unknown"


async def test_a_text_is_asked_for_as_the_provider_documents_it():
    async with texters() as server:
        texter = adapter(server)
        assert await outcome(texter) == Texted(f"SM{1:032x}")
        service = adapter(server, sender="MG" + "2" * 32)
        assert await outcome(service, "m2") == Texted(f"SM{2:032x}")
        await texter.aclose()
        await service.aclose()
    assert server.texts == [
        {
            "To": HERS,
            "Body": "The door: öffnet + sich & bald",
            "StatusCallback": "http://holdfast.test/receipts/m1",
            "From": FROM,
        },
        {
            "To": HERS,
            "Body": "The door: öffnet + sich & bald",
            "StatusCallback": "http://holdfast.test/receipts/m2",
            "MessagingServiceSid": "MG" + "2" * 32,
        },
    ]


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (refuses(400, 21211), ("bounced", 21211)),
        (refuses(400, 21610), ("stopped", 21610)),
        (refuses(400), ("refused", 400)),
        (refuses(429), ("again", 429)),
        (refuses(503), ("away", 503)),
        (refuses(500, 20500), ("away", 20500)),
        (refuses(500), "unknown"),
        (refuses(502), "unknown"),
        ((301, b""), ("refused", 301)),
        ((400, b'{"code": "21211"}'), ("refused", 400)),
        ((400, b'{"code": true}'), ("refused", 400)),
        ((400, b"[1"), ("refused", 400)),
        ((201, b"{}"), "unknown"),  # it took it, under no id
        ((201, b"junk"), "unknown"),
        ((201, b'{"sid": 5}'), "unknown"),
        ("hang up", "unknown"),
    ],
)
async def test_what_is_known_of_each_answer(reply: Reply, what: Any):
    async with texters() as server:
        server.answers = lambda _: reply
        texter = adapter(server)
        assert await outcome(texter) == what
        await texter.aclose()


async def test_a_server_that_is_silent_or_not_there():
    async with texters() as server:
        server.answers = lambda _: "silence"
        texter = adapter(server, seconds=0.2)
        assert await outcome(texter) == "unknown"
        await texter.aclose()
    texter = adapter(server)
    assert await outcome(texter) == ("away", 0)
    await texter.aclose()


async def test_a_wrong_key_is_ours_to_mend():
    async with texters() as server:
        texter = adapter(server, token="another")
        assert await outcome(texter) == ("away", 20003)
        await texter.aclose()
    assert server.texts == []


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_it_does_what_is_said_not_to_have_gone_out_did_not(seed: int):
    chance = random.Random(seed)
    replies = [
        taken(7), refuses(400, 21211), refuses(429), refuses(500), refuses(503), refuses(500, 20500),
        (201, b"{}"), "hang up",
    ]  # fmt: skip
    async with texters() as server:
        server.answers = lambda _: chance.choice(replies)
        texter = adapter(server)
        said = [(f"m{n}", await outcome(texter, f"m{n}")) for n in range(60)]
        await texter.aclose()
    went = Counter(text["StatusCallback"].rpartition("/")[2] for text in server.texts)
    assert max(went.values()) == 1
    for id_, what in said:
        if isinstance(what, Texted):
            assert went[id_] == 1
        elif what != "unknown":
            assert went[id_] == 0
    assert {id_ for id_, what in said if what == "unknown"}
