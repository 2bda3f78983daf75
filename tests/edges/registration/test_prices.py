"""Prices over HTTP: what is charged and said, codes that are counted, and what comes of offers."""

import asyncio
from typing import Any

import pytest

from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_groups import lines, order, ordered
from tests.rules.registration.course import course

EARLY = {"id": "early", "label": "early bird", "amount": "169.00", "when": {"until": "2020-09-10"}}
MEMBER = {"id": "member", "amount": 15900, "when": {"statement": "Your member number"}}
SPRING = {"id": "spring", "amount": 9900, "when": {"code": "SPRING-2020", "most": 1}}
TEAM = {"id": "team", "percent_off": 20, "when": {"at_least": 3}}
ALL = [EARLY, MEMBER, SPRING, TEAM]
BY_CODE = {"price": {"code": "spring 2020"}}
AFTER_EARLY = "2020-09-12T12:00:00Z"


async def charged(stage: Stage, name: str = "Ada", **more: Any) -> tuple[str, int]:
    answer = await stage.register(name, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["price_id"], answer.json()["price"]["amount"]


async def used(stage: Stage) -> int:
    return await stage.value("SELECT used FROM price_codes WHERE price_id = 'spring'")


async def test_early_bird_applies_by_itself_until_its_day_is_over(stage: Stage):
    await stage.publish(prices=ALL)
    assert await charged(stage) == ("early", 16900)
    [requested] = await stage.said("registration.requested")
    assert requested["price"]["amount"] == 16900
    assert (requested["price_id"], requested["price_label"]) == ("early", "early bird")
    await stage.go_to("2020-09-11T03:59:59Z")
    assert await charged(stage, "Bea") == ("early", 16900)
    await stage.go_to("2020-09-11T04:00:00Z")
    assert await charged(stage, "Cleo") == ("", 19900)


async def test_a_price_by_a_statement_is_asked_for_and_staff_see_what_was_stated(stage: Stage):
    await stage.publish(prices=ALL)
    asked = {"price": {"id": "member", "statement": "M-4711"}}
    assert await charged(stage, "Ada", **asked) == ("member", 15900)
    listed = (await stage.operator.get("/courses/attachment/registrations")).json()["items"]
    assert [(one["price_id"], one["statement"]) for one in listed] == [("member", "M-4711")]
    assert "M-4711" not in str(await stage.told())
    assert "M-4711" not in str(await stage.fetch("SELECT * FROM history"))


@pytest.mark.parametrize(
    ("price", "status", "slug", "pointer"),
    [
        ({"id": "nothing"}, 422, "price-unknown", "/price/id"),
        ({"id": "spring"}, 422, "price-unknown", "/price/id"),
        ({"id": "team"}, 422, "price-unknown", "/price/id"),
        ({"id": "member"}, 422, "price-unstated", "/price/statement"),
        ({"code": "WRONG"}, 409, "price-code-invalid", None),
        ({"code": ""}, 409, "price-code-invalid", None),
        ({"id": 7}, 422, "invalid", "/price/id"),
        ("cheap", 422, "invalid", "/price"),
    ],
)
async def test_a_price_that_is_not_given_is_refused_before_any_seat_is(
    stage: Stage, price: Any, status: int, slug: str, pointer: str | None
):
    await stage.publish(prices=ALL)
    refused = await stage.register(price=price)
    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{slug}")
    assert [e["pointer"] for e in refused.json()["errors"]] == ([pointer] if pointer else [])
    assert (await stage.seats())["held"] == 0
    assert await stage.count("registrations") == 0


async def test_a_code_and_an_id_whose_time_is_over_say_so(stage: Stage):
    code = SPRING | {"when": {"code": "SPRING-2020", "until": "2020-09-05"}}
    await stage.publish(prices=[EARLY, code])
    await stage.go_to(AFTER_EARLY)
    for price, slug in (
        ({"code": "SPRING2020"}, "price-code-expired"),
        ({"id": "early"}, "price-expired"),
    ):
        refused = await stage.register(price=price)
        assert (refused.status_code, refused.json()["type"]) == (409, f"/problems/{slug}")


async def test_a_code_is_good_for_as_many_as_it_says_under_any_concurrency(stage: Stage):
    await stage.publish(prices=[SPRING | {"when": {"code": "SPRING-2020", "most": 3}}])
    names = [f"P{n} Example" for n in range(8)]
    answers = await asyncio.gather(*[stage.register(name, **BY_CODE) for name in names])
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 5
    assert {a.json()["type"] for a in answers if a.status_code == 409} == {
        "/problems/price-code-used"
    }
    assert await used(stage) == 3


async def test_a_code_leaves_no_trace_in_public(stage: Stage):
    await stage.publish(prices=ALL)
    page = await stage.public.get("/courses/attachment")
    assert [p["price_id"] for p in page.json()["prices"]] == ["early", "member", "team"]
    [published] = await stage.said("course.published")
    assert [p["price_id"] for p in published["prices"]] == ["early", "member", "team"]
    kept = await stage.fetch("SELECT * FROM course_versions, courses")
    for where in (page.text, str(await stage.told()), str(kept)):
        assert "spring 2020" not in where.lower().replace("-", " ")
        assert "digest" not in where


async def test_a_hold_that_ends_or_is_cancelled_unpaid_gives_the_code_back(stage: Stage):
    await stage.publish(prices=ALL)
    await charged(stage, "Ada", **BY_CODE)
    assert await used(stage) == 1
    await stage.go_to("2020-09-01T13:30:00Z")
    assert await used(stage) == 0
    bea = (await stage.register("Bea", **BY_CODE)).json()["registration_id"]
    await stage.act(stage.holder(bea), bea, "cancel")
    assert await used(stage) == 0


async def test_a_code_that_was_paid_with_stays_used_whatever_comes(stage: Stage):
    await stage.publish(prices=ALL)
    ada = (await stage.register("Ada", **BY_CODE)).json()["registration_id"]
    await stage.hears(paid(ada))
    await stage.act(stage.holder(ada), ada, "cancel")
    assert await used(stage) == 1
    assert (await stage.register("Bea", **BY_CODE)).status_code == 409


async def test_who_pays_late_has_the_price_that_was_promised_and_the_code_is_used(stage: Stage):
    await stage.publish(prices=ALL)
    ada = (await stage.register("Ada", **BY_CODE)).json()["registration_id"]
    await stage.go_to("2020-09-01T13:30:00Z")
    await stage.hears(paid(ada))
    assert (await stage.shown(ada))["status"] == "confirmed"
    assert await used(stage) == 1


async def test_a_new_file_with_the_same_code_keeps_the_count_and_one_without_ends_it(stage: Stage):
    await stage.publish(prices=ALL)
    await charged(stage, "Ada", **BY_CODE)
    await stage.publish(prices=[*ALL[:2], SPRING | {"amount": 8900}])
    assert await used(stage) == 1
    await stage.publish(prices=ALL[:2])
    refused = await stage.register("Bea", **BY_CODE)
    assert refused.json()["type"] == "/problems/price-code-invalid"
    await stage.publish(prices=[SPRING | {"id": "may", "when": {"code": "MAY-20", "most": 1}}])
    assert await charged(stage, "Bea", price={"code": "may 20"}) == ("may", 9900)


async def test_another_text_of_a_code_is_not_another_use(stage: Stage):
    await stage.publish(prices=[SPRING])
    await charged(stage, "Ada", **BY_CODE)
    another = {"price": {"code": "another"}}
    await stage.publish(prices=[SPRING | {"when": {"code": "ANOTHER", "most": 1}}])
    refused = await stage.register("Bea", **another)
    assert refused.json()["type"] == "/problems/price-code-used"
    await stage.go_to("2020-09-01T13:30:00Z")  # Ada did not pay, so one may have it; but only one
    assert await charged(stage, "Bea", **another) == ("spring", 9900)
    assert (await stage.register("Cleo", **another)).status_code == 409
    assert (await stage.register("Cleo", **BY_CODE)).json()["type"].endswith("code-invalid")


async def test_a_code_whose_price_has_another_id_is_good_and_goes_on_counting(stage: Stage):
    await stage.publish(prices=[SPRING | {"when": {"code": "SPRING-2020", "most": 2}}])
    await charged(stage, "Ada", **BY_CODE)
    renamed = SPRING | {"id": "a-spring", "when": {"code": "SPRING-2020", "most": 2}}
    for price in (renamed, renamed | {"id": "z-spring"}):  # whichever of them is found first
        await stage.publish(prices=[price])
    assert await charged(stage, "Bea", **BY_CODE) == ("z-spring", 9900)
    refused = await stage.register("Cleo", **BY_CODE)
    assert refused.json()["type"] == "/problems/price-code-used"


async def test_an_offer_is_accepted_at_todays_price_of_the_kind_that_was_asked_for(stage: Stage):
    await stage.publish(prices=ALL, capacity=1)
    first = (await stage.register("Zoe")).json()["registration_id"]
    member = {"price": {"id": "member", "statement": "M-1"}}
    waiting = (await stage.register("Ada", **member)).json()
    assert (waiting["status"], waiting["price_id"]) == ("waitlisted", "member")
    dearer = [EARLY, MEMBER | {"amount": 17900}, SPRING, TEAM]
    await stage.publish(prices=dearer, capacity=1)
    await stage.act(stage.holder(first), first, "cancel")
    await stage.go_to("2020-09-02T12:00:00Z")
    ada = waiting["registration_id"]
    accept = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}}
    accepted = (await stage.act(stage.holder(ada), ada, "accept-offer", accept)).json()
    assert (accepted["price_id"], accepted["price"]["amount"]) == ("early", 16900)


