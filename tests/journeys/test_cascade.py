"""A cascade of three steps: master facilitators are trained by the provider; a partner institute sends
in its local trainers, who show the facilitators' certificate; one of these teaches a cohort of 150.

Seven services as they run, on a Kafka of their own; courses are those of `examples/`. The institute
signs what it sends, keeps its sheets in fields of its own, and learns by its feed what came of it.
"""

from __future__ import annotations

import asyncio
import csv
import json
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from cli import cohort
from cli.here import Here
from cli.main import app
from holdfast_client import AsyncHoldfast, SignatureRefused
from shared.dates import parse_instant
from stack.profile import ROOT
from stack.topics import create_topics
from tests.conftest import _embedded_kafka, run
from tests.stack.healing import ALL, Place, kafka_only
from tests.stage import OPERATOR

FACILITATORS = "cascade-facilitators-2027"
TRAINERS = "cascade-trainers-2027"
FRONTLINE = "cascade-frontline-2027"
BEGINS = datetime(2027, 1, 15, 9, tzinfo=UTC)
TYPES = ["registration", "attendance.settled", "certificate.issued"]
FIELDS = ["partner", "reason", "fields", "seconds", "present", "certificate.issued/*"]
_SEEN = ["requested", "confirmed", "refused", "completed"]
MAPPING: dict[str, Any] = {
    "type": {"from": "/what", "codes": "kinds"},
    "codes": {
        "kinds": {"enrol": "registration", "stay": "attendance"},
        "courses": {"PFA-TR": TRAINERS, "PFA-FL1": FRONTLINE},
        "days": {"T0": "day", "1": "day-1", "2": "day-2", "3": "day-3"},
    },
    "ignore": ["/remarks"],
    "registration": {
        "/id": {"from": "/ref"},
        "/course_id": {"from": "/course", "codes": "courses"},
        "/attendee/name": {"from": "/name"},
        "/attendee/email": {"from": "/mail"},
        "/attendee/zone": {"value": "Africa/Nairobi"},
        "/prerequisites": {"all": [{"from": "/shown"}]},
    },
    "attendance": {
        "/id": {"from": ["/ref", "/day"], "join": "/"},
        "/course_id": {"from": "/course", "codes": "courses"},
        "/session_id": {"from": "/day", "codes": "days"},
        "/registration_id": {"from": "/seat"},
        "/joined_at": {
            "from": ["/date", "/came"],
            "format": "DD/MM/YYYY HH:mm",
            "zone": {"value": "Africa/Nairobi"},
        },
        "/left_at": {
            "from": ["/date", "/went"],
            "format": "DD/MM/YYYY HH:mm",
            "zone": {"value": "Africa/Nairobi"},
        },
    },
}


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _embedded_kafka(tmp_path_factory.mktemp("kafka")) as bootstrap:
        run(create_topics(bootstrap))
        with kafka_only(bootstrap):
            yield bootstrap


@pytest.fixture
async def place(
    database: Any, postgres_url: str, own_kafka: str, tmp_path: Path
) -> AsyncIterator[Place]:
    made = Place({name: database(name) for name in ALL}, postgres_url, tmp_path)
    made.clock.time = BEGINS
    await made.start(*ALL)
    yield made
    await made.stop(*made.services)


class Institute:
    """The partner, by its own key and secret, through the library; and what it has heard."""

    def __init__(self, place: Place, told: dict[str, Any], secret: str) -> None:
        transport = httpx.ASGITransport(place.services["partners"].app)
        self._place = place
        self.holdfast = AsyncHoldfast(
            "http://holdfast.test", told["key"], secret=secret, transport=transport
        )
        self.unsigned = AsyncHoldfast("http://holdfast.test", told["key"], transport=transport)

    async def sends(self, *items: dict[str, Any], key: str) -> list[Any]:
        results = await self.holdfast.send(items, key)
        await self._place.rests()
        return results

    async def heard(self, type_: str, course: str) -> list[Any]:
        """All events of a type of a course, the oldest first."""
        found = self.holdfast.feed(types=[type_], courses=[course])
        return [event async for page in found for event in page]

    async def seats(self, course: str) -> dict[str, str]:
        """Its own id of each line → the registration that it became."""
        heard = await self.heard("registration.requested", course)
        return {one.data["partner"]["item_id"]: one.data["registration_id"] for one in heard}


