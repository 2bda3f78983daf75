"""A course that asks for a certificate of another one (domain.md §4)."""

from typing import Any

import pytest

from shared.contracts.partners import PartnerRegistrationSubmitted
from shared.runtime.tokens import PERSONAL, mint
from tests.edges.registration.conftest import SECRET, Stage, application
from tests.edges.registration.happenings import issued, made, paid, revoked

NUMBER = "2020-QELS-ARCG-G555"


async def certified(stage: Stage, name: str = "Ada Lovelace", number: str = NUMBER) -> str:
    """Somebody who holds a certificate of `basics`; the course `attachment` asks for one."""
    await stage.publish("basics")
    registration_id = (await stage.register(name, "basics")).json()["registration_id"]
    certificate = {"course_id": "basics", "number": number}
    await stage.hears(issued(registration_id, f"cert-of-{registration_id}", **certificate))
    await stage.publish(prerequisites=["basics"])
    return registration_id


def link(registration_id: str, version: int = 1) -> str:
    return mint(SECRET, PERSONAL, registration_id, version)


async def missing(answer: Any) -> list[str]:
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/prerequisite-missing")
    return [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("written", [NUMBER, "2020 qels arcg g555", "2020qelsarcgg555"])
async def test_a_number_shows_it_however_it_is_written(stage: Stage, written):
    await certified(stage)
    answer = await stage.register(prerequisites=[written])
    assert answer.status_code == 201
    [kept] = await stage.fetch("SELECT * FROM prerequisites_met")
    assert (kept["course_id"], kept["registration_id"]) == (
        "basics",
        answer.json()["registration_id"],
    )
    assert kept["certificate_id"].startswith("cert-of-")


async def test_a_personal_link_shows_it_and_a_dead_or_forged_one_does_not(stage: Stage):
    ada = await certified(stage)
    other = application("Somebody Else")["attendee"]
    for shown in (link(ada, 2), link("nobody"), f"1.t{ada}.x", "", "🎓", "2020"):
        answer = await stage.register(attendee=other, prerequisites=[shown])
        assert await missing(answer) == ["/prerequisites/0"]
    page = f"http://front.test/r/{link(ada)}"
    for name, shown in (("One", link(ada)), ("Two", page)):
        answer = await stage.register(name, prerequisites=[shown])
        assert answer.status_code == 201


async def test_a_colleague_s_number_is_worth_nothing(stage: Stage):
    await certified(stage, "Ada Lovelace")
    bea = await stage.register("Bea Shaw", prerequisites=[NUMBER])
    assert await missing(bea) == ["/prerequisites/0"]
    assert "Ada" not in bea.text
    married = {"name": "Ada King", "email": "ADA@learners.example"}
    assert (await stage.register(attendee=married, prerequisites=[NUMBER])).status_code == 201
    moved = {"name": "ada  LOVELACE", "email": "ada@work.example"}
    assert (await stage.register(attendee=moved, prerequisites=[NUMBER])).status_code == 201


async def test_what_lacks_is_named_with_what_to_do(stage: Stage):
    await certified(stage)
    await stage.publish(prerequisites=["basics", "tutors"])
    answer = await stage.register(prerequisites=[NUMBER])
    assert await missing(answer) == ["/prerequisites"]
    assert answer.json()["missing"] == ["tutors"]
    assert answer.json()["detail"].startswith("A certificate of tutors is needed.")
    assert await stage.seats() == {
        "capacity": 500, "sold": 0, "held": 0, "offered": 0, "waiting": 0,
    }  # fmt: skip


async def test_a_certificate_that_is_heard_of_later_counts_at_the_next_try(stage: Stage):
    await stage.publish("basics")
    ada = (await stage.register(course_id="basics")).json()["registration_id"]
    await stage.publish(prerequisites=["basics"])
    assert await missing(await stage.register(prerequisites=[NUMBER])) == ["/prerequisites/0"]
    await stage.hears(issued(ada, course_id="basics", number=NUMBER))
    assert (await stage.register(prerequisites=[NUMBER])).status_code == 201


async def test_a_certificate_heard_before_its_course_is_as_good(stage: Stage):
    await stage.publish(prerequisites=["older"])
    await stage.publish("basics")
    ada = (await stage.register(course_id="basics")).json()["registration_id"]
    await stage.hears(issued(ada, course_id="older", number=NUMBER))
    assert (await stage.register(prerequisites=[NUMBER])).status_code == 201


async def test_a_revoked_one_opens_nothing_but_unmakes_nothing(stage: Stage):
    ada = await certified(stage)
    first = (await stage.register(prerequisites=[NUMBER])).json()["registration_id"]
    await stage.hears(revoked(ada, f"cert-of-{ada}"))
    assert (await stage.shown(first))["status"] == "requested"
    other = application("Ada Again")["attendee"] | {"email": "ada@learners.example"}
    assert await missing(await stage.register(attendee=other, prerequisites=[NUMBER])) == [
        "/prerequisites/0"
    ]
    assert await missing(await stage.register(attendee=other, prerequisites=[link(ada)])) == [
        "/prerequisites/0"
    ]


async def test_of_a_superseded_one_the_new_number_counts(stage: Stage):
    ada = await certified(stage)
    new = issued(ada, "cert-new", course_id="basics", number="2020-AAAA-BBBB-CCC9",
                 supersedes=f"cert-of-{ada}")  # fmt: skip
    await stage.hears(new)
    assert await missing(await stage.register(prerequisites=[NUMBER])) == ["/prerequisites/0"]
    answer = await stage.register(prerequisites=["2020-AAAA-BBBB-CCC9"])
    assert answer.status_code == 201


async def test_an_operator_does_without_and_the_words_are_kept_apart(stage: Stage):
    await stage.publish(prerequisites=["basics"])
    body = {"waive_prerequisites": "Trained with Dr Moss in 1999."}
    stranger = await stage.register(**body)
    assert (stranger.status_code, stranger.json()["type"]) == (422, "/problems/operator-only")
    answer = await stage.register(client=stage.operator, **body)
    assert answer.status_code == 201
    ada = answer.json()["registration_id"]
    shown = await stage.shown(ada)
    [entry] = [e for e in shown["history"] if e["act"] == "prerequisites-waived"]
    assert (entry["by"], entry["why"], entry["facts"]) == (
        "operator",
        "waived",
        {"course_ids": ["basics"]},
    )
    assert entry["words"] == {"waiver": "Trained with Dr Moss in 1999."}
    mine = (await stage.holder(ada).get(f"/registrations/{ada}")).json()
    assert "Moss" not in str(mine)
    assert "Moss" not in str(await stage.spoken())
    [done] = await stage.audited("prerequisites.waived")
    assert (done["by"], done["about"], done["why"]) == ("operator", f"{ada} basics", "waived")
    expected = [{"course_id": "basics", "met": "waived"}]
    assert [{k: p[k] for k in ("course_id", "met")} for p in shown["prerequisites"]] == expected


async def test_a_substitute_shows_their_own(stage: Stage):
    ada = await certified(stage)
    mine = (await stage.register(prerequisites=[link(ada)])).json()["registration_id"]
    await stage.hears(paid(mine))
    body = {
        "attendee": application("Bea Shaw")["attendee"],
        "disclosure_version": "2020-09-01",
        "prerequisites": [NUMBER],
    }
    refused = await stage.act(stage.holder(mine), mine, "substitute", body)
    assert await missing(refused) == ["/prerequisites/0"]
    bea = (await stage.register("Bea Shaw", "basics")).json()["registration_id"]
    await stage.hears(issued(bea, "cert-bea", course_id="basics", number="2020-AAAA-BBBB-CCC9"))
    answer = await stage.act(
        stage.holder(mine), mine, "substitute", body | {"prerequisites": ["2020AAAABBBBCCC9"]}
    )
    assert answer.status_code == 200
    assert len((await stage.shown(mine))["prerequisites"]) == 1


async def test_who_waited_is_asked_again_only_for_what_was_not_shown(stage: Stage):
    ada = await certified(stage)
    await stage.publish(prerequisites=["basics"], capacity=1)
    first = (await stage.register("Bea", client=stage.operator, waive_prerequisites="x")).json()
    mine = (await stage.register(prerequisites=[NUMBER])).json()
    assert mine["status"] == "waitlisted"
    await stage.hears(revoked(ada, f"cert-of-{ada}"))
    await stage.publish(prerequisites=["basics", "ethics"], capacity=1)
    await stage.act(stage.operator, first["registration_id"], "cancel")
    me, client = mine["registration_id"], stage.holder(mine["registration_id"])
    body = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}}
    refused = await stage.act(client, me, "accept-offer", body)
    assert refused.json()["missing"] == ["ethics"]
    other = (await stage.register("Ada Lovelace", "basics")).json()["registration_id"]
    await stage.hears(issued(other, "cert-e", course_id="ethics", number="2020-AAAA-BBBB-CCC9"))
    body["prerequisites"] = ["2020-AAAA-BBBB-CCC9"]
    assert (await stage.act(client, me, "accept-offer", body)).json()["status"] == "requested"


