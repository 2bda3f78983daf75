"""The certificates of the examples: they conform, and the documentation shows them."""

from __future__ import annotations

import re

import pytest

from services.certificates.render import render
from tests import pictures
from tests.rules.certificates.test_render import PROFILES, failures, text_of

PAGES = dict(pictures.pages())
DOC = pictures.ROOT / "docs" / "certificates.md"


@pytest.mark.parametrize("name", PAGES)
def test_each_certificate_of_the_examples_conforms(name):
    done = render(PAGES[name])
    assert (done.conformance, done.lacks) == (("PDF/A-2a", "PDF/UA-1"), ())
    for profile in PROFILES:
        assert failures(done.pdf, profile) == []
    assert PAGES[name]["number"] in text_of(done.pdf)


def test_each_is_shown_in_the_documentation_small_and_with_what_is_on_it_in_words():
    shown = dict(re.findall(r"!\[(.+?)\]\(images/certificates/([\w-]+)\.png\)", DOC.read_text()))
    assert sorted(shown.values()) == sorted(PAGES)
    for name in PAGES:
        assert (pictures.FOLDER / f"{name}.png").stat().st_size <= 120_000


def test_the_apas_statement_stands_as_the_apa_wants_it():
    assert (
        "Institute for Better Health, Inc is approved by the American Psychological Association to "
        "sponsor continuing education for psychologists. Institute for Better Health, Inc maintains "
        "responsibility for this program and its content."
    ) in text_of(render(PAGES["apa"]).pdf)


def test_a_physicians_says_what_was_claimed_and_new_york_gets_its_own_name():
    text = text_of(render(PAGES["accme"]).pdf)
    assert "7.5 AMA PRA Category 1 Credit(s)™" in text
    assert "claimed by the physician, of at most 8" in text
    assert PAGES["nysed-sw"]["heading"] == "Certificate of Completion"


def test_whatever_is_made_up_says_so():
    for name in ("nbcc", "naadac", "nysed-mhc", "nysed-sw", "state", "wespsb", "accme", "ancc"):
        assert "Sample wording" in text_of(render(PAGES[name]).pdf)
