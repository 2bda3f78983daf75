"""Webhooks: what a partner may see reaches its endpoint, signed, at least once, and whatever the
endpoint does."""

import asyncio
import hmac
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from time import time
from typing import Any

import pytest

from shared.contracts import reference
from shared.contracts.event import Event
from shared.contracts.registration import PersonRecorded, RegistrationConfirmed
from tests.edges.partners.receiver import Heard, Receiver, answers, receiving
from tests.edges.partners.webhooks import COURSE, OTHER, Hooks, staged
from tests.stage import killed_at

CONFIRMED = RegistrationConfirmed.type


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def stage(database) -> AsyncIterator[Hooks]:
    async with staged(database("partners")) as made:
        await made.describes()
        yield made


def signatures(heard: Heard) -> list[str]:
    return heard.headers["webhook-signature"].split(" ")


def signed(secret: str, heard: Heard) -> str:
    """By hand, as Standard Webhooks has it."""
    key = b64decode(secret.removeprefix("whsec_"))
    text = f"{heard.id}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    return "v1," + b64encode(hmac.new(key, text, sha256).digest()).decode()


async def test_what_a_partner_may_see_reaches_its_endpoint_signed_and_cut_down(stage, receiver):
    made = await stage.opens(receiver)
    await stage.happens("e1")
    await stage.happens("hidden", course=OTHER)
    await stage.rests()
    [heard] = receiver.heard
    assert heard.event == {
        "specversion": "1.0",
        "id": "e1",
        "source": "/registration",
        "type": "registration.confirmed.v1",
        "subject": "of-e1",
        "time": "2020-10-19T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {"registration_id": "of-e1", "state": "confirmed"},
    }
    assert heard.id == "e1"
    assert heard.headers["content-type"] == "application/cloudevents+json"
    assert abs(int(heard.headers["webhook-timestamp"]) - time()) < 60, "by the wall clock"
    assert made["secret"].startswith("whsec_")
    assert signatures(heard) == [signed(made["secret"], heard)]
    [delivery] = await stage.deliveries()
    assert (delivery["status"], delivery["attempts"], delivery["answered"]) == ("delivered", 1, 204)


def said(event: type[Event], **about: Any) -> Event:
    return event.model_validate(event.example | about)


async def test_what_others_say_of_its_courses_is_told_and_who_was_erased(stage, receiver):
    """By the very handlers of the log, within the transaction that adds to it."""
    await stage.describes(
        courses=[reference.COURSE_ID], types=["person.recorded", "registration.confirmed"]
    )
    await stage.opens(receiver, concurrency=1)
    await stage.hears(
        said(PersonRecorded),
        said(RegistrationConfirmed),
        said(RegistrationConfirmed, course_id="z"),
    )
    await stage.rests()
    assert [one.event["type"] for one in receiver.heard] == [PersonRecorded.type, CONFIRMED]
    assert receiver.heard[0].event["data"] == {"person_id": reference.PERSON_ID, "version": 1}
    await stage.forgets(reference.PERSON_ID)
    await stage.rests()
    [*_, erased] = receiver.heard
    assert (erased.event["type"], erased.event["data"]) == (
        "person.erased.v1",
        {"person_id": reference.PERSON_ID},
    )


async def test_it_hears_from_its_opening_on_in_order_and_all_of_a_long_backlog(stage, receiver):
    await stage.happens("before")
    await stage.opens(receiver, concurrency=1)
    names = [f"e{n}" for n in range(250)]
    await stage.happens(*names)
    await stage.rests()
    assert receiver.ids == names


async def test_an_endpoints_own_filters_leave_out_the_rest(stage, receiver):
    await stage.describes(courses=[COURSE, OTHER])
    await stage.opens(receiver, types=["registration.confirmed"], courses=[COURSE])
    await stage.happens("gone", type_="person.erased.v1")
    await stage.happens("gone-elsewhere", type_="person.erased.v1", course=OTHER)
    await stage.rests()
    assert receiver.ids == ["gone"], "who was erased is told whatever is wanted"
    await stage.happens("wrong-course", course=OTHER)
    await stage.happens("wrong-type", type_="certificate.issued.v1")
    await stage.happens("right")
    await stage.rests()
    assert receiver.ids == ["gone", "right"]


