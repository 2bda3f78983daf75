"""A birth day: given where it is asked for, corrected, merged, said; and what a course said when."""

from __future__ import annotations

from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.test_merging import merge
from tests.edges.registration.test_people import correct
from tests.rules.registration.course import course

PARS = {"format": "pars", "activity_id": "202077"}


def reported() -> list[dict[str, object]]:
    boards = course()["boards"]
    return [boards[0] | {"reporting": PARS}, *boards[1:]]


async def recorded(stage: Stage) -> list[tuple[str, str]]:
    said = [data for type_, data in await stage.spoken() if type_ == "person.recorded.v1"]
    return [(each["name"], each["birth_day"]) for each in said]


async def test_a_course_says_whether_it_asks_for_the_birth_day(stage: Stage):
    await stage.publish()
    assert (await stage.public.get("/courses/attachment")).json()["asks"] == []
    await stage.publish("physicians", boards=reported())
    assert (await stage.public.get("/courses/physicians")).json()["asks"] == ["birth_day"]


async def test_it_is_given_shown_said_and_mended_by_the_learner(stage: Stage):
    await stage.publish()
    attendee = application()["attendee"] | {"birth_day": "02-29"}
    ada = (await stage.register(attendee=attendee)).json()["registration_id"]
    assert (await stage.shown(ada))["attendee"]["birth_day"] == "02-29"
    assert await recorded(stage) == [("Ada Lovelace", "02-29")]
    mended = await correct(stage.holder(ada), ada, birth_day="12-10")
    assert (mended.status_code, mended.json()["birth_day"]) == (200, "12-10")
    wrong = await correct(stage.holder(ada), ada, birth_day="1815-12-10")
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/birth_day"]
    gone = await correct(stage.operator, ada, birth_day="")
    assert gone.json()["birth_day"] == ""
    assert await recorded(stage) == [
        ("Ada Lovelace", "02-29"), ("Ada Lovelace", "12-10"), ("Ada Lovelace", ""),
    ]  # fmt: skip
    for kept in await stage.fetch("SELECT facts::text || why AS said FROM history"):
        assert "12-10" not in kept["said"]
    assert "12-10" not in str(await stage.audited("attendee.corrected"))


async def test_who_was_merged_is_shown_with_the_survivor_s(stage: Stage):
    for name, day, course_id in (("Ada King", "12-10", "one"), ("Ada Lovelace", "", "another")):
        await stage.publish(course_id)
        attendee = application(name)["attendee"] | {"birth_day": day}
        await stage.register(course_id=course_id, attendee=attendee)
    people = {row["name"]: row["person_id"] for row in await stage.fetch("SELECT * FROM people")}
    done = await merge(stage, people["Ada Lovelace"], people["Ada King"])
    assert done.status_code == 200, done.text
    assert (await recorded(stage))[-1] == ("Ada King", "12-10")


async def test_every_disclosure_of_a_course_has_its_time(stage: Stage):
    await stage.publish()
    await stage.go_to("2020-09-02T10:00:00Z")
    await stage.publish(title="Attachment Theory in Treatment")  # another version, same disclosure
    await stage.go_to("2020-09-03T10:00:00Z")
    await stage.publish(
        title="Attachment Theory in Treatment",
        disclosure={"version": "2020-09-03", "text": "The presenter has a new tie."},
    )
    assert (await stage.public.get("/courses/attachment/disclosures")).status_code == 401
    answer = await stage.operator.get("/courses/attachment/disclosures")
    assert answer.json() == {
        "course_id": "attachment",
        "items": [
            {
                "version": "2020-09-01",
                "required": True,
                "text": "Sample wording.",
                "since": "2020-09-01T13:00:00Z",
                "until": "2020-09-03T10:00:00Z",
                "course_versions": [1, 2],
            },
            {
                "version": "2020-09-03",
                "required": True,
                "text": "The presenter has a new tie.",
                "since": "2020-09-03T10:00:00Z",
                "until": None,
                "course_versions": [3],
            },
        ],
    }
    assert (await stage.operator.get("/courses/nowhere/disclosures")).status_code == 404


async def test_what_a_course_said_is_there_version_by_version_and_no_meeting_s_address(
    stage: Stage,
):
    await stage.publish()
    await stage.go_to("2020-09-02T10:00:00Z")
    await stage.publish(title="Attachment Theory in Treatment")
    first = (await stage.operator.get("/courses/attachment/versions?limit=1")).json()
    [one] = first["items"]
    assert (one["version"], one["since"], one["until"]) == (
        1, "2020-09-01T13:00:00Z", "2020-09-02T10:00:00Z",
    )  # fmt: skip
    assert one["page"]["title"] == "Improving Treatment Effectiveness with Attachment Theory"
    assert "meet.example" not in str(first)
    rest = await stage.operator.get("/courses/attachment/versions", params={"after": first["next"]})
    assert [(v["version"], v["until"]) for v in rest.json()["items"]] == [(2, None)]
    assert rest.json()["next"] is None
    assert (await stage.operator.get("/courses/nowhere/versions")).status_code == 404
