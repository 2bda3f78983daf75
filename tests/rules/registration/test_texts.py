"""Texts are agreed to with a number, or not at all; and a number is one that can take them."""

import pytest

from services.registration.domain.attendee import NOBODY, known_attendee, read_attendee
from services.registration.domain.texts import changed_texts
from shared.consents import SMS_WORDINGS
from shared.errors import Invalid
from shared.phones import e164

ADA = {"name": "Ada Lovelace", "email": "ada@learners.example"}
HERS = "+12025550143"


def number(typed: str) -> str | None:
    return e164(typed, "US")


def read(**said: str) -> tuple[str, str]:
    found = read_attendee(ADA | said, "UTC", number=number)
    return found.phone, found.sms_consent


def pointers(**said: str) -> list[str]:
    with pytest.raises(Invalid) as why:
        read(**said)
    return [error["pointer"] for error in why.value.errors]


def test_both_or_neither():
    assert read() == ("", "")
    assert read(phone="(202) 555-0143", sms_consent="sms-1") == (HERS, "sms-1")
    assert pointers(phone="(202) 555-0143") == ["/attendee/sms_consent"]
    assert pointers(sms_consent="sms-1") == ["/attendee/phone"]
    assert pointers(phone=HERS, sms_consent="sms-0") == ["/attendee/sms_consent"]
    assert pointers(phone="call me", sms_consent="yes") == [
        "/attendee/sms_consent",
        "/attendee/phone",
    ]


def test_nobody_agrees_for_somebody_else():
    with pytest.raises(Invalid) as why:
        read_attendee(ADA | {"phone": HERS, "sms_consent": "sms-1"}, "UTC")
    assert [error["pointer"] for error in why.value.errors] == ["/attendee/phone"]
    with pytest.raises(Invalid) as why:
        read_attendee(ADA | {"sms_consent": "sms-1"}, "UTC")
    assert [error["pointer"] for error in why.value.errors] == ["/attendee/sms_consent"]


@pytest.mark.parametrize(
    ("typed", "region", "dialled"),
    [
        ("202-555-0143", "US", "+12025550143"),
        ("+1 202 555 0143", "DE", "+12025550143"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("+34 612 34 56 78", "US", "+34612345678"),
        ("0151 23456789", "US", None),
        ("030 1234567", "DE", None),  # a landline in Berlin
        ("911", "US", None),
        ("555-0143", "US", None),
        ("202-555-0143 ext. 7", "US", None),
        ("+12025550143 or so", "US", None),
        ("+" + "1" * 50, "US", None),
        ("\u0661\u0662", "US", None),
        ("", "US", None),
    ],
)
def test_a_number_is_one_that_can_take_texts(typed: str, region: str, dialled: str | None):
    assert e164(typed, region) == dialled


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        ({}, {}),
        ({"zone": "Asia/Tokyo"}, {}),
        ({"phone": HERS}, {}),
        ({"phone": ""}, {"phone": "", "sms_consent": ""}),
        ({"sms_consent": ""}, {"phone": "", "sms_consent": ""}),
        ({"phone": "+1 646"}, {"phone": "+1 646", "sms_consent": ""}),  # agreed to anew, or not
        (
            {"phone": "+1 646", "sms_consent": "sms-1"},
            {"phone": "+1 646", "sms_consent": "sms-1"},
        ),
    ],
)
def test_another_number_is_another_consent_and_none_is_none(changes, made):
    assert changed_texts({"phone": HERS, "sms_consent": "sms-1"}, changes) == made


def test_who_is_known_keeps_the_number_that_is_recorded():
    recorded = read_attendee(ADA | {"phone": HERS, "sms_consent": "sms-1"}, "UTC", number=number)
    typed = {"phone": "+1 646 555 0100", "sms_consent": "sms-1"}
    another = read_attendee(ADA | typed, "UTC", number=number)
    assert known_attendee(recorded, another).phone == HERS
    assert known_attendee(recorded, NOBODY).phone == HERS
    before = read_attendee(ADA, "UTC")
    assert known_attendee(before, another).phone == "+16465550100"


def test_the_wording_says_what_the_law_asks_for():
    for words in SMS_WORDINGS.values():
        assert "rates may apply" in words
        assert "STOP" in words
