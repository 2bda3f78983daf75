"""A person is erased: the record and all words go, facts stay, and every service is told."""

import uuid
from typing import Any

from services.registration.api import person_answers
from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_merging import merge, person_id, slug

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind='r'"


async def erase(stage: Stage, who: str, client: Any = None, key: str = "") -> Any:
    return await (client or stage.operator).post(
        f"/people/{who}/erase",
        json={"reason": "asked-by-mail"},
        headers={"Idempotency-Key": key or str(uuid.uuid4())},
    )


async def cancelled(stage: Stage, registration_id: str, reason: str = "") -> None:
    answer = await stage.act(
        stage.holder(registration_id), registration_id, "cancel", {"reason": reason}
    )
    assert answer.status_code == 202, answer.text


async def tables_with(stage: Stage, *texts: str) -> list[str]:
    """Every table in which one of the texts stands; what waits to be sent is not looked at."""
    found = set()
    for row in await stage.fetch(_TABLES):
        name = row["relname"]
        whole = str(await stage.fetch(f"SELECT t::text FROM {name} t")).lower()
        if name != "outbox" and any(text.lower() in whole for text in texts):
            found.add(name)
    return sorted(found)


async def tombstones(stage: Stage) -> list[str]:
    rows = await stage.fetch("SELECT key FROM outbox WHERE payload IS NULL ORDER BY id")
    return [row["key"].decode() for row in rows]


async def test_not_while_there_is_anything_ahead(stage: Stage) -> None:
    await stage.publish()
    mine = (await stage.register()).json()["registration_id"]
    who = await person_id(stage, mine)
    refused = await erase(stage, who)
    assert slug(refused) == (409, "still-registered")
    assert refused.json()["registrations"] == [mine]
    assert await tombstones(stage) == []
    await cancelled(stage, mine)
    done = await erase(stage, who)
    assert (done.status_code, done.json()) == (200, {"person_id": who, "erased": [who]})
    fits(person_answers.Gone, done.json())
    assert await tombstones(stage) == [who]


async def test_nothing_that_tells_of_them_is_left_in_the_database(stage: Stage) -> None:
    await stage.publish()
    answer = await stage.register(accommodation="I am deaf; captions, please.", key="k-1")
    mine = answer.json()["registration_id"]
    who = await person_id(stage, mine)
    corrected = await stage.operator.put(
        f"/registrations/{mine}/attendee",
        json={"name": "Ada Byron"},
        headers={"Idempotency-Key": "k-2"},
    )
    assert corrected.json()["name"] == "Ada Byron"
    await stage.act(stage.operator, mine, "accommodation/answer", {"answer": "There are captions."})
    await cancelled(stage, mine, "My mother is ill.")
    telling = ("lovelace", "byron", "ada@", "captions", "mother", "000123", "Europe/London")
    assert {"people", "words", "idempotency_keys"} <= set(await tables_with(stage, *telling))

    assert (await erase(stage, who, key="k-3")).status_code == 200
    assert await tables_with(stage, *telling) == []
    [row] = await stage.fetch("SELECT * FROM registrations")
    assert (row["person_id"], row["state"], row["person_key"]) == (who, "cancelled", None)
    assert (await stage.shown(mine))["attendee"] is None
    [audited] = await stage.audited("person.erased")
    assert (audited["about"], audited["why"]) == (who, "asked-by-mail")

    # Whoever asked to erase, and lost the answer, is given it again.
    again = await erase(stage, who, key="k-3")
    assert (again.status_code, again.json()) == (200, {"person_id": who, "erased": [who]})

    # What was answered is not said again, and is not done again either.
    again = await stage.register(accommodation="I am deaf; captions, please.", key="k-1")
    assert slug(again) == (410, "answer-erased")
    assert len(await stage.fetch("SELECT 1 FROM registrations")) == 1