async def published(place: Place, *names: str) -> None:
    """As the files have them, but for the last: its trainer has the certificate by then."""
    for name in names:
        course = yaml.safe_load((ROOT / "examples" / f"{name}.yaml").read_text())
        if name == FRONTLINE:
            course["series"]["first"] = "2027-10-04"
        await place.does("PUT", f"/registration/v1/courses/{name}", course)
    await place.rests()


async def sessions_of(place: Place, course: str) -> list[tuple[str, datetime, datetime]]:
    shown = await place.does("GET", f"/registration/v1/courses/{course}")
    return [
        (one["session_id"], parse_instant(one["starts_at"]), parse_instant(one["ends_at"]))
        for one in shown["sessions"]
    ]


async def partnered(place: Place) -> Institute:
    """The institute as the provider describes it: two courses of its own, and not the first."""
    body = {
        "name": "Example Partner Institute",
        "courses": [TRAINERS, FRONTLINE],
        "types": [f"registration.{one}" for one in _SEEN] + TYPES[1:],
        "fields": FIELDS,
    }
    told = await place.does("PUT", "/partners/v1/partners/epi", body)
    inbound = "/partners/v1/partners/epi/inbound"
    secret = (await place.does("POST", f"{inbound}/secret"))["secret"]
    assert len(b64decode(secret.removeprefix("whsec_"))) == 24
    await place.does("PATCH", inbound, {"signed": True})
    await place.rests()  # its key is heard of
    return Institute(place, told, secret)


async def facilitated(place: Place, *names: str) -> dict[str, str]:
    """The first step, taught by the provider: name → number of the certificate."""
    seats = {}
    for name in names:
        who = {"name": f"{name} Example", "email": f"{name.lower()}@learners.example"}
        seat = {"attendee": who | {"zone": "Africa/Nairobi"}, "payment": {"method": "free"}}
        path = f"/registration/v1/courses/{FACILITATORS}/registrations"
        seats[name] = (await place.does("POST", path, seat, ""))["registration_id"]
    await place.rests()
    for session_id, starts, ends in await sessions_of(place, FACILITATORS):
        await place.goes_to(ends + timedelta(minutes=1))
        intervals = [
            {
                "participant_id": name,
                "registration_id": which,
                "name": name,
                "email": "",
                "joined_at": starts.isoformat(),
                "left_at": ends.isoformat(),
                "status": "in_meeting",
            }
            for name, which in seats.items()
        ]
        path = f"/attendance/v1/sessions/{FACILITATORS}/{session_id}"
        await place.does("POST", f"{path}/report", {"intervals": intervals})
        await place.rests()
        await place.goes_to(ends + timedelta(hours=2))
    rows = await place.rows("certificates", "SELECT registration_id, number FROM certificates")
    numbers = {row["registration_id"]: row["number"] for row in rows}
    return {name: numbers[which] for name, which in seats.items()}


def enrol(ref: str, name: str, shown: str = "", course: str = "PFA-TR") -> dict[str, Any]:
    mail = f"{name.lower().replace(' ', '.')}@learners.example"
    item = {"what": "enrol", "ref": ref, "course": course, "name": f"{name} Example", "mail": mail}
    return item | ({"shown": shown} if shown else {})


def stay(ref: str, seat: str, course: str, day: str, date: str, came: str, went: str) -> Any:
    times = {"date": date, "came": came, "went": went}
    return {"what": "stay", "ref": ref, "seat": seat, "course": course, "day": day, **times}


