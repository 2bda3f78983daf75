"""Tables of the console: what is found, in which order, on which page, and what a sheet gets."""

from decimal import Decimal

import pytest

from services.web.domain.tables import (
    Column,
    View,
    csv_of,
    found,
    lines_of,
    table,
    titles_of,
    view_of,
)

COLUMNS = (
    Column("name", "Name"),
    Column("seats", "Seats", number=True),
    Column("mail", "Mail", hidden=True),
)
ADA = {"name": "Ada Lovelace", "seats": 12, "mail": "ada@example.org"}
BEN = {"name": "ben Okri", "seats": 3, "mail": "ben@example.net"}
EVE = {"name": "Eve", "seats": None, "mail": ""}
ROWS = [BEN, EVE, ADA]


def names(rows):
    return [row["name"] for row in rows]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ["ben Okri", "Eve", "Ada Lovelace"]),
        ("LOVE ada", ["Ada Lovelace"]),
        ("example.net", ["ben Okri"]),
        ("ada okri", []),
        ("12", ["Ada Lovelace"]),
    ],
    ids=["nothing", "both-words-any-case", "hidden-column", "words-of-two-rows", "number"],
)
def test_every_word_has_to_stand_in_a_row(words, expected):
    assert names(found(ROWS, COLUMNS, View(words))) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Ada Lovelace", "ben Okri", "Eve"]),
        ("-name", ["Eve", "ben Okri", "Ada Lovelace"]),
        ("seats", ["ben Okri", "Ada Lovelace", "Eve"]),
        ("-seats", ["Ada Lovelace", "ben Okri", "Eve"]),
        ("no-column", ["ben Okri", "Eve", "Ada Lovelace"]),
    ],
)
def test_rows_are_sorted_by_a_column_the_empty_ones_last(sort, expected):
    assert names(found(ROWS, COLUMNS, View(sort=sort))) == expected


def test_numbers_and_words_in_one_column_are_no_fault():
    rows = [{"name": "b"}, {"name": 10}, {"name": "a"}, {"name": 9}]
    assert names(found(rows, COLUMNS, View(sort="name"))) == [9, 10, "a", "b"]


PRICES = (Column("name", "Name"), Column("due", "Due", number=True, money=True))


def price(name, due, currency):
    return {"name": name, "due": Decimal(due), "currency": currency}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("due", ["b", "d", "a", "c"]), ("-due", ["d", "b", "c", "a"])],
)
def test_amounts_are_put_in_order_within_their_currency_alone(sort, expected):
    rows = [price("a", "9.50", "USD"), price("b", "20.00", "EUR"), price("c", "100.00", "USD"),
            price("d", "110.00", "EUR")]  # fmt: skip
    assert names(found(rows, PRICES, View(sort=sort))) == expected


def test_an_amount_stands_in_a_sheet_as_it_is_counted_with():
    rows = [price("=a", "-9.50", "USD"), price("b", "1500", "JPY")]
    assert csv_of(rows, PRICES).splitlines() == ["Name,Due", "'=a,-9.50", "b,1500"]


def test_a_sheet_of_parts_is_the_whole_sheet():
    parts = titles_of(COLUMNS) + lines_of(ROWS[:1], COLUMNS) + lines_of(ROWS[1:], COLUMNS)
    assert parts == csv_of(ROWS, COLUMNS)


def test_following_a_title_sorts_by_it_and_then_turns():
    once = View("ada", page=3).by("name")
    assert (once.sort, once.page, once.words) == ("name", 1, "ada")
    assert once.by("name").sort == "-name"
    assert once.by("name").by("name").sort == "name"
    assert once.by("seats").sort == "seats"


def test_fifty_rows_are_a_page_and_one_behind_the_last_is_the_last():
    rows = [{"name": f"n{number:03}"} for number in range(101)]
    first = table(rows, COLUMNS, View())
    assert (len(first.rows), first.count, first.all, first.pages) == (50, 101, 101, 3)
    last = table(rows, COLUMNS, View(page=9))
    assert (names(last.rows), last.view.page) == (["n100"], 3)
    none = table([], COLUMNS, View(page=2))
    assert (none.rows, none.pages, none.view.page) == ((), 1, 1)


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 40, ""])
def test_a_page_that_is_none_is_the_first(page):
    assert view_of({"page": page}).page == 1


def test_an_address_says_the_view_and_keeps_what_it_is_told_to():
    view = view_of({"q": " ada & co ", "sort": "-name", "page": "2", "state": "open"}, ["state"])
    assert view == View("ada & co", "-name", 2, (("state", "open"),))
    assert view.address() == "?state=open&q=ada+%26+co&sort=-name&page=2"
    assert view.at(1).address(format="csv") == ("?state=open&q=ada+%26+co&sort=-name&format=csv")


def test_a_sheet_has_every_column_and_no_formula():
    rows = [
        {"name": '=HYPERLINK("http://evil")', "seats": -3, "mail": "@sum"},
        {"name": 'Ada, "the first"', "seats": 0, "mail": None},
    ]
    assert csv_of(rows, COLUMNS).splitlines() == [
        "Name,Seats,Mail",
        '"\'=HYPERLINK(""http://evil"")",-3,\'@sum',
        '"Ada, ""the first""",0,',
    ]
