"""A course as its file again, and what a file would come to: as publishing says it, and nothing is
published."""

from typing import Any

from tests.edges.registration.conftest import Stage
from tests.edges.registration.test_examples import COURSES, example
from tests.rules.registration.course import course

CHECK = "/courses/attachment/check"


async def test_a_check_says_what_publishing_then_says_and_publishes_nothing(stage: Stage):
    checked = await stage.operator.post(CHECK, json=course())
    assert checked.status_code == 200, checked.text
    said = checked.json()
    assert (said["version"], said["new"], said["changed"]) == (1, True, True)
    assert said["in_force"] is None
    assert said["course"]["title"] == course()["title"]
    assert said["course"]["capacity"] == 500
    assert said["course"]["price_text"] == "199.00 USD"
    assert said["course"]["closes_at"] == "2020-10-19T20:00:00Z"
    assert "30.00" in said["course"]["policy"]["text"]
    assert [one["hours"] for one in said["course"]["boards"]] == ["8"] * 3
    assert said["course"]["sessions"][2]["local"]["starts_at"] == "2020-11-02T16:00:00-05:00"
    assert "meet.example" not in checked.text
    assert await stage.spoken() == []
    assert await stage.audited("course.published") == []
    assert (await stage.public.get("/courses/attachment")).status_code == 404
    done = (await stage.operator.put("/courses/attachment", json=course())).json()
    assert done == {name: said[name] for name in ("course_id", "version", "sessions", "warnings")}


async def test_of_a_course_that_is_there_it_says_the_version_or_that_nothing_changes(stage: Stage):
    await stage.publish(capacity=3)
    await stage.register()
    same = (await stage.operator.post(CHECK, json=course(capacity=3))).json()
    assert (same["version"], same["new"], same["changed"]) == (1, False, False)
    fewer = (await stage.operator.post(CHECK, json=course(capacity=1))).json()
    assert (fewer["version"], fewer["new"], fewer["changed"]) == (2, False, True)
    assert fewer["warnings"] == []
    await stage.register(name="Another")
    fewer = (await stage.operator.post(CHECK, json=course(capacity=1))).json()
    assert fewer["warnings"] == ["More seats are taken than the new capacity: nobody loses one."]
    assert (await stage.seats())["capacity"] == 3


async def test_its_faults_are_those_of_publishing_all_at_once(stage: Stage):
    await stage.publish()
    await stage.register()
    for broken in (
        course(kind="three_day_workshop", zone="Mars/Olympus", title=None),
        course(sessions=course()["sessions"][:3], boards=None),
        course(refund_policy=None),
        {},
    ):
        checked = await stage.operator.post(CHECK, json=broken)
        published = await stage.operator.put("/courses/attachment", json=broken)
        assert (checked.status_code, published.status_code) == (422, 422)
        assert checked.json()["errors"] == published.json()["errors"]
    json = {"Content-Type": "application/json"}
    nan = await stage.operator.post(CHECK, content=b'{"ce_hours": NaN}', headers=json)
    assert nan.status_code == 400


async def test_what_is_too_large_to_be_told_is_said_by_the_check_already(stage: Stage):
    boards = [one | {"statement": "x" * 100_000} for one in course()["boards"]]
    many = [boards[0] | {"board": f"B{number}", "statement": "x" * 99_000} for number in range(12)]
    checked = await stage.operator.post(CHECK, json=course(boards=many))
    assert (checked.status_code, checked.json()["type"]) == (422, "/problems/course-too-large")


async def test_a_course_is_given_back_as_a_file_that_publishes_the_same(stage: Stage):
    for name in COURSES:
        assert (await stage.operator.put(f"/courses/{name}", json=example(name))).status_code == 201
        told = (await stage.operator.get(f"/courses/{name}/file")).json()
        assert (told["course_id"], told["version"], told["status"]) == (name, 1, "published")
        again = await stage.operator.put(f"/courses/{name}", json=told["file"])
        # Without the code of a price that it had it is another course.
        version = 2 if told["prices_left_out"] else 1
        assert (again.status_code, again.json()["version"]) == (200, version), name