@pytest.mark.timeout(900)
async def test_a_cascade_of_three_steps_each_standing_on_the_certificates_of_the_one_before(
    place: Place, own_kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(place, FACILITATORS, TRAINERS, FRONTLINE)
    institute = await partnered(place)
    numbers = await facilitated(place, "Sam", "Tia")
    assert len(set(numbers.values())) == 2, "two facilitators, each with a certificate"

    trainers = await the_trainers_come(place, institute, numbers)
    assert trainers.keys() == {"tr/sam", "tr/tia"}
    frontline = await the_cohort_comes(place, institute, tmp_path, monkeypatch)
    assert len(frontline) == 149
    await the_cohort_is_taught(place, institute, frontline)

    # What it hears is its own: the certificates of its cohorts, and none of the first step.
    issued = [one async for page in institute.holdfast.feed(types=["certificate.issued"])
              for one in page]  # fmt: skip
    assert Counter(one.data["course_id"] for one in issued) == {TRAINERS: 2, FRONTLINE: 148}
    assert not {one.data["number"] for one in issued} & set(numbers.values())
    rows = await place.rows(
        "certificates", "SELECT registration_id, number, status FROM certificates"
    )
    kept = {row["registration_id"]: (row["number"], row["status"]) for row in rows}
    for one in issued:
        assert kept[one.data["registration_id"]] == (one.data["number"], "valid")
    assert not any("Example" in json.dumps(one.data) for one in issued), "no name is in it"
    assert await place.found(own_kafka) == {}


async def the_trainers_come(
    place: Place, institute: Institute, numbers: dict[str, str]
) -> dict[str, str]:
    """The second step: who shows no certificate of the first, or another's, is refused."""
    inbound = "/partners/v1/partners/epi/inbound"
    await place.does("PUT", f"{inbound}/mapping", {"mapping": MAPPING})
    items = [
        enrol("tr/sam", "Sam", numbers["Sam"]),
        enrol("tr/tia", "Tia", numbers["Tia"].lower()),
        enrol("tr/una", "Una"),
        enrol("tr/vic", "Vic", numbers["Sam"]),
        enrol("tr/sam", "Sam", numbers["Sam"]),
        enrol("tr/wes", "Wes", course="PFA-XX"),
    ]
    with pytest.raises(SignatureRefused, match="signature-missing"):
        await institute.unsigned.send(items, "trainers")
    results = await institute.sends(*items, key="trainers")
    assert [(one.id, one.status) for one in results] == [
        ("tr/sam", "accepted"),
        ("tr/tia", "accepted"),
        ("tr/una", "accepted"),
        ("tr/vic", "accepted"),
        ("tr/sam", "duplicate"),
        ("tr/wes", "refused"),
    ]
    assert results[5].pointer == "/course"
    assert await institute.sends(*items, key="trainers") == results, "asked again, the same"
    refused = await institute.heard("registration.refused", TRAINERS)
    assert {(one.data["partner"]["item_id"], one.data["reason"]) for one in refused} == {
        ("tr/una", "prerequisite-missing"),
        ("tr/vic", "prerequisite-missing"),
    }
    seats = await institute.seats(TRAINERS)

    # Its own sheet of the day, sent before the day's session is settled, and once more later.
    sessions = await sessions_of(place, TRAINERS)
    _, _, ends = sessions[0]
    await place.goes_to(ends + timedelta(minutes=1))
    stays = [
        stay(ref, seat, "PFA-TR", "T0", "01/03/2027", "08:55", "16:00")
        for ref, seat in seats.items()
    ]
    assert {one.status for one in await institute.sends(*stays, key="day")} == {"accepted"}
    assert {one.status for one in await institute.sends(*stays, key="late")} == {"duplicate"}
    for _, _, ends in sessions:
        await place.goes_to(ends + timedelta(hours=2))
    issued = await institute.heard("certificate.issued", TRAINERS)
    assert {one.data["registration_id"] for one in issued} == set(seats.values())
    return seats


async def the_cohort_comes(
    place: Place, institute: Institute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The third: 150 rows of a sheet, one of them twice under two ids, sent for the institute."""
    people = [(f"fl/{n:03}", f"Learner {n:03}") for n in range(1, 150)] + [
        ("fl/150", "Learner 001")
    ]
    sheet = tmp_path / "cohort.csv"
    with sheet.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["what", "ref", "course", "name", "mail", "remarks"])
        for ref, name in people:
            item = enrol(ref, name, course="PFA-FL1")
            rows.writerow([item[head] for head in ("what", "ref", "course", "name", "mail")] + [""])
    typed = Typed(place, monkeypatch)
    code, told = await typed(sheet)
    assert (code, Counter(one["status"] for one in told)) == (0, {"accepted": 150})
    assert [one["row"] for one in told] == list(range(1, 151))
    await place.rests()
    code, again = await typed(sheet)
    assert (code, again) == (0, told), "the same file, sent by somebody else once more"
    [refused] = await institute.heard("registration.refused", FRONTLINE)
    # Two items are two keys of Kafka: whichever of the two comes first has the seat.
    assert refused.data["partner"]["item_id"] in {"fl/001", "fl/150"}
    assert refused.data["reason"] == "already-registered"
    seats = await institute.seats(FRONTLINE)
    confirmed = await institute.heard("registration.confirmed", FRONTLINE)
    assert {one.data["registration_id"] for one in confirmed} == set(seats.values())
    return seats


async def the_cohort_is_taught(place: Place, institute: Institute, seats: dict[str, str]) -> None:
    """Three days; the sheets of all come on the last, the latest day first. One was never there,
    and one line is of an hour that does not come."""
    sessions = await sessions_of(place, FRONTLINE)
    await place.goes_to(sessions[-1][2] + timedelta(minutes=1))
    there = dict(list(seats.items())[:-1])
    for day in ("3", "2", "1"):
        date = f"{3 + int(day):02}/10/2027"
        stays = [
            stay(ref, seat, "PFA-FL1", day, date, "09:00", "13:00") for ref, seat in there.items()
        ]
        odd = [stay("fl/odd", next(iter(seats.values())), "PFA-FL1", day, date, "09:00", "25:00")]
        results = await institute.sends(*odd, *stays, key=f"day-{day}")
        assert (results[0].status, results[0].pointer) == ("refused", "/date")
        assert {one.status for one in results[1:]} == {"accepted"}
    await place.goes_to(sessions[-1][2] + timedelta(hours=2))
    settled = await institute.heard("attendance.settled", FRONTLINE)
    present = Counter(one.data["registration_id"] for one in settled if one.data["present"])
    assert present == dict.fromkeys(there.values(), 3)


class Typed:
    """`bin/holdfast partners cohort`, as it is typed where this stack runs."""

    def __init__(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        inner = httpx.ASGITransport(place.services["partners"].app)

        class Bridge(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                return asyncio.run_coroutine_threadsafe(self._asked(request), loop).result(60)

            async def _asked(self, request: httpx.Request) -> httpx.Response:
                sent = httpx.Request(
                    request.method, request.url, headers=request.headers, content=request.read()
                )
                answer = await inner.handle_async_request(sent)
                content = await answer.aread()
                return httpx.Response(answer.status_code, headers=answer.headers, content=content)

        class Door(Here):
            def client(self) -> httpx.Client:
                headers = {"Authorization": f"Bearer {self.key}"}
                return httpx.Client(transport=Bridge(), base_url=self.door, headers=headers)

        monkeypatch.setattr(cohort, "here", lambda: Door("http://holdfast.test", OPERATOR))
        # What is printed stands among what seven services say.
        self._told: list[Any] = []
        monkeypatch.setattr(cohort.say, "data", self._told.append)

    async def __call__(self, file: Path) -> tuple[int, list[dict[str, Any]]]:
        words = ["partners", "cohort", str(file), "--partner", "epi", "--course", FRONTLINE]
        found = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--json"])
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        results: list[dict[str, Any]] = self._told.pop()["results"]
        return found.exit_code, results