async def test_a_code_used_up_meanwhile_surprises_nobody_with_another_price(stage: Stage):
    await stage.publish(prices=ALL, capacity=1)
    first = (await stage.register("Zoe", **BY_CODE)).json()["registration_id"]
    await stage.act(stage.holder(first), first, "cancel")
    await stage.register("Yan")
    waiting = (await stage.register("Ada", **BY_CODE)).json()["registration_id"]
    assert await used(stage) == 0
    await stage.publish(prices=ALL, capacity=3)
    await stage.fetch("UPDATE price_codes SET used = 1 RETURNING used")  # by somebody else
    accept = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}}
    refused = await stage.act(stage.holder(waiting), waiting, "accept-offer", accept)
    assert refused.json()["type"] == "/problems/price-code-used"
    assert (await stage.shown(waiting))["status"] == "offered"
    todays = await stage.act(stage.holder(waiting), waiting, "accept-offer", accept | {"price": {}})
    assert todays.json()["price_id"] == "early"


async def test_a_group_has_its_price_from_so_many_on_and_who_remains_keeps_it(stage: Stage):
    await stage.publish(prices=[TEAM])
    two = await ordered(stage, "Ada", "Bea")
    assert {one["price_id"] for one in two} == {""}
    three = await ordered(stage, "Cleo", "Dora", "Eve")
    assert {(one["price_id"], one["price"]["amount"]) for one in three} == {("team", 15920)}
    gone = three[0]["registration_id"]
    await stage.act(stage.operator, gone, "cancel")
    assert (await stage.shown(three[1]["registration_id"]))["price"]["amount"] == 15920


