"""The index of decisions leads to each of them, once."""

from __future__ import annotations

import re

from tests.docs.index import BEGIN, END, NEWEST, PAGE, SUBJECTS, anchor, index, with_index

TEXT = PAGE.read_text()
HEADINGS = re.findall(r"^## (\d+\. .+)$", TEXT, re.MULTILINE)


def test_the_index_is_of_today():
    assert with_index(TEXT) == TEXT, "make docs"


def test_each_decision_is_in_it_once():
    listed = re.findall(r"^\* \[(\d+\. .+)\]\(#", TEXT, re.MULTILINE)
    assert len(HEADINGS) > 130
    assert sorted(listed) == sorted(HEADINGS)


def test_no_number_is_given_twice():
    numbers = [heading.partition(".")[0] for heading in HEADINGS]
    assert len(set(numbers)) == len(numbers)
    given = " ".join(SUBJECTS.values()).split()
    assert len(set(given)) == len(given)


def test_entries_are_untouched_and_a_new_one_stands_at_the_end():
    page = (
        "# Decisions\n\nHow they are kept.\n\n## 2. Rows\nWhy.\n\n## 999. It's `new`: yes/no\nSo.\n"
    )
    made = with_index(page)
    assert made == (
        f"# Decisions\n\nHow they are kept.\n\n{BEGIN}\n"
        "**Rows, batches and transactions**\n\n* [2. Rows](#2-rows)\n\n"
        f"**{NEWEST}**\n\n* [999. It's `new`: yes/no](#999-its-new-yesno)\n{END}\n\n"
        "## 2. Rows\nWhy.\n\n## 999. It's `new`: yes/no\nSo.\n"
    )
    assert with_index(made) == made


def test_what_is_not_written_yet_is_no_line():
    assert index("## 1. Ids\n").count("\n* ") == 1


def test_an_anchor_is_what_the_site_makes_of_a_heading():
    assert anchor("45. Speed: 65 % of no database") == "45-speed-65-of-no-database"
    assert anchor('65. "Nobody" is – one; it\'s') == "65-nobody-is-one-its"
