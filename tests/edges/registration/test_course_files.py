"""A course as its file again, and what a file would come to: as publishing says it, and nothing is
published."""

from tests.edges.registration.conftest import Stage
from tests.edges.registration.test_examples import COURSES, example
from tests.rules.registration.course import course

CHECK = "/courses/attachment/check"


async def test_a_check_says_what_publishing_then_says_and_publishes_nothing(stage: Stage):
    checked = await stage.operator.post(CHECK, json=course())
    assert checked.status_code == 200, checked.text
    said = checked.json()
    assert (said["version"], said["new"], said["changed"]) == (1, True, True)
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


async def test_both_are_for_operators_alone(stage: Stage):
    await stage.publish()
    assert (await stage.public.get("/courses/attachment/file")).status_code == 401
    assert (await stage.public.post(CHECK, json=course())).status_code == 401
    assert (await stage.operator.get("/courses/none/file")).status_code == 404
