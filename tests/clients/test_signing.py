"""What the client library signs, and that each try is signed as of its own moment."""

from __future__ import annotations

import httpx
import pytest

from holdfast_client import Holdfast, Patience, Webhooks
from holdfast_client.signing import Signer
from services.partners.domain.signing import secret_text
from tests.clients.test_webhooks import OLD, VECTOR, VECTOR_AT, VECTOR_BODY, VECTOR_HEADERS


def test_the_standards_own_example_comes_out_as_published() -> None:
    request = httpx.Request(
        "POST",
        "http://partners.test/",
        content=VECTOR_BODY,
        headers={"Idempotency-Key": VECTOR_HEADERS["webhook-id"]},
    )
    Signer(VECTOR, now=lambda: VECTOR_AT + 0.9).sign(request)
    signed = {name: request.headers[name] for name in VECTOR_HEADERS}
    assert signed == VECTOR_HEADERS


def test_a_request_that_is_tried_again_is_signed_again() -> None:
    came: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        came.append(httpx.Request(request.method, request.url, headers=request.headers.copy()))
        if len(came) < 3:
            return httpx.Response(503)
        return httpx.Response(200, json={"results": [{"id": "a", "status": "accepted"}]})

    clock = iter((1_000, 2_000, 3_000))
    secret = secret_text(OLD)
    patience = Patience(seconds=20, first=0.001)
    transport = httpx.MockTransport(answer)
    with Holdfast("http://x.test", "k", secret=secret, patience=patience, transport=transport) as h:
        h._signer = Signer(secret, now=lambda: next(clock))
        [result] = h.send([{"id": "a", "type": "registration"}], " part-1 ")
    assert result.accepted
    assert [one.headers["webhook-timestamp"] for one in came] == ["1000", "2000", "3000"]
    assert len({one.headers["webhook-signature"] for one in came}) == 3
    body = b'{"items":[{"id":"a","type":"registration"}]}'
    for one, at in zip(came, (1_000, 2_000, 3_000), strict=True):
        now = float(at)
        hooks = Webhooks(secret, now=lambda now=now: now)  # type: ignore[misc]
        assert hooks.verify(dict(one.headers), body) == "part-1"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "no secret"])
def test_a_secret_that_is_none_is_not_taken(secret: str) -> None:
    with pytest.raises(ValueError, match="no secret"):
        Holdfast("http://x.test", "k", secret=secret)
