"""Whom nobody knows waits for a human; who may see and do what; what erasure leaves."""

import asyncio
import json
from typing import Any

import pytest

from services.attendance.commands import correcting, matching
from services.attendance.domain.keeping import digest
from shared.contracts.partners import KeyIssued, KeyRevoked
from shared.contracts.registration import PersonRecorded, RegistrationSubstituted
from shared.runtime.database import Reader
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests.edges.attendance.conftest import (
    COURSE,
    SECRET,
    World,
    confirmed,
    course,
    of,
    person_of,
    requested,
    saw,
)

PLATFORM = "hf_test_platform"


async def waiting(world: World, query: str = ""):
    answer = await world.http.get(f"/attendance/v1/unmatched{query}")
    assert answer.status_code == 200
    return answer.json()


async def test_a_stranger_is_matched_by_a_human_with_a_reason(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", participant_id="z9", name="A. Example"),
        saw("2", "joined", "2020-11-02T21:00:00Z", participant_id="z8", registration_id="typo"),
        saw("3", "waiting", "2020-11-02T21:00:00Z", participant_id="z9", name="A. Example"),
    )
    assert await world.count("unmatched") == 2
    await world.at("2020-11-03T00:00:00Z")
    assert (await world.settled())["ada", "s3"] == (0, False, 1)
    [task] = await world.asked()
    assert task["kind"] == "participants-unmatched"

    items = (await waiting(world))["items"]
    [z9] = [item for item in items if item["participant_id"] == "z9"]
    [z8] = [item for item in items if item["participant_id"] == "z8"]
    assert (z9["name"], z9["registration_id"]) == ("A. Example", None)
    assert z8["registration_id"] == "typo"
    assert [line["kind"] for line in z9["evidence"]] == ["joined", "waiting"]

    path = f"/attendance/v1/unmatched/{z9['id']}/match"
    body = {"registration_id": "ada", "reason": "She wrote that she dialled in by phone."}
    assert (await world.http.post(path, json=body | {"reason": ""})).status_code == 422
    unknown = await world.http.post(path, json=body | {"registration_id": "nobody"})
    assert unknown.status_code == 404
    first, again = await world.http.post(path, json=body), await world.http.post(path, json=body)
    assert first.status_code == 200
    assert first.json() == again.json()
    assert first.json()["history"][0]["by"] == "operator"
    await world.http.post(
        f"/attendance/v1/unmatched/{z8['id']}/match",
        json={"registration_id": "ben", "reason": "The link was typed by hand."},
    )
    await world.at("2020-11-03T00:01:00Z")
    settled = await world.settled()
    assert settled["ben", "s3"] == (7200, True, 2)
    # At 21:00 "joined" and "waiting" came at once: in the lobby, and never let in.
    assert settled["ada", "s3"] == (0, False, 1)
    assert (await waiting(world))["items"] == []
    [closed] = await world.answered()
    assert closed["task_id"] == task["task_id"]


