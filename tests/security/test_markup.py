"""Whatever a stranger writes is words: in no template, mail or page is it markup.

The pages of web have their tour in `edges/web/test_markup.py`; that a PDF shows it as it was
written, `rules/certificates/test_render.py` and `edges/billing/test_invoice_files.py` say.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from markupsafe import Markup

from services.attendance.api import door, sheets
from services.attendance.domain.sheets import Printed
from services.certificates.api import verify
from services.notifications import letters, pages
from services.notifications.api.sample_letters import sample_post
from services.notifications.commands.case import Sender
from services.notifications.contents import contents
from tests.conftest import ROOT
from tests.security.markup import EVIL, RAW, evil_in

SENDER = Sender("https://courses.example", "a secret of the tests", "courses@praxis.example")
TEMPLATES = sorted(
    path
    for room in ("services", "stack")
    for path in (ROOT / room).rglob("*")
    if "templates" in path.parts and path.suffix in {".html", ".j2"}
)
# What would make words markup again, whatever escapes them: each by its own reason.
HOLES = {
    "said to be safe": re.compile(r"\|\s*safe\b|Markup\(|autoescape\s+false"),
    "an attribute without quotes": re.compile(r"\s[a-zA-Z-]+=\{\{"),
    "words in a script or a handler": re.compile(
        r"<script[^>]*>[^<]*\{\{|\son[a-z]+=|=[\"']\s*javascript:"
    ),
    "a frame": re.compile(r"srcdoc|<iframe(?![^>]*\bsandbox)"),
}


# One of the texts of a table that is written there, and which nobody else can add to.
OURS = {
    "_certificates.html": '}.get(line.state, "") | safe',
    "mine.html": '}.get(state, "") | safe',
}


def test_all_templates_are_looked_at() -> None:
    names = {path.name for path in TEMPLATES}
    assert {"mine.html", "door.html", "verify.html", "layout.html", "receipt.j2"} <= names
    assert len(TEMPLATES) > 60


@pytest.mark.parametrize("hole", HOLES)
def test_no_template_makes_markup_of_words(hole: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in TEMPLATES
        for hit in HOLES[hole].finditer(path.read_text().replace(OURS.get(path.name, "\0"), ""))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("hole", "text"),
    [
        ("said to be safe", "<p>{{ name|safe }}"),
        ("an attribute without quotes", "<a href={{ name }}>"),
        ("words in a script or a handler", "<script>var name = '{{ name }}'</script>"),
        ("words in a script or a handler", "<p onclick='{{ name }}'>"),
        ("a frame", "<iframe srcdoc='{{ html }}'>"),
    ],
)
def test_each_hole_is_found(hole: str, text: str) -> None:
    assert HOLES[hole].search(text)


@pytest.mark.parametrize("template", sorted(letters.names()))
def test_no_word_of_a_mail_is_markup(template: str) -> None:
    facts = contents(sample_post(template), SENDER)
    rendered = 0
    for where, evil in evil_in(facts):
        if where == "/lang":
            continue
        try:
            letter = letters.render(template, evil)
        except (KeyError, ValueError, AttributeError, TypeError):
            continue  # a word of ours, by which something is looked up
        rendered += 1
        assert not RAW.search(letter.html), where
        assert "\n" not in letter.subject, where
    assert rendered > 5


FOUND = {
    "course": "Attachment", "session": "First", "location": "Room 1", "zone": "America/New_York",
    "starts_at": "2020-10-02T20:00:00Z", "ends_at": "2020-10-02T22:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize("field", ["course", "session", "location"])
def test_no_word_of_a_sheet_to_sign_is_markup(field: str) -> None:
    rows = [Printed(1, EVIL, EVIL)]
    page = sheets._page({**FOUND, field: EVIL}, rows)
    assert not RAW.search(page)
    assert page.count("onclick") >= 2, "they are words"


SAID: dict[str, Any] = {
    "status": "valid", "holder": "Ada", "title": "Attachment", "number": "2020-1", "board": "NBCC",
    "kind": "learner", "credits": "6", "unit": "hours", "provider": "Praxis", "issued": "today",
    "sha256": "ab", "reason": "so", "superseded_by": "", "holder_erased": False, "copies": [],
    "key_compromised_at": None, "issuer": {"name": "Praxis"},
}  # fmt: skip


def test_no_word_of_other_pages_is_markup() -> None:
    at = datetime(2020, 9, 1, tzinfo=UTC)
    shown = {
        "slug": "x", "detail": "why", "title": "Attachment", "opens": "noon", "starts": "one",
        "wait": None, "newer": True, "mine": None,
    }  # fmt: skip
    told = {"said": SAID, "code": "ABCD", "is_number": False, "at": at}
    texts = {"lang": "en", "title": "Stop", "lines": ["So."], "button": "Stop", "action": "/x"}
    for template, given in (
        (verify._pages.get_template("verify.html"), told),
        (door._templates().get_template("door.html"), shown),
        (pages._template(), texts),
    ):
        for where, evil in evil_in(given):
            assert not RAW.search(template.render(evil)), (template.name, where)


def test_markup_that_is_really_there_is_found() -> None:
    assert RAW.search(Markup("<p>{}</p>").format(Markup(EVIL)))
    assert not RAW.search(Markup("<p>{}</p>").format(EVIL))
