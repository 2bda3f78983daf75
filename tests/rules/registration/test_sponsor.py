"""What of a course is due to its joint sponsor, as its file says it; every fault at once."""

from typing import Any

import pytest

from services.registration.domain.reading import Faults, Node
from services.registration.domain.sponsor import read_sponsor


def read(share: Any, currency: str = "USD") -> tuple[Any, list[str], list[str]]:
    faults = Faults()
    found = read_sponsor(Node({"name": "IBH", "share": share}, "/joint_sponsor", faults), currency)
    assert found is not None
    return found["share"], [one["pointer"] for one in faults.errors], faults.warnings


@pytest.mark.parametrize(
    ("share", "wanted"),
    [
        (None, None),
        (
            {"percent": 30},
            {"percent": "30", "of": "earned", "per_attendee": None, "per_certificate": None},
        ),
        (
            {"percent": "12.5", "of": "collected", "per_attendee": "10.00"},
            {
                "percent": "12.5",
                "of": "collected",
                "per_attendee": {"amount": 1000, "currency": "USD"},
                "per_certificate": None,
            },
        ),
        (
            {"per_certificate": 250},
            {
                "percent": "0",
                "of": "earned",
                "per_attendee": None,
                "per_certificate": {"amount": 250, "currency": "USD"},
            },
        ),
    ],
)
def test_a_share_is_read_as_it_is_said(share: Any, wanted: Any) -> None:
    assert read(share) == (wanted, [], [])


@pytest.mark.parametrize(
    ("share", "pointers"),
    [
        ("half", [""]),
        ({}, [""]),
        ({"percent": 101}, ["/percent"]),
        ({"percent": -1}, ["/percent"]),
        ({"percent": "a third"}, ["/percent"]),
        ({"percent": 30, "of": "profit"}, ["/of"]),
        ({"of": "earned", "per_attendee": 1}, ["/of"]),
        ({"per_attendee": 1.5}, ["/per_attendee", ""]),
        ({"per_attendee": -1}, ["/per_attendee"]),
        ({"per_certificate": "1.001", "percent": []}, ["/percent", "/per_certificate"]),
    ],
)
def test_faults_are_said_where_they_are(share: Any, pointers: list[str]) -> None:
    assert read(share)[1] == [f"/joint_sponsor/share{where}" for where in pointers]


def test_amounts_are_in_the_currency_of_the_course() -> None:
    assert read({"per_attendee": "1000"}, "JPY")[0]["per_attendee"]["amount"] == 1000
    assert read({"per_attendee": "1000.5"}, "JPY")[1] == [
        "/joint_sponsor/share/per_attendee",
        "/joint_sponsor/share",
    ]


def test_what_nobody_reads_is_warned_of() -> None:
    assert read({"percent": 1, "percnt": 2})[2] == [
        "/joint_sponsor/share/percnt is not read by anybody."
    ]
