"""The courses of examples/: each shape of domain.md §1 from a file, published as it stands."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.edges.registration.conftest import Stage

EXAMPLES = Path(__file__).parents[3] / "examples"
# In an order in which what is named is there before.
COURSES = (
    "attachment-effectiveness-2020",
    "attachment-recording-2027",
    "caregivers-2027",
    "cascade-facilitators-2027",
    "cascade-frontline-2027",
    "cascade-trainers-2027",
    "ethics-evening-2027",
    "mixed-course-2027",
    "monthly-programme-2027",
    "one-day-workshop-2027",
    "two-day-workshop-2027",
    "weekly-programme-2027",
)


def example(name: str) -> dict[str, Any]:
    """As the command line reads it."""
    read: dict[str, Any] = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())
    return read


async def published(stage: Stage, *names: str) -> list[Any]:
    answers = []
    for name in names:
        answer = await stage.operator.put(f"/courses/{name}", json=example(name))
        assert answer.status_code == 201, (name, answer.text)
        answers.append(answer.json())
    return answers


async def page(stage: Stage, name: str) -> Any:
    return (await stage.public.get(f"/courses/{name}")).json()


def test_every_course_file_is_one_of_these() -> None:
    assert tuple(sorted(path.stem for path in EXAMPLES.glob("*.yaml"))) == COURSES


async def test_all_are_published_as_they_stand_and_none_is_odd(stage: Stage):
    said = {one["course_id"]: one for one in await published(stage, *COURSES)}
    assert tuple(said) == COURSES
    odd = {name: one["warnings"] for name, one in said.items() if one["warnings"]}
    # One is odd on purpose: its second board takes only what is live.
    assert odd == {"mixed-course-2027": ["EXAMPLE-LIVE does not approve every format of delivery."]}
    lengths = {name: len(one["sessions"]) for name, one in said.items()}
    assert lengths == {
        "attachment-effectiveness-2020": 4,
        "attachment-recording-2027": 4,
        "caregivers-2027": 6,
        "cascade-facilitators-2027": 2,
        "cascade-frontline-2027": 3,
        "cascade-trainers-2027": 7,
        "ethics-evening-2027": 1,
        "mixed-course-2027": 3,
        "monthly-programme-2027": 19,
        "one-day-workshop-2027": 1,
        "two-day-workshop-2027": 2,
        "weekly-programme-2027": 24,
    }


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("ethics-evening-2027", 180),
        ("one-day-workshop-2027", 360),
        ("two-day-workshop-2027", 720),
        ("weekly-programme-2027", 48 * 60),
        ("monthly-programme-2027", 39 * 60),
        ("mixed-course-2027", 7 * 60),
        ("attachment-recording-2027", 8 * 60),
    ],
)
async def test_what_is_taught_is_what_the_boards_approved(stage: Stage, name, minutes):
    await published(stage, name)
    shown = await page(stage, name)
    assert sum(session["instruction_minutes"] for session in shown["sessions"]) == minutes
    assert max(float(board["hours"]) for board in shown["boards"]) * 60 == minutes


async def test_the_wall_times_of_six_months_stay_over_the_clock_change(stage: Stage):
    await published(stage, "weekly-programme-2027")
    sessions = (await page(stage, "weekly-programme-2027"))["sessions"]
    assert {session["local"]["from"] for session in sessions} == {"12:00"}
    # New York's clocks go forward on 2027-03-14.
    starts = [session["starts_at"] for session in sessions]
    assert (starts[5], starts[6]) == ("2027-03-11T17:00:00Z", "2027-03-18T16:00:00Z")
    assert sessions[-1]["local"]["date"] == "2027-07-29"
    assert [s["homework"] for s in sessions[:2]] == [
        "Fill in the questionnaire.",
        "Practise with a colleague and write half a page about it.",
    ]


async def test_a_programme_of_eighteen_months_ends_after_eighteen_months(stage: Stage):
    await published(stage, "monthly-programme-2027")
    sessions = (await page(stage, "monthly-programme-2027"))["sessions"]
    assert [(s["session_id"], s["delivery"]) for s in sessions[:2]] == [
        ("opening", "in_person"),
        ("month-1", "live_online"),
    ]
    assert sessions[-1]["session_id"] == "month-18"
    assert sessions[-1]["local"]["date"] == "2028-08-08"


async def test_a_recording_is_sold_until_its_window_ends_and_says_what_was_recorded(stage: Stage):
    await published(stage, "attachment-effectiveness-2020", "attachment-recording-2027")
    shown = await page(stage, "attachment-recording-2027")
    assert shown["recording_of"] == "attachment-effectiveness-2020"
    assert shown["starts_at"] == "2027-01-11T05:00:00Z"
    assert shown["registration"]["closes_at"] == "2027-07-01T03:59:00Z"
    assert [board["board"] for board in shown["boards"]] == ["NBCC"]  # none of the live course's
    await stage.go_to("2027-03-01T12:00:00Z")
    late = await stage.register(
        course_id="attachment-recording-2027", disclosure_version="2027-01-04"
    )
    assert (late.status_code, late.json()["status"]) == (201, "requested")


async def test_who_has_no_licence_registers_for_nothing_and_is_confirmed(stage: Stage):
    await published(stage, "caregivers-2027")
    answer = await stage.register(
        course_id="caregivers-2027", disclosure_version=None, payment={"method": "free"}
    )
    assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")


async def test_a_cascade_names_what_comes_before_and_what_it_does_not_authorise(stage: Stage):
    await published(stage, "cascade-facilitators-2027", "cascade-trainers-2027")
    shown = await page(stage, "cascade-trainers-2027")
    assert shown["prerequisites"] == ["cascade-facilitators-2027"]
    assert shown["not_authorised"] == "This certificate does not authorise to train trainers."