async def test_all_their_ids_go_and_nobody_else_s(stage: Stage) -> None:
    await stage.publish("basics")
    await stage.publish()
    first = (await stage.register("Ada Lovelace", "basics")).json()["registration_id"]
    second = (
        await stage.register(attendee=application()["attendee"] | {"name": "Ada King"})
    ).json()["registration_id"]
    other = (await stage.register("Ben Adams")).json()["registration_id"]
    a, b = await person_id(stage, first), await person_id(stage, second)
    await merge(stage, a, b)
    for one in (first, second):
        await cancelled(stage, one)
    assert sorted((await erase(stage, a)).json()["erased"]) == sorted([a, b])
    assert sorted(await tombstones(stage)) == sorted([a, b])
    assert [row["name"] for row in await stage.fetch("SELECT name FROM people")] == ["Ben Adams"]
    assert (await stage.shown(other))["attendee"]["name"] == "Ben Adams"
    [change] = await stage.fetch("SELECT act, reason FROM person_changes")
    assert tuple(change) == ("merged", "")
    assert slug(await merge(stage, a, await person_id(stage, other))) == (409, "person-erased")


async def test_who_handed_their_seat_on_is_forgotten_and_who_came_instead_is_not(
    stage: Stage,
) -> None:
    await stage.publish()
    mine = (await stage.register(accommodation="A ramp for Ada.")).json()["registration_id"]
    ada = await person_id(stage, mine)
    body = {"attendee": application("Ben Adams")["attendee"], "disclosure_version": "2020-09-01"}
    answer = await stage.act(stage.holder(mine), mine, "substitute", body)
    assert answer.status_code == 200, answer.text
    ben = await person_id(stage, mine)
    await stage.act(stage.holder(mine, 2), mine, "accommodation", {"request": "Captions for Ben."})
    assert (await erase(stage, ada)).status_code == 200
    assert await tables_with(stage, "lovelace", "ada@", "a ramp") == []
    assert await tables_with(stage, "captions for ben") == ["words"]
    assert (await stage.shown(mine))["attendee"]["name"] == "Ben Adams"
    assert await tombstones(stage) == [ada]
    assert slug(await erase(stage, ben)) == (409, "still-registered")


async def instead(stage: Stage, mine: str, name: str, reason: str) -> str:
    """A colleague comes instead, by staff; gives their id."""
    body = {"attendee": application(name)["attendee"], "disclosure_version": "2020-09-01"}
    answer = await stage.act(stage.operator, mine, "substitute", body | {"reason": reason})
    assert answer.status_code == 200, answer.text
    return await person_id(stage, mine)


async def said_at(stage: Stage, mine: str, version: int) -> list[str]:
    """What the learner whose it is by now is shown of what was written there."""
    shown = (await stage.holder(mine, version).get(f"/registrations/{mine}")).json()
    return [entry["words"] for entry in shown["history"] if "words" in entry]


async def test_what_staff_wrote_of_who_handed_on_is_gone_with_them_and_shown_to_nobody(
    stage: Stage,
) -> None:
    await stage.publish()
    mine = (await stage.register()).json()["registration_id"]
    ada = await person_id(stage, mine)
    why = {"reason": "She rang: Lovelace is a name of her past."}
    path = f"/registrations/{mine}/attendee"
    assert (await stage.operator.put(path, json={"name": "Ada K"} | why)).status_code == 200
    renewed = {"reason": "Her son (Lovelace) had the links."}
    assert (await stage.act(stage.operator, mine, "links/renew", renewed)).status_code == 200
    await instead(stage, mine, "Ben Adams", "Lovelace is ill.")
    renewed = {"reason": "Ben's own account was stolen."}
    assert (await stage.act(stage.operator, mine, "links/renew", renewed)).status_code == 200
    shown = (await stage.shown(mine))["history"]
    assert sum("words" in entry for entry in shown) == 4, "staff are shown all of it"
    assert await said_at(stage, mine, 4) == []
    assert (await erase(stage, ada)).status_code == 200
    assert await tables_with(stage, "lovelace", "ada@") == []
    left = await stage.fetch("SELECT said FROM words")
    assert [row["said"] for row in left] == [{"reason": "Ben's own account was stolen."}]
    assert await said_at(stage, mine, 4) == []


