"""A cursor outlives the database: it leads back to where two logs part, and never forward."""

from base64 import urlsafe_b64encode

import pytest

from services.partners.domain.cursors import (
    CursorUnknown,
    cursor_text,
    place_in,
    read_cursor,
    restored,
)

A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"


def text(of: str) -> str:
    return urlsafe_b64encode(of.encode()).decode().rstrip("=")


def test_a_cursor_reads_as_it_was_written():
    lineage = [(A, 0), (B, 4000)]
    assert read_cursor(cursor_text(4711, lineage)) == (4711, lineage)
    assert read_cursor(cursor_text(0, [])) == (0, [])


JUNK = {
    "empty": "",
    "a word": "latest",
    "a number": "4711",
    "no base64": "ä💥",
    "padded": cursor_text(1, [(A, 0)]) + "=",
    "cut off": cursor_text(1, [(A, 0)])[:-3],
    "negative": text("[-1,[]]"),
    "a fraction": text("[1.0,[]]"),
    "true": text("[true,[]]"),
    "too large": text("[9223372036854775808,[]]"),
    "a text": text('["1",[]]'),
    "no list": text("1"),
    "an object": text('{"a":1}'),
    "no lineage": text("[1]"),
    "a name too long": text('[1,[["aaaaaaaaa",0]]]'),
    "a name of NUL": text('[1,[["aaaaaaa\\u0000",0]]]'),
    "deep": text("[" * 900),
    "with blanks": text("[1, []]"),
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_what_is_no_cursor_is_refused_and_says_what_to_do(junk):
    with pytest.raises(CursorUnknown) as refused:
        read_cursor(junk)
    assert refused.value.errors[0]["pointer"] == "/after"
    assert "next" in refused.value.errors[0]["detail"]


def test_in_the_same_log_one_goes_on_where_one_was():
    assert place_in(4711, [(A, 0)], [(A, 0)]) == 4711
    assert place_in(4711, [(A, 0), (B, 4000)], [(A, 0), (B, 4000)]) == 4711


def test_a_log_that_was_restored_is_the_same_up_to_its_backup():
    went_on = [(A, 0), (B, 4000)]
    assert place_in(3999, [(A, 0)], went_on) == 3999
    assert place_in(4000, [(A, 0)], went_on) == 4000
    assert place_in(5000, [(A, 0)], went_on) == 4000


def test_a_cursor_of_a_life_that_was_lost_goes_back_to_where_that_began_or_before():
    lost = [(A, 0), (B, 4000)]
    assert place_in(5000, lost, [(A, 0)]) == 4000
    assert place_in(5000, lost, [(A, 0), (C, 3000)]) == 3000
    assert place_in(5000, lost, [(A, 0), (C, 4500)]) == 4000
    assert place_in(2500, lost, [(A, 0), (C, 3000)]) == 2500


def test_a_log_that_began_anew_is_read_from_its_beginning():
    assert place_in(5000, [(A, 0)], [(B, 0)]) == 0
    assert place_in(5000, [(A, 0)], []) == 0
    assert place_in(0, [], [(A, 0)]) == 0


def test_a_restored_log_goes_on_under_another_name():
    assert restored(4000, [(A, 0)], B) == [(A, 0), (B, 4000)]
    assert restored(0, [], B) == [(B, 0)]


def test_a_name_under_which_nothing_was_said_by_the_backup_is_not_kept_and_its_cursors_go_back():
    again = restored(4000, [(A, 0), (B, 4000)], C)
    assert again == [(A, 0), (C, 4000)]
    assert place_in(4500, [(A, 0), (B, 4000)], again) == 4000
    anew = restored(0, [(A, 0)], B)
    assert anew == [(B, 0)]
    assert place_in(4500, [(A, 0)], anew) == 0
