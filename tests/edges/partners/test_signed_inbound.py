"""A partner's requests, signed: with which secret, when, and how a repetition is answered."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import httpx

from services.partners.domain.signing import headers_of
from shared.runtime.clock import wall
from shared.runtime.service import Service
from tests.edges.partners.conftest import audited, client, said
from tests.edges.partners.test_inbound import REGISTRATION, institute, send  # noqa: F401
from tests.rules.partners.test_signed import FOREIGN

PATH = "/partners/v1/partners/ibh/inbound"


async def made(operator: httpx.AsyncClient) -> str:
    answer = await operator.post(f"{PATH}/secret")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["secret"])


def raw(secret: str) -> bytes:
    return b64decode(secret.removeprefix("whsec_"))


async def signed(
    own: httpx.AsyncClient, secret: bytes, *items: Any, key: str = "part-1", ago: int = 0
) -> httpx.Response:
    body = json.dumps({"items": list(items)}).encode()
    at = int(wall().timestamp()) - ago
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    headers |= dict(headers_of([secret], key, at, body))
    return await own.post("/partners/v1/inbound", content=body, headers=headers)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def required(operator: httpx.AsyncClient) -> bytes:
    secret = raw(await made(operator))
    answer = await operator.patch(PATH, json={"signed": True})
    assert answer.status_code == 200, answer.text
    return secret


async def test_a_signed_request_is_taken_and_one_that_is_not_is_refused_once_that_is_asked_for(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    secret = raw(await made(operator))
    assert (await signed(institute, secret, REGISTRATION)).status_code == 200
    plain = await send(institute, {**REGISTRATION, "id": "plain"}, key="plain")
    assert plain.status_code == 200, "not asked for yet"
    assert (await operator.patch(PATH, json={"signed": True})).json()["signed"] is True
    bare = await send(institute, {**REGISTRATION, "id": "bare"}, key="bare")
    assert refused(bare) == (401, "signature-missing")
    [line] = (await signed(institute, secret, REGISTRATION, key="part-2")).json()["results"]
    assert line["status"] == "duplicate"
    named = await send(operator, {**REGISTRATION, "id": "op"}, key="op", partner_id="ibh")
    assert named.json()["results"][0]["status"] == "accepted", "an operator has a key of its own"
    assert [event["item_id"] for _, event in await said(partners)] == ["cohort-7/31", "plain", "op"]


async def test_what_was_heard_by_others_and_sent_again_has_no_effect(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    secret = await required(operator)
    body = json.dumps({"items": [REGISTRATION]}).encode()
    headers = {"Idempotency-Key": "part-1", "Content-Type": "application/json"}
    headers |= dict(headers_of([secret], "part-1", int(wall().timestamp()), body))
    first = await institute.post("/partners/v1/inbound", content=body, headers=headers)
    again = await institute.post("/partners/v1/inbound", content=body, headers=headers)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    under_another = headers | {"Idempotency-Key": "part-2"}
    other = await institute.post("/partners/v1/inbound", content=body, headers=under_another)
    assert refused(other) == (401, "signature-id")
    changed = body.replace(b"Ada", b"Eve")
    forged = await institute.post("/partners/v1/inbound", content=changed, headers=headers)
    assert refused(forged) == (401, "signature-wrong")
    assert len(await said(partners)) == 1


async def test_a_refused_signature_says_which_and_a_mended_one_is_taken(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    early = await signed(institute, FOREIGN, REGISTRATION)
    assert refused(early) == (401, "signature-secret-unknown")
    secret = await required(operator)
    assert refused(await signed(institute, FOREIGN, REGISTRATION)) == (401, "signature-wrong")
    assert refused(await signed(institute, secret, REGISTRATION, ago=310)) == (
        401,
        "signature-time",
    )
    half = await institute.post(
        "/partners/v1/inbound",
        json={"items": [REGISTRATION]},
        headers={"Idempotency-Key": "part-1", "webhook-id": "part-1"},
    )
    assert refused(half) == (401, "signature-incomplete")
    assert await said(partners) == []
    mended = await signed(institute, secret, REGISTRATION)
    assert mended.json()["results"] == [{"id": "cohort-7/31", "status": "accepted"}]


async def test_both_secrets_are_good_while_one_is_replaced(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    first = await required(operator)
    second = raw(await made(operator))
    assert first != second
    for number, secret in enumerate((first, second)):
        line = {**REGISTRATION, "id": f"line-{number}"}
        answer = await signed(institute, secret, line, key=f"part-{number}")
        assert answer.json()["results"][0]["status"] == "accepted"
    async with partners.api_db.acquire() as con:
        await con.execute("UPDATE intakes SET former_until = now() - interval '1 second'")
    ended = await signed(institute, first, REGISTRATION, key="ended")
    assert refused(ended) == (401, "signature-wrong")
    assert (await signed(institute, second, REGISTRATION, key="new")).status_code == 200


async def test_the_secret_is_shown_once_and_to_operators_alone(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    assert refused(await operator.patch(PATH, json={"signed": True})) == (
        409,
        "inbound-secret-missing",
    )
    key = {"Idempotency-Key": "make"}
    first = await operator.post(f"{PATH}/secret", headers=key)
    again = await operator.post(f"{PATH}/secret", headers=key)
    assert again.json()["secret"] == first.json()["secret"]
    assert again.json()["secret_version"] == 1
    assert first.headers["cache-control"] == "no-store"
    shown = await institute.get(PATH)
    assert (shown.status_code, shown.json()["secret_version"]) == (200, 1)
    assert "secret" not in shown.json()
    assert (await institute.post(f"{PATH}/secret")).status_code == 403
    assert (await institute.patch(PATH, json={"signed": False})).status_code == 403
    assert (await institute.get(PATH.replace("ibh", "praxis"))).status_code == 403
    assert (await operator.get(PATH.replace("ibh", "praxis"))).status_code == 404
    assert (await operator.post(f"{PATH.replace('ibh', 'praxis')}/secret")).status_code == 404
    async with client(partners) as nobody:
        assert (await nobody.get(PATH)).status_code == 401
    acts = [one for one in await audited(partners) if one[1].startswith("inbound")]
    assert acts == [("operator", "inbound.rotated", "ibh")]
