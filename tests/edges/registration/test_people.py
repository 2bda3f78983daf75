"""People: corrected, asked again, mailed their links, listed for operators."""

from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import paid


async def registered(stage: Stage, name: str = "Ada Lovelace"):
    await stage.publish()
    return (await stage.register(name)).json()["registration_id"]


async def correct(client, registration_id: str, **changes):
    return await client.put(f"/registrations/{registration_id}/attendee", json=changes)


async def test_a_learner_mends_zone_and_locale_and_nothing_else(stage: Stage):
    ada = await registered(stage)
    answer = await correct(stage.holder(ada), ada, zone="Asia/Tokyo", locale="ja")
    assert answer.status_code == 200
    assert (answer.json()["zone"], answer.json()["locale"], answer.json()["version"]) == (
        "Asia/Tokyo",
        "ja",
        2,
    )
    type_, said = (await stage.spoken())[-1]
    assert (type_, said["version"], said["zone"]) == ("person.recorded.v1", 2, "Asia/Tokyo")
    refused = await correct(stage.holder(ada), ada, name="Somebody Else")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/operator-only")
    wrong = await correct(stage.holder(ada), ada, zone="Mars/Olympus")
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/zone"]


async def test_the_same_said_again_makes_no_version(stage: Stage):
    ada = await registered(stage)
    said = len(await stage.spoken())
    answer = await correct(stage.holder(ada), ada, name="Ada Lovelace", zone="Europe/London")
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len(await stage.spoken()) == said


async def test_an_operator_mends_a_mistyped_address_and_the_links_go_there(stage: Stage):
    ada = await registered(stage)
    answer = await correct(stage.operator, ada, email="ada.lovelace@learners.example")
    assert answer.json()["email"] == "ada.lovelace@learners.example"
    assert await stage.said_of(ada) == ["requested", "link_requested"]
    [entry] = [e for e in (await stage.shown(ada))["history"] if e["act"] == "corrected"]
    assert entry["facts"] == {"fields": ["email"]}
    [done] = await stage.audited("attendee.corrected")
    assert (done["by"], done["about"], done["why"]) == ("operator", ada, "email")
    person = {"name": "Ada Lovelace", "email": "ada.lovelace@learners.example"}
    assert (await stage.register(attendee=person)).json()["registration_id"] == ada


