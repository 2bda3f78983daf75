"""The personal join link: to the meeting, or why not (interfaces.md §4, §10)."""

import pytest

from shared.contracts.registration import (
    RegistrationAcknowledged,
    RegistrationCancelled,
    RegistrationLinkRequested,
    RegistrationSubstituted,
)
from tests.edges.attendance.conftest import (
    COURSE,
    World,
    confirmed,
    course,
    of,
    requested,
    saw,
    sessions,
    token,
)

HTML = {"Accept": "text/html,application/xhtml+xml"}


async def join(world: World, link: str, **headers: str):
    async with world.client() as learner:
        return await learner.get(f"/attendance/join/{link}", headers=headers)


async def test_the_link_leads_to_the_meeting_from_a_quarter_of_an_hour_before(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-11-02T20:44:00Z")
    early = await join(world, token("ada", "s3"))
    assert (early.status_code, early.headers["retry-after"]) == (425, "60")
    assert early.json()["type"] == "/problems/door-closed"
    await world.at("2020-11-02T20:45:00Z")
    there = await join(world, token("ada", "s3"))
    assert there.status_code == 303
    assert there.headers["location"] == "https://meet.example/8800000003?registration_id=ada"
    assert there.headers["cache-control"] == "no-store"
    # Clicking is not attending.
    assert await world.count("observations") == 0


async def test_a_browser_gets_a_page_that_says_when(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T18:00:00Z")
    page = await join(world, token("ada", "s3"), **HTML)
    assert page.status_code == 425
    assert page.headers["retry-after"] == str(2 * 3600 + 45 * 60)
    # 16:00 New York is Eastern Standard Time again since the day before.
    assert "from Monday, 2 November 2020, 15:45 EST" in page.text
    assert "starts at 16:00 EST" in page.text
    assert "http://holdfast.test/r/" in page.text


async def test_the_door_of_a_moved_session_opens_at_the_new_time_by_the_same_link(
    enrolled: World,
) -> None:
    world = enrolled
    later = {
        "date": "2020-11-04",
        "starts_at": "2020-11-04T22:00:00Z",
        "ends_at": "2020-11-05T00:00:00Z",
        "schedule_version": 2,
    }
    await world.at("2020-11-02T20:50:00Z")
    assert (await join(world, token("ada", "s3"))).status_code == 303
    await world.hears(course(2, sessions=sessions(s3=later)))
    assert (await join(world, token("ada", "s3"))).status_code == 425
    # Who leaves between the old start and the new one is not expected any more.
    await world.hears(of(RegistrationCancelled, "ben", requested_at="2020-11-03T12:00:00Z"))
    await world.at("2020-11-04T21:44:00Z")
    early = await join(world, token("ada", "s3"), **HTML)
    assert "from Wednesday, 4 November 2020, 16:45 EST" in early.text
    await world.at("2020-11-04T21:45:00Z")
    assert (await join(world, token("ada", "s3"))).status_code == 303
    view = await world.view("s3")
    assert (view["state"], view["expected"]) == ("open", 1)


async def test_after_cancelling_the_link_is_dead(enrolled: World) -> None:
    world = enrolled
    await world.hears(of(RegistrationCancelled, "ada"))
    await world.at("2020-11-02T21:00:00Z")
    assert (await join(world, token("ada", "s3"))).status_code == 410
    page = await join(world, token("ada", "s3"), **HTML)
    assert page.status_code == 410
    assert "/r/" not in page.text


async def test_substitution_kills_the_former_persons_link(enrolled: World) -> None:
    world = enrolled
    await world.hears(
        of(RegistrationSubstituted, "ada", person_id="cy", former_person_id="person-of-ada")
    )
    await world.at("2020-11-02T21:00:00Z")
    assert (await join(world, token("ada", "s3", 1))).status_code == 410
    former = await join(world, token("ada", "s3", 1), **HTML)
    assert "the new link is theirs" in former.text
    assert (await join(world, token("ada", "s3", 2))).status_code == 303
    assert (await join(world, token("ada", "s3", 3))).status_code == 425
    await world.at("2020-11-02T23:15:00Z")
    said = await world.said("attendance.settled.v1")
    assert {e["person_id"] for e in said if e["registration_id"] == "ada"} == {"cy"}


async def test_links_made_anew_kill_the_older_ones_and_an_old_asking_revives_none(
    enrolled: World,
) -> None:
    await enrolled.hears(of(RegistrationLinkRequested, "ada", token_version=2))
    await enrolled.hears(of(RegistrationLinkRequested, "ada", token_version=1))
    await enrolled.at("2020-11-02T21:00:00Z")
    for version, status in ((1, 410), (2, 303), (3, 425)):
        assert (await join(enrolled, token("ada", "s3", version))).status_code == status


@pytest.mark.parametrize("link", ["nonsense", "1.tYWRh.AAAA", "%00", token("no-session", "")])
async def test_what_is_no_link_of_ours(enrolled: World, link: str) -> None:
    assert (await join(enrolled, link)).status_code in (400, 404, 425)


async def test_an_unconfirmed_or_unheard_registration_comes_again_later(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T21:00:00Z")
    unheard = await join(world, token("cy", "s3"))
    assert (unheard.status_code, unheard.headers["retry-after"]) == (425, "2")
    await world.hears(requested("cy"))
    assert (await join(world, token("cy", "s3"))).status_code == 425
    await world.hears(confirmed("cy"))
    assert (await join(world, token("cy", "s3"))).status_code == 303


async def test_the_link_dies_with_the_sessions_completion(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T23:10:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    assert (await join(world, token("ada", "s3"))).status_code == 303
    await world.at("2020-11-02T23:15:00Z")
    assert (await join(world, token("ada", "s3"))).status_code == 410
    over = await join(world, token("ada", "s3"), **HTML)
    assert "This session is over." in over.text
    assert "the link that works" not in over.text, "there is none any more"


async def test_a_changed_disclosure_is_accepted_first(enrolled: World) -> None:
    world = enrolled
    changed = {"disclosure": {"version": "2020-10-01", "required": True, "text": "A new tie."}}
    await world.hears(course(2, **changed))
    await world.at("2020-11-02T21:00:00Z")
    asked = await join(world, token("ada", "s3"))
    assert (asked.status_code, asked.json()["type"]) == (409, "/problems/disclosure-outdated")
    await world.hears(of(RegistrationAcknowledged, "ada"))
    assert (await join(world, token("ada", "s3"))).status_code == 303


async def test_a_swapped_meeting_stands_behind_every_link_until_the_course_names_another(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-11-02T21:30:00Z")
    path = f"/attendance/v1/sessions/{COURSE}/s3/meeting"
    body = {"meeting_id": "backup-1", "url": "https://backup.example/1?k=v"}
    answer = await world.http.put(path, json=body)
    assert answer.status_code == 200
    assert answer.json()["meeting"] == body
    there = await join(world, token("ada", "s3"))
    assert there.headers["location"] == "https://backup.example/1?k=v&registration_id=ada"
    # A change of the course that does not touch the meeting leaves the swap alone.
    await world.hears(course(2, title="Another title"))
    assert (await world.view("s3"))["meeting"]["meeting_id"] == "backup-1"
    # Both meetings' evidence is merged.
    lines = [
        {"id": "1", "kind": "joined", "at": "2020-11-02T21:00:00Z", "meeting_id": "8800000003"},
        {"id": "2", "kind": "joined", "at": "2020-11-02T21:40:00Z", "meeting_id": "backup-1"},
    ]
    ends = {
        "id": "3",
        "kind": "meeting_ended",
        "at": "2020-11-02T21:30:00Z",
        "meeting_id": "8800000003",
    }
    ours = {"participant_id": "p", "registration_id": "ada"}
    assert (await world.observe(*(line | ours for line in lines), ends))["accepted"] == 3
    await world.at("2020-11-02T23:15:00Z")
    assert (await world.settled())["ada", "s3"] == (110 * 60, True, 1)
    assert await world.asked() == []
    assert (await world.http.put(path, json=body)).status_code == 409


@pytest.mark.parametrize(
    "url",
    [
        *["javascript:alert(1)", "meet.example/1", "https://a b", ""],
        *["https://[bad", "https:///1", "https://meet.example:99999/1"],
    ],
)
async def test_a_meetings_address_is_a_web_address(enrolled: World, url: str) -> None:
    answer = await enrolled.http.put(
        f"/attendance/v1/sessions/{COURSE}/s3/meeting", json={"meeting_id": "m", "url": url}
    )
    assert answer.status_code == 422


async def test_an_address_that_came_by_all_the_same_is_a_dead_link_and_no_failure(
    world: World,
) -> None:
    broken = {"meeting": {"id": "8800000003", "url": "https://[bad"}}
    await world.hears(course(sessions=sessions(s3=broken)), requested("ada"), confirmed("ada"))
    await world.at("2020-11-02T21:00:00Z")
    assert (await join(world, token("ada", "s3"))).status_code == 410


async def swap(world: World, meeting_id: str, url: str = "https://meet.example/next") -> None:
    path = f"/attendance/v1/sessions/{COURSE}/s3/meeting"
    answer = await world.http.put(path, json={"meeting_id": meeting_id, "url": url})
    assert answer.status_code == 200, answer.text


async def swaps(world: World) -> list[tuple[str, str, str]]:
    return [
        (e["former_meeting_id"], e["meeting_id"], e["swapped_at"])
        for e in await world.said("meeting.swapped.v1")
    ]


async def test_each_swap_is_said_once_also_back_again_and_the_same_meeting_is_no_news(
    enrolled: World,
) -> None:
    world = enrolled
    await world.at("2020-11-02T12:00:00Z")  # hours before the door opens
    await swap(world, "8800000003")  # the one that stands: only its address is mended
    assert await swaps(world) == []
    await swap(world, "second")
    await swap(world, "second", "https://meet.example/second?pwd=2")
    await swap(world, "8800000003")
    noon = "2020-11-02T12:00:00"
    assert await swaps(world) == [
        ("8800000003", "second", f"{noon}Z"),
        ("second", "8800000003", f"{noon}.000001Z"),
    ]
    assert all("url" not in e for e in await world.said("meeting.swapped.v1"))
    await world.at("2020-11-03T00:00:00Z")
    path = f"/attendance/v1/sessions/{COURSE}/s3/meeting"
    late = await world.http.put(path, json={"meeting_id": "x", "url": "https://meet.example/x"})
    assert late.json()["type"] == "/problems/session-over"
    assert len(await swaps(world)) == 2
