"""Dead letters as a service keeps them besides: one row a letter, gone when somebody decided."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord

from shared.runtime import letters
from shared.runtime.clock import wall
from shared.runtime.database import Database
from shared.runtime.records import dead_letter
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.tokens import digest_of
from tests.runtime import toy
from tests.runtime.test_batch import rows
from tests.runtime.test_orders import Clerk, drop
from tests.stage import OPERATOR, SECRET, Stage, StillClock, killed_at, record_of

PATH = "/toy/v1/dead-letters"
PEOPLE = "registration.people"


@pytest.fixture
async def clerk(db: Database) -> Clerk:
    return Clerk(db)


@pytest.fixture
async def stage(toy_url: str) -> AsyncIterator[Stage]:
    settings = ServiceSettings(
        database_url=toy_url,
        role="api",
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
    )
    clock = StillClock("2020-09-01T13:00:00Z")
    service = Service("toy", settings, base=toy.Base, clock=clock)
    async with service.app.router.lifespan_context(service.app):
        made = Stage(service)
        async with made.http:
            yield made


async def post(stage: Stage, path: str, body: Any = None, *, key: str) -> httpx.Response:
    return await stage.http.post(path, json=body, headers={"Idempotency-Key": key})


def unread(event_id: str, key: bytes = b"a", offset: int = 41) -> ConsumerRecord:
    """A record of a type that is heard, whose value is no account."""
    heads = [("ce_id", event_id.encode()), ("ce_type", toy.AccountFed.type.encode())]
    return record_of(toy.TOPIC, key, b'{"amount": "\x00\xff', [*heads, ("odd", b"\xff")], offset)


def state(event_id: str, key: bytes, offset: int, value: bytes | None = b"{}") -> ConsumerRecord:
    """The same on a topic of states."""
    return dataclasses.replace(unread(event_id, key, offset), topic=PEOPLE, value=value)


async def kept(db: Database) -> list[Any]:
    return await rows(db, "select event_id, state from dead_letters order by position")


async def test_what_died_stands_with_its_bytes_once_however_often_it_comes(clerk: Clerk) -> None:
    event_id = str(uuid.uuid4())
    assert await clerk.takes(unread(event_id), unread(event_id)) == ["dead", None]
    assert await clerk.takes(unread(event_id)) == [None]
    found = await rows(
        clerk.db,
        "select event_id, consumer, state, topic, partition, position, type, reason, attempts,"
        " missing, key, payload from dead_letters",
    )
    assert found == [
        (
            event_id, "toy", "open", toy.TOPIC, 0, 41, toy.AccountFed.type, "value-unreadable", 0,
            "", b"a", b'{"amount": "\x00\xff',
        )
    ]  # fmt: skip


async def test_a_crash_before_the_commit_keeps_neither_letter_nor_row(clerk: Clerk) -> None:
    record = unread(str(uuid.uuid4()))
    with killed_at("batch.flushed"):
        await clerk.takes(record)
    assert await kept(clerk.db) == []
    assert await rows(clerk.db, "select count(*) from outbox") == [(0,)]
    assert await clerk.takes(record) == ["dead"]
    assert len(await kept(clerk.db)) == 1
    assert await rows(clerk.db, "select count(*) from outbox") == [(1,)]


async def test_an_error_with_what_no_text_takes_is_kept_without_it(db: Database) -> None:
    record = unread(str(uuid.uuid4()))
    letter = dead_letter("toy", record, str(uuid.uuid4()), "defect", "a\x00b", 5)
    statement, arguments = letters.kept("toy", record, letter, "defect", "a\x00b", 5)
    async with db.acquire() as con:
        await con.execute(statement, *arguments)
    assert await rows(db, "select error, attempts from dead_letters") == [("ab", 5)]


async def test_a_later_word_about_a_state_ends_the_letters_of_that_key(clerk: Clerk) -> None:
    """Also its end: nothing of somebody who was erased is left here to be shown or replayed."""
    clerk.intake.hears.topics.add(PEOPLE)
    first, second, other = (str(uuid.uuid4()) for _ in range(3))
    await clerk.takes(state(first, b"ada", 1), state(other, b"bob", 2))
    assert [row[0] for row in await kept(clerk.db)] == [first, other]
    await clerk.takes(state(str(uuid.uuid4()), b"ada", 0))
    assert first in [row[0] for row in await kept(clerk.db)], "an earlier word ends nothing"
    await rows(clerk.db, "delete from dead_letters where position = 0")

    async def forget(_work: Any, _key: str) -> None:
        """Nothing is known of them."""

    clerk.intake.hears.tombstones[PEOPLE] = forget
    ended = dataclasses.replace(state(second, b"ada", 5, None), key=b"ada")
    assert await clerk.takes(ended) == ["done"]
    assert [row[0] for row in await kept(clerk.db)] == [other]


async def test_of_states_that_come_together_the_last_counts(clerk: Clerk) -> None:
    first, last, other = (str(uuid.uuid4()) for _ in range(3))
    same = state(first, b"ada", 1), state(other, b"bob", 2), state(last, b"ada", 3)
    assert await clerk.takes(*same) == ["dead"] * 3
    assert [row[0] for row in await kept(clerk.db)] == [other, last]


async def test_a_state_that_comes_twice_is_no_later_word_about_itself(clerk: Clerk) -> None:
    once, twice = state(event_id := str(uuid.uuid4()), b"ada", 1), state(event_id, b"ada", 4)
    assert await clerk.takes(once, twice) == ["dead", None]
    assert await clerk.takes(state(event_id, b"ada", 9)) == [None]
    assert await kept(clerk.db) == [(event_id, "open")]


@pytest.mark.parametrize("together", [True, False])
async def test_words_that_come_again_behind_the_last_one_do_not_end_its_letter(
    clerk: Clerk, together: bool
) -> None:
    """A relay that was killed before it noted what it had sent sends all of it again, in order."""
    first, last = str(uuid.uuid4()), str(uuid.uuid4())
    once = state(first, b"ada", 1), state(last, b"ada", 2)
    again = state(first, b"ada", 3), state(last, b"ada", 4)
    if together:
        assert await clerk.takes(*once, *again) == ["dead", "dead", None, None]
    else:
        assert await clerk.takes(*once) == ["dead", "dead"]
        assert await clerk.takes(*again) == [None, None]
    assert await kept(clerk.db) == [(last, "open")]


async def test_an_order_that_dies_again_brings_back_no_letter_that_a_later_word_ended(
    clerk: Clerk,
) -> None:
    """Somebody who was erased meanwhile stays so; without a later word the letter is open again."""
    clerk.intake.hears.topics.add(PEOPLE)
    ada, bob = str(uuid.uuid4()), str(uuid.uuid4())
    await clerk.takes(state(ada, b"ada", 1), state(bob, b"bob", 2))
    orders = await clerk.letters(("hf_replay", b"1"))
    await clerk.takes(state(str(uuid.uuid4()), b"ada", 5))
    await rows(clerk.db, "delete from dead_letters where position = 5 returning 1")
    await rows(clerk.db, "update dead_letters set state = 'ordered', attempts = 9 returning 1")
    assert await clerk.takes(*orders) == ["dead", "dead"]
    assert await rows(clerk.db, "select event_id, state, attempts, position from dead_letters") == [
        (bob, "open", 0, 2)
    ]


async def test_facts_of_one_key_are_letters_each(clerk: Clerk) -> None:
    await clerk.takes(unread(str(uuid.uuid4()), offset=1), unread(str(uuid.uuid4()), offset=2))
    assert len(await kept(clerk.db)) == 2


async def test_old_letters_and_the_oldest_of_too_many_are_forgotten(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(5):
        await clerk.takes(unread(str(uuid.uuid4()), offset=place))
    async with clerk.db.acquire() as con:
        long_ago = wall() - timedelta(days=31)
        await con.execute("update dead_letters set died_at = $1 where position = 4", long_ago)
        monkeypatch.setattr(letters, "MOST", 2)
        assert await letters.forget(con, most=1) == 3
    assert await rows(clerk.db, "select position from dead_letters order by 1") == [
        (2,),
        (3,),
    ]


async def test_what_a_release_that_knows_no_letters_here_used_is_forgotten(clerk: Clerk) -> None:
    used, dead, own = (str(uuid.uuid4()) for _ in range(3))
    await clerk.takes(unread(used, offset=1), unread(dead, offset=2), unread(own, offset=3))
    await rows(
        clerk.db, f"update inbox set outcome = 'done' where event_id <> '{dead}' returning 1"
    )
    # That one is dead for another consumer: what it heard of itself after a restore.
    await rows(
        clerk.db,
        f"update dead_letters set consumer = 'toy.own' where event_id = '{own}' returning 1",
    )
    async with clerk.db.acquire() as con:
        assert await letters.forget(con) == 1
    assert [row[0] for row in await kept(clerk.db)] == [dead, own]


async def test_a_replay_over_http_is_used_once_and_gone(clerk: Clerk, stage: Stage) -> None:
    event_id = str(uuid.uuid4())
    await clerk.takes(clerk.fed(event_id.encode()))
    path = f"{PATH}/{event_id}/replay"
    done = await post(stage, path, key="k1")
    assert (done.status_code, done.json()["state"]) == (202, "ordered")
    again = await post(stage, path, key="k1")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    twice = await post(stage, path, key="k2")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/dead-letter-ordered")
    letter, order = await clerk.letters()
    heads = dict(order.headers)
    assert (order.key, order.value) == (letter.key, letter.value)
    assert (heads["hf_replay"], heads["hf_by"], heads["odd"]) == (b"1", b"operator", b"\xff")
    clerk.broken = False
    assert await clerk.takes(order, order) == ["done", None]
    assert await clerk.balance() == 7
    assert await kept(clerk.db) == []
    assert await rows(clerk.db, "select by, act from audit order by id") == [
        ("operator", "dead-letter.ordered"),
        ("operator", "dead-letter.replayed"),
    ]
    assert (await post(stage, path, key="k3")).status_code == 404


async def test_what_dies_again_is_open_again(clerk: Clerk, stage: Stage) -> None:
    event_id = str(uuid.uuid4())
    await clerk.takes(clerk.fed(event_id.encode()))
    await post(stage, f"{PATH}/{event_id}/replay", key="k1")
    [_, order] = await clerk.letters()
    assert await clerk.takes(order) == ["dead"]
    assert await kept(clerk.db) == [(event_id, "open")]
    assert (await post(stage, f"{PATH}/{event_id}/replay", key="k2")).status_code == 202


async def test_an_order_about_what_is_heard_no_more_comes_to_nothing_and_is_open_again(
    clerk: Clerk, stage: Stage
) -> None:
    """The event stays dead, so that a release that hears it again can be given it."""
    event_id = str(uuid.uuid4())
    await clerk.takes(clerk.fed(event_id.encode()))
    await post(stage, f"{PATH}/{event_id}/replay", key="k1")
    _, order = await clerk.letters()
    heard = clerk.intake.hears.handlers.pop(toy.AccountFed.type)
    fact = clerk.fed(str(uuid.uuid4()).encode())
    assert await clerk.takes(fact, order) == [None]
    assert await kept(clerk.db) == [(event_id, "open")]
    assert await rows(clerk.db, "select outcome from inbox") == [("dead",)]
    clerk.broken, clerk.intake.hears.handlers[toy.AccountFed.type] = False, heard
    await post(stage, f"{PATH}/{event_id}/replay", key="k2")
    *_, again = await clerk.letters()
    assert await clerk.takes(dataclasses.replace(again, offset=7)) == ["done"]
    assert await clerk.balance() == 7
    assert await kept(clerk.db) == []


async def test_a_drop_over_http_holds_at_once_whatever_was_ordered(
    clerk: Clerk, stage: Stage
) -> None:
    event_id = str(uuid.uuid4())
    await clerk.takes(clerk.fed(event_id.encode()))
    await post(stage, f"{PATH}/{event_id}/replay", key="k1")
    named = await post(stage, f"{PATH}/{event_id}/drop", {"reason": "Ada asked"}, key="k2")
    assert named.status_code == 422
    done = await post(stage, f"{PATH}/{event_id}/drop", {"reason": "sent-twice"}, key="k3")
    assert (done.status_code, done.json()["state"]) == (200, "dropped")
    assert await kept(clerk.db) == []
    clerk.broken = False
    _, order, said = await clerk.letters()
    assert ("hf_done", b"dropped") in said.headers
    assert await clerk.takes(order) == [None], "it is not used any more"
    assert await clerk.balance() == 0
    assert await rows(clerk.db, "select act, about, why from audit order by id") == [
        ("dead-letter.ordered", event_id, ""),
        ("dead-letter.dropped", event_id, "sent-twice"),
    ]


async def test_a_drop_from_the_command_line_ends_the_row_too(clerk: Clerk) -> None:
    event_id = str(uuid.uuid4())
    await clerk.takes(clerk.fed(event_id.encode()))
    await clerk.takes(drop(event_id, str(uuid.uuid4())))
    assert await kept(clerk.db) == []


async def test_letters_are_listed_the_last_first_and_shown_with_their_contents(
    clerk: Clerk, stage: Stage
) -> None:
    events = [str(uuid.uuid4()) for _ in range(3)]
    for place, event_id in enumerate(events):
        await clerk.takes(unread(event_id, b"a\x00\xff", place))
    first = (await stage.http.get(f"{PATH}?limit=2")).json()
    rest = (await stage.http.get(f"{PATH}?limit=2&after={first['next']}")).json()
    listed = [one["event_id"] for one in first["items"] + rest["items"]]
    assert (listed, rest["next"]) == (events[::-1], None)
    one = first["items"][0]
    assert (one["key"], one["topic"], one["offset"]) == (None, toy.TOPIC, 2)
    assert "value" not in one
    assert (await stage.http.get(f"{PATH}?reason=defect")).json()["items"] == []
    whole = (await stage.http.get(f"{PATH}/{events[0]}")).json()
    assert whole["key"] == "a\x00\\xff"
    assert whole["value"].startswith("00000000  7b 22 61 6d 6f 75 6e 74")
    assert ["odd", "\\xff"] in whole["headers"]
    assert not [name for name, _ in whole["headers"] if name.startswith("dl_")]
    assert (await stage.http.get(f"{PATH}/{uuid.uuid4()}")).status_code == 404
    kept = await rows(clerk.db, "select by, act, about from audit")
    assert kept == [("operator", "dead-letter.read", events[0])], "the list shows no contents"


@pytest.mark.parametrize(
    ("reason", "error", "listed"),
    [
        ("defect", "Traceback:\n  File\nZeroDivisionError: of Ada", "ZeroDivisionError"),
        (
            "defect",
            "x\nasyncpg.exceptions.DataError: Ada\nDETAIL: Ada",
            "asyncpg.exceptions.DataError",
        ),
        ("defect", "it was Ada", ""),
        ("value-unreadable", "name: 'Ada' is no name; zone: missing", "name"),
        ("value-unreadable", "names/Ada: is no name", "names"),
        ("value-unreadable", "RecursionError", "RecursionError"),
        ("value-unreadable", ": Invalid JSON: Ada", ""),
        ("nobody-such", "Ada: is nobody", ""),
    ],
)
async def test_what_may_name_people_is_shown_only_where_that_is_audited(
    clerk: Clerk, stage: Stage, reason: str, error: str, listed: str
) -> None:
    named, known = str(uuid.uuid4()), str(uuid.uuid4())
    await clerk.takes(unread(named, b"ada@example.org", 1), unread(known, known.encode(), 2))
    async with clerk.db.acquire() as con:
        await con.execute("update dead_letters set reason = $1, error = $2", reason, error)
    items = (await stage.http.get(PATH)).json()["items"]
    assert [(one["key"], one["error"]) for one in items] == [(known, listed), (None, listed)]
    done = await post(stage, f"{PATH}/{named}/replay", key="k1")
    assert (done.json()["key"], done.json()["error"]) == (None, listed)
    whole = (await stage.http.get(f"{PATH}/{named}")).json()
    assert (whole["key"], whole["error"]) == ("ada@example.org", error)
    assert ("dead-letter.read", named) in await rows(clerk.db, "select act, about from audit")


@pytest.mark.parametrize(("id_", "status"), [("unknown", 404), ("%00", 400), ("%F0%9F%8C%8D", 404)])
async def test_what_is_not_there_is_unknown(stage: Stage, id_: str, status: int) -> None:
    assert (await stage.http.get(f"{PATH}/{id_}")).status_code == status
    assert (await post(stage, f"{PATH}/{id_}/replay", key="k")).status_code == status
    gone = await post(stage, f"{PATH}/{id_}/drop", {"reason": "x"}, key="k1")
    assert gone.status_code == status


@pytest.mark.parametrize("after", ["x", "2020-09-01T13:00:00Z", "%00/%00", "9999-99-99/x"])
async def test_a_cursor_that_is_none_is_malformed(stage: Stage, after: str) -> None:
    expected = 200 if after == "2020-09-01T13:00:00Z" else 400
    assert (await stage.http.get(f"{PATH}?after={after}")).status_code == expected


async def test_what_is_incomplete_or_its_own_word_is_not_replayed(
    clerk: Clerk, stage: Stage
) -> None:
    for change, slug in (
        ("missing = 'value'", "dead-letter-incomplete"),
        ("consumer = 'toy.own'", "dead-letter-own-word"),
    ):
        event_id = str(uuid.uuid4())
        await clerk.takes(unread(event_id))
        async with clerk.db.acquire() as con:
            await con.execute(f"update dead_letters set {change} where event_id = '{event_id}'")
        refused = await post(stage, f"{PATH}/{event_id}/replay", key=event_id)
        assert (refused.status_code, refused.json()["type"]) == (409, f"/problems/{slug}")


async def test_nobody_but_operators_sees_letters(stage: Stage) -> None:
    async with stage.client() as nobody:
        for path in (PATH, f"{PATH}/x"):
            assert (await nobody.get(path)).status_code == 401
        assert (await nobody.post(f"{PATH}/x/replay")).status_code == 401
        assert (await nobody.post(f"{PATH}/x/drop", json={"reason": "x"})).status_code == 401
