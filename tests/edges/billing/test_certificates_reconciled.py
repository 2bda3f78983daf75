"""Certificates beside the books: one that stands was paid for, and that was not given back (§2).

Ada paid 199.00 for the reference course by card on 2020-09-14; it begins on 2020-10-19. What is
heard is compared a day later, for its revocation may be on its way.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.certificates import (
    CertificateIssued,
    CertificateRevoked,
    CertificateSuperseded,
)
from shared.contracts.registration import RegistrationExpired
from tests.edges.billing.conftest import (
    COURSE,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    usd,
    world_of,
)
from tests.edges.billing.test_bank_payments import pays
from tests.edges.billing.test_decisions import decided
from tests.edges.billing.test_provider_cancels import share
from tests.edges.billing.test_reconciliation import reconciled
from tests.edges.billing.test_transferring import move

EARLY, LATE = "2020-09-20T12:00:00Z", "2020-10-06T04:01:00Z"
AFTER = "2020-10-25T12:00:00Z"  # the course has begun: nothing comes back
ISSUED = "2020-11-09T23:20:03Z"
DAY_AFTER = "2020-11-10T23:20:04+00:00"
NOT_PAID, GIVEN_BACK = "certified-not-paid", "certified-given-back"


@pytest.fixture
async def world(database: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(database("billing"), tmp_path, one_clock=True) as made:
        await made.hears(course())
        yield made
        assert await made.broken_invariants() == []


@pytest.fixture
async def ada(world: World) -> World:
    await world.hears(requested("ada"))
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    return world


def issued(name: str, identity: str = "c1", at: str = ISSUED, **more: Any) -> Any:
    about = {"course_id": COURSE, "certificate_id": identity, "issued_at": at}
    return of(CertificateIssued, name, **about | more)


def revoked(name: str, identity: str = "c1") -> Any:
    about = {"course_id": COURSE, "certificate_id": identity, "revoked_at": DAY_AFTER}
    return of(CertificateRevoked, name, **about)


def superseded(name: str, identity: str, by: str) -> Any:
    about = {"course_id": COURSE, "certificate_id": identity, "superseded_by": by}
    return of(CertificateSuperseded, name, **about, superseded_at=DAY_AFTER)


async def found(world: World, at: str = DAY_AFTER) -> list[tuple[str, str, Any]]:
    """(kind, about, amount) of what a comparison finds then."""
    await world.at(at)
    return [(one["kind"], one["about"], one["amount"]) for one in await reconciled(world)]


# --- what agrees -----------------------------------------------------------------------------------


async def test_one_that_was_paid_for_is_no_finding(ada: World) -> None:
    await ada.hears(issued("ada"), issued("ada", "c2", board="STATE"))
    assert await found(ada) == []


async def test_who_cancelled_after_the_start_and_got_nothing_back_keeps_it(ada: World) -> None:
    await ada.at(AFTER)
    await ada.hears(cancelled("ada", AFTER), issued("ada"))
    await ada.rests()
    assert ada.totals() == (19900, 0)
    assert await found(ada) == []


async def test_a_kindness_in_money_does_not_undo_it(ada: World) -> None:
    await ada.hears(issued("ada"))
    assert (await ada.goodwill("ada", amount=usd(19900))).status_code == 202
    await ada.rests()
    assert ada.totals() == (19900, 19900)
    assert await found(ada) == []


async def test_a_seat_that_costs_nothing_asks_for_nothing(world: World) -> None:
    free = {"price": usd(0), "payment_method": "free", "hold_expires_at": None}
    await world.hears(requested("ada", **free), confirmed("ada", basis="free"), issued("ada"))
    assert await found(world) == []


async def test_the_share_of_a_session_that_fell_out_is_no_cancellation(ada: World) -> None:
    await ada.at("2020-10-01T12:00:00Z")
    await ada.hears(share("ada"), issued("ada"))
    await ada.rests()
    assert ada.totals() == (19900, 4975)  # one of four
    assert await found(ada) == []


# --- given back ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "amount"),
    [
        (EARLY, 16900),  # in money, less the fee of 30.00
        (LATE, 19900),  # as a credit
    ],
)
async def test_one_of_a_cancelled_seat_whose_worth_went_back_is_found(
    ada: World, at: str, amount: int
) -> None:
    await ada.at(at)
    await ada.hears(cancelled("ada", at), issued("ada"))
    await ada.rests()
    assert await found(ada) == [(GIVEN_BACK, "ada", usd(amount))]


async def test_a_day_long_it_may_still_be_revoked_and_then_it_is_over(ada: World) -> None:
    """Nothing came back; it was certified; then staff give it back all the same, less the fee."""
    await ada.at(AFTER)
    await ada.hears(cancelled("ada", AFTER), issued("ada", at=AFTER))
    await ada.at("2020-11-09T23:20:00Z")
    await decided(ada, "ada", "refund")
    assert ada.totals() == (19900, 16900)
    assert await found(ada, "2020-11-10T23:10:00+00:00") == []
    assert await found(ada, DAY_AFTER) == [(GIVEN_BACK, "ada", usd(16900))]
    await ada.hears(revoked("ada"))
    assert await found(ada, "2020-11-12T12:00:00+00:00") == []


async def test_one_that_was_just_issued_is_not_compared_yet(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY), issued("ada"))
    await ada.rests()
    await ada.at("2020-11-10T23:10:00+00:00")
    assert await found(ada, "2020-11-10T23:10:00+00:00") == []


async def test_what_was_decided_twice_is_told_as_it_is_now(ada: World) -> None:
    """Late, a credit of 199.00; then staff give money instead, less the fee of 30.00."""
    await ada.at(LATE)
    await ada.hears(cancelled("ada", LATE), issued("ada"))
    await ada.rests()
    await decided(ada, "ada", "refund")
    assert ada.totals() == (19900, 16900)
    assert await found(ada) == [(GIVEN_BACK, "ada", usd(16900))]


async def test_of_one_that_was_replaced_the_new_one_counts(ada: World) -> None:
    await ada.hears(cancelled("ada", EARLY), issued("ada"))
    await ada.rests()
    at = "2020-11-11T12:00:00Z"
    await ada.hears(issued("ada", "c2", at, supersedes="c1"), superseded("ada", "c1", "c2"))
    await ada.hears(revoked("ada", "c1"))
    assert await found(ada, "2020-11-13T12:00:00+00:00") == [(GIVEN_BACK, "ada", usd(16900))]
    await ada.hears(revoked("ada", "c2"))
    assert await found(ada, "2020-11-14T12:00:00+00:00") == []


async def test_one_of_a_seat_whose_value_was_moved_away_is_found(ada: World) -> None:
    await move(ada, "new", "2020-10-01T12:00:00Z")  # it costs 149.00: 50.00 went back
    await ada.hears(issued("ada"), issued("new", "c2"))
    assert await found(ada) == [(GIVEN_BACK, "ada", usd(19900))]


# --- never paid ------------------------------------------------------------------------------------

CLINIC = {"organisation": "Example Clinic"}
PARTNER = {
    "organisation": "Institute for Better Health, Inc",
    "partner": {"partner_id": "ibh", "item_id": "cohort-7/31"},
}


@pytest.mark.parametrize("who", [CLINIC, PARTNER])
async def test_one_on_an_open_invoice_is_found_once_that_is_overdue(
    world: World, who: dict[str, Any]
) -> None:
    """An employer's, or a partner's for its own people: asked for on 2020-09-14, due in 30 days."""
    later = {"payment_method": "invoice", "hold_expires_at": None}
    await world.hears(requested("ada", **later, **who), confirmed("ada", basis="invoice"))
    await world.hears(issued("ada", at="2020-10-01T12:00:00Z"))
    assert await found(world, "2020-10-14T14:00:00+00:00") == []
    assert await found(world, "2020-10-14T15:04:06+00:00") == [(NOT_PAID, "ada", usd(19900))]
    assert (await pays(world, "one", amount=usd(15000))).status_code == 201
    assert await found(world, "2020-10-16T12:00:00+00:00") == [(NOT_PAID, "ada", usd(4900))]
    rest = await pays(world, "two", amount=usd(4900), reference="HB-2")
    assert rest.status_code == 201
    assert await found(world, "2020-10-17T12:00:00+00:00") == []


async def test_one_of_a_seat_whose_invoice_is_asked_for_no_more_is_found(world: World) -> None:
    """Cancelled on an open invoice, early: 169.00 of it are not due any more."""
    later = {"payment_method": "invoice", "hold_expires_at": None}
    await world.hears(requested("ada", **later, **CLINIC), confirmed("ada", basis="invoice"))
    await world.at(EARLY)
    await world.hears(cancelled("ada", EARLY), issued("ada", at=EARLY))
    assert await found(world, "2020-09-22T12:00:00+00:00") == [(GIVEN_BACK, "ada", usd(16900))]


async def test_one_of_a_seat_whose_hold_ended_unpaid_is_found(world: World) -> None:
    await world.hears(requested("ada"), of(RegistrationExpired, "ada"), issued("ada"))
    assert await found(world) == [(NOT_PAID, "ada", usd(19900))]


async def test_one_of_a_registration_that_was_never_heard_of_is_found_until_it_is(
    world: World,
) -> None:
    await world.hears(issued("ada"))
    assert await found(world) == [("certificate-of-nobody", "ada", None)]
    free = {"price": usd(0), "payment_method": "free", "hold_expires_at": None}
    await world.hears(requested("ada", **free), confirmed("ada", basis="free"))
    assert await found(world, "2020-11-13T12:00:00+00:00") == []


async def test_they_are_compared_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.billing.commands.compare.PAGE", 2)
    names = [f"r{number}" for number in range(5)]
    for name in names:
        await world.hears(issued(name, f"{name}-1"), issued(name, f"{name}-2"))
    expected = [("certificate-of-nobody", name, None) for name in names]
    assert sorted(await found(world)) == expected


# --- by night --------------------------------------------------------------------------------------


async def test_the_night_after_it_counts_it_is_compared_though_no_money_moved(ada: World) -> None:
    """Nights are at 03:00 of New York, 08:00 here; the one of 10 November is too early."""
    await ada.at("2020-10-10T12:00:00+00:00")
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    await ada.at("2020-11-09T23:20:03+00:00")
    before = await ada.count("reconciliations")
    await ada.hears(issued("ada"), issued("ada", "c2", board="STATE"))
    await ada.at("2020-11-20T12:00:00+00:00")
    runs = await ada.rows("SELECT day::text, found FROM reconciliations ORDER BY started_at")
    assert runs[before:] == [{"day": "2020-11-11", "found": 1}]