async def test_a_narrowed_allow_list_holds_at_once_for_what_waits_too(stage, receiver):
    await stage.opens(receiver)
    receiver.says(500)
    await stage.happens("e1")
    await stage.rests()
    await stage.happens("e2")
    await stage.describes(courses=[OTHER])
    receiver.says(204)
    await stage.later(3600)
    assert receiver.ids == ["e1"]
    [delivery] = await stage.deliveries()
    assert (delivery["status"], delivery["reason"]) == ("parked", "not-seen-any-more")


async def test_what_was_erased_meanwhile_is_not_sent(stage, receiver):
    await stage.opens(receiver)
    receiver.says(500)
    await stage.happens("e1")
    await stage.rests()
    await stage.rows("DELETE FROM occurrences RETURNING position")
    receiver.says(204)
    await stage.later(10)
    assert receiver.ids == ["e1"]
    [delivery] = await stage.deliveries()
    assert (delivery["status"], delivery["reason"]) == ("parked", "erased")


async def test_a_rotated_secret_leaves_the_former_one_good_for_a_day(stage, receiver):
    made = await stage.opens(receiver)
    rotated = (await stage.does("rotate", made)).json()
    assert rotated["secret"] != made["secret"]
    await stage.happens("e1")
    await stage.later(24 * 3600 - 1)
    await stage.happens("e2")
    await stage.later(2)
    await stage.happens("e3")
    await stage.rests()
    first, second, third = receiver.heard
    for heard in (first, second):
        assert signatures(heard) == [
            signed(rotated["secret"], heard),
            signed(made["secret"], heard),
        ]
    assert signatures(third) == [signed(rotated["secret"], third)]


async def test_a_secret_that_is_replaced_twice_within_a_day_leaves_the_first_one_good(
    stage, receiver
):
    """Whoever holds the first was promised a day to put the new one in place."""
    first = await stage.opens(receiver)
    secrets = [first["secret"]]
    for _ in range(2):
        secrets.insert(0, (await stage.does("rotate", first)).json()["secret"])
    await stage.happens("e1")
    await stage.rests()
    assert signatures(receiver.heard[-1]) == [signed(one, receiver.heard[-1]) for one in secrets]
    for _ in range(5):
        secrets.insert(0, (await stage.does("rotate", first)).json()["secret"])
    await stage.happens("e2")
    await stage.rests()
    newest = [signed(one, receiver.heard[-1]) for one in secrets[:5]]
    assert signatures(receiver.heard[-1]) == newest, "headers do not grow for ever"
    await stage.later(25 * 3600)
    await stage.does("rotate", first)
    await stage.happens("e3")
    await stage.rests()
    assert len(signatures(receiver.heard[-1])) == 2


async def test_who_lost_a_course_hears_by_webhook_who_of_it_is_erased(stage, receiver):
    await stage.describes(courses=[reference.COURSE_ID])
    made = await stage.opens(receiver, types=["registration.confirmed"])
    await stage.hears(said(PersonRecorded), said(RegistrationConfirmed))
    await stage.rests()
    await stage.describes(courses=[OTHER])
    await stage.rests()
    receiver.heard.clear()
    await stage.hears(said(RegistrationConfirmed))
    await stage.forgets(reference.PERSON_ID)
    await stage.rests()
    assert [one.event["data"] for one in receiver.heard] == [{"person_id": reference.PERSON_ID}]
    ids = [one.id for one in receiver.heard]
    assert (await stage.replays(made, event_ids=ids)).json() == {"replayed": 1}
    await stage.rests()
    assert receiver.ids == ids * 2


async def test_a_secret_is_shown_once_and_again_only_to_the_same_request(stage, receiver):
    body = {"url": receiver.url}
    path = "/partners/v1/partners/ibh/endpoints"
    first = await stage.asks("POST", path, json=body, headers={"Idempotency-Key": "k"})
    again = await stage.asks("POST", path, json=body, headers={"Idempotency-Key": "k"})
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["cache-control"] == "no-store"
    [shown] = (await stage.asks("GET", path)).json()["items"]
    assert "secret" not in shown
    secret = first.json()["secret"]
    kept = await stage.rows("SELECT body::text AS body FROM idempotency_keys")
    assert secret not in str(kept)


