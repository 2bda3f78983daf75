"""Three bodies hear of one course: its joint sponsor by webhook, whose receiver is away for four
days, an institute by the feed, an integrator by Kafka. They hear the same, each thing at least once;
and the sponsor sees its board's learner, and the certificate that was issued in its name.

Seven services as they run, on a Kafka of their own; the clock moves, and nothing else is made up.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from cli.kafka import read_all
from cli.signed import keys_of, opened
from holdfast_client import AsyncHoldfast
from shared.dates import parse_instant
from shared.runtime.outward import Outward
from stack.profile import ROOT
from stack.topics import create_topics
from tests.conftest import _embedded_kafka, run
from tests.edges.partners.receiver import Receiver, receiving
from tests.simulation import building
from tests.stack.healing import ALL, Place, kafka_only

COURSE = "ethics-evening-2027"
BEGINS = datetime(2027, 2, 20, 9, tzinfo=UTC)
NAME = "Institute for Better Health, Inc"
BODY = "did:web:holdfast.test:certificates:issuers:ibh"
SEEN = {
    "courses": [COURSE],
    "fields": ["name", "certificate.issued/*", "award.granted/*", "attendance.settled/*"],
}
TYPES = [
    *("course.published", "registration.confirmed", "person.recorded", "attendance.settled"),
    *("award.granted", "certificate.issued"),
]


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _embedded_kafka(tmp_path_factory.mktemp("kafka")) as bootstrap:
        run(create_topics(bootstrap))
        with kafka_only(bootstrap):
            yield bootstrap


@pytest.fixture
async def place(
    database: Any,
    postgres_url: str,
    own_kafka: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Place]:
    build = building.partners.build
    monkeypatch.setattr(
        building.partners, "build", lambda told, **seams: build(told, Outward(here=True), **seams)
    )
    made = Place({name: database(name) for name in ALL}, postgres_url, tmp_path)
    made.clock.time = BEGINS
    await made.start(*ALL)
    yield made
    await made.stop(*made.services)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


def course() -> dict[str, Any]:
    """The evening, free, with a board whose approval the joint sponsor holds."""
    told: dict[str, Any] = yaml.safe_load((ROOT / "examples" / f"{COURSE}.yaml").read_text())
    [nbcc] = told["boards"]
    nbcc["evaluation"] = False
    apa = nbcc | {"board": "APA", "holder": NAME, "professions": ["psychologist"]}
    return told | {
        "price": {"amount": 0, "currency": "USD"},
        "joint_sponsor": {"name": NAME, "partner_id": "ibh"},
        "boards": [nbcc, apa | {"unit": "CE credits"}],
    }


async def described(place: Place, partner_id: str) -> str:
    """A partner that may see all of it; gives its key."""
    body = SEEN | {"name": partner_id, "types": TYPES}
    told = await place.does("PUT", f"/partners/v1/partners/{partner_id}", body)
    return str(told["key"])


async def seated(place: Place, name: str, profession: str) -> tuple[str, str]:
    who = {
        "name": f"{name} Example",
        "email": f"{name.lower()}@learners.example",
        "profession": profession,
        "licenses": [{"profession": profession, "state": "NJ", "number": "7"}],
        "zone": "America/New_York",
    }
    seat = {"attendee": who, "payment": {"method": "free"}, "disclosure_version": "2027-01-04"}
    path = f"/registration/v1/courses/{COURSE}/registrations"
    made = await place.does("POST", path, seat, "")
    await place.rests()
    return made["registration_id"], made["token"]


async def held(place: Place, *seats: str) -> None:
    """The evening comes, and they are there."""
    [session] = (await place.does("GET", f"/registration/v1/courses/{COURSE}"))["sessions"]
    starts, ends = parse_instant(session["starts_at"]), parse_instant(session["ends_at"])
    await place.goes_to(ends + timedelta(minutes=1))
    stays = [
        {
            "participant_id": seat,
            "registration_id": seat,
            "name": "",
            "email": "",
            "joined_at": starts.isoformat(),
            "left_at": ends.isoformat(),
            "status": "in_meeting",
        }
        for seat in seats
    ]
    path = f"/attendance/v1/sessions/{COURSE}/{session['session_id']}"
    await place.does("POST", f"{path}/report", {"intervals": stays})
    await place.rests()
    await place.goes_to(ends + timedelta(hours=2))


async def by_feed(place: Place, key: str) -> dict[str, tuple[str, Any]]:
    """Event id → (type, data)."""
    transport = httpx.ASGITransport(place.services["partners"].app)
    reader = AsyncHoldfast("http://holdfast.test", key, transport=transport)
    return {one.id: (one.type, one.data) async for page in reader.feed() for one in page}


def by_webhook(receiver: Receiver) -> dict[str, tuple[str, Any]]:
    return {one.id: (one.event["type"], one.event["data"]) for one in receiver.taken}


async def by_kafka(bootstrap: str) -> dict[str, tuple[str, Any]]:
    told = {}
    async for record in read_all(bootstrap, ["partner.hub.events"]):
        heads = {name: value.decode() for name, value in record.headers}
        told[heads["ce_id"]] = heads["ce_type"], json.loads(record.value)
    return told


@pytest.mark.timeout(900)
async def test_three_ways_tell_the_same_whoever_was_away_and_the_sponsors_board_is_its_own(
    place: Place, own_kafka: str, receiver: Receiver
) -> None:
    keys = {one: await described(place, one) for one in ("ibh", "uni", "hub")}
    await place.rests()
    admin = AIOKafkaAdminClient(bootstrap_servers=own_kafka)
    await admin.start()
    await admin.create_topics([NewTopic("partner.hub.events", 3, 1)])
    await admin.close()
    await place.does("PUT", "/partners/v1/partners/hub/stream", {})
    endpoint = await place.does(
        "POST", "/partners/v1/partners/ibh/endpoints", {"url": receiver.url}, keys["ibh"]
    )
    await place.does("PUT", f"/registration/v1/courses/{COURSE}", course())
    await place.rests()
    await place.does("POST", "/certificates/v1/keys:rotate", {"issuer": "ibh"})

    first, _ = await seated(place, "Ada", "psychologist")
    await place.goes_to(BEGINS + timedelta(hours=1))
    assert len(receiver.heard) == len(by_webhook(receiver)) > 2
    # Four days away: it answers 502, and people go on registering.
    receiver.says(502)
    second, _ = await seated(place, "Cem", "counselor")
    for hours in range(12, 97, 12):
        await place.goes_to(BEGINS + timedelta(hours=1 + hours))
    third, _ = await seated(place, "Eve", "counselor")
    path = f"/partners/v1/partners/ibh/endpoints/{endpoint['endpoint_id']}"
    down = await place.does("GET", path, token=keys["ibh"])
    assert (down["state"], down["circuit"]) == ("active", "open")
    assert by_webhook(receiver).keys() < (await by_feed(place, keys["uni"])).keys()
    receiver.says(204)
    await place.goes_to(BEGINS + timedelta(days=5))
    await place.does(
        "POST",
        "/partners/v1/deliveries:replay",
        {"endpoint_id": endpoint["endpoint_id"], "status": "parked"},
        keys["ibh"],
    )
    await place.rests()
    await held(place, first, second, third)

    told = await by_feed(place, keys["uni"])
    kinds = {kind.removesuffix(".v1") for kind, _ in told.values()}
    assert kinds == set(TYPES)
    assert by_webhook(receiver) == told
    assert await by_kafka(own_kafka) == told

    # What is the sponsor's own.
    sponsors = f"/partners/v1/courses/{COURSE}"
    roster = await place.does("GET", f"{sponsors}/roster", token=keys["ibh"])
    [line] = roster["items"]
    assert (line["registration_id"], line["name"], line["boards"]) == (
        first,
        "Ada Example",
        [{"board": "APA", "served": "yes", "award": "granted", "credits": "3.0",
          "unit": "CE credits"}],
    )  # fmt: skip
    [given] = (await place.does("GET", f"{sponsors}/certificates", token=keys["ibh"]))["items"]
    assert (given["board"], given["status"], given["registration_id"]) == ("APA", "valid", first)
    assert given["key_id"].startswith(f"{BODY}#")
    for other in ("uni", "hub"):
        refused = await place.ask("GET", f"{sponsors}/roster", token=keys[other])
        assert refused.status_code == 403
    token = (
        await place.ask("GET", f"/certificates/v1/certificates/{given['certificate_id']}.jwt")
    ).text
    document = await place.does("GET", "/certificates/issuers/ibh/did.json", token="")
    said = opened(token, keys_of(document, BODY), place.clock.now())
    assert said["issuer"]["name"] == NAME

    # Who is erased is gone from the roster, and everybody is told.
    await place.does(
        "POST", f"/registration/v1/people/{line['person_id']}/erase", {"reason": "asked-by-mail"}
    )
    await place.rests()
    told = await by_feed(place, keys["uni"])
    ended = {one for one, (kind, _) in told.items() if kind == "person.erased.v1"}
    assert len(ended) == 1
    assert ended <= by_webhook(receiver).keys()
    assert ended <= (await by_kafka(own_kafka)).keys()
    assert (await place.does("GET", f"{sponsors}/roster", token=keys["ibh"]))["items"] == []
    [notice] = (await place.does("GET", f"{sponsors}/erasures", token=keys["ibh"]))["items"]
    assert {notice["event_id"]} == ended
    assert await place.found(own_kafka) == {}
