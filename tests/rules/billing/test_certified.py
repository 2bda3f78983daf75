"""A certificate that stands was paid for, and that was not given back: one side at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.billing.domain.certified import CertifiedSides, of_certified

PAID = CertifiedSides(
    key="ada",
    currency="USD",
    known=True,
    asked=19900,
    paid=19900,
    returned=0,
    overdue=True,
)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, None),
        ({"paid": 20000}, None),
        ({"asked": 0, "paid": 0}, None),  # it costs nothing
        ({"paid": 0}, ("certified-not-paid", 19900)),
        ({"paid": 19899}, ("certified-not-paid", 1)),
        ({"paid": 0, "overdue": False}, None),  # an employer still has time
        ({"returned": 19900}, ("certified-given-back", 19900)),
        ({"returned": 1}, ("certified-given-back", 1)),
        ({"returned": 16900, "paid": 0, "asked": 3000}, ("certified-given-back", 16900)),
        ({"returned": 16900, "overdue": False}, ("certified-given-back", 16900)),
        ({"known": False, "asked": 0, "paid": 0}, ("certificate-of-nobody", None)),
        ({"known": False, "returned": 19900}, ("certificate-of-nobody", None)),
    ],
)
def test_what_is_certified_is_paid_for_and_not_given_back(
    change: dict[str, object], found: tuple[str, int | None] | None
) -> None:
    findings = list(of_certified(replace(PAID, **change)))  # type: ignore[arg-type]
    told = [(each.kind, each.amount) for each in findings]
    assert told == ([found] if found else [])
    assert {(each.about, each.currency, each.look) for each in findings} <= {("ada", "USD", None)}