async def test_what_no_file_can_say_again_is_named(stage: Stage):
    codes = [{"id": "spring", "amount": "149.00", "when": {"code": "SPRING-2020"}}]
    await stage.publish(prices=codes)
    gone = await stage.operator.post(
        "/courses/attachment/sessions/s2/cancel",
        json={"reason": "snow"},
        headers={"Idempotency-Key": "one"},
    )
    assert gone.status_code == 202, gone.text
    answer = await stage.operator.get("/courses/attachment/file")
    told = answer.json()
    assert told["prices_left_out"] == ["spring"]
    assert told["sessions_cancelled"] == ["s2"]
    assert [one["id"] for one in told["file"]["sessions"]] == ["s1", "s2", "s3", "s4"]
    assert "SPRING" not in answer.text


async def test_a_course_that_was_cancelled_can_still_be_copied_and_not_checked(stage: Stage):
    await stage.publish()
    gone = await stage.operator.post(
        "/courses/attachment/cancel", json={"reason": "ill"}, headers={"Idempotency-Key": "one"}
    )
    assert gone.status_code == 202
    told = (await stage.operator.get("/courses/attachment/file")).json()
    assert (told["status"], told["version"]) == ("cancelled", 2)
    again = told["file"] | {"id": "another"}
    made = (await stage.operator.post("/courses/another/check", json=again)).json()
    assert (made["new"], len(made["sessions"])) == (True, 4)
    assert {one["status"] for one in made["course"]["sessions"]} == {"scheduled"}
    refused = await stage.operator.post(CHECK, json=course())
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/course-cancelled")


SPRING = {"id": "spring", "amount": 9900, "when": {"code": "SPRING-2020", "most": 1}}
ENDS = (
    "The code of the price spring ends: it is not in the file, and codes are not kept. "
    "Whoever has it pays the list price then; to keep it, write it into the file again."
)


def spring(label: str = "spring", **when: Any) -> dict[str, Any]:
    return course(prices=[SPRING | {"label": label, "when": SPRING["when"] | when}])


async def codes(stage: Stage) -> list[tuple[Any, ...]]:
    rows = await stage.fetch("SELECT price_id, most, ended FROM price_codes ORDER BY price_id")
    return [tuple(row) for row in rows]


async def test_where_only_a_code_changes_the_check_says_so_and_publishing_does_it(stage: Stage):
    assert (await stage.operator.put("/courses/attachment", json=spring())).status_code == 201
    same = (await stage.operator.post(CHECK, json=spring(code="spring 2020"))).json()
    assert (same["changed"], same["codes_changed"]) == (False, [])
    for file, what in (
        (spring(code="SPRING-2021"), "code"),
        (spring(code="SPRING-2021", most=5), "uses"),
        (spring(code="AUTUMN-2021", most=50), "code"),
    ):
        said = (await stage.operator.post(CHECK, json=file)).json()
        assert (said["version"], said["in_force"], said["changed"]) == (1, 1, True)
        assert said["codes_changed"] == [{"price_id": "spring", "label": "spring", "what": what}]
        assert said["warnings"] == []
        done = (await stage.operator.put("/courses/attachment", json=file)).json()
        assert (done["version"], done["warnings"]) == (1, [])
        after = (await stage.operator.post(CHECK, json=file)).json()
        assert (after["changed"], after["codes_changed"]) == (False, [])
    assert await codes(stage) == [("spring", 50, False)]
    leaked = await stage.register("Ada", price={"code": "SPRING-2020"})
    assert leaked.json()["type"] == "/problems/price-code-invalid"
    audits = await stage.audited("course.codes-set")
    assert [row["about"] for row in audits] == ["attachment spring"] * 4
    everything = str([event for _, event in await stage.spoken()]) + str([*audits])
    assert "AUTUMN" not in everything