async def test_an_endpoint_that_answers_500_is_tried_for_three_days_and_then_parked(
    stage, receiver
):
    made = await stage.opens(receiver)
    receiver.answer = lambda heard: answers(500 if heard.id == "poison" else 200)
    await stage.happens("poison")
    for n in range(16):  # others go well meanwhile, so its circuit is closed
        await stage.happens(f"good-{n}")
        await stage.later(5 * 3600)
    assert receiver.ids.count("poison") == 10
    assert len(receiver.heard) == 26
    [parked] = await stage.deliveries(status="parked")
    assert (parked["event_id"], parked["attempts"]) == ("poison", 10)
    assert (parked["answered"], parked["reason"]) == (500, "answered")
    receiver.says(200)
    assert (await stage.counts(made, status="parked")).json()["events"] == 1
    again = await stage.replays(made, status="parked")
    assert (again.status_code, again.json()) == (202, {"replayed": 1})
    await stage.rests()
    assert receiver.ids[-1] == "poison"
    assert await stage.deliveries(status="parked") == []


async def test_a_receiver_that_is_down_for_four_days_gets_all_when_it_is_back(stage, receiver):
    made = await stage.opens(receiver)
    receiver.says(502)
    names = [f"e{n}" for n in range(96)]
    for name in names:
        await stage.happens(name)
        await stage.jumps(hours=1)
    down = await stage.endpoint(made)
    assert (down["state"], down["circuit"]) == ("active", "open")
    rows = await stage.count("deliveries")
    assert rows <= 45, "what a dead endpoint is not sent is not written"
    receiver.says(200)
    receiver.heard.clear()
    await stage.later(1800)
    up = await stage.endpoint(made)
    assert (up["circuit"], up["failures"], up["failing_since"]) == ("closed", 0, None)
    parked = [one["event_id"] for one in await stage.deliveries(status="parked")]
    assert sorted(receiver.ids + parked) == sorted(names), "each once, and none lost"
    await stage.replays(made, status="parked")
    await stage.rests()
    assert sorted(receiver.ids) == sorted(names)


async def test_five_days_without_a_success_disable_it_and_staff_and_partner_see(stage, receiver):
    made = await stage.opens(receiver)
    receiver.says(500)
    for n in range(15):
        await stage.happens(f"e{n}")
    await stage.rests()
    await stage.jumps(hours=119)
    assert (await stage.endpoint(made))["state"] == "active"
    await stage.jumps(hours=1)
    ended = await stage.endpoint(made)
    assert (ended["state"], ended["reason"]) == ("disabled", "failing")
    [task] = await stage.said("task.opened")
    assert (task["kind"], task["about"]["partner_id"]) == ("endpoint-disabled", "ibh")
    tries = len(receiver.heard)
    await stage.happens("unheard")
    await stage.jumps(hours=24)
    assert len(receiver.heard) == tries
    receiver.says(200)
    assert (await stage.does("enable", made)).json()["state"] == "active"
    await stage.rests()
    assert "unheard" in receiver.ids
    [closed] = await stage.said("task.closed")
    assert (closed["kind"], closed["outcome"]) == ("endpoint-disabled", "enabled")


async def test_410_disables_at_once(stage, receiver):
    made = await stage.opens(receiver, concurrency=1)
    receiver.says(410)
    await stage.happens("e1", "e2")
    await stage.rests()
    assert receiver.ids == ["e1"]
    ended = await stage.endpoint(made)
    assert (ended["state"], ended["reason"]) == ("disabled", "gone")
    assert len(await stage.said("task.opened")) == 1
    assert (await stage.counts(made, status="parked")).status_code == 409
    refused = await stage.replays(made, status="parked")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/endpoint-disabled")


async def test_429_is_left_alone_for_as_long_as_it_asks(stage, receiver):
    await stage.opens(receiver, concurrency=1)
    receiver.says(429, "Retry-After: 120")
    await stage.happens("e1", "e2")
    await stage.rests()
    receiver.says(200)
    await stage.later(119)
    assert receiver.ids == ["e1"]
    await stage.later(2)
    assert sorted(receiver.ids) == ["e1", "e1", "e2"]


@pytest.mark.parametrize(
    "rest",
    ["9" * 30, f"Mon, {'9' * 30} Oct 2020 16:00:00 GMT", "\xff\x01"],
    ids=["a number", "a date", "no text"],
)
async def test_whatever_it_asks_for_what_went_well_beside_it_is_not_sent_again(
    stage, receiver, rest
):
    """An answer that nobody can make sense of must not cost the round in which it came."""
    made = await stage.opens(receiver, concurrency=1)
    bad = answers(503, f"Retry-After: {rest}").replace(b"\xc3\xbf", b"\xff")
    receiver.answer = lambda heard: bad if heard.id == "e2" else answers(200)
    await stage.happens("e1", "e2")
    await stage.rests()
    assert receiver.ids == ["e1", "e2"]
    assert [one["status"] for one in await stage.deliveries()] == ["delivered", "waiting"]
    assert (await stage.endpoint(made))["failures"] == 1
    await stage.later(35)
    assert receiver.ids.count("e1") == 1


