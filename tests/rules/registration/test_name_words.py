"""What a name is found by, and what is asked of the database for what was typed."""

import pytest

from services.registration.domain.name_words import LONGEST, MOST, query_of, words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Ada Lovelace", "ada lovelace"),
        ("  ADA   ada ", "ada"),
        ("Žaneta Łuczyńska-O'Neil", "zaneta luczynska o neil luczynskaoneil"),
        ("Søren Æbelø", "soren aebelo"),
        ("Straße", "strasse"),
        ("İpek Işık", "ipek isik"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("Дмитрий Йовков", "дмитрии иовков"),
        ("王 小明", "王 小明"),
        ("R2-D2", "r2 d2 r2d2"),
        ("' & | ! :* \\ \x00", ""),
        ("", ""),
    ],
)
def test_case_accents_and_signs_do_not_count(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("lov", "'lov':*"),
        ("Lov ADA lov", "'lov':* & 'ada':*"),
        ("O'Neil", "'o':* & 'neil':*"),
        ("oneil", "'oneil':*"),
        ("a:* | !b & 'c\\'", "'a':* & 'b':* & 'c':*"),
        ("' \x00 &", ""),
    ],
)
def test_what_was_typed_is_words_and_never_operators(typed: str, query: str) -> None:
    assert query_of(typed) == query


def test_a_name_of_any_length_fits_into_an_index() -> None:
    # One sign that stands for eighteen letters and spaces, as long as a name may be.
    words = words_of("\ufdfa" * 500 + " " + "x" * 500).split()
    assert len(words) <= MOST
    assert max(map(len, words)) <= LONGEST
    assert len(query_of("y " * 500 + " ".join(map(str, range(100)))).split(" & ")) <= MOST
