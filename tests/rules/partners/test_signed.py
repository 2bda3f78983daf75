"""When a request of a partner's is taken for its own, and which secrets are good when."""

from datetime import UTC, datetime, timedelta

import pytest

from services.partners.domain.overlap import Versions
from services.partners.domain.signed import (
    SignatureIncomplete,
    SignatureMissing,
    SignatureOfAnother,
    SignatureOutdated,
    SignatureUnexpected,
    SignatureWrong,
    check_signed,
)
from services.partners.domain.signing import headers_of

OLD, NEW, FOREIGN = b"o" * 24, b"n" * 24, b"f" * 24
AT = 1_603_108_800
KEY = "cohort-7-part-1"
BODY = b'{"items": []}'
NOON = datetime(2020, 10, 19, 12, tzinfo=UTC)


def signed(*secrets: bytes, body: bytes = BODY, at: int = AT, key: str = KEY) -> dict[str, str]:
    return dict(headers_of(secrets or (OLD,), key, at, body))


def check(headers, *, secrets=(OLD,), body=BODY, now=AT, key=KEY, required=True):
    check_signed(headers, body, secrets, now, key=key, required=required)


def test_what_is_signed_with_a_secret_that_is_good_is_taken():
    check(signed())
    check(signed(), secrets=(NEW, OLD))
    check(signed(OLD, NEW), secrets=(NEW,))
    check(signed(at=AT - 300))
    check(signed(at=AT + 300))
    check(signed(), required=False)


def test_what_is_not_signed_is_taken_where_it_need_not_be():
    check({}, required=False)
    check({}, secrets=(), required=False)
    with pytest.raises(SignatureMissing):
        check({})
    with pytest.raises(SignatureMissing):
        check({}, secrets=())


@pytest.mark.parametrize("required", [True, False], ids=["asked-for", "of-itself"])
@pytest.mark.parametrize(
    ("headers", "more", "why"),
    [
        (signed(FOREIGN), {}, SignatureWrong),
        (signed(), {"secrets": (NEW,)}, SignatureWrong),
        (signed(), {"body": BODY + b" "}, SignatureWrong),
        (signed() | {"webhook-timestamp": str(AT + 1)}, {}, SignatureWrong),
        (signed() | {"webhook-signature": "v1a," + "x" * 44}, {}, SignatureWrong),
        (signed() | {"webhook-signature": "\u00e4 \ud800"}, {}, SignatureWrong),
        (signed(at=AT - 301), {}, SignatureOutdated),
        (signed(at=AT + 301), {}, SignatureOutdated),
        (signed(key="another"), {}, SignatureOfAnother),
        (signed(), {"key": "cohort-7-part-2"}, SignatureOfAnother),
        (signed() | {"webhook-id": ""}, {}, SignatureIncomplete),
        (signed() | {"webhook-signature": ""}, {}, SignatureIncomplete),
        (signed() | {"webhook-timestamp": "soon"}, {}, SignatureIncomplete),
        (signed() | {"webhook-timestamp": "1" * 13}, {}, SignatureIncomplete),
        (signed() | {"webhook-timestamp": "\u0661" * 10}, {}, SignatureIncomplete),
        (signed(), {"secrets": ()}, SignatureUnexpected),
    ],
    ids=[
        "foreign", "ended", "body", "moment-changed", "scheme", "junk", "late", "early",
        "id", "key", "no-id", "no-signature", "word", "long", "digits-of-others", "none-made",
    ],
)  # fmt: skip
def test_what_is_signed_wrongly_is_refused_whether_asked_for_or_not(headers, more, why, required):
    with pytest.raises(why):
        check(headers, required=required, **more)


def test_a_good_signature_behind_twenty_others_is_not_looked_for():
    headers = signed()
    good = headers["webhook-signature"]
    check(headers | {"webhook-signature": "v1,x " * 19 + good})
    with pytest.raises(SignatureWrong):
        check(headers | {"webhook-signature": "v1,x " * 20 + good})


def test_a_replaced_secret_is_good_for_a_day():
    first = Versions(0).replaced(NOON)
    assert Versions(0).good(NOON) == ()
    assert first == Versions(1)
    second = first.replaced(NOON)
    day = NOON + timedelta(hours=24)
    assert second.good(day - timedelta(microseconds=1)) == (2, 1)
    assert second.good(day) == (2,)
    third = second.replaced(NOON + timedelta(hours=1))
    assert third.good(day) == (3, 2, 1), "whoever knows the first was promised a day"
    late = second.replaced(day)
    assert late.good(day) == (3, 2)


def test_there_are_five_at_most():
    made = Versions(1)
    for _ in range(9):
        made = made.replaced(NOON)
    assert made.good(NOON) == (10, 9, 8, 7, 6)