async def test_what_cannot_be_sent_at_all_is_a_failure_of_its_own(stage, receiver):
    """An id that no header can hold: it is parked in the end, and the others go."""
    made = await stage.opens(receiver, concurrency=1)
    await stage.happens("e1", "e\u2603", "e3")
    await stage.rests()
    assert receiver.ids == ["e1", "e3"]
    [waits] = await stage.deliveries(status="waiting")
    assert (waits["attempts"], waits["reason"]) == (1, "broken-answer")
    assert (await stage.endpoint(made))["failures"] == 0


async def test_a_redirect_is_a_failure_and_is_not_followed(stage, receiver):
    async with receiving() as inside:
        await stage.opens(receiver)
        receiver.says(307, f"Location: {inside.url}")
        await stage.happens("e1")
        await stage.rests()
        assert inside.heard == []
    [delivery] = await stage.deliveries()
    assert (delivery["status"], delivery["answered"], delivery["reason"]) == (
        "waiting",
        307,
        "redirected",
    )


async def test_who_does_not_answer_or_never_ends_is_waited_for_only_so_long(stage, receiver):
    stage.courier._answer = 0.5
    await stage.opens(receiver)
    receiver.answer = lambda _heard: None
    await stage.happens("silent")
    await stage.rests()
    [silent] = await stage.deliveries()
    assert (silent["status"], silent["reason"], silent["answered"]) == (
        "waiting",
        "no-answer",
        None,
    )
    receiver.answer = lambda _heard: (
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5\r\nxxxxx\r\n" * 2_000
    )
    await stage.later(10)
    assert receiver.ids == ["silent", "silent"]
    [delivered] = await stage.deliveries()
    assert delivered["status"] == "delivered", "the rest of a long answer is of no interest"


async def test_nobody_listens_there(stage, receiver):
    made = await stage.opens("http://127.0.0.1:9")
    await stage.happens(*(f"e{n}" for n in range(40)))
    await stage.rests()
    ill = await stage.endpoint(made)
    assert ill["circuit"] == "open"
    assert 10 <= ill["failures"] <= 13
    waiting = await stage.deliveries()
    assert {one["reason"] for one in waiting} == {"unreachable"}
    assert len(waiting) == ill["failures"]


async def test_no_more_at_once_than_it_wants(stage, receiver):
    receiver.pause = 0.02
    await stage.opens(receiver, concurrency=3)
    await stage.happens(*(f"e{n}" for n in range(12)))
    await stage.rests()
    assert len(receiver.heard) == 12
    assert receiver.most_at_once == 3


async def test_in_order_a_subject_stands_still_behind_one_that_is_not_taken(stage, receiver):
    await stage.opens(receiver, ordered=True)
    receiver.answer = lambda heard: answers(500 if heard.id == "a1" else 200)
    await stage.happens("a1", "a2", subject="a")
    await stage.happens("b1", subject="b")
    await stage.rests()
    await stage.happens("a3", subject="a")
    await stage.happens("b2", subject="b")
    await stage.rests()
    assert sorted(receiver.ids) == ["a1", "b1", "b2"]
    receiver.says(200)
    await stage.later(10)
    assert receiver.ids[3:] == ["a1", "a2", "a3"]
    assert {one["status"] for one in await stage.deliveries()} == {"delivered"}


@pytest.mark.parametrize("point", ["outside.prepared", "outside.acted"])
async def test_a_crash_before_it_is_recorded_sends_it_again_under_the_same_id(
    stage, receiver, point
):
    await stage.opens(receiver)
    await stage.happens("e1")
    with killed_at(point):
        await stage.rests()
    await stage.rests()
    sent_before = point == "outside.acted"
    assert len(receiver.heard) == sent_before, "somebody else has it until its lease runs out"
    await stage.leases_run_out()
    await stage.rests()
    assert receiver.ids == ["e1"] * (1 + sent_before)
    [delivery] = await stage.deliveries()
    assert delivery["status"] == "delivered"


