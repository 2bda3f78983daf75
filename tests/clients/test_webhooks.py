"""What the client library takes for a webhook of Holdfast, and that it takes nothing else."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from typing import Any

import pytest

from holdfast_client import Event, WebhookRefused, Webhooks
from services.partners.domain.signing import headers_of, secret_text

# The example of the Standard Webhooks libraries, and the signature they give for it.
VECTOR = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_AT = 1614265330
VECTOR_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(VECTOR_AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}

OLD, NEW, FOREIGN = b"o" * 24, b"n" * 24, b"f" * 24
AT = 1_603_108_800
ID = "0192a0b0-5c1e-7a10-8f00-0000000000aa"
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": ID,
    "source": "/registration",
    "type": "registration.confirmed.v1",
    "subject": "r-1",
    "time": "2020-10-19T12:00:00Z",
    "datacontenttype": "application/json",
    "data": {"registration_id": "r-1", "course_id": "course-a"},
}
BODY = json.dumps(EVENT).encode()


def webhooks(*secrets: bytes, now: float = AT) -> Webhooks:
    return Webhooks(*(secret_text(one) for one in secrets or (OLD,)), now=lambda: now)


def signed(body: bytes = BODY, *secrets: bytes, id_: str = ID, at: int = AT) -> dict[str, str]:
    """As the service signs it."""
    return dict(headers_of(secrets or (OLD,), id_, at, body))


def refused(hooks: Webhooks, headers: dict[str, str], body: bytes = BODY) -> WebhookRefused:
    with pytest.raises(WebhookRefused) as why:
        hooks.event(headers, body)
    return why.value


def test_the_standards_own_example_is_good() -> None:
    hooks = Webhooks(VECTOR, now=lambda: VECTOR_AT)
    assert hooks.verify(VECTOR_HEADERS, VECTOR_BODY) == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    # It is from whom it should be, and yet no event.
    assert refused(hooks, VECTOR_HEADERS, VECTOR_BODY).reason == "body"


def test_what_the_service_signs_is_its_event() -> None:
    event = webhooks().event(signed(), BODY)
    assert isinstance(event, Event)
    assert (event.id, event.type, event.subject) == (ID, "registration.confirmed.v1", "r-1")
    assert event.time.isoformat() == "2020-10-19T12:00:00+00:00"
    assert event.data == {"registration_id": "r-1", "course_id": "course-a"}


def test_names_of_headers_are_taken_in_any_case() -> None:
    headers = {name.title(): value for name, value in signed().items()}
    assert "Webhook-Id" in headers
    assert webhooks().event(headers, BODY).id == ID
    assert webhooks().event({**headers, "Content-Type": "text/plain"}, BODY).id == ID


def test_while_a_secret_is_replaced_either_is_enough_on_either_side() -> None:
    both = signed(BODY, NEW, OLD)
    assert len(both["webhook-signature"].split(" ")) == 2
    for hooks in (webhooks(OLD), webhooks(NEW), webhooks(OLD, NEW), webhooks(FOREIGN, OLD)):
        assert hooks.event(both, BODY).id == ID
    # The receiver has both, the sender has gone over to the new one already, or not yet.
    for one in (OLD, NEW):
        assert webhooks(NEW, OLD).event(signed(BODY, one), BODY).id == ID
    # A day later the old one is good for nothing.
    assert refused(webhooks(NEW), signed(BODY, OLD)).reason == "signature"
    assert refused(webhooks(FOREIGN), both).reason == "signature"


def test_signatures_of_other_kinds_beside_ours_do_no_harm() -> None:
    headers = signed()
    ours = headers["webhook-signature"]
    for given in (f"v1a,{'A' * 88} {ours}", f"v2,{ours[3:]} {ours}", f"  {ours} ", f"{ours} x"):
        assert webhooks().event(headers | {"webhook-signature": given}, BODY).id == ID


FORGED = {
    "another's secret": signed(BODY, FOREIGN),
    "another body": signed(BODY + b" "),
    "another id": signed() | {"webhook-id": "0192a0b0-5c1e-7a10-8f00-0000000000ab"},
    "another moment": signed() | {"webhook-timestamp": str(AT + 1)},
    "a version that there is not": signed()
    | {"webhook-signature": signed()["webhook-signature"].replace("v1,", "v2,")},
    "without its version": signed()
    | {"webhook-signature": signed()["webhook-signature"].removeprefix("v1,")},
    "cut": signed() | {"webhook-signature": signed()["webhook-signature"][:-2]},
    "begun": signed() | {"webhook-signature": "v1,"},
    "letters that are none of base64": signed() | {"webhook-signature": "v1,ü\udcff"},
    "an id with letters of nobody": signed() | {"webhook-id": "\ud800"},
    "with a comma between": signed(BODY, FOREIGN)
    | {"webhook-signature": ",".join([signed()["webhook-signature"]] * 2)},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED.keys())
def test_what_was_not_signed_with_the_secret_is_refused(headers: dict[str, str]) -> None:
    assert refused(webhooks(), headers).reason == "signature"


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_or_empty_is_refused(missing: str) -> None:
    headers = signed()
    assert refused(webhooks(), headers | {missing: ""}).reason == "headers"
    del headers[missing]
    assert refused(webhooks(), headers).reason == "headers"
    assert refused(webhooks(), {}).reason == "headers"


def test_the_moment_may_be_five_minutes_away_and_no_second_more() -> None:
    for now in (AT - 300, AT, AT + 300):
        assert webhooks(now=now).event(signed(), BODY).id == ID
    for now in (AT - 301, AT + 301, AT + 86_400):
        assert refused(webhooks(now=now), signed()).reason == "time"
    strict = Webhooks(secret_text(OLD), tolerance=10, now=lambda: AT + 11)
    assert refused(strict, signed()).reason == "time"


@pytest.mark.parametrize("stamp", ["soon", "-1603108800", "1603108800.5", "٣", "1e9", "9" * 5_000])
def test_a_moment_that_is_none_is_refused(stamp: str) -> None:
    """Also where it was signed so."""
    from services.partners.domain.signing import signature

    made = signature(OLD, ID, stamp, BODY)  # type: ignore[arg-type]
    headers = signed() | {"webhook-timestamp": stamp, "webhook-signature": made}
    assert refused(webhooks(), headers).reason == "timestamp"


JUNK = {
    "nothing": b"",
    "no JSON": b"<html>502 Bad Gateway</html>",
    "cut": BODY[:-5],
    "a list": b"[]",
    "null": b"null",
    "no UTF-8": b"\xff\xfe" + BODY,
    "no data": json.dumps({k: v for k, v in EVENT.items() if k != "data"}).encode(),
    "data that are a text": json.dumps(EVENT | {"data": "r-1"}).encode(),
    "no time": json.dumps(EVENT | {"time": "yesterday"}).encode(),
    "a time of no zone": json.dumps(EVENT | {"time": "2020-10-19T12:00:00"}).encode(),
    "an empty id": json.dumps(EVENT | {"id": ""}).encode(),
    "very deep": b'{"data":' * 5_000,
}


@pytest.mark.parametrize("body", JUNK.values(), ids=JUNK.keys())
def test_a_body_that_is_no_event_is_refused_even_if_it_is_signed(body: bytes) -> None:
    assert refused(webhooks(), signed(body), body).reason == "body"


def test_the_id_that_was_signed_is_the_events_own() -> None:
    other = "0192a0b0-5c1e-7a10-8f00-0000000000ab"
    assert refused(webhooks(), signed(id_=other)).reason == "id"


def test_what_is_said_of_a_refusal_holds_nothing_of_the_request_nor_a_secret() -> None:
    body = json.dumps(EVENT | {"time": "Ada Example"}).encode()
    told = [
        refused(webhooks(), signed(body), body),
        refused(webhooks(), FORGED["another's secret"]),
        refused(webhooks(), signed() | {"webhook-timestamp": "Ada Example"}),
    ]
    for one in told:
        assert "Ada" not in str(one)
        assert one.__cause__ is None
        assert secret_text(OLD)[6:] not in str(one)


def test_unknown_types_and_fields_pass() -> None:
    body = json.dumps(EVENT | {"type": "seat.sold.v9", "traceparent": "00-1", "data": {}}).encode()
    event = webhooks().event(signed(body), body)
    assert (event.type, event.data, event.read()) == ("seat.sold.v9", {}, None)
    assert event.model_extra == {"traceparent": "00-1"}


def test_a_text_is_not_a_body() -> None:
    with pytest.raises(TypeError, match="bytes"):
        webhooks().event(signed(), BODY.decode())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_!!", "whsec_" + b64encode(b"x" * 23).decode(), "hf_live_0123", "whsec_ü"],
)
def test_what_is_no_secret_is_told_at_once_and_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="no secret of a webhook") as why:
        Webhooks(secret)
    assert why.value.__cause__ is None
    if len(secret) > 6:
        assert secret.removeprefix("whsec_") not in str(why.value)


def test_no_secret_is_no_verification() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Webhooks()


def test_without_a_clock_it_is_the_machines_own() -> None:
    hooks = Webhooks(f" {secret_text(OLD)}\n")  # as it comes out of a file
    assert hooks.event(signed(at=int(time.time())), BODY).id == ID
    assert refused(hooks, signed(at=AT)).reason == "time"