async def test_who_looked_at_an_older_version_overwrites_nothing_unseen(stage: Stage):
    ada = await registered(stage)
    mended = await correct(stage.operator, ada, email="ada@home.example", version=1)
    assert (mended.status_code, mended.json()["version"]) == (200, 2)
    said, path = await stage.said_of(ada), f"/registrations/{ada}/attendee"
    late = {"email": "ada@work.example", "version": 1}
    for answer in (
        await correct(stage.operator, ada, **late),
        await stage.operator.post(f"{path}/preview", json=late),
        await correct(stage.holder(ada), ada, zone="Asia/Tokyo", version=3),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/person-changed")
        assert "version 2 is recorded now" in answer.json()["detail"]
    assert (await stage.shown(ada))["attendee"]["email"] == "ada@home.example"
    assert await stage.said_of(ada) == said, "no links are mailed"
    same = await correct(stage.operator, ada, email="ada@home.example", version=1)
    assert (same.status_code, same.json()["version"]) == (200, 2), "it is recorded like this"
    for junk in (0, -1, "x", 2**70, True):
        answer = await correct(stage.operator, ada, email="ada@work.example", version=junk)
        assert answer.status_code in (409, 422), (junk, answer.text)
    seen = await correct(stage.operator, ada, email="ada@work.example", version=2)
    assert (seen.status_code, seen.json()["version"]) == (200, 3)


async def test_a_correction_does_not_make_two_people_one(stage: Stage):
    ada = await registered(stage)
    bea = (await stage.register("Bea")).json()["registration_id"]
    answer = await correct(stage.operator, bea, name="Ada Lovelace", email="ada@learners.example")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/same-person-registered")
    assert (await stage.shown(bea))["attendee"]["name"] == "Bea"
    assert (await stage.shown(ada))["attendee"]["version"] == 1


async def test_a_new_disclosure_is_accepted_once(stage: Stage):
    ada = await registered(stage)
    await stage.publish(disclosure={"version": "2020-10-01"})
    old = await stage.act(
        stage.holder(ada), ada, "disclosure", {"disclosure_version": "2020-09-01"}
    )
    assert (old.status_code, old.json()["current"]) == (409, "2020-10-01")
    for _ in range(2):
        answer = await stage.act(
            stage.holder(ada), ada, "disclosure", {"disclosure_version": "2020-10-01"}
        )
        assert answer.json() == {
            "registration_id": ada,
            "disclosure_version": "2020-10-01",
            "accepted_at": "2020-09-01T13:00:00Z",
        }
    assert await stage.said_of(ada) == ["requested", "acknowledged"]


async def test_links_are_mailed_to_a_known_address_and_the_answer_tells_nobody(stage: Stage):
    ada = await registered(stage)
    await stage.publish("second")
    again = (await stage.register("Ada Lovelace", "second")).json()["registration_id"]
    known = await stage.public.post("/links", json={"email": "ADA@learners.example"})
    unknown = await stage.public.post("/links", json={"email": "eve@learners.example"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code == 202
    await stage.swept()
    asked = [said for type_, said in await stage.spoken() if "link_requested" in type_]
    assert {said["registration_id"] for said in asked} == {ada, again}
    assert len({said["request_id"] for said in asked}) == 1


async def test_one_address_is_not_mailed_without_end(stage: Stage):
    ada = await registered(stage)
    answers = [
        await stage.public.post("/links", json={"email": "ada@learners.example"}) for _ in range(9)
    ]
    assert {answer.status_code for answer in answers} == {202}
    await stage.swept()
    assert (await stage.said_of(ada)).count("link_requested") == 5


async def test_operators_list_a_course_by_status_and_by_page(stage: Stage):
    await stage.publish(capacity=2)
    ids = [
        (await stage.register(name)).json()["registration_id"] for name in ("Ada", "Bea", "Cleo")
    ]
    await stage.hears(paid(ids[0]))
    listed = (await stage.operator.get("/courses/attachment/registrations?limit=2")).json()
    assert [(i["registration_id"], i["status"]) for i in listed["items"]] == [
        (ids[0], "confirmed"),
        (ids[1], "requested"),
    ]
    rest = await stage.operator.get(
        "/courses/attachment/registrations", params={"limit": 2, "after": listed["next"]}
    )
    assert [i["name"] for i in rest.json()["items"]] == ["Cleo"]
    only = await stage.operator.get("/courses/attachment/registrations?status=confirmed")
    assert [i["registration_id"] for i in only.json()["items"]] == [ids[0]]
    line = (await stage.operator.get("/courses/attachment/waitlist")).json()
    assert [i["registration_id"] for i in line["items"]] == [ids[2]]
    assert (await stage.public.get("/courses/attachment/registrations")).status_code == 401
    assert (await stage.operator.get("/courses/nowhere/waitlist")).status_code == 404
    odd = await stage.operator.get("/courses/attachment/registrations?status=asleep")
    assert odd.status_code == 422


async def test_those_of_some_ids_are_told_of_their_course_alone(stage: Stage):
    for course_id in ("attachment", "another"):
        await stage.publish(course_id)
    ada, bea, cleo = [
        (await stage.register(name)).json()["registration_id"] for name in ("Ada", "Bea", "Cleo")
    ]
    dora = (await stage.register("Dora", "another")).json()["registration_id"]
    path = "/courses/attachment/registrations"

    async def named(ids: str, **more: str) -> list[str]:
        answer = await stage.operator.get(path, params={"ids": ids, **more})
        assert answer.status_code == 200
        return [item["name"] for item in answer.json()["items"]]

    assert await named(f"{cleo},{ada},{ada},{dora},junk,") == ["Ada", "Cleo"]
    assert await named(f"{ada},{bea}", status="cancelled") == []
    assert await named("") == []
    first = (await stage.operator.get(path, params={"ids": f"{ada},{bea}", "limit": 1})).json()
    assert (first["items"][0]["name"], first["next"]) == ("Ada", ada)
    assert await named(f"{ada},{bea}", after=ada) == ["Bea"]
    for junk, status in (("\0", 400), ("x" * 8_001, 422)):
        assert (await stage.operator.get(path, params={"ids": junk})).status_code == status


async def test_how_many_are_in_each_state_is_counted(stage: Stage):
    await stage.publish(capacity=2)
    ids = [
        (await stage.register(name)).json()["registration_id"] for name in ("Ada", "Bea", "Cleo")
    ]
    await stage.hears(paid(ids[0]))
    path = "/courses/attachment/registrations/counts"
    counted = (await stage.operator.get(path)).json()
    assert counted == {"counts": {"confirmed": 1, "requested": 1, "waitlisted": 1}}
    assert (await stage.public.get(path)).status_code == 401
    assert (await stage.operator.get("/courses/nowhere/registrations/counts")).status_code == 404


async def test_every_disclosure_that_was_accepted_stays_in_the_history_with_its_time(stage: Stage):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    shown = await stage.shown(ada)
    assert shown["disclosure"] == {
        "accepted": "2020-09-01",
        "accepted_at": "2020-09-01T13:00:00Z",
        "current": "2020-09-01",
    }
    for day, version in (("02", "2020-09-02"), ("03", "2020-09-03")):
        await stage.publish(disclosure={"version": version, "text": "Another tie."})
        waiting = (await stage.shown(ada))["disclosure"]
        assert (waiting["current"], waiting["accepted"] < version) == (version, True)
        stage.clock.time = stage.clock.time.replace(day=int(day))
        body = {"disclosure_version": version}
        assert (await stage.act(stage.holder(ada), ada, "disclosure", body)).status_code == 200
    shown = await stage.shown(ada)
    assert shown["disclosure"]["accepted"] == shown["disclosure"]["current"] == "2020-09-03"
    assert [(h["at"], h["facts"]) for h in shown["history"] if h["act"] == "acknowledged"] == [
        ("2020-09-02T13:00:00Z", {"version": "2020-09-02", "former": "2020-09-01"}),
        ("2020-09-03T13:00:00Z", {"version": "2020-09-03", "former": "2020-09-02"}),
    ]
    # What each of them said is kept as well, with the version of the course.
    texts = await stage.fetch(
        "SELECT document->'disclosure'->>'version' AS version FROM course_versions ORDER BY version"
    )
    assert [row["version"] for row in texts] == ["2020-09-01", "2020-09-02", "2020-09-03"]
    # The one before can no longer be accepted.
    old = await stage.act(
        stage.holder(ada), ada, "disclosure", {"disclosure_version": "2020-09-02"}
    )
    assert old.json()["type"] == "/problems/disclosure-outdated"
    assert old.json()["current"] == "2020-09-03"


async def test_licences_are_a_list_each_once_and_staff_correct_them(stage: Stage):
    await stage.publish()
    new_york = {"profession": "counselor", "state": "ny", "number": "000123"}
    jersey = {"profession": "counselor", "state": "NJ", "number": "37PC"}
    person = {"name": "Ada", "email": "ada@x.example", "profession": "counselor"}
    given = [new_york, jersey, new_york | {"state": " NY"}, {"state": "", "number": " "}]
    made = await stage.register(attendee=person | {"licenses": given})
    ada = made.json()["registration_id"]
    assert (await stage.shown(ada))["attendee"]["licenses"] == [
        new_york | {"state": "NY"},
        jersey,
    ]
    fifty = [{"state": "NJ", "number": str(n)} for n in range(50)]
    corrected = await correct(stage.operator, ada, licenses=fifty)
    assert len(corrected.json()["licenses"]) == 50
    assert len((await stage.spoken())[-1][1]["licenses"]) == 50
    assert (await correct(stage.operator, ada, licenses=[*fifty, jersey])).status_code == 422
    odd = await correct(stage.operator, ada, licenses=[jersey, {"state": "Narnia"}])
    assert [error["pointer"] for error in odd.json()["errors"]] == ["/licenses/1/state"]
    assert (await correct(stage.holder(ada), ada, licenses=[])).status_code == 403
    assert (await correct(stage.operator, ada, licenses=[])).json()["licenses"] == []