async def test_lines_that_are_refused_do_not_make_a_group(stage: Stage):
    await stage.publish(prices=[TEAM])
    outdated = lines("Cleo")[0] | {"disclosure_version": "2019-01-01"}
    answer = await order(stage, [*lines("Ada", "Bea"), outdated])
    assert [one.get("price_id") for one in answer.json()["results"]] == ["", "", None]


async def test_a_code_is_counted_within_one_order_too(stage: Stage):
    await stage.publish(prices=[SPRING])
    both = [one | BY_CODE for one in lines("Ada", "Bea")]
    first, second = (await order(stage, both)).json()["results"]
    assert first["price_id"] == "spring"
    assert second["problem"]["type"] == "/problems/price-code-used"
    assert await used(stage) == 1


async def test_a_price_unknown_in_a_line_points_into_the_line(stage: Stage):
    await stage.publish(prices=[SPRING])
    results = (
        await order(stage, [*lines("Ada"), lines("Bea")[0] | {"price": {"id": "none"}}])
    ).json()["results"]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/registrations/1/price/id"


async def test_faults_of_prices_are_told_with_those_of_the_rest(stage: Stage):
    file = course(prices=[EARLY | {"amount": 99999}], title=7)
    answer = await stage.operator.put("/courses/attachment", json=file)
    assert answer.status_code == 422
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert {"/prices/0/amount", "/title"} <= pointers


async def test_a_price_of_nothing_is_free(stage: Stage):
    await stage.publish(prices=[MEMBER | {"amount": 0}])
    asked = {"price": {"id": "member", "statement": "M-1"}}
    body = (await stage.register(**asked)).json()
    assert (body["status"], body["price"]["amount"]) == ("confirmed", 0)


async def test_who_waited_in_a_group_has_its_price_when_a_seat_is_free(stage: Stage):
    await stage.publish(prices=[TEAM], capacity=2)
    first, _, waiting = await ordered(stage, "Ada", "Bea", "Cleo")
    assert (waiting["status"], waiting["price_id"]) == ("waitlisted", "team")
    await stage.act(stage.operator, first["registration_id"], "cancel")
    accept = {"disclosure_version": "2020-09-01", "payment": {"method": "invoice"}}
    cleo = waiting["registration_id"]
    accepted = (await stage.act(stage.holder(cleo), cleo, "accept-offer", accept)).json()
    assert (accepted["price_id"], accepted["price"]["amount"]) == ("team", 15920)
    requested = (await stage.said("registration.requested"))[-1]
    assert (requested["price_id"], requested["group_id"]) == ("team", None)


async def test_an_accepted_offer_uses_its_code_and_states_anew_what_is_asked(stage: Stage):
    await stage.publish(prices=ALL, capacity=1)
    first = (await stage.register("Zoe")).json()["registration_id"]
    coded = (await stage.register("Ada", price={"code": "SPRING2020"})).json()["registration_id"]
    plain = (await stage.register("Bea")).json()["registration_id"]
    await stage.act(stage.holder(first), first, "cancel")
    accept = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}}
    taken = (await stage.act(stage.holder(coded), coded, "accept-offer", accept)).json()
    assert (taken["price_id"], await used(stage)) == ("spring", 1)
    await stage.act(stage.holder(coded), coded, "cancel")
    assert await used(stage) == 0
    member = accept | {"price": {"id": "member", "statement": "M-99"}}
    taken = (await stage.act(stage.holder(plain), plain, "accept-offer", member)).json()
    assert taken["price_id"] == "member"
    listed = (await stage.operator.get("/courses/attachment/registrations")).json()["items"]
    assert {one["statement"] for one in listed if one["registration_id"] == plain} == {"M-99"}
