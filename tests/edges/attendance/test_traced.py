"""Staff see of one registration every line that is theirs, and by what it is known to be."""

from __future__ import annotations

from typing import Any

import pytest

from services.attendance.commands import tracing
from shared.runtime.tokens import PERSONAL, mint
from tests.edges.attendance.conftest import SECRET, World, saw
from tests.edges.attendance.test_corrections import WHY, corrected, done  # noqa: F401
from tests.edges.attendance.test_unmatched import waiting


async def lines(world: World, who: str, session: str = "s3") -> list[dict[str, Any]]:
    answer = await world.http.get(f"/attendance/v1/registrations/{who}/lines")
    assert answer.status_code == 200, answer.text
    [found] = [one for one in answer.json()["sessions"] if one["session_id"] == session]
    return list(found["lines"])


def told(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["kind"], one["at"][11:16], one["source"], one["by"]) for one in found]


async def test_each_line_says_who_told_it_and_by_what_it_is_theirs(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", participant_id="a", registration_id="ada"),
        saw("2", "left", "2020-11-02T21:10:00Z", participant_id="a"),
        saw("3", "joined", "2020-11-02T21:12:00Z", participant_id="phone", name="A. Example"),
        saw("4", "joined", "2020-11-02T21:00:00Z", participant_id="b", registration_id="ben"),
    )
    [phone] = (await waiting(world))["items"]
    body = {"registration_id": "ada", "reason": "She dialled in."}
    await world.http.post(f"/attendance/v1/unmatched/{phone['id']}/match", json=body)
    stay = {"joined_at": "2020-11-02T21:00:30Z", "left_at": "2020-11-02T21:10:00Z"}
    for _ in range(2):
        await world.report("s3", {"participant_id": "a", "registration_id": "ada"} | stay)
    found = await lines(world, "ada")
    assert told(found) == [
        ("joined", "21:00", "sim", "own"),
        ("interval", "21:00", "report", "own"),
        ("left", "21:10", "sim", "participant"),
        ("joined", "21:12", "sim", "staff"),
    ]
    assert found[1]["until"] == "2020-11-02T21:10:00Z"
    assert (found[3]["said_by"], found[3]["said_at"]) == ("operator", "2020-11-02T22:00:00Z")
    assert found[0]["said_by"] is None
    assert told(await lines(world, "ben")) == [("joined", "21:00", "sim", "own")]
    assert await lines(world, "ada", "s1") == []


async def test_a_match_that_was_taken_back_leaves_nothing_here(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", participant_id="x"))
    [item] = (await waiting(world))["items"]
    for who in ("ada", "ben"):
        body = {"registration_id": who, "reason": "So they said."}
        await world.http.post(f"/attendance/v1/unmatched/{item['id']}/match", json=body)
    assert await lines(world, "ada") == []
    assert told(await lines(world, "ben")) == [("joined", "21:00", "sim", "staff")]


async def test_the_times_of_every_session_are_there_and_who_looked_is_kept(
    enrolled: World,
) -> None:
    answer = await enrolled.http.get("/attendance/v1/registrations/ada/lines")
    sessions = answer.json()["sessions"]
    assert [one["session_id"] for one in sessions] == ["s1", "s2", "s3", "s4"]
    assert (sessions[2]["starts_at"], sessions[2]["ends_at"]) == (
        "2020-11-02T21:00:00Z",
        "2020-11-02T23:00:00Z",
    )
    assert (sessions[2]["lines"], sessions[2]["more"]) == ([], False)
    kept = await enrolled.rows("SELECT by, about FROM audit WHERE act = 'evidence.read'")
    assert kept == [{"by": "operator", "about": "ada"}]


async def test_a_long_list_ends_and_says_so(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "MOST", 1)
    await enrolled.at("2020-11-02T22:00:00Z")
    await enrolled.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "left", "2020-11-02T21:10:00Z", registration_id="ada"),
    )
    answer = await enrolled.http.get("/attendance/v1/registrations/ada/lines")
    assert [(len(one["lines"]), one["more"]) for one in answer.json()["sessions"]][2] == (1, True)


async def test_only_operators_and_only_of_what_is_known(enrolled: World) -> None:
    path = "/attendance/v1/registrations/ada/lines"
    own = mint(SECRET, PERSONAL, "ada", 0)
    assert (await enrolled.client(None).get(path)).status_code == 401
    assert (await enrolled.client(own).get(path)).status_code == 403
    for unknown in ("nobody", "%F0%9F%8C%8D", "x" * 200):
        answer = await enrolled.http.get(f"/attendance/v1/registrations/{unknown}/lines")
        assert answer.status_code == 404


async def test_what_was_settled_and_what_staff_said_of_it_is_told_with_who_and_when(
    done: World,  # noqa: F811
) -> None:
    await corrected(done, seconds=7_200)
    body = (await done.http.get("/attendance/v1/registrations/ada/lines")).json()
    s3, s4 = (
        next(one for one in body["sessions"] if one["session_id"] == session)
        for session in ("s3", "s4")
    )
    assert (s4["settled"], s4["corrections"]) == ([], [])
    assert [(one["seconds"], one["present"], one["by"]) for one in s3["settled"]] == [
        (3_600, False, "evidence"), (7_200, True, "operator"),
    ]  # fmt: skip
    assert all(one["at"].startswith("2020-11-02T23:") for one in s3["settled"])
    [said] = s3["corrections"]
    assert (said["kind"], said["seconds"], said["by"]) == ("ruling", 7_200, "operator")
    assert (said["reason"], said["at"][:10]) == (WHY, "2020-11-02")
    ben = (await done.http.get("/attendance/v1/registrations/ben/lines")).json()
    assert all(one["corrections"] == [] for one in ben["sessions"])
