"""Months of the books: their names, their ends, and which follows which."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.billing.domain.months import Month, MonthInvalid, is_next, month_of


@pytest.mark.parametrize(
    ("name", "before", "follows"),
    [
        ("2020-10", "2020-09", True),
        ("2020-11", "2020-10", True),
        ("2021-01", "2020-12", True),
        ("2020-09", "2020-09", False),
        ("2020-11", "2020-09", False),
        ("2020-08", "2020-09", False),
        ("2021-10", "2020-09", False),
        ("2020-01", "2020-12", False),
    ],
)
def test_months_are_closed_one_after_another(name: str, before: str, follows: bool) -> None:
    assert is_next(name, before) is follows


def test_a_month_lies_in_the_zone_of_the_books() -> None:
    assert month_of("2020-09", "Europe/Berlin") == Month(
        "2020-09",
        "Europe/Berlin",
        datetime(2020, 8, 31, 22, tzinfo=UTC),
        datetime(2020, 9, 30, 22, tzinfo=UTC),
    )
    assert month_of("2020-12", "UTC") == Month(
        "2020-12", "UTC", datetime(2020, 12, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize("name", ["1900-01", "9000-12"])
def test_the_first_and_the_last_year_that_books_may_have(name: str) -> None:
    assert month_of(name, "UTC").starts_at.isoformat()[:7] == name


@pytest.mark.parametrize(
    "name",
    ["1899-12", "9001-01", "2020-13", "2020-00", "2020-1", "02020-10", "2020-10-01", "2020", ""],
)
def test_another_name_is_refused_and_told_what_one_looks_like(name: str) -> None:
    with pytest.raises(MonthInvalid) as refused:
        month_of(name, "UTC")
    assert refused.value.slug == "month-invalid"
    assert refused.value.detail == "A month is a year and a month, such as 2020-10."