async def test_one_of_them_is_read_by_id_whatever_became_of_them(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    seen = {"participant_id": "z9", "name": "A. Example"}
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", **seen))
    [listed] = (await waiting(world))["items"]
    path = f"/attendance/v1/unmatched/{listed['id']}"
    assert await waiting(world, f"/{listed['id']}") == listed
    await world.http.post(f"{path}/match", json={"registration_id": "ada", "reason": "Her voice."})
    matched = await waiting(world, f"/{listed['id']}")
    assert (matched["state"], matched["matched_to"], matched["name"]) == ("matched", "ada", None)
    assert (await world.http.get("/attendance/v1/unmatched/none")).status_code == 404
    key = {"Authorization": f"Bearer {PLATFORM}"}
    assert (await world.http.get(path, headers=key)).status_code in (401, 403)


async def test_whom_another_line_of_the_session_names_is_no_stranger(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T21:00:00Z")
    # The platform says the registration when somebody comes, and only the participant afterwards.
    await world.observe(saw("2", "left", "2020-11-02T23:00:00Z", participant_id="z1"))
    [item] = (await waiting(world))["items"]
    assert item["participant_id"] == "z1"
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", participant_id="z1", registration_id="ada")
    )
    assert (await waiting(world))["items"] == []
    await world.report(
        "s3",
        {"participant_id": "z1", "joined_at": "2020-11-02T21:00:00Z"}
        | {"left_at": "2020-11-02T23:00:00Z"},
    )
    await world.at("2020-11-02T23:15:00Z")
    assert (await waiting(world))["items"] == []
    assert (await world.view("s3"))["unmatched"] == 0
    assert await world.asked() == []
    assert (await world.settled())["ada", "s3"] == (7200, True, 1)


@pytest.mark.parametrize(
    "also",
    [
        pytest.param({"registration_id": "ben"}, id="two-registrations"),
        pytest.param({"registration_id": "typo"}, id="one-unknown"),
        pytest.param({"registration_id": "ada", "session_id": "s4"}, id="another-session"),
    ],
)
async def test_who_could_be_two_or_is_named_elsewhere_still_waits_for_a_human(
    enrolled: World, also: dict[str, str]
) -> None:
    world = enrolled
    lines = [
        saw("1", "left", "2020-11-02T23:00:00Z", participant_id="z1"),
        saw("2", "joined", "2020-11-02T21:00:00Z", participant_id="z1", **also),
    ]
    if "session_id" not in also:
        named = {"registration_id": "ada"}
        lines.append(saw("3", "joined", "2020-11-02T21:01:00Z", participant_id="z1", **named))
    else:
        lines[1] |= {"course_id": COURSE, "meeting_id": "8800000004"}
    await world.at("2020-11-09T22:00:00Z")
    await world.observe(*lines)
    assert len((await waiting(world, "?session_id=s3"))["items"]) == 1


async def test_evidence_is_never_matched_across_courses(enrolled: World) -> None:
    world = enrolled
    await world.hears(requested("dee", course_id="another"), confirmed("dee", course_id="another"))
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="dee"))
    [item] = (await waiting(world))["items"]
    answer = await world.http.post(
        f"/attendance/v1/unmatched/{item['id']}/match",
        json={"registration_id": "dee", "reason": "same name"},
    )
    assert answer.json()["type"] == "/problems/registration-of-another-course"


async def test_the_same_address_or_name_is_a_hint_and_never_a_match(enrolled: World) -> None:
    await enrolled.at("2020-11-02T23:00:00Z")
    world = enrolled
    for who, name in (("ada", "Ada Example"), ("ben", "Ben Example")):
        about = {"person_id": person_of(who), "name": name, "email": f"{who}@learners.example"}
        await world.hears(PersonRecorded.model_validate(PersonRecorded.example | about))
    lines = [
        {"participant_id": "z1", "name": "ada example", "email": "other@learners.example"},
        {"participant_id": "z2", "name": "Unknown", "email": "BEN@learners.example"},
        {"participant_id": "z3", "name": "Cy Example"},
        {"participant_id": "z4", "name": "Ada Example", "email": "ada@learners.example"},
    ]
    await world.report("s3", *(line | {"joined_at": "2020-11-02T21:00:00Z"} for line in lines))
    items = {item["participant_id"]: item["hints"] for item in (await waiting(world))["items"]}
    assert items == {
        "z1": [{"registration_id": "ada", "because": "the same name"}],
        "z2": [{"registration_id": "ben", "because": "the same e-mail address"}],
        "z3": [],
        "z4": [{"registration_id": "ada", "because": "the same e-mail address"}],
    }
    await world.at("2020-11-03T00:00:00Z")
    assert (await world.settled())["ada", "s3"] == (0, False, 1)


async def test_the_queue_is_paged(enrolled: World) -> None:
    world = enrolled
    lines = [
        saw(str(n), "joined", "2020-11-02T21:00:00Z", participant_id=f"z{n}") for n in range(5)
    ]
    await world.observe(*lines)
    page = await waiting(world, "?limit=2")
    seen = [item["participant_id"] for item in page["items"]]
    while page["next"]:
        page = await waiting(world, f"?limit=2&after={page['next']}")
        seen += [item["participant_id"] for item in page["items"]]
    assert sorted(seen) == ["z0", "z1", "z2", "z3", "z4"]
    assert (await waiting(world, "?session_id=s1"))["items"] == []
    assert len((await waiting(world, f"?course_id={COURSE}"))["items"]) == 5


async def test_whose_name_was_shown_to_whom_is_kept(enrolled: World) -> None:
    world = enrolled
    read = "SELECT by, act, about FROM audit WHERE act LIKE '%.read' ORDER BY id"
    await waiting(world)
    assert await world.rows(read) == []  # nobody was shown
    for n in range(3):
        await world.observe(
            saw(str(n), "joined", "2020-11-02T21:00:00Z", participant_id=f"z{n}", name="Z. Example")
        )
    first = await waiting(world, "?limit=2")
    second = await waiting(world, f"?limit=2&after={first['next']}")
    ids = [item["id"] for page in (first, second) for item in page["items"]]
    shown = {"by": "operator", "act": "unmatched.read"}
    assert await world.rows(read) == [shown | {"about": each} for each in ids]
    assert len(ids) == 3


