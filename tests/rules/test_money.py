"""Money: read exactly, added in one currency, shared out to the last minor unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Conflict, Invalid, NotFound, Refusal, fault
from shared.money import BadAmount, MixedCurrencies, Money, exponent_of, parse_amount

AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any)


def usd(amount):
    return Money(amount, "USD")


@pytest.mark.parametrize(
    ("given_as", "currency", "minor"),
    [
        (19900, "USD", 19900),
        (0, "USD", 0),
        (-500, "USD", -500),
        ("199.00", "USD", 19900),
        ("199", "USD", 19900),
        ("199.5", "USD", 19950),
        ("0.05", "USD", 5),
        ("-1.20", "USD", -120),
        ("007.00", "USD", 700),
        ("19900", "JPY", 19900),
        (19900, "JPY", 19900),
        ("19.900", "KWD", 19900),
        ("19.9", "BHD", 19900),
        ("1", "TND", 1000),
    ],
)
def test_integers_are_minor_units_and_decimal_strings_major_ones(given_as, currency, minor):
    assert parse_amount(given_as, currency) == minor
    assert Money.of(given_as, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("given_as", "currency"),
    [
        (199.0, "USD"),
        (199.5, "USD"),
        (True, "USD"),
        (None, "USD"),
        ([], "USD"),
        (Decimal("1.00"), "USD"),
        ("199.001", "USD"),
        ("199.000", "USD"),
        ("199.0", "JPY"),
        ("1.0000", "KWD"),
        ("", "USD"),
        ("1e3", "USD"),
        ("1,000.00", "USD"),
        ("+5", "USD"),
        (".5", "USD"),
        ("5.", "USD"),
        (" 5", "USD"),
        ("5\n", "USD"),
        ("٥", "USD"),
        ("NaN", "USD"),
        (10**15 + 1, "USD"),
        ("9999999999999999", "USD"),
        (100, "usd"),
        (100, "XXX"),
        (100, ""),
        (100, None),
        (100, ["USD"]),
    ],
)
def test_what_is_no_amount_is_refused_as_invalid_and_as_a_value_error(given_as, currency):
    with pytest.raises(BadAmount) as refused:
        parse_amount(given_as, currency)
    assert isinstance(refused.value, Invalid)
    assert isinstance(refused.value, ValueError)
    assert refused.value.slug == "amount-invalid"
    assert refused.value.detail


@pytest.mark.parametrize("amount", [1.0, "1", True, None, 2**63, -(2**63) - 1])
def test_money_is_made_of_whole_minor_units_that_fit_a_database(amount):
    with pytest.raises(BadAmount):
        Money(amount, "USD")


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (usd(19900), "199.00 USD"),
        (usd(5), "0.05 USD"),
        (usd(-5), "-0.05 USD"),
        (usd(0), "0.00 USD"),
        (Money(19900, "JPY"), "19900 JPY"),
        (Money(19900, "KWD"), "19.900 KWD"),
        (Money(-1, "KWD"), "-0.001 KWD"),
    ],
)
def test_money_is_written_in_major_units(money, words):
    assert str(money) == words


def test_currencies_have_the_decimals_of_iso_4217():
    assert exponent_of("USD") == 2
    assert exponent_of("JPY") == 0
    assert exponent_of("KWD") == 3


def test_adding_comparing_and_negating_stay_in_one_currency():
    assert usd(100) + usd(50) - usd(30) == usd(120)
    assert -usd(5) == usd(-5)
    assert usd(1) < usd(2) <= usd(2) < usd(3)
    assert usd(3) > usd(2) >= usd(2)
    assert usd(1) != Money(1, "EUR")
    assert not usd(0)
    assert usd(-1)
    assert Money.total([usd(1), usd(2)], "USD") == usd(3)
    assert Money.total([], "JPY") == Money(0, "JPY") == Money.zero("JPY")
    assert usd(5).as_json() == {"amount": 5, "currency": "USD"}


@pytest.mark.parametrize(
    "mix",
    [
        lambda: usd(1) + Money(1, "EUR"),
        lambda: usd(1) - Money(1, "EUR"),
        lambda: usd(1) < Money(1, "EUR"),
        lambda: usd(1) >= Money(1, "EUR"),
        lambda: Money.total([Money(1, "EUR")], "USD"),
    ],
)
def test_two_currencies_never_mix(mix):
    with pytest.raises(MixedCurrencies):
        mix()


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (3000, [12000, 7900], [1809, 1191]),  # the pro-rata table of domain.md §2
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [1, 1], [1, 0]),
        (1, [1, 2], [0, 1]),
        (5, [0, 1], [0, 5]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [0, 0], [0, 0]),
        (4975, [4975], [4975]),
    ],
)
def test_shares_go_by_largest_remainder_and_ties_to_the_first(amount, weights, shares):
    assert [share.amount for share in usd(amount).allocate(weights)] == shares


@pytest.mark.parametrize("weights", [[0, 0], [], [2, -1]])
def test_money_cannot_be_shared_among_nobody(weights):
    with pytest.raises(ValueError, match="weights"):
        usd(1).allocate(weights)


@given(AMOUNTS, WEIGHTS)
def test_shares_add_up_and_none_is_a_minor_unit_off(amount, weights):
    shares = [share.amount for share in usd(amount).allocate(weights)]
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


@pytest.mark.parametrize(
    ("amount", "rate", "result"),
    [
        (19900, 50, 9950),
        (1, 50, 1),
        (3, 50, 2),
        (5, 10, 1),
        (4, 10, 0),
        (19900, "12.5", 2488),
        (19900, Decimal("33.3333"), 6633),
        (100, 0, 0),
        (100, 100, 100),
        (-1, 50, -1),
    ],
)
def test_per_cent_rounds_half_up_to_the_minor_unit(amount, rate, result):
    assert usd(amount).percent(rate) == usd(result)


@given(st.integers(0, 10**12), st.integers(0, 100))
def test_per_cent_is_within_half_a_minor_unit_and_never_more_than_all(amount, rate):
    part = usd(amount).percent(rate).amount
    assert abs(part * 100 - amount * rate) * 2 <= 100
    assert 0 <= part <= amount


@pytest.mark.parametrize(
    ("amount", "of", "whole", "result"),
    [(19900, 120, 480, 4975), (19900, 480, 480, 19900), (10, 1, 3, 3), (1, 1, 2, 1), (5, 0, 9, 0)],
)
def test_a_sessions_share_is_its_minutes_of_all_minutes(amount, of, whole, result):
    assert usd(amount).part(of, whole) == usd(result)


def test_a_part_needs_a_whole():
    with pytest.raises(ValueError, match="whole"):
        usd(1).part(1, 0)


class CourseFull(Conflict):
    slug = "course-full"


def test_a_refusal_has_a_slug_a_detail_faults_and_facts():
    refusal = NotFound("hat-unknown", "No such hat.", errors=[fault("/hat", "Unknown.")], hat="h1")
    assert (refusal.kind, refusal.slug, refusal.detail) == (
        "not_found",
        "hat-unknown",
        "No such hat.",
    )
    assert refusal.errors == ({"pointer": "/hat", "detail": "Unknown."},)
    assert refusal.facts == {"hat": "h1"}
    assert str(refusal) == "hat-unknown: No such hat."


@pytest.mark.parametrize(
    ("refusal", "detail"),
    [
        (CourseFull(), ""),
        (CourseFull("No seat left."), "No seat left."),
        (CourseFull(detail="No seat left."), "No seat left."),
        (CourseFull("course-full", "No seat left."), "No seat left."),
    ],
)
def test_a_rule_with_a_name_keeps_its_slug_however_it_is_raised(refusal, detail):
    assert refusal.slug == "course-full"
    assert refusal.kind == "conflict"
    assert refusal.detail == detail
    assert isinstance(refusal, Refusal)
