"""Partners' own topics: what a partner may see lands there, by a real Kafka, in order, at least
once, and whatever ends in the middle."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.partners.commands import streaming
from services.partners.commands.projecting import LOG
from services.partners.commands.recalling import go_on
from shared.contracts import reference
from shared.contracts.registration import PersonRecorded, RegistrationConfirmed
from shared.runtime import producing, refusals
from shared.runtime.batch import run_batch
from shared.runtime.envelope import SHARDS
from tests.edges.partners.streams import Streams, data_of, header, id_of
from tests.edges.partners.streams import streaming as staged
from tests.edges.partners.webhooks import COURSE, OTHER
from tests.runtime.test_batch import Ask
from tests.runtime.test_consume import wait_for
from tests.stage import killed_at

CONFIRMED = RegistrationConfirmed.type
OF_PERSON = f"SELECT payload FROM outbox WHERE key = '{reference.PERSON_ID}' AND shard >= {SHARDS}"


@pytest.fixture
async def stage(database, kafka_bootstrap) -> AsyncIterator[Streams]:
    async with staged(database("partners"), kafka_bootstrap) as made:
        yield made


def in_order(record) -> tuple[int, int]:
    return record.partition, record.offset


async def test_what_a_partner_may_see_lands_as_a_cloudevent_in_binary_mode_cut_down(stage):
    one = await stage.streams()
    await stage.says("e1")
    await stage.says("hidden", course=OTHER)
    await stage.lands()
    [record] = await stage.topic(one)
    assert record.key == f"of-{id_of('e1')}".encode()
    assert data_of(record) == {"registration_id": f"of-{id_of('e1')}", "state": "confirmed"}
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": id_of("e1").encode(),
        "ce_source": b"/registration",
        "ce_type": b"registration.confirmed.v1",
        "ce_subject": f"of-{id_of('e1')}".encode(),
        "ce_time": b"2020-10-19T12:00:00Z",
        "content-type": b"application/json",
    }


async def test_the_feed_has_the_same_under_the_same_id(stage):
    one = await stage.streams()
    await stage.says("e1")
    await stage.lands()
    [record] = await stage.topic(one)
    feed = await stage.asks("GET", "/partners/v1/feed", params={"partner_id": one})
    [event] = feed.json()["items"]
    assert (event["id"], event["data"]) == (header(record, "ce_id"), data_of(record))
    assert event["time"] == header(record, "ce_time")


async def test_a_long_past_lands_in_the_order_of_each_subject(stage):
    subjects = [f"registration-{n}" for n in range(5)]
    wanted = {subject: [f"{subject}/{n}" for n in range(140)] for subject in subjects}
    for part in range(0, 140, 35):
        for subject in subjects:
            await stage.says(*wanted[subject][part : part + 35], subject=subject)
    one = await stage.streams()
    await stage.lands()
    found = sorted(await stage.topic(one), key=in_order)
    for subject in subjects:
        got = [header(each, "ce_id") for each in found if each.key == subject.encode()]
        assert got == [id_of(name) for name in wanted[subject]]
    assert (await stage.stream(one))["through_the_log"] is True


async def test_what_others_say_wakes_it_and_who_was_erased_is_told_after_what_they_were(stage):
    one = await stage.streams()
    await stage.describes(
        one, courses=[reference.COURSE_ID], types=["person.recorded"], fields=["name"]
    )
    await stage.rests()
    confirmed = RegistrationConfirmed.model_validate(RegistrationConfirmed.example)
    await stage.hears(PersonRecorded.model_validate(PersonRecorded.example), confirmed)
    await stage.lands()
    await stage.forgets(reference.PERSON_ID)
    await stage.lands()
    found = sorted(await stage.topic(one), key=in_order)
    assert [(header(each, "ce_type"), each.key.decode()) for each in found] == [
        ("person.recorded.v1", reference.PERSON_ID),
        ("person.erased.v1", reference.PERSON_ID),
    ]
    assert data_of(found[0])["name"] == PersonRecorded.example["name"]
    assert data_of(found[1]) == {"person_id": reference.PERSON_ID}


async def test_of_who_is_erased_nothing_waits_for_kafka_any_more_and_others_go_out(stage):
    """A topic that somebody deleted may keep what waits for it for ever."""
    one = await stage.streams()
    await stage.describes(one, courses=[reference.COURSE_ID, COURSE], fields=["name"])
    await stage.rests()
    confirmed = RegistrationConfirmed.model_validate(RegistrationConfirmed.example)
    await stage.hears(PersonRecorded.model_validate(PersonRecorded.example), confirmed)
    await stage.says("ada", type_="person.recorded.v1", subject="ada")
    await stage.rests()
    assert [one["payload"] is None for one in await stage.rows(OF_PERSON)] == [False]
    await stage.forgets(reference.PERSON_ID)
    assert await stage.rows(OF_PERSON) == []
    await stage.lands()
    found = [header(each, "ce_type") for each in await stage.topic(one)]
    assert sorted(found) == [
        "person.erased.v1",
        "person.recorded.v1",
        "registration.confirmed.v1",
    ]


async def test_who_was_erased_before_is_in_no_topic_that_begins_later(stage):
    await stage.hears(
        PersonRecorded.model_validate(PersonRecorded.example),
        RegistrationConfirmed.model_validate(RegistrationConfirmed.example),
    )
    await stage.forgets(reference.PERSON_ID)
    one = await stage.streams()
    await stage.describes(one, courses=[reference.COURSE_ID], fields=["name", "email"])
    await stage.streams(to=one, topic=False, begin="beginning")
    await stage.lands()
    types = [header(each, "ce_type") for each in await stage.topic(one)]
    assert "person.recorded.v1" not in types
    assert types.count("person.erased.v1") >= 1


async def test_who_lost_a_course_is_told_there_who_of_it_was_erased_and_nothing_else(stage):
    one = await stage.streams()
    await stage.describes(one, courses=[OTHER])
    await stage.rests()
    await stage.says("fact")
    await stage.says("gone", type_="person.erased.v1")
    await stage.lands()
    assert await stage.ids(one) == [id_of("gone")]


async def test_where_it_begins_is_said_and_a_stop_is_gone_on_from(stage):
    await stage.says("old")
    late = await stage.streams(begin="now")
    whole = await stage.streams()
    await stage.says("new")
    await stage.lands()
    assert await stage.ids(late) == [id_of("new")]
    assert sorted(await stage.ids(whole)) == sorted([id_of("old"), id_of("new")])
    stopped = await stage.asks("DELETE", f"/partners/v1/partners/{late}/stream")
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    await stage.says("missed")
    await stage.lands()
    assert await stage.ids(late) == [id_of("new")]
    await stage.streams(to=late, topic=False)
    await stage.lands()
    assert sorted(await stage.ids(late)) == sorted([id_of("new"), id_of("missed")])
    await stage.streams(to=late, topic=False, begin="beginning")
    await stage.lands()
    assert sorted(await stage.ids(late)) == sorted(
        [id_of("new"), id_of("missed"), id_of("old"), id_of("new"), id_of("missed")]
    )


async def test_a_narrowed_list_holds_at_once_for_what_waits_for_kafka(stage):
    one = await stage.streams()
    await stage.says("shown")
    await stage.lands()
    await stage.says("a")
    await stage.says("b", type_="certificate.issued.v1")
    await stage.rests()
    topic = f"partner.{one}.events"
    assert await stage.waiting() == [(topic, id_of("a")), (topic, id_of("b"))]
    await stage.describes(one, types=["registration.confirmed"], fields=[])
    assert await stage.waiting() == []
    await stage.lands()
    found = {header(each, "ce_id"): data_of(each) for each in await stage.topic(one)}
    assert found == {
        id_of("shown"): {"registration_id": f"of-{id_of('shown')}", "state": "confirmed"},
        id_of("a"): {"registration_id": f"of-{id_of('a')}"},
    }
    assert len(await stage.topic(one)) == 2, "nothing that had gone out comes again"


async def test_a_person_of_two_courses_who_waits_for_kafka_is_decided_anew_for_both(stage):
    """Under one id there are as many rows as courses; what went out long ago is not among them."""
    one = await stage.streams()
    await stage.describes(one, courses=[COURSE, OTHER])
    event = {"type_": "person.recorded.v1", "subject": "ada"}
    await stage.says("person", **event)
    await stage.lands()
    await stage.says("between")
    await stage.lands()
    await stage.says("person", course=OTHER, **event)
    await stage.rests()
    assert len(await stage.waiting()) == 1
    await stage.describes(one, courses=[COURSE, OTHER], fields=[])
    await stage.lands()
    ids = await stage.ids(one)
    assert (ids.count(id_of("person")), ids.count(id_of("between"))) == (2, 1)


async def test_a_person_who_waits_for_kafka_is_not_looked_for_in_a_course_that_was_taken_away(
    stage,
):
    """There they stand later in the log, and nothing of it is ever written."""
    one = await stage.streams()
    await stage.describes(one, courses=[COURSE, OTHER])
    await stage.describes(one, courses=[COURSE])
    event = {"type_": "person.recorded.v1", "subject": "ada"}
    await stage.says("person", **event)
    await stage.says("person", course=OTHER, **event)
    await stage.rests()
    assert len(await stage.waiting()) == 1
    await stage.describes(one, courses=[COURSE], fields=[])
    await stage.lands()
    assert await stage.ids(one) == [id_of("person")]


async def test_a_stop_takes_back_what_waits_and_a_start_brings_it(stage):
    one = await stage.streams()
    await stage.says("a")
    await stage.rests()
    await stage.asks("DELETE", f"/partners/v1/partners/{one}/stream")
    assert await stage.waiting() == []
    await stage.lands()
    assert await stage.ids(one) == []
    await stage.streams(to=one, topic=False)
    await stage.lands()
    assert await stage.ids(one) == [id_of("a")]


@pytest.mark.parametrize(("begin", "wanted"), [("now", ["new"]), ("beginning", ["a", "b", "new"])])
async def test_one_that_begins_anew_takes_back_what_waits_and_writes_nothing_twice(
    stage, begin, wanted
):
    one = await stage.streams()
    await stage.says("a", "b")
    await stage.rests()
    assert len(await stage.waiting()) == 2
    await stage.streams(to=one, topic=False, begin=begin)
    assert await stage.waiting() == []
    await stage.says("new")
    await stage.lands()
    assert sorted(await stage.ids(one)) == sorted(map(id_of, wanted))


async def test_two_partners_get_each_their_own_and_neither_waits_for_the_others_past(
    stage, monkeypatch
):
    monkeypatch.setattr(streaming, "ROUND", 10)
    await stage.says(*(f"a{n}" for n in range(60)))
    await stage.says("z", course=OTHER)
    long = await stage.streams()
    short = await stage.streams()
    await stage.describes(short, courses=[OTHER])
    await stage.rests()
    waiting = await stage.waiting()
    place = waiting.index((f"partner.{short}.events", id_of("z")))
    assert place <= 20, "after a part or two of the other's"
    await stage.relayed()
    assert sorted(await stage.ids(long)) == sorted(id_of(f"a{n}") for n in range(60))
    assert await stage.ids(short) == [id_of("z")]


async def test_an_outbox_that_kafka_does_not_empty_is_not_filled(stage, monkeypatch):
    monkeypatch.setattr(streaming, "ROUND", 10)
    monkeypatch.setattr(streaming, "ROOM", 25)
    names = [f"e{n}" for n in range(100)]
    await stage.says(*names)
    one = await stage.streams()
    await stage.rests()
    await stage.later(3)
    waiting = len(await stage.waiting())
    assert 25 <= waiting + 1 <= 34, "no part is added where there is no room, beside the key"
    for _ in range(10):
        await stage.relayed()
        await stage.later(1)
    await stage.lands()
    assert sorted(await stage.ids(one)) == sorted(map(id_of, names))


async def test_a_topic_that_is_deleted_stops_itself_and_nothing_else(stage, monkeypatch):
    """Its events are in many shards by their keys, and would stop all of them; and however many
    wait for it, the others have their room."""
    monkeypatch.setattr(producing, "LOOK", 0.1)
    monkeypatch.setattr(streaming, "ROUND", 10)
    monkeypatch.setattr(streaming, "ROOM", 25)
    gone, other = await stage.streams(), await stage.streams()
    await stage.says("before")
    await stage.lands()
    await stage.loses_topic(gone)
    await asyncio.sleep(2 * producing.LOOK)  # until then it is taken to be there, and waited for
    names = [f"e{n}" for n in range(60)]
    await stage.says(*names)
    wanted = {id_of(name) for name in ("before", *names)}

    async def others_have_all() -> bool:
        await stage.rests()
        await stage.relay.step()
        await stage.later(1)
        waiting = {topic for topic, _ in await stage.waiting()}
        return waiting == {f"partner.{gone}.events"} and set(await stage.ids(other)) == wanted

    await wait_for(others_have_all, 8)  # no send to it is waited for until it is given up
    made = {"scopes": ["reader"]}
    await stage.asks("POST", "/partners/v1/keys", json=made, headers={"Idempotency-Key": "k"})

    async def own_words_go() -> bool:
        await stage.relay.step()
        rows = await stage.rows("SELECT topic FROM outbox")
        return {row["topic"] for row in rows} == {f"partner.{gone}.events"}

    await wait_for(own_words_go)
    assert 25 <= len(await stage.waiting()) <= 34, "and no more is added"

    async def it_is_said() -> bool:
        await stage.relay.step()
        return bool(stage.relay.ills())

    monkeypatch.setattr(refusals, "ATTEMPTS", 2)
    await wait_for(it_is_said)
    [ill] = stage.relay.ills()
    assert f"for partner.{gone}.events is refused by Kafka" in ill
    await stage.has_topic(gone)

    async def all_went() -> bool:
        await stage.rests()
        await stage.relay.step()
        await stage.later(1)
        return await stage.waiting() == [] and stage.relay.ills() == []

    await wait_for(all_went)
    assert sorted(set(await stage.ids(gone))) == sorted(map(id_of, names))


@pytest.mark.parametrize(
    "point",
    [
        "sweep.taken",
        "batch.flushing",
        "batch.flushed",
        "batch.committed",
        "relay.read",
        "relay.sent",
        "relay.deleted",
    ],
)
async def test_whoever_dies_between_two_steps_loses_nothing_and_changes_no_order(
    stage, monkeypatch, point
):
    monkeypatch.setattr(streaming, "ROUND", 4)
    names = [f"{point}/{n}" for n in range(10)]
    one = await stage.streams()
    await stage.rests()
    await stage.says(*names, subject="registration-1")
    with killed_at(point):
        await stage.lands()
    await stage.lands()
    found = await stage.ids(one)
    assert list(dict.fromkeys(found)) == [id_of(name) for name in names], "first sights, in order"
    again = len(found) - len(names)
    assert again == (10 if point == "relay.sent" else 0), "only what was sent and not noted"


async def test_a_database_of_a_backup_says_again_what_came_after_it_under_the_same_ids(stage):
    """What an older backup holds: the log, and the place in it, as they were then."""
    one = await stage.streams()
    await stage.says("before")
    await stage.lands()
    [position] = [row["position"] for row in await stage.rows("SELECT position FROM heads")]
    await stage.says("x", "y")
    await stage.lands()
    await stage.rows("DELETE FROM occurrences WHERE position > $1 RETURNING 1", position)
    await stage.rows("UPDATE heads SET position = $1 RETURNING 1", position)
    await stage.rows("UPDATE streams SET position = $1 RETURNING 1", position)
    await run_batch(stage.db, stage.clock.now(), [Ask(go_on, None)], [])
    await stage.says("y")  # what others said is heard again, in another order
    await stage.says("x")
    await stage.says("later")
    await stage.lands()
    found = await stage.ids(one)
    assert sorted(set(found)) == sorted(map(id_of, ["before", "x", "y", "later"]))
    assert (found.count(id_of("before")), found.count(id_of("x")), found.count(id_of("y"))) == (
        1,
        2,
        2,
    )


async def test_whoever_adds_while_it_is_started_is_found_a_minute_later(stage):
    one = await stage.streams()
    await stage.says("seen")
    await stage.lands()
    # As one that read who hears before the start was committed: it plans nothing.
    await stage.rows(
        "INSERT INTO occurrences SELECT position + 1, $1, type, course_id, subject, source,"
        " said_at, of_person, data FROM occurrences RETURNING 1",
        id_of("unseen"),
    )
    await stage.rows("UPDATE heads SET position = position + 1 RETURNING 1")
    await stage.lands()
    assert await stage.ids(one) == [id_of("seen")]
    await stage.later(61)
    await stage.lands()
    assert sorted(await stage.ids(one)) == sorted([id_of("seen"), id_of("unseen")])


async def test_a_topic_that_kafka_does_not_have_is_refused_for_it_would_stop_the_relay(stage):
    await stage.describes("nowhere")
    answer = await stage.asks("PUT", "/partners/v1/partners/nowhere/stream", json={})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/topic-missing")
    assert "bin/holdfast partners stream nowhere" in answer.json()["detail"]
    unknown = await stage.asks("PUT", "/partners/v1/partners/nobody/stream", json={})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/partner-unknown")
    for method in ("GET", "DELETE"):
        none = await stage.asks(method, "/partners/v1/partners/nowhere/stream")
        assert (none.status_code, none.json()["type"]) == (404, "/problems/stream-unknown")


async def test_a_kafka_that_is_away_is_said_to_be(database):
    async with staged(database("partners"), "127.0.0.1:1") as alone:
        await alone.describes("ibh")
        answer = await alone.asks("PUT", "/partners/v1/partners/ibh/stream", json={})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


async def test_the_partner_sees_it_and_operators_alone_start_and_stop_it(stage):
    one = await stage.streams(retention_days=3)
    path = f"/partners/v1/partners/{one}/stream"
    made = await stage.asks("POST", "/partners/v1/keys", json={"scopes": [f"partner:{one}"]},
                            headers={"Idempotency-Key": "own"})  # fmt: skip
    insert = (
        "INSERT INTO api_keys (key_id, hash, scopes, version, revoked)"
        " SELECT key_id, hash, scopes, 1, false FROM keys WHERE key_id = $1 RETURNING 1"
    )
    await stage.rows(insert, made.json()["key_id"])
    async with stage.client(made.json()["key"]) as own:
        seen = await stage.stepped(own.get(path))
        assert seen.json()["topic"] == f"partner.{one}.events"
        assert (seen.json()["state"], seen.json()["retention_days"]) == ("active", 3)
        for asking in (own.put(path, json={}), own.delete(path)):
            assert (await stage.stepped(asking)).status_code == 403
        other = await stage.stepped(own.get("/partners/v1/partners/other/stream"))
        assert other.status_code == 403


@pytest.mark.parametrize("body", [{"retention_days": 0}, {"retention_days": 366}, {"begin": "x"}])
async def test_what_no_topic_can_be_asked_for_is_refused(stage, body):
    one = await stage.streams()
    answer = await stage.asks("PUT", f"/partners/v1/partners/{one}/stream", json=body)
    assert answer.status_code == 422


async def test_started_again_as_it_is_it_stays_as_it_is(stage):
    one = await stage.streams(retention_days=3)
    before = await stage.stream(one)
    stage.clock.time += timedelta(hours=1)
    await stage.streams(to=one, topic=False, retention_days=3)
    assert await stage.stream(one) == before
    assert (await stage.value("SELECT position FROM heads WHERE log = $1", LOG)) is None