async def test_the_check_s_mark_is_another_one_wherever_other_codes_are_in_force(stage: Stage):
    async def mark(file: Any) -> str:
        return (await stage.operator.post(CHECK, json=file)).json()["codes_mark"]

    none = await mark(spring())
    marks = [none]
    for file in (
        spring(),
        spring(code="AUTUMN-2020"),
        spring(code="AUTUMN-2020", most=5),
        course(prices=[SPRING | {"id": "may"}]),
    ):
        assert await mark(file) == marks[-1], "it is of what is in force, not of the file"
        assert (await stage.operator.put("/courses/attachment", json=file)).status_code < 300
        marks.append(await mark(file))
    assert len(set(marks)) == 5
    assert "AUTUMN" not in "".join(marks)
    await stage.register("Ada", price={"code": "SPRING-2020"})
    assert await mark(spring()) == marks[-1], "learners who use one are no change"
    await stage.operator.put("/courses/attachment", json=course())
    assert await mark(spring()) == none, "ended codes are none"


async def test_a_file_without_its_codes_warns_that_they_end_and_they_can_be_had_again(stage: Stage):
    assert (await stage.operator.put("/courses/attachment", json=spring())).status_code == 201
    file = (await stage.operator.get("/courses/attachment/file")).json()["file"]
    said = (await stage.operator.post(CHECK, json=file)).json()
    assert said["codes_changed"] == [{"price_id": "spring", "label": "spring", "what": "ended"}]
    assert said["warnings"] == [ENDS]
    assert await codes(stage) == [("spring", 1, False)], "it was only asked"
    done = (await stage.operator.put("/courses/attachment", json=file)).json()
    assert done["warnings"] == [ENDS]
    assert await codes(stage) == [("spring", 1, True)]
    again = (await stage.operator.put("/courses/attachment", json=file)).json()
    assert again["warnings"] == [], "it ended once"
    back = (await stage.operator.post(CHECK, json=spring())).json()
    assert [one["what"] for one in back["codes_changed"]] == ["new"]


async def test_a_code_that_another_price_has_now_does_not_end(stage: Stage):
    assert (await stage.operator.put("/courses/attachment", json=spring())).status_code == 201
    renamed = course(prices=[SPRING | {"id": "may"}])
    said = (await stage.operator.post(CHECK, json=renamed)).json()
    assert [(one["price_id"], one["what"]) for one in said["codes_changed"]] == [
        ("may", "new"), ("spring", "ended"),
    ]  # fmt: skip
    assert said["warnings"] == []


async def test_a_moved_session_stays_where_it_is_whichever_file_is_sent(stage: Stage):
    file = course(registration={"closes_at": "2020-10-19T12:00:00Z"})
    assert (await stage.operator.put("/courses/attachment", json=file)).status_code == 201
    sessions = "/courses/attachment/sessions"
    key = {"Idempotency-Key": "one"}
    gone = await stage.operator.post(f"{sessions}/s2/cancel", json={"reason": "snow"}, headers=key)
    assert gone.status_code == 202, gone.text
    for session_id, day in (("s1", "2020-10-12"), ("s3", "2020-10-26")):
        when = {"date": day, "from": "17:00", "to": "19:00"}
        moved = await stage.operator.put(f"{sessions}/{session_id}", json=when)
        assert moved.status_code == 200, moved.text
    page = (await stage.public.get("/courses/attachment")).json()
    own = (await stage.operator.get("/courses/attachment/file")).json()["file"]
    for sent in (own, own, file, own):
        done = await stage.operator.put("/courses/attachment", json=sent)
        assert (done.status_code, done.json()["version"]) == (200, 4), done.text
    assert (await stage.public.get("/courses/attachment")).json() == page
    assert [(s["session_id"], s["status"]) for s in page["sessions"]] == [
        ("s1", "scheduled"), ("s2", "cancelled"), ("s3", "scheduled"), ("s4", "scheduled"),
    ]  # fmt: skip


async def test_both_are_for_operators_alone(stage: Stage):
    await stage.publish()
    assert (await stage.public.get("/courses/attachment/file")).status_code == 401
    assert (await stage.public.post(CHECK, json=course())).status_code == 401
    assert (await stage.operator.get("/courses/none/file")).status_code == 404