async def test_a_page_of_two_hundred_who_wait_is_read_and_each_of_them_is_kept(
    enrolled: World,
) -> None:
    lines = [
        saw(str(n), "joined", "2020-11-02T21:00:00Z", participant_id=f"z{n}", name=f"Z. {n}")
        for n in range(201)
    ]
    await enrolled.observe(*lines)
    page = await waiting(enrolled, "?limit=200")
    ids = [item["id"] for item in page["items"]]
    assert (len(set(ids)), page["next"]) == (200, ids[-1])
    kept = await enrolled.rows("SELECT about FROM audit WHERE act = 'unmatched.read' ORDER BY id")
    assert [row["about"] for row in kept] == ids


async def test_erasure_takes_the_name_and_leaves_the_evidence(enrolled: World) -> None:
    world = enrolled
    await world.hears(
        PersonRecorded.model_validate(
            PersonRecorded.example | {"person_id": person_of("ada"), "name": "Ada Example"}
        )
    )
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", participant_id="z9", name="Ada Example")
    )
    [item] = (await waiting(world))["items"]
    await world.http.post(
        f"/attendance/v1/unmatched/{item['id']}/match",
        json={"registration_id": "ada", "reason": "She confirmed it."},
    )
    await world.forgets(person_of("ada"))
    await world.forgets("nobody we knew")
    # What was recorded of her long ago, heard once more, brings nobody back.
    await world.hears(
        PersonRecorded.model_validate(
            PersonRecorded.example
            | {"person_id": person_of("ada"), "version": 9, "name": "Ada Example"}
        )
    )
    async with world.db.acquire() as con:
        for table in ("people", "unmatched", "observations", "registrations", "records"):
            assert "Example" not in str(await con.fetch(f"SELECT * FROM {table}"))
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["ada", "s3"] == (7200, True, 1)


async def test_who_matched_whom_is_kept_and_why_until_they_are_erased(enrolled: World) -> None:
    world = enrolled
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", participant_id="z9"))
    [item] = (await waiting(world))["items"]
    call = f"/attendance/v1/unmatched/{item['id']}/match"
    for who in ("ben", "ben", "ada"):
        said = f"{who.title()} Example told me on the telephone."
        answer = await world.http.post(call, json={"registration_id": who, "reason": said})
    assert answer.status_code == 200
    [place] = await world.rows("SELECT history FROM unmatched")
    assert [one["reason"] for one in place["history"]] == [
        "Ben Example told me on the telephone.",
        "Ada Example told me on the telephone.",
    ]
    async with world.db.acquire() as con:
        kept = await con.fetch("SELECT by, act, about, why FROM audit ORDER BY id")
    assert [tuple(row) for row in kept] == [
        ("operator", "unmatched.read", item["id"], ""),
        ("operator", "participant.matched", f"{item['id']} ben", "first-match"),
        ("operator", "participant.matched", f"{item['id']} ada", "corrected"),
    ]
    await world.forgets(person_of("ada"))
    async with world.db.acquire() as con:
        for table in ("audit", "unmatched"):
            assert "telephone" not in str(await con.fetch(f"SELECT * FROM {table}"))


async def test_names_are_never_kept_with_the_evidence(enrolled: World) -> None:
    world = enrolled
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada", name="Ada Example")
    )
    async with world.db.acquire() as con:
        body = await con.fetchval("SELECT body FROM observations")
    assert "name" not in body
    assert await world.count("unmatched") == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/attendance/v1/sessions/{COURSE}/s3"),
        ("POST", f"/attendance/v1/sessions/{COURSE}/s3/complete"),
        ("PUT", f"/attendance/v1/sessions/{COURSE}/s3/meeting"),
        ("POST", f"/attendance/v1/sessions/{COURSE}/s3/report"),
        ("POST", "/attendance/v1/observations"),
        ("GET", "/attendance/v1/unmatched"),
        ("POST", "/attendance/v1/unmatched/x/match"),
        ("GET", "/attendance/v1/registrations/ada"),
    ],
)
async def test_nothing_is_open_to_nobody(enrolled: World, method: str, path: str) -> None:
    async with enrolled.client() as nobody:
        answer = await nobody.request(method, path, json={})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_platforms_key_brings_evidence_and_sees_nothing(enrolled: World) -> None:
    world = enrolled
    key = {"key_id": "k1", "hash": digest_of(PLATFORM), "scopes": ["platform"]}
    await world.hears(KeyIssued.model_validate(KeyIssued.example | key))
    line = saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada")
    async with world.client(PLATFORM) as platform:
        sent = await platform.post(
            "/attendance/v1/observations", json={"source": "sim", "observations": [line]}
        )
        assert sent.status_code == 202
        assert (await platform.get("/attendance/v1/unmatched")).status_code == 403
        assert (await platform.get("/attendance/v1/registrations/ada")).status_code == 403
    await world.hears(KeyRevoked.model_validate(KeyRevoked.example | key))
    world.service.app.state.doorkeeper._seen.clear()
    async with world.client(PLATFORM) as platform:
        sent = await platform.post(
            "/attendance/v1/observations", json={"source": "sim", "observations": []}
        )
    assert sent.status_code == 401


