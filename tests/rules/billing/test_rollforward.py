"""A month's roll-forward from transactions; figures by hand. And: no kind is forgotten in it."""

import ast
from hashlib import sha256
from pathlib import Path

import pytest

from services.billing.domain.months import MonthInvalid, month_of
from services.billing.domain.rollforward import (
    KINDS,
    Booked,
    Place,
    closings,
    digest,
    flows,
    moved,
    openings_after,
    roll_forward,
)

COMMANDS = Path(__file__).parents[3] / "services" / "billing" / "commands"


def usd(kind: str, *lines: tuple[str, int]) -> Booked:
    return Booked(kind, "course-1", [(account, amount, "USD") for account, amount in lines])


def of(account: str, *transactions: Booked) -> dict[str, int]:
    """What moved on one account, by movement."""
    found = moved(transactions)
    return {p.movement: amount for p, amount in found.items() if p.account == account}


def test_lines_are_flows_in_their_order() -> None:
    lines = [
        ("deferred_revenue", 14925),
        ("revenue", 4975),
        ("refunds_payable", -16900),
        ("fees", -3000),
    ]
    assert list(flows(lines)) == [
        ("deferred_revenue", "refunds_payable", 14925),
        ("revenue", "refunds_payable", 1975),
        ("revenue", "fees", 3000),
    ]


def test_nothing_flows_where_nothing_is() -> None:
    assert list(flows([])) == []
    assert list(flows([("revenue", 5), ("tax", 0), ("fees", -5)])) == [("revenue", "fees", 5)]


def test_the_smallest_amount_flows_and_adds_too() -> None:
    assert list(flows([("revenue", 1), ("fees", -1)])) == [("revenue", "fees", 1)]
    assert of("fees", usd("cancelled", ("revenue", 1), ("fees", -1))) == {"added": 1}


@pytest.mark.parametrize(
    ("kind", "lines", "name", "amount"),
    [
        ("invoice-issued", [("receivable", 500), ("deferred_revenue", -500)], "invoiced", 500),
        ("invoice-in-full", [("receivable", 500), ("deferred_revenue", -500)], "invoiced", 500),
        ("invoice-reinstated", [("receivable", 5), ("deferred_revenue", -5)], "reinstated", 5),
        ("invoice-voided", [("deferred_revenue", 500), ("receivable", -500)], "withdrawn", -500),
        ("cancelled", [("deferred_revenue", 500), ("receivable", -500)], "credit_notes", -500),
        ("revenue-earned", [("deferred_revenue", 500), ("revenue", -500)], "earned", -500),
        ("cancelled", [("deferred_revenue", 500), ("refunds_payable", -500)], "refunded", -500),
        ("credit-restored", [("deferred_revenue", 500), ("credits", -500)], "credited", -500),
        ("cancelled", [("deferred_revenue", 500), ("fees", -500)], "fees", -500),
        ("cancelled", [("deferred_revenue", 500), ("forfeited", -500)], "forfeits", -500),
        ("reopened", [("forfeited", 500), ("deferred_revenue", -500)], "forfeits", 500),
        ("transferred", [("deferred_revenue", 500), ("cash:gateway", -500)], "moved", -500),
        ("dashboard-refund", [("deferred_revenue", 5), ("cash:bank", -5)], "refunded", -5),
        ("dispute-lost", [("deferred_revenue", 500), ("disputes", -500)], "lost", -500),
        ("tax", [("deferred_revenue", 500), ("tax", -500)], "tax", -500),
        ("correction", [("revenue", 500), ("deferred_revenue", -500)], "corrected", 500),
        ("goodwill", [("deferred_revenue", 500), ("breakage", -500)], "other", -500),
    ],
)
def test_deferred_revenue_moves_by_what_it_became(
    kind: str, lines: list[tuple[str, int]], name: str, amount: int
) -> None:
    assert of("deferred_revenue", usd(kind, *lines)) == {name: amount}


@pytest.mark.parametrize(
    ("kind", "lines", "name", "amount"),
    [
        ("cancelled", [("deferred_revenue", 500), ("credits", -500)], "issued", 500),
        ("credit-issued", [("deferred_revenue", 500), ("credits", -500)], "issued", 500),
        ("credit-restored", [("deferred_revenue", 500), ("credits", -500)], "restored", 500),
        ("credit-redeemed", [("credits", 500), ("receivable", -500)], "redeemed", -500),
        ("credit-released", [("receivable", 500), ("credits", -500)], "restored", 500),
        ("credit-expired", [("credits", 500), ("breakage", -500)], "expired", -500),
        ("credit-unexpired", [("breakage", 500), ("credits", -500)], "expired", 500),
        ("credit-revoked", [("credits", 500), ("losses", -500)], "voided", -500),
        ("reopened", [("credits", 500), ("deferred_revenue", -500)], "voided", -500),
        ("correction", [("credits", 500), ("breakage", -500)], "corrected", -500),
    ],
)
def test_the_liability_of_credits_moves_by_what_happened_to_them(
    kind: str, lines: list[tuple[str, int]], name: str, amount: int
) -> None:
    assert of("credits", usd(kind, *lines)) == {name: amount}