async def test_why_somebody_came_instead_is_gone_with_either_of_the_two(stage: Stage) -> None:
    await stage.publish()
    mine = (await stage.register()).json()["registration_id"]
    ben = await instead(stage, mine, "Ben Adams", "Ben is ill no more, and comes.")
    await instead(stage, mine, "Cleo Park", "She comes: he moved away.")
    assert len(await stage.fetch("SELECT * FROM words")) == 2
    assert (await erase(stage, ben)).status_code == 200
    assert await stage.fetch("SELECT * FROM words") == []
    assert (await stage.shown(mine))["attendee"]["name"] == "Cleo Park"


async def test_what_was_said_of_two_who_are_two_after_all_is_gone_with_either(
    stage: Stage,
) -> None:
    await stage.publish("basics")
    await stage.publish()
    first = (await stage.register("Ada Lovelace", "basics")).json()["registration_id"]
    second = (await stage.register("Ada King")).json()["registration_id"]
    a, b = await person_id(stage, first), await person_id(stage, second)
    await merge(stage, a, b)
    key = {"Idempotency-Key": "apart"}
    body = {"reason": "They are two sisters."}
    apart = await stage.operator.post(f"/people/{a}/unmerge", json=body, headers=key)
    assert apart.status_code == 200, apart.text
    await cancelled(stage, second)
    assert (await erase(stage, b)).json()["erased"] == [b]
    rows = await stage.fetch("SELECT person_id, act, reason FROM person_changes ORDER BY version")
    assert [tuple(row) for row in rows] == [(a, "merged", ""), (a, "unmerged", "")]
    assert (await stage.shown(first))["attendee"]["name"] == "Ada Lovelace"


async def test_again_is_the_same_answer_and_a_stranger_is_none(stage: Stage) -> None:
    await stage.publish()
    mine = (await stage.register()).json()["registration_id"]
    who = await person_id(stage, mine)
    await cancelled(stage, mine)
    for _ in range(2):
        assert (await erase(stage, who)).json() == {"person_id": who, "erased": [who]}
    assert await tombstones(stage) == [who], "told once"
    assert slug(await erase(stage, "nobody")) == (404, "person-unknown")
    assert (await stage.operator.get(f"/people/{who}")).status_code == 404


async def test_staff_only(stage: Stage) -> None:
    await stage.publish()
    mine = (await stage.register()).json()["registration_id"]
    who = await person_id(stage, mine)
    assert slug(await erase(stage, who, stage.public))[0] == 401
    assert slug(await erase(stage, who, stage.holder(mine)))[0] == 403
    assert await tombstones(stage) == []


async def test_their_end_is_said_once_more_when_kafka_may_compact(stage: Stage) -> None:
    """On a partition where nobody registers any more, that is what begins another segment."""
    await stage.go_to("2020-09-01T12:00:00Z")
    await stage.publish()
    mine = (await stage.register()).json()["registration_id"]
    who = await person_id(stage, mine)
    await cancelled(stage, mine)
    await erase(stage, who)
    await stage.go_to("2020-09-09T11:59:59Z")
    assert await tombstones(stage) == [who]
    await stage.go_to("2020-09-09T12:00:00Z")
    assert await tombstones(stage) == [who, who]
    ids = {
        row["event_id"] for row in await stage.fetch("SELECT * FROM outbox WHERE payload IS NULL")
    }
    assert len(ids) == 2, "an event of its own"
    await stage.go_to("2021-09-09T12:00:00Z")
    assert await tombstones(stage) == [who, who], "and no more"
