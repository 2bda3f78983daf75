"""Texts: agreed to when registering or on one's page, taken back, said; never for another."""

from __future__ import annotations

from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.test_people import correct

HERS = {"phone": "(202) 555-0143", "sms_consent": "sms-1"}
AGREED = ("+12025550143", "sms-1", "2020-09-01T13:00:00Z")
NONE = ("", "", None)


def texts(person) -> tuple[str, str, str | None]:
    return person["phone"], person["sms_consent"], person["sms_consent_at"]


async def recorded(stage: Stage) -> list[tuple[str, str, str | None]]:
    said = [data for type_, data in await stage.spoken() if type_ == "person.recorded.v1"]
    return [texts(each) for each in said]


async def registered(stage: Stage, **said: str) -> str:
    await stage.publish()
    attendee = application()["attendee"] | said
    answer = await stage.register(attendee=attendee)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["registration_id"]
    return found


async def test_agreed_to_when_registering_and_taken_back_on_the_page(stage: Stage):
    ada = await registered(stage, **HERS)
    assert texts((await stage.shown(ada))["attendee"]) == AGREED
    await stage.go_to("2020-09-01T14:00:00Z")
    same = await correct(stage.holder(ada), ada, zone="Asia/Tokyo")
    assert texts(same.json()) == AGREED  # since then, whatever else changed
    gone = await correct(stage.holder(ada), ada, sms_consent="")
    assert texts(gone.json()) == NONE
    await stage.go_to("2020-09-01T15:00:00Z")
    again = await correct(stage.holder(ada), ada, phone="+16465550100", sms_consent="sms-1")
    assert texts(again.json()) == ("+16465550100", "sms-1", "2020-09-01T15:00:00Z")
    assert await recorded(stage) == [AGREED, AGREED, NONE, texts(again.json())]
    for kept in await stage.fetch("SELECT facts::text || why AS said FROM history"):
        assert "55501" not in kept["said"]


async def test_another_number_alone_is_not_agreed_to(stage: Stage):
    ada = await registered(stage, **HERS)
    wrong = await correct(stage.holder(ada), ada, phone="+16465550100")
    assert wrong.status_code == 422
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/sms_consent"]
    assert await recorded(stage) == [AGREED]


async def test_staff_can_stop_texts_and_not_agree_to_them(stage: Stage):
    ada = await registered(stage)
    refused = await correct(stage.operator, ada, **HERS)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/consent-not-theirs")
    assert await recorded(stage) == [NONE]
    assert (await correct(stage.holder(ada), ada, **HERS)).status_code == 200
    stopped = await correct(stage.operator, ada, phone="")
    assert texts(stopped.json()) == NONE
    assert "55501" not in str(await stage.audited("attendee.corrected"))


async def test_nobody_agrees_for_a_colleague_or_a_group(stage: Stage):
    ada = await registered(stage, **HERS)
    instead = {"attendee": application("Grace Hopper")["attendee"] | HERS}
    body = instead | {"disclosure_version": "2020-09-01"}
    refused = await stage.act(stage.holder(ada), ada, "substitute", body)
    assert refused.status_code == 422
    assert [e["pointer"] for e in refused.json()["errors"]] == ["/attendee/phone"]
    body["attendee"] = application("Grace Hopper")["attendee"]
    assert (await stage.act(stage.holder(ada), ada, "substitute", body)).status_code == 200
    assert texts((await stage.shown(ada))["attendee"]) == NONE  # hers, not Ada's
    line = application("Mary Somerville")
    line["attendee"] |= HERS
    line.pop("payment", None)
    group = {"organisation": "Clinic", "registrations": [line]}
    path = "/courses/attachment/registrations:batch"
    answer = await stage.operator.post(path, json=group, headers={"Idempotency-Key": "k" * 20})
    assert "/registrations/0/attendee/phone" in answer.text


async def test_what_is_no_number_is_told_so(stage: Stage):
    await stage.publish()
    attendee = application()["attendee"] | {"phone": "30 1234567", "sms_consent": "sms-1"}
    refused = await stage.register(attendee=attendee)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/attendee/phone"]
    assert "1234567" not in refused.text