@pytest.mark.parametrize(
    ("kind", "lines", "name", "amount"),
    [
        ("invoice-issued", [("receivable", 500), ("deferred_revenue", -500)], "invoiced", 500),
        ("captured", [("cash:gateway", 500), ("receivable", -500)], "paid", -500),
        ("captured", [("cash:bank", 500), ("receivable", -500)], "paid", -500),
        ("moved-in", [("cash:gateway", 500), ("receivable", -500)], "moved", -500),
        ("credit-redeemed", [("credits", 500), ("receivable", -500)], "redeemed", -500),
        ("payment-not-due", [("receivable", 500), ("refunds_payable", -500)], "not_due", 500),
        ("invoice-voided", [("deferred_revenue", 500), ("receivable", -500)], "withdrawn", -500),
        ("cancelled", [("deferred_revenue", 500), ("receivable", -500)], "credit_notes", -500),
        ("cancelled", [("revenue", 500), ("receivable", -500)], "credit_notes", -500),
        ("goodwill", [("receivable", 500), ("losses", -500)], "other", 500),
    ],
)
def test_what_is_receivable_moves_by_how_it_was_paid_or_not(
    kind: str, lines: list[tuple[str, int]], name: str, amount: int
) -> None:
    assert of("receivable", usd(kind, *lines)) == {name: amount}


def test_other_accounts_grow_and_shrink_as_people_read_them() -> None:
    fee = usd("cancelled", ("deferred_revenue", 3000), ("fees", -3000))
    back = usd("goodwill", ("fees", 1000), ("refunds_payable", -1000))
    lost = usd("dispute-lost", ("losses", 700), ("disputes", -700))
    assert of("fees", fee, back) == {"added": 3000, "taken": -1000}
    assert of("losses", lost) == {"added": 700}
    assert of("disputes", lost) == {"taken": -700}


def test_only_deferred_revenue_is_told_by_course_and_currencies_stay_apart() -> None:
    both = Booked(
        "invoice-issued",
        "course-1",
        [
            ("receivable", 100, "USD"),
            ("deferred_revenue", -100, "USD"),
            ("receivable", 9, "JPY"),
            ("deferred_revenue", -9, "JPY"),
        ],
    )
    assert dict(moved([both])) == {
        Place("USD", "receivable", "", "invoiced"): 100,
        Place("USD", "deferred_revenue", "course-1", "invoiced"): 100,
        Place("JPY", "receivable", "", "invoiced"): 9,
        Place("JPY", "deferred_revenue", "course-1", "invoiced"): 9,
    }


def test_opening_and_movements_are_closing_and_the_next_opening() -> None:
    opening = Place("USD", "fees", "", "opening")
    movements = moved([usd("cancelled", ("deferred_revenue", 3000), ("fees", -3000))])
    rows = roll_forward({opening: 500}, movements)
    assert rows == [
        (Place("USD", "deferred_revenue", "course-1", "closing"), -3000),
        (Place("USD", "deferred_revenue", "course-1", "fees"), -3000),
        (Place("USD", "fees", "", "added"), 3000),
        (Place("USD", "fees", "", "closing"), 3500),
        (Place("USD", "fees", "", "opening"), 500),
    ]
    following = openings_after(rows)
    assert following == {
        Place("USD", "deferred_revenue", "course-1", "opening"): -3000,
        opening: 3500,
    }
    assert dict(closings({opening: 500}, movements)) == following


def test_what_came_to_nothing_is_left_out() -> None:
    fee = usd("cancelled", ("deferred_revenue", 3000), ("fees", -3000))
    back = usd("reopened", ("fees", 3000), ("deferred_revenue", -3000))
    assert [place.account for place, _ in roll_forward({}, moved([fee, back]))] == ["fees", "fees"]


def test_a_digest_hangs_on_each_line_and_on_the_month_before() -> None:
    rows = [(Place("USD", "fees", "", "closing"), 3500)]
    end = "2020-11-01T04:00:00Z"
    known = digest("2020-10", end, "", rows)
    assert len(known) == 64
    assert known == digest("2020-10", end, "", list(rows))
    others = [
        digest("2020-10", end, "", [(rows[0][0], 3501)]),
        digest("2020-10", end, "ab", rows),
        digest("2020-11", end, "", rows),
        digest("2020-10", "2020-11-01T05:00:00Z", "", rows),
    ]
    assert len({known, *others}) == 5


def test_a_digest_is_of_a_text_that_can_be_written_elsewhere() -> None:
    rows = [(Place("USD", "deferred_revenue", "kurs-ü", "closing"), -3500)]
    text = (
        '["2020-10","2020-11-01T04:00:00Z","ab",'
        r'[["USD","deferred_revenue","kurs-\u00fc","closing",-3500]]]'
    )
    expected = sha256(text.encode()).hexdigest()
    assert digest("2020-10", "2020-11-01T04:00:00Z", "ab", rows) == expected


def test_a_month_begins_and_ends_where_the_books_days_do() -> None:
    march = month_of("2020-03", "America/New_York")
    assert march.starts_at.isoformat() == "2020-03-01T05:00:00+00:00"
    assert march.ends_at.isoformat() == "2020-04-01T04:00:00+00:00"
    assert month_of("2020-12", "UTC").ends_at.isoformat() == "2021-01-01T00:00:00+00:00"


@pytest.mark.parametrize("name", ["2020-13", "2020-00", "2020-1", "0001-01", "9999-12", "x", ""])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(MonthInvalid):
        month_of(name, "UTC")


def test_every_kind_that_is_booked_is_known_to_the_months_books() -> None:
    """A new kind is told by its name and its accounts; think of where it belongs, then add it."""
    found = {kind for path in COMMANDS.glob("*.py") for kind in _kinds_in(path)}
    assert len(found) > 12
    assert found - KINDS == set()


def _kinds_in(path: Path) -> set[str]:
    """The words that stand where a kind does, in calls that book: of a module's own helpers, such
    as have a hyphen."""
    found = set()
    for call in ast.walk(ast.parse(path.read_text())):
        name = (
            call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
        )
        if name == "post":
            found |= _words(call.args[2:3])
        elif name in {"_post", "book", "_book"}:
            found |= {word for word in _words(call.args) if "-" in word}
    return found


def _words(nodes: list[ast.expr]) -> set[str]:
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