async def test_a_partner_s_item_is_answered_and_a_number_lets_it_in(stage: Stage):
    await certified(stage)
    attendee = {"name": "Ada Lovelace", "email": "ada@learners.example"}
    item = {"course_id": "attachment", "attendee": attendee}
    await stage.hears(
        made(PartnerRegistrationSubmitted, item_id="bare", **item),
        made(PartnerRegistrationSubmitted, item_id="shown", prerequisites=[NUMBER], **item),
    )
    said = [(t, d) for t, d in await stage.spoken() if d.get("partner")]
    assert [(type_, data["partner"]["item_id"]) for type_, data in said] == [
        ("registration.refused.v1", "bare"),
        ("registration.requested.v1", "shown"),
    ]
    assert (said[0][1]["reason"], said[0][1]["fields"]) == (
        "prerequisite-missing",
        ["/prerequisites"],
    )


async def test_a_course_that_asks_for_nothing_looks_at_nothing(stage: Stage):
    await stage.publish()
    answer = await stage.register(prerequisites=["whatever"])
    assert answer.status_code == 201
    many = await stage.register("Bea", prerequisites=["x"] * 21)
    assert many.status_code == 422


async def test_each_of_a_group_shows_their_own(stage: Stage):
    await certified(stage)
    ada, bea, cleo = (application(name) for name in ("Ada Lovelace", "Bea Shaw", "Cleo Park"))
    lines = [
        ada | {"prerequisites": [NUMBER]},
        bea | {"prerequisites": [NUMBER]},
        cleo | {"waive_prerequisites": "She wrote the book."},
    ]
    answer = await stage.operator.post(
        "/courses/attachment/registrations:batch",
        json={"payment": {"method": "card"}, "registrations": lines},
        headers={"Idempotency-Key": "group"},
    )
    results = answer.json()["results"]
    assert [line["status"] for line in results] == ["accepted", "refused", "accepted"]
    problem = results[1]["problem"]
    assert (problem["type"], [error["pointer"] for error in problem["errors"]]) == (
        "/problems/prerequisite-missing",
        ["/registrations/1/prerequisites/0"],
    )
