"""Post-tests: kept by staff, taken by learners, decided by each board."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from shared.contracts import reference
from tests.edges.certificates import facts
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    cancellation_settled,
    cancelled,
    completed,
    course,
    person,
    registered,
    settled,
    substituted,
    with_board,
)

WHO = "Gus Wold"
BANK = "/certificates/v1/courses/{}/post-test"
ITEMS = [
    {"item_id": "i1", "text": "What soothes?", "choices": ["Haste", "Attunement"], "right": 1},
    {"item_id": "i2", "text": "Who repairs?", "choices": ["Both", "One", "Nobody"], "right": 0},
    {"item_id": "i3", "text": "What lasts?", "choices": ["A rupture", "Trust"], "right": 1},
    {"item_id": "i4", "text": "What is secure?", "choices": ["A base", "A bond"], "right": 0},
]
RIGHT = {"i1": 1, "i2": 0, "i3": 1, "i4": 0}
ONE_WRONG = RIGHT | {"i4": 1}  # 75 %
TWO_WRONG = ONE_WRONG | {"i3": 0}  # 50 %
TEST = {"version": 1, "pass_percent": 80, "attempts": 3}


def path_of(who: str) -> str:
    return f"/certificates/v1/registrations/{about(who)['registration_id']}/post-test"


async def put(world: Any, version: int = 1, items: Any = ITEMS) -> Any:
    body = {"version": version, "items": items}
    return await world.http.put(BANK.format(reference.COURSE_ID), json=body)


async def takes(world: Any, answers: Any, who: str = WHO, version: int = 1, key: str = "") -> Any:
    return await world.post(path_of(who), {"version": version, "answers": answers}, who, key)


async def stands(world: Any, who: str = WHO) -> Any:
    answer = await world.learner(who).get(path_of(who))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def over(world: Any, *boards: Any, who: str = WHO, profession: str = "nurse") -> None:
    """A learner at the end of the course, whose evaluation is in."""
    await world.hears(course(boards=boards[0]), person(who, profession), *registered(who))
    await world.hears(*attended(who), *all_completed())
    assert (await put(world)).status_code == 201
    await world.swept()
    await world.evaluates(who)


async def test_an_attempt_that_passes_gives_the_certificate_and_no_answer_is_kept(world):
    await over(world, with_board("ANCC", post_test=TEST))
    withheld = (await world.said("award.withheld"))[-1]
    assert [u["condition"] for u in withheld["unmet"]] == ["post_test"]
    shown = await stands(world)
    assert shown["items"][1] == {
        "item_id": "i2",
        "text": "Who repairs?",
        "choices": ["Both", "One", "Nobody"],
    }
    assert (shown["version"], shown["pass_percent"], shown["attempts_left"]) == (1, 80, 3)
    assert (shown["passed"], shown["best_percent"]) == (False, None)
    first = await takes(world, ONE_WRONG)
    assert (first.status_code, first.json()["percent"]) == (201, 75)
    assert (first.json()["passed"], first.json()["attempts_left"]) == (False, 2)
    assert (await world.shown(WHO))["post_test"] == {
        "needed": True,
        "passed": False,
        "attempts_left": 2,
        "open": True,
        "opens_at": None,
    }
    second = await takes(world, RIGHT)
    assert (second.json()["percent"], second.json()["passed"]) == (100, True)
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["credits"]) == ("ANCC", "8.0")
    rows = await world.rows("SELECT percent, correct, items, passed FROM attempts ORDER BY percent")
    assert rows == [
        {"percent": 75, "correct": 3, "items": 4, "passed": []},
        {"percent": 100, "correct": 4, "items": 4, "passed": ["ANCC"]},
    ]
    again = await takes(world, RIGHT)
    assert (again.status_code, again.json()["detail"]) == (409, "You have passed it.")
    assert (await stands(world))["items"] == []


async def test_what_is_right_is_told_to_no_learner_and_by_no_event(world):
    await over(world, with_board("ANCC", post_test=TEST))
    answer = await world.learner(WHO).get(path_of(WHO))
    assert "right" not in answer.text
    assert (await world.learner(WHO).get(BANK.format(reference.COURSE_ID))).status_code == 403
    told = (await takes(world, ONE_WRONG)).text + str(await world.said())
    assert "i4" not in told
    assert "Attunement" not in told
    assert (await world.http.get(BANK.format(reference.COURSE_ID))).json()["items"] == ITEMS


async def test_used_up_attempts_are_told_and_no_more_is_taken(world):
    await over(world, with_board("ANCC", post_test=TEST | {"attempts": 1}))
    assert (await takes(world, TWO_WRONG)).json()["attempts_left"] == 0
    late = await takes(world, RIGHT)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/post-test-closed")
    assert (
        late.json()["detail"]
        == "All attempts are used, and that was not enough. Write to the provider."
    )
    assert await world.count("attempts") == 1
    [ancc] = [a for a in (await world.shown(WHO))["awards"] if a["board"] == "ANCC"]
    assert ancc["unmet"] == [
        {
            "condition": "post_test",
            "detail": "ANCC asks for 80% in the post-test. The one attempt is used, and that was "
            "not reached. Write to the provider.",
        }
    ]


async def test_each_board_has_its_own_mark_and_its_own_attempts(world):
    boards = with_board("NBCC", post_test=TEST | {"pass_percent": 70, "attempts": 1})
    boards = [
        one | {"post_test": TEST, "states": None} if one["board"] == "STATE" else one
        for one in boards
    ]
    await over(world, boards, profession="counselor")
    shown = await stands(world)
    assert (shown["pass_percent"], shown["attempts_left"]) == (80, 3)
    assert (await takes(world, ONE_WRONG)).json()["boards"] == [
        {"board": "NBCC", "version": 1, "pass_percent": 70, "passed": True, "attempts_left": 0},
        {"board": "STATE", "version": 1, "pass_percent": 80, "passed": False, "attempts_left": 2},
    ]
    await world.rests()
    assert [one["board"] for one in await world.said("certificate.issued")] == ["NBCC"]
    await takes(world, RIGHT)
    await world.rests()
    assert [one["board"] for one in await world.said("certificate.issued")] == ["NBCC", "STATE"]


ONCE, THRICE = TEST | {"attempts": 1}, TEST
COUNSELORS = [
    one | {"post_test": ONCE}
    if one["board"] == "NBCC"
    else one | {"post_test": THRICE, "states": None}
    if one["board"] == "STATE"
    else one
    for one in facts.BOARDS
]


def boards_of(answer: Any) -> dict[str, tuple[bool, int | None]]:
    return {one["board"]: (one["passed"], one["attempts_left"]) for one in answer.json()["boards"]}


async def test_what_was_reached_after_a_boards_last_attempt_is_not_reached_for_it(world):
    await over(world, COUNSELORS, profession="counselor")
    first = await takes(world, TWO_WRONG)
    assert boards_of(first) == {"NBCC": (False, 0), "STATE": (False, 2)}
    second = await takes(world, RIGHT)
    assert boards_of(second) == {"NBCC": (False, 0), "STATE": (True, 1)}
    assert (second.json()["passed"], second.json()["attempts_left"]) == (False, 0)
    third = await takes(world, RIGHT)
    assert (
        third.json()["detail"]
        == "All attempts are used, and that was not enough. Write to the provider."
    )
    await world.rests()
    assert [one["board"] for one in await world.said("certificate.issued")] == ["STATE"]
    kept = await world.rows("SELECT passed FROM attempts ORDER BY percent")
    assert kept == [{"passed": []}, {"passed": ["STATE"]}]
    # Allowed more by a later word of its board, it counts after all.
    await world.hears(
        course(
            version=2,
            boards=[
                one | {"post_test": TEST} if one.get("post_test") else one for one in COUNSELORS
            ],
        )
    )
    assert (await stands(world))["passed"] is True


async def test_who_declines_a_board_uses_up_its_attempts_nonetheless(world):
    await over(world, COUNSELORS, profession="counselor")
    declines = path_of(WHO).replace("post-test", "declines")
    assert (await world.post(declines, {"board": "NBCC", "declined": True}, WHO)).status_code == 200
    assert boards_of(await takes(world, TWO_WRONG)) == {"STATE": (False, 2)}
    assert boards_of(await takes(world, RIGHT)) == {"STATE": (True, 1)}
    back = await world.post(declines, {"board": "NBCC", "declined": False}, WHO)
    assert [one["condition"] for one in back.json()["unmet"]] == ["post_test"]
    shown = await stands(world)
    assert (shown["passed"], shown["attempts_left"], shown["open"]) == (False, 0, False)


async def test_the_same_attempt_sent_twice_counts_once(world):
    await over(world, with_board("ANCC", post_test=TEST))
    first = await takes(world, TWO_WRONG, key="k")
    again = await takes(world, TWO_WRONG, key="k")
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (await stands(world))["attempts_left"] == 2


async def test_it_opens_when_the_sessions_it_is_about_are_over(world):
    world.clock.time = world.clock.time.fromisoformat("2020-11-09T21:30:00+00:00")
    await world.hears(course(boards=with_board("ANCC", post_test=TEST)), person(WHO, "nurse"))
    await world.hears(*registered(WHO), settled(WHO, "s1"), settled(WHO, "s2"), settled(WHO, "s3"))
    await world.hears(completed("s1"), completed("s2"), completed("s3"))
    await put(world)
    early = await takes(world, RIGHT)
    assert (early.status_code, early.json()["detail"]) == (
        409,
        "The post-test opens when the sessions it is about are over.",
    )
    shown = await stands(world)
    assert (shown["open"], shown["items"], shown["opens_at"]) == (False, [], "2020-11-09T23:00:00Z")
    block = (await world.shown(WHO))["post_test"]
    assert (block["open"], block["opens_at"]) == (False, "2020-11-09T23:00:00Z")
    world.clock.time = world.clock.time.fromisoformat("2020-11-09T23:00:00+00:00")
    assert (await stands(world))["opens_at"] is None
    assert (await takes(world, RIGHT)).status_code == 201, "its end has passed"


async def test_who_has_left_is_told_that_it_cannot_be_taken_any_more_and_lacks_no_test(world):
    await world.hears(course(boards=with_board("ANCC", post_test=TEST)), person(WHO, "nurse"))
    await world.hears(*registered(WHO), *attended(WHO), *all_completed())
    await put(world)
    await world.hears(cancelled(WHO, "2020-10-01T00:00:00Z"), cancellation_settled(WHO, "refund"))
    late = await takes(world, RIGHT)
    gone = "The registration was cancelled, so there is no award."
    assert late.status_code == 409
    assert late.json()["detail"] == f"The post-test can't be taken any more. {gone}"
    shown = await world.shown(WHO)
    [ancc] = [one for one in shown["awards"] if one["board"] == "ANCC"]
    assert [one["condition"] for one in ancc["unmet"]] == ["not_cancelled"]
    assert (shown["post_test"]["open"], shown["post_test"]["opens_at"]) == (False, None)
    assert shown["evaluation"] is None


async def test_a_test_for_recorded_sessions_is_not_asked_of_whoever_came_to_live_ones_only(world):
    sessions = [
        one | ({"delivery": "recorded"} if one["session_id"] == "s4" else {})
        for one in reference.SESSIONS
    ]
    boards = with_board("ANCC", formats=["mixed"], post_test=TEST | {"formats": ["recorded"]})
    await world.hears(course(boards=boards, sessions=sessions, delivery="mixed"))
    for who, last in ((WHO, 0), ("Cy Stone", 7200)):
        await world.hears(person(who, "nurse"), *registered(who))
        await world.hears(*attended(who, 7200, 7200, 7200, last))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.evaluates("Cy Stone")
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["registration_id"], issued["credits"]) == (about(WHO)["registration_id"], "6.0")
    assert (await world.shown(WHO))["post_test"] is None
    assert (await world.learner(WHO).get(path_of(WHO))).status_code == 404
    assert (await world.shown("Cy Stone"))["post_test"]["needed"] is True


async def test_a_certificate_tells_of_the_test_only_to_who_had_to_take_it(world, blank_pages):
    sessions = [
        one | ({"delivery": "recorded"} if one["session_id"] == "s4" else {})
        for one in reference.SESSIONS
    ]
    boards = with_board("ANCC", formats=["mixed"], post_test=TEST | {"formats": ["recorded"]})
    await world.hears(course(boards=boards, sessions=sessions, delivery="mixed"))
    for who, last in ((WHO, 0), ("Cy Stone", 7200)):
        await world.hears(person(who, "nurse"), *registered(who))
        await world.hears(*attended(who, 7200, 7200, 7200, last))
    await world.hears(*all_completed())
    await put(world)
    await world.swept()
    for who in (WHO, "Cy Stone"):
        await world.evaluates(who)
    await takes(world, RIGHT, "Cy Stone")
    await world.rests()
    said = await world.rows(
        "SELECT page->>'required' AS page, split_part(credential->'credentialSubject'"
        "->'achievement'->'criteria'->>'narrative', '.', 1) AS signed FROM documents ORDER BY length(page->>'required')"
    )
    assert said == [
        {
            "page": "Attendance; course evaluation",
            "signed": "Required and fulfilled: Attendance; course evaluation",
        },
        {
            "page": "Attendance; course evaluation; post-test",
            "signed": "Required and fulfilled: Attendance; course evaluation; post-test",
        },
    ]


async def test_a_version_that_was_taken_is_never_changed_and_a_new_one_undoes_no_pass(world):
    await over(world, with_board("ANCC", post_test=TEST))
    assert (await put(world)).status_code == 200, "the same again"
    assert (await put(world, items=ITEMS[:2])).status_code == 200, "nobody has taken it yet"
    await takes(world, {"i1": 1, "i2": 0})
    await world.rests()
    changed = await put(world)
    assert (changed.status_code, changed.json()["type"]) == (409, "/problems/post-test-answered")
    assert (await put(world, items=ITEMS[:2])).status_code == 200, "as it is, it may be put again"
    assert (await put(world, version=2)).status_code == 201
    await world.hears(course(version=2, boards=with_board("ANCC", post_test=TEST | {"version": 2})))
    await world.rests()
    assert (await world.shown(WHO))["post_test"]["passed"] is True
    assert await world.said("task.opened", "certificate.superseded") == []


async def test_a_new_version_gives_new_attempts_and_an_old_page_is_told(world):
    await over(world, with_board("ANCC", post_test=TEST | {"attempts": 1}))
    await takes(world, TWO_WRONG)
    await put(world, version=2)
    test = TEST | {"version": 2, "attempts": 1}
    await world.hears(course(version=2, boards=with_board("ANCC", post_test=test)))
    old = await takes(world, RIGHT)
    assert (old.status_code, old.json()["version"]) == (409, 2)
    assert old.json()["type"] == "/problems/post-test-outdated"
    assert (await takes(world, RIGHT, version=2)).json()["passed"] is True


@pytest.mark.parametrize(
    ("answers", "pointers"),
    [
        ({"i1": 1, "i2": 0, "i3": 1}, ["/answers/i4"]),
        (RIGHT | {"i2": 3}, ["/answers/i2"]),
        (RIGHT | {"i2": -1}, ["/answers/i2"]),
        (RIGHT | {"x/y": 0}, ["/answers/x~1y"]),
        ({}, ["/answers/i1", "/answers/i2", "/answers/i3", "/answers/i4"]),
    ],
)
async def test_answers_that_do_not_fit_are_refused_with_every_fault_and_are_no_attempt(
    world, answers, pointers
):
    await over(world, with_board("ANCC", post_test=TEST))
    answer = await takes(world, answers)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == pointers
    assert (await stands(world))["attempts_left"] == 3


async def test_a_bank_with_faults_is_refused_with_all_of_them(world):
    await world.hears(course())
    items = [
        ITEMS[0] | {"right": 2},
        ITEMS[0] | {"choices": ["One"], "right": 0},
        ITEMS[1] | {"choices": ["Both", " Both"], "right": 0},
    ]
    answer = await put(world, items=items)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [
        "/items/0/right",
        "/items/1/item_id",
        "/items/1/choices",
        "/items/2/choices",
    ]
    assert (await put(world, items=[])).json()["errors"][0]["pointer"] == "/items"
    unknown = await world.http.put(BANK.format("no-such"), json={"version": 1, "items": ITEMS})
    assert unknown.status_code == 404


async def test_without_its_items_there_is_no_test_yet_and_where_none_is_asked_for_none_at_all(
    world,
):
    await world.hears(course(boards=with_board("ANCC", post_test=TEST)), person(WHO, "nurse"))
    await world.hears(*registered(WHO), *attended(WHO), *all_completed())
    missing = await world.learner(WHO).get(path_of(WHO))
    assert missing.status_code == 404
    assert missing.json()["detail"].startswith("The provider has not put the test in place yet.")
    assert (await takes(world, RIGHT)).status_code == 404
    assert await world.count("attempts") == 0


async def test_staff_are_asked_for_a_test_that_a_board_wants_and_nobody_has_written(world):
    two = {"version": 2, "pass_percent": 80, "attempts": None}
    boards = [
        one | {"post_test": {"ANCC": TEST, "APA": two}.get(one["board"])} for one in facts.BOARDS
    ]
    await world.hears(course(boards=boards))
    await world.rests()
    asked = await world.said("task.opened")
    assert [(one["kind"], one["about"]["version"]) for one in asked] == [
        ("post-test-missing", "1"),
        ("post-test-missing", "2"),
    ]
    assert asked[0]["due_at"] == "2020-11-09T23:00:00Z"
    await put(world)
    assert [one["outcome"] for one in await world.said("task.closed")] == ["put in place"]
    await world.hears(course(version=2, boards=with_board("ANCC", post_test=TEST)))
    await world.rests()
    assert [one["outcome"] for one in await world.said("task.closed")][1:] == ["not asked for"]
    assert len(await world.said("task.opened")) == 2


async def test_who_is_substituted_takes_no_test_along(world):
    await over(world, with_board("ANCC", post_test=TEST | {"attempts": 1}))
    await takes(world, RIGHT)
    await world.hears(person("Ivy Ash", "nurse"), substituted(WHO, by="Ivy Ash"))
    shown = (await world.http.get(path_of(WHO))).json()
    assert (shown["passed"], shown["attempts_left"]) == (False, 1)


async def test_nobody_is_judged_by_other_items_than_they_read(world):
    await over(world, with_board("ANCC", post_test=TEST | {"attempts": 1}))
    read = (await stands(world))["digest"]
    turned = [
        one | {"choices": one["choices"][::-1], "right": len(one["choices"]) - 1 - one["right"]}
        for one in ITEMS
    ]
    assert (await put(world, items=turned)).status_code == 200
    body = {"version": 1, "answers": RIGHT, "digest": read}
    old = await world.post(path_of(WHO), body, WHO)
    assert (old.status_code, old.json()["type"]) == (409, "/problems/post-test-outdated")
    now = await stands(world)
    assert (now["attempts_left"], now["digest"] == read) == (1, False)
    # Which choice is right can be put right while somebody reads.
    assert (await put(world, items=[turned[0] | {"right": 1}, *turned[1:]])).status_code == 200
    assert (await stands(world))["digest"] == now["digest"]
    body = {"version": 1, "answers": {"i1": 1, "i2": 2, "i3": 0, "i4": 1}, "digest": now["digest"]}
    assert (await world.post(path_of(WHO), body, WHO)).json()["percent"] == 100


async def test_who_was_erased_takes_no_test(world):
    await over(world, with_board("ANCC", post_test=TEST))
    await world.forgets(WHO)
    answer = await takes(world, TWO_WRONG)
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/holder-erased")
    assert await world.count("attempts") == 0


async def test_an_attempt_is_evidence_that_nobody_changes(world):
    await over(world, with_board("ANCC", post_test=TEST))
    await takes(world, TWO_WRONG)
    with pytest.raises(Exception, match=r"denied|append-only"):
        await world.rows("UPDATE attempts SET percent = 100 RETURNING attempt_id")
    with pytest.raises(Exception, match="append-only"):
        await world.rows("DELETE FROM attempts RETURNING attempt_id")
    answer = await world.http.post(path_of(WHO), json={"version": 1, "answers": RIGHT}, headers={})
    assert answer.json()["type"] == "/problems/idempotency-key-required"
    assert uuid.UUID((await world.rows("SELECT attempt_id FROM attempts"))[0]["attempt_id"])
