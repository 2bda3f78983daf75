"""What is made of a row is made once a row, and never kept for another."""

from __future__ import annotations

from services.certificates.commands.remembered import SIZE, remembered


class Row:
    """Equal to every other row, as two readings of one course are."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row)

    __hash__ = object.__hash__


def test_the_same_row_is_looked_at_once_and_an_equal_one_anew() -> None:
    looked: list[object] = []

    @remembered
    def made(row: Row, given_back: list[str] | None = None) -> int:
        looked.append((row, given_back))
        return len(looked)

    one, other = Row(), Row()
    assert [made(one), made(one), made(other), made(one)] == [1, 1, 2, 1]
    assert made(one, ["s1"]) == 3, "for whom a session was given back it is another course"
    assert made(one, ["s1"]) == 3
    assert made(one, given_back=["s1"]) == 4


def test_only_the_last_few_are_kept() -> None:
    looked: list[Row] = []

    @remembered
    def made(row: Row) -> int:
        looked.append(row)
        return len(looked)

    rows = [Row() for _ in range(SIZE + 1)]
    for row in rows:
        made(row)
    assert made(rows[-1]) == SIZE + 1
    assert made(rows[0]) == SIZE + 2, "the first was forgotten, and is made anew"