async def test_a_learner_sees_their_own_attendance_and_no_others(enrolled: World) -> None:
    async with enrolled.client(mint(SECRET, PERSONAL, "ada", 1)) as ada:
        assert (await ada.get("/attendance/v1/registrations/ada")).status_code == 200
        assert (await ada.get("/attendance/v1/registrations/ben")).status_code == 403
    async with enrolled.client(mint(SECRET, PERSONAL, "ada", 2)) as newer:
        assert (await newer.get("/attendance/v1/registrations/ada")).status_code == 425
    async with enrolled.client(mint(SECRET, PERSONAL, "new", 1)) as unheard:
        assert (await unheard.get("/attendance/v1/registrations/new")).status_code == 425
    assert (await enrolled.http.get("/attendance/v1/registrations/new")).status_code == 404


async def test_a_learners_view_reads_nothing_of_others(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One's own, and what takes it away: that a participant of one's own is somebody else."""
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    lines = [
        saw(who, "joined", "2020-11-02T21:00:00Z", participant_id=who) for who in ("z1", "z2", "z3")
    ]
    lines.append(saw("4", "joined", "2020-11-02T21:30:00Z", participant_id="z3"))
    lines[2] |= {"registration_id": "ada"}
    lines.append(
        saw("5", "joined", "2020-11-02T21:40:00Z", participant_id="z3", registration_id="typo")
    )
    await world.observe(*lines)
    places = {item["participant_id"]: item["id"] for item in (await waiting(world))["items"]}
    for participant, who in (("z1", "ada"), ("z2", "ben"), ("z3", "ben")):
        answer = await world.http.post(
            f"/attendance/v1/unmatched/{places[participant]}/match",
            json={"registration_id": who, "reason": "seen"},
        )
        assert answer.status_code == 200
    for who in ("ada", "ben"):
        answer = await world.http.post(
            f"/attendance/v1/sessions/{COURSE}/s3/corrections",
            json={"registration_id": who, "reason": "seen", "seconds": 60},
            headers={"Idempotency-Key": who},
        )
        assert answer.status_code == 201, answer.text
    read: list[dict[str, Any]] = []
    fetch = Reader.fetch

    async def spied(self: Reader, statement: str, *args: Any) -> Any:
        found = await fetch(self, statement, *args)
        read.extend(dict(row) for row in found)
        return found

    monkeypatch.setattr(Reader, "fetch", spied)
    assert (await world.registration("ada"))["s3"]["seconds"] == 60
    assert {row["participant_id"] for row in read if row.get("participant_id")} == {"z1", "z3"}
    ruled = [row["registration_id"] for row in read if "seconds" in row]
    assert ruled == ["ada"]


async def test_a_registration_heard_after_completion_leaves_the_queue_and_closes_the_task(
    enrolled: World,
) -> None:
    world = enrolled
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="cy"))
    await world.at("2020-11-03T00:00:00Z")
    assert len(await world.asked()) == 1
    await world.hears(requested("cy"))
    await world.at("2020-11-03T00:01:00Z")
    assert len(await world.answered()) == 1
    assert ("cy", "s3") not in await world.settled()


async def test_a_presenter_with_a_complimentary_seat_is_matched_and_is_no_finding(
    enrolled: World,
) -> None:
    world, price = enrolled, {"amount": 0, "currency": "USD"}
    free = {"complimentary": True, "price": price, "payment_method": "free"}
    await world.hears(requested("pat", **free), confirmed("pat", basis="free"))
    await world.at("2020-11-02T23:00:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="pat"),
        saw("2", "left", "2020-11-02T23:00:00Z", registration_id="pat"),
    )
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["pat", "s3"] == (7200, True, 1)
    assert await world.count("unmatched") == 0
    assert await world.asked() == []


ADA = {"name": "Ada Erased", "email": "Ada@Erased.example"}
NAMES = ("Ada Erased", "erased.example", "Ada wrote")


async def told_of(world: World) -> set[str]:
    """The tables in which anything by name stands."""
    tables = await world.rows(
        "SELECT table_name AS t FROM information_schema.tables"
        " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    )
    assert {"unmatched", "idempotency_keys", "audit"} <= {each["t"] for each in tables}
    return {
        each["t"]
        for each in tables
        for row in await world.rows(f'SELECT * FROM "{each["t"]}"')
        if any(name.lower() in str(row).lower() for name in NAMES)
    }


async def guest(world: World, **more: Any) -> str:
    """A late line of somebody whom only a name and an address tell; gives their place."""
    await world.report(
        "s3",
        {
            "participant_id": "guest-7",
            "joined_at": "2020-11-02T21:00:00Z",
            "left_at": "2020-11-02T23:00:00Z",
            **ADA,
            **more,
        },
    )
    [item] = (await world.http.get("/attendance/v1/unmatched")).json()["items"]
    return str(item["id"])


async def matched(world: World, place: str) -> dict[str, Any]:
    answer = await world.http.post(
        f"/attendance/v1/unmatched/{place}/match",
        json={"registration_id": "ada", "reason": "Ada wrote to us."},
        headers={"Idempotency-Key": "k1"},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_nothing_by_name_comes_back_after_erasure(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-03T00:00:00Z")
    await world.forgets(person_of("ada"))
    await matched(world, await guest(world))
    answer = await world.http.post(
        f"/attendance/v1/sessions/{COURSE}/s3/corrections",
        json={"registration_id": "ada", "reason": "Ada wrote to us.", "seconds": 7000},
        headers={"Idempotency-Key": "k2"},
    )
    assert answer.status_code == 201, answer.text
    await world.swept()
    assert await told_of(world) == set()
    assert (await world.settled())["ada", "s3"][0] == 7000


async def test_erasure_takes_the_words_of_staff_and_no_answer_keeps_them(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T23:20:00Z")
    answer = await matched(world, await guest(world))
    assert [entry.keys() for entry in answer["history"]] == [{"registration_id", "by", "at"}]
    assert await told_of(world) == {"unmatched"}  # the reason: the name has served
    assert await world.rows("SELECT name, email FROM unmatched") == [{"name": None, "email": None}]
    await world.forgets(person_of("ada"))
    assert await told_of(world) == set()


async def test_erasure_reaches_what_was_written_before_a_colleague_came(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T23:20:00Z")
    await matched(world, await guest(world))
    await world.hears(
        of(
            RegistrationSubstituted,
            "ada",
            person_id="the-colleague",
            former_person_id=person_of("ada"),
            token_version=2,
        )
    )
    await world.forgets(person_of("ada"))
    assert await told_of(world) == set()


async def test_who_waits_under_the_erased_address_is_erased(enrolled: World) -> None:
    world = enrolled
    about = {"person_id": person_of("ada"), "name": "Ada Erased", "email": "ada@erased.EXAMPLE"}
    await world.hears(PersonRecorded.model_validate(PersonRecorded.example | about))
    await world.at("2020-11-02T23:20:00Z")
    place = await guest(world)
    await world.forgets(person_of("ada"))
    assert await world.rows("SELECT id, name, email FROM unmatched") == [
        {"id": place, "name": None, "email": None}
    ]


async def test_who_was_erased_before_their_registration_was_heard_of_is_erased(
    world: World,
) -> None:
    await world.hears(course())
    await world.at("2020-11-02T22:30:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada", **ADA))
    assert "unmatched" in await told_of(world)
    await world.forgets(person_of("ada"))
    await world.hears(requested("ada"), confirmed("ada"))
    await world.swept()
    assert await world.rows("SELECT name, email FROM unmatched") == [{"name": None, "email": None}]


async def person(world: World, version: int, name: str, email: str) -> None:
    about = {"person_id": person_of("ada"), "version": version, "name": name, "email": email}
    await world.hears(PersonRecorded.model_validate(PersonRecorded.example | about))


async def queued(world: World) -> list[tuple[str, str | None, str | None]]:
    rows = await world.rows("SELECT participant_id, name, email FROM unmatched ORDER BY 1")
    return [(row["participant_id"], row["name"], row["email"]) for row in rows]


async def test_erasure_finds_who_waits_by_what_they_were_called_before(enrolled: World) -> None:
    world = enrolled
    await person(world, 2, "Ada King", "new@x.example")
    await person(world, 1, "Ada Byron", "Old@x.example")  # heard late
    await person(world, 3, "Ada Lovelace", "newest@x.example")
    await world.at("2020-11-02T23:05:00Z")
    waiting_by: list[tuple[str, dict[str, str]]] = [
        ("p1", {"name": "A.", "email": "old@X.example"}),
        ("p2", {"name": "A.", "email": "new@x.example"}),
        ("p3", {"name": "Ada Byron"}),
        ("p4", {"name": "Ada Lovelace"}),
        ("p5", {"name": "Ada Lovelace", "email": "another@x.example"}),
        ("p6", {"name": "Ben Bitdiddle"}),
    ]
    at = "2020-11-02T21:00:00Z"
    await world.observe(*(saw(p, "joined", at, participant_id=p, **by) for p, by in waiting_by))
    [dismissed] = await world.rows("SELECT id FROM unmatched WHERE participant_id = 'p3'")
    nobody = {"registration_id": None, "reason": "Ada Byron says it was her sister."}
    path = f"/attendance/v1/unmatched/{dismissed['id']}/match"
    assert (await world.http.post(path, json=nobody)).status_code == 200
    await world.forgets(person_of("ada"))
    assert await queued(world) == [
        *((place, None, None) for place in ("p1", "p2", "p3", "p4")),
        ("p5", "Ada Lovelace", "another@x.example"),  # by their address somebody else
        ("p6", "Ben Bitdiddle", None),
    ]
    [history] = await world.rows("SELECT history FROM unmatched WHERE participant_id = 'p3'")
    assert "sister" not in str(history)
    [left] = await world.rows("SELECT * FROM people WHERE person_id = $1", person_of("ada"))
    assert "Ada" not in str(left)
    assert "x.example" not in str(left)


@pytest.mark.parametrize("word", ["match", "correction"])
async def test_words_that_are_being_kept_while_somebody_is_erased_are_erased(
    enrolled: World, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    world = enrolled
    await world.at("2020-11-02T23:20:00Z")
    place = await guest(world)
    module, name = {"match": (matching, "match"), "correction": (correcting, "correct")}[word]
    real, kept, go_on = getattr(module, name), asyncio.Event(), asyncio.Event()

    async def slow(work: Any, asked: Any) -> Any:
        done = await real(work, asked)
        kept.set()
        while not go_on.is_set():
            await work.con.execute("SELECT 1")
            await asyncio.sleep(0.02)
        return done

    slow.__plan__ = real.__plan__  # type: ignore[attr-defined]
    monkeypatch.setattr(module, name, slow)
    body: dict[str, Any] = {"registration_id": "ada", "reason": "Ada wrote to us."}
    path = f"/attendance/v1/unmatched/{place}/match"
    if word == "correction":
        path, body = f"/attendance/v1/sessions/{COURSE}/s3/corrections", body | {"seconds": 7000}
    asking = asyncio.create_task(
        world.http.post(path, json=body, headers={"Idempotency-Key": "k1"})
    )
    await asyncio.wait_for(kept.wait(), 10)
    forgetting = asyncio.create_task(world.forgets(person_of("ada")))
    done, _ = await asyncio.wait({forgetting}, timeout=0.5)
    assert not done, "It waits for the words."
    go_on.set()
    await forgetting
    assert (await asking).status_code in (200, 201)
    texts = await world.rows(
        "SELECT history::text AS t FROM unmatched UNION ALL SELECT reason FROM correction_reasons"
    )
    assert texts
    assert not any("wrote to us" in row["t"] for row in texts)


async def test_whoever_has_a_line_can_check_its_hash_whatever_its_numbers(enrolled: World) -> None:
    for n, number in enumerate((1e22, -0.0, 1.0, 1e-7, 0.1, 1.5e300, 7)):
        line = saw(f"n{n}", "joined", "2020-11-02T21:00:00Z", participant_id="p")
        await enrolled.observe(line | {"event_ts": number}, source="zoom")
    rows = await enrolled.rows("SELECT body, sha256 FROM observations")
    bodies = [json.loads(b) if isinstance(b := row["body"], str) else b for row in rows]
    assert [digest(body) for body in bodies] == [row["sha256"] for row in rows]
    assert len(rows) == 7