async def test_what_is_added_while_a_round_is_under_way_is_not_forgotten(stage, receiver):
    """At the very same moment of a clock that stands, as in a sandbox."""
    await stage.opens(receiver)
    await stage.happens("e1")
    added = []

    def more(heard: Heard) -> bytes:
        if not added:
            added.append(asyncio.ensure_future(stage.happens("e2")))
        return answers(200)

    receiver.answer = more
    receiver.pause = 0.05
    await stage.rests()
    await added[0]
    await stage.rests()
    assert receiver.ids == ["e1", "e2"]


async def test_a_test_event_goes_out_whatever_waits_and_closes_the_circuit(stage, receiver):
    made = await stage.opens(receiver)
    receiver.says(500)
    await stage.happens(*(f"e{n}" for n in range(10)))
    await stage.rests()
    assert (await stage.endpoint(made))["circuit"] == "open"
    receiver.heard.clear()
    receiver.says(200)
    answer = await stage.does("test", made)
    assert answer.status_code == 202
    await stage.rests()
    assert receiver.heard[0].event["type"] == "endpoint.tested.v1"
    assert receiver.heard[0].event["data"] == {"endpoint_id": made["endpoint_id"]}
    assert (await stage.endpoint(made))["circuit"] == "closed"
    assert [one["status"] for one in await stage.deliveries(type="endpoint.tested.v1")] == [
        "delivered"
    ]


async def test_a_test_that_is_not_taken_says_nothing_against_the_endpoint(stage, receiver):
    made = await stage.opens(receiver)
    receiver.says(500)
    await stage.does("test", made)
    await stage.later(86_400)
    assert len(receiver.heard) == 1
    [test] = await stage.deliveries()
    assert (test["status"], test["answered"], test["test"]) == ("parked", 500, True)
    assert (await stage.endpoint(made))["failures"] == 0


async def test_events_are_sent_again_by_id_or_by_when_they_were_said(stage, receiver):
    made = await stage.opens(receiver)
    for name in ("e1", "e2", "e3"):
        await stage.happens(name)
        await stage.later(60)
    await stage.happens("hidden", course=OTHER)
    receiver.heard.clear()
    told = await stage.counts(made, event_id=["e1", "hidden", "nobody's"])
    assert told.json() == {"endpoint_id": made["endpoint_id"], "url": made["url"], "events": 1}
    by_id = await stage.replays(made, event_ids=["e1", "hidden", "nobody's"])
    assert by_id.json() == {"replayed": 1}
    await stage.rests()
    assert receiver.ids == ["e1"]
    ranged = {"from": "2020-10-19T12:01:00Z", "until": "2020-10-19T12:02:00Z"}
    assert (await stage.counts(made, **ranged)).json()["events"] == 1
    assert (await stage.replays(made, **ranged)).json() == {"replayed": 1}
    await stage.rests()
    assert receiver.ids == ["e1", "e2"]
    assert (await stage.counts(made, **ranged, status="parked")).status_code == 422
    unclear = await stage.replays(made)
    assert (unclear.status_code, unclear.json()["type"]) == (422, "/problems/replay-unclear")


async def test_a_replay_keeps_nothing_new_back(stage, receiver):
    made = await stage.opens(receiver, concurrency=1)
    await stage.happens(*(f"old-{n}" for n in range(120)))
    await stage.rests()
    receiver.heard.clear()
    await stage.replays(made, **{"from": "2020-10-19T00:00:00Z"})
    await stage.happens("new")
    await stage.outside.step()
    assert "new" in receiver.ids
    await stage.rests()
    assert len(receiver.heard) == 121


async def test_a_removed_endpoint_is_sent_nothing_more(stage, receiver):
    made = await stage.opens(receiver)
    receiver.says(500)
    await stage.happens("e1")
    await stage.rests()
    removed = await stage.asks(
        "DELETE", f"/partners/v1/partners/ibh/endpoints/{made['endpoint_id']}"
    )
    assert removed.json()["state"] == "removed"
    await stage.happens("e2")
    await stage.later(86_400)
    assert receiver.ids == ["e1"]
    [delivery] = await stage.deliveries()
    assert (delivery["status"], delivery["reason"]) == ("parked", "endpoint-removed")
    assert (await stage.does("test", made)).status_code == 404


async def test_what_was_delivered_long_ago_is_forgotten(stage, receiver):
    await stage.opens(receiver)
    await stage.happens("e1")
    await stage.later(89 * 86_400)
    assert await stage.count("deliveries") == 1
    await stage.later(2 * 86_400)
    assert await stage.count("deliveries") == 0
