"""Courses: published, published anew, refused with every fault, read by everybody."""

from tests.edges.registration.conftest import Stage
from tests.rules.registration.course import course


async def test_a_new_course_is_answered_with_its_instants_and_said(stage: Stage):
    answer = await stage.operator.put("/courses/attachment", json=course())
    assert answer.status_code == 201
    assert answer.json() == {
        "course_id": "attachment",
        "version": 1,
        "sessions": [
            {"session_id": "s1", "starts_at": "2020-10-19T20:00:00Z", "ends_at": "2020-10-19T22:00:00Z"},
            {"session_id": "s2", "starts_at": "2020-10-26T20:00:00Z", "ends_at": "2020-10-26T22:00:00Z"},
            {"session_id": "s3", "starts_at": "2020-11-02T21:00:00Z", "ends_at": "2020-11-02T23:00:00Z"},
            {"session_id": "s4", "starts_at": "2020-11-09T21:00:00Z", "ends_at": "2020-11-09T23:00:00Z"},
        ],
        "warnings": [],
    }  # fmt: skip
    [(type_, said)] = await stage.spoken()
    assert type_ == "course.published.v1"
    assert (said["course_id"], said["version"], said["capacity"]) == ("attachment", 1, 500)
    assert said["published_at"] == "2020-09-01T13:00:00Z"
    assert "30.00" in said["policy"]["text"]


async def test_the_same_content_again_makes_no_version_and_a_change_makes_one(stage: Stage):
    await stage.publish()
    again = await stage.operator.put("/courses/attachment", json=course())
    assert (again.status_code, again.json()["version"]) == (200, 1)
    changed = await stage.operator.put("/courses/attachment", json=course(capacity=501))
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert [said["version"] for _, said in await stage.spoken()] == [1, 2]
    assert [(row["by"], row["about"]) for row in await stage.audited("course.published")] == [
        ("operator", "attachment 1"),
        ("operator", "attachment 2"),
    ]
    assert (await stage.seats())["capacity"] == 501


async def test_every_fault_is_answered_at_once_the_policy_s_hole_among_them(stage: Stage):
    boards = course()["boards"]
    boards[0] |= {"approved_hours": 9}
    del boards[1]["mode"]
    broken = course(kind="three_day_workshop", zone="Mars/Olympus", boards=boards, title=None)
    answer = await stage.operator.put("/courses/attachment", json=broken)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/course-invalid"
    pointers = [error["pointer"] for error in problem["errors"]]
    assert {"/zone", "/boards/1/mode", "/title"} <= set(pointers)
    assert any(pointer.startswith("/refund_policy") for pointer in pointers)
    assert await stage.spoken() == []


async def test_a_course_that_costs_something_needs_a_policy_and_a_free_one_does_not(stage: Stage):
    answer = await stage.operator.put("/courses/attachment", json=course(refund_policy=None))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/refund_policy"]
    free = course(refund_policy=None, price={"amount": 0, "currency": "USD"})
    assert (await stage.operator.put("/courses/attachment", json=free)).status_code == 201


async def test_a_policy_that_gives_more_cash_later_is_refused(stage: Stage):
    policy = course()["refund_policy"]
    policy["windows"][1] |= {"outcome": "refund"}
    answer = await stage.operator.put("/courses/attachment", json=course(refund_policy=policy))
    assert answer.status_code == 422
    assert any(
        error["pointer"].startswith("/refund_policy/windows") for error in answer.json()["errors"]
    )


async def test_a_course_in_the_past_is_published_with_a_warning(stage: Stage):
    await stage.go_to("2021-01-01T00:00:00Z")
    published = await stage.publish()
    assert published["warnings"] == [
        "Sessions of this course lie in the past: nobody can register."
    ]


async def test_a_session_that_people_are_registered_for_is_not_dropped(stage: Stage):
    await stage.publish()
    shorter = course(sessions=course()["sessions"][:3], boards=None)
    assert (await stage.operator.put("/courses/attachment", json=shorter)).status_code == 200
    await stage.publish()
    await stage.register()
    answer = await stage.operator.put("/courses/attachment", json=shorter)
    assert answer.json()["errors"][0] == {
        "pointer": "/sessions",
        "detail": "People are registered for s4: cancel it, do not drop it.",
    }


async def test_a_board_that_people_are_registered_for_is_not_dropped(stage: Stage):
    fewer = course(boards=course()["boards"][1:])
    await stage.publish()
    assert (await stage.operator.put("/courses/attachment", json=fewer)).status_code == 200
    await stage.publish()
    await stage.register()
    answer = await stage.operator.put("/courses/attachment", json=fewer)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "pointer": "/boards",
            "detail": "People are registered for NBCC's credit: end its approval instead.",
        }
    ]
    # One more board, or another rule of the same, is no loss to anybody.
    boards = [course()["boards"][0] | {"approved": {"from": "2020-01-01", "to": "2020-12-31"}}]
    ended = course(boards=boards + course()["boards"][1:])
    assert (await stage.operator.put("/courses/attachment", json=ended)).status_code == 200


async def test_the_public_page_shows_seats_price_policy_boards_and_both_times(stage: Stage):
    await stage.publish(capacity=3)
    await stage.register()
    page = (await stage.public.get("/courses/attachment?zone=Europe/London")).json()
    assert page["seats"] == {"capacity": 3, "left": 2, "waiting": 0}
    assert page["price"] == {"amount": 19900, "currency": "USD"}
    assert page["price_text"] == "199.00 USD"
    assert page["policy"]["version"] == 1
    assert "30.00" in page["policy"]["text"]
    assert [(b["board"], b["hours"]) for b in page["boards"]] == [
        ("NBCC", "8"),
        ("NYSED-MHC", "8"),
        ("STATE", "8"),
    ]
    assert page["disclosure"]["version"] == "2020-09-01"
    assert [(s["starts_at"], s["local"]["from"]) for s in page["sessions"]] == [
        ("2020-10-19T20:00:00Z", "21:00"),
        ("2020-10-26T20:00:00Z", "20:00"),
        ("2020-11-02T21:00:00Z", "21:00"),
        ("2020-11-09T21:00:00Z", "21:00"),
    ]
    assert page["registration"]["open"] is True
    assert "meet.example" not in str(page)
    plain = (await stage.public.get("/courses/attachment")).json()
    assert [s["local"]["from"] for s in plain["sessions"]] == ["16:00"] * 4


async def test_whom_no_board_serves_is_told_before_registering(stage: Stage):
    await stage.publish()
    told = await stage.public.get("/courses/attachment?profession=mft&state=NY")
    assert told.json()["eligibility"]["boards"] == []
    assert "without CE credit" in told.json()["eligibility"]["warnings"][0]
    served = await stage.public.get("/courses/attachment?profession=counselor&state=NY")
    assert served.json()["eligibility"] == {"boards": ["NBCC", "NYSED-MHC"], "warnings": []}


async def test_courses_are_listed_in_pages_by_their_start(stage: Stage):
    for number in (3, 1, 2):
        sessions = [course()["sessions"][0] | {"date": f"2020-10-{10 + number}"}]
        await stage.publish(f"course-{number}", sessions=sessions, boards=None)
    first = (await stage.public.get("/courses?limit=2")).json()
    assert [item["course_id"] for item in first["items"]] == ["course-1", "course-2"]
    rest = (await stage.public.get("/courses", params={"limit": 2, "after": first["next"]})).json()
    assert [item["course_id"] for item in rest["items"]] == ["course-3"]
    assert rest["next"] is None


async def test_those_ahead_and_those_that_are_over_are_lists_of_their_own(stage: Stage):
    for number in (3, 1, 2):
        sessions = [course()["sessions"][0] | {"date": f"2020-10-{10 + number}"}]
        await stage.publish(f"course-{number}", sessions=sessions, boards=None)
    sessions = [course()["sessions"][0] | {"date": "2020-12-20"}]
    window = {"opens_at": "2020-12-01T14:00:00Z"}
    await stage.publish("course-4", sessions=sessions, boards=None, registration=window)

    async def listed(state: str) -> list[str]:
        """Page by page, one at a time."""
        found, after = [], {}
        while True:
            query = {"state": state, "limit": 1} | after
            page = (await stage.public.get("/courses", params=query)).json()
            found += [item["course_id"] for item in page["items"]]
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    assert await listed("over") == []
    assert await listed("open") == ["course-1", "course-2", "course-3"]
    stage.clock.time = stage.clock.time.replace(month=10, day=12, hour=21)  # 17:00 in New York
    assert await listed("current") == ["course-2", "course-3", "course-4"]
    assert await listed("open") == ["course-3"], "2 has begun, and 4 opens in December"
    assert await listed("over") == ["course-1"]
    stage.clock.time = stage.clock.time.replace(hour=22, minute=0)
    assert await listed("over") == ["course-2", "course-1"], "over is what ends now; the last first"
    key = {"Idempotency-Key": "k"}
    gone = await stage.operator.post(
        "/courses/course-3/cancel", json={"reason": "Snow"}, headers=key
    )
    assert gone.status_code < 300
    assert await listed("open") == [], "a cancelled one takes nobody"
    assert await listed("current") == ["course-3", "course-4"]
    assert (await stage.public.get("/courses?state=lost")).status_code == 422


async def test_publishing_is_an_operator_s(stage: Stage):
    assert (await stage.public.put("/courses/attachment", json=course())).status_code == 401
    learner = stage.holder("somebody")
    assert (await learner.put("/courses/attachment", json=course())).status_code == 403


async def test_an_unknown_course_is_not_found(stage: Stage):
    answer = await stage.public.get("/courses/nowhere")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/course-unknown")


async def test_prerequisites_are_shown_and_one_that_is_not_there_is_only_warned_of(stage: Stage):
    await stage.publish("basics")
    published = await stage.publish(prerequisites=["basics", "tutors"])
    assert published["warnings"] == ["/prerequisites: nobody published tutors yet."]
    page = (await stage.public.get("/courses/attachment")).json()
    assert page["prerequisites"] == ["basics", "tutors"]
    [terms] = [row["terms"] for row in await stage.fetch(
        "SELECT terms FROM courses WHERE course_id = 'attachment'"
    )]  # fmt: skip
    assert terms["prerequisites"] == ["basics", "tutors"]
    assert (await stage.spoken("attachment"))[-1][1]["prerequisites"] == ["basics", "tutors"]
