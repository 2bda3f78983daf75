"""What a provider's own template may be: its size, its words, and what it has to say.

The facts that a letter is for cannot be left out, whatever the words around them are (domain.md
§7: a receipt has its number and tax id, an offer its end); neither can a way in that ours has.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

EVERY = ""  # in the place of a language: for all of them
LARGEST = 20_000  # characters of a template
DEEPEST = 30  # parts within parts
LOOPS = 2  # loops within one another
BLOCKS = ("subject", "preview", "headline", "content")
KIT = (
    "p", "quiet", "terms", "section", "link", "items", "lines", "facts", "amounts", "action",
    "session", "sessions",
)  # fmt: skip
FILTERS = ("capitalize_first", "first", "last", "length", "list", "listed", "map", "squeeze")
LOOP = ("first", "last", "index", "length")
SUBJECT = 200  # characters of a subject, with sample facts

# What a letter is for. A name stands for itself and for what is in it.
MUST_SAY: Mapping[str, tuple[str, ...]] = {
    "registration_received": ("pay_by", "to_pay"),
    "offer": ("until",),
    "payment_failed": ("pay_by",),
    "receipt": ("number", "items", "total", "paid_at", "name", "seller", "provider.tax_id"),
    "invoice_reminder": ("number", "due", "due_day", "payable_to"),
    "cancellation_settled": ("what", "amounts", "still_due", "credits"),
    "credit_issued": ("code", "amount", "until", "terms"),
    "credit_expiring": ("code", "amount"),
    "refund_settled": ("amount",),
    "refund_failed": ("amount", "by_hand"),
    "session_changed": ("session", "kind"),
    "session_cancelled": ("session",),
    "course_cancelled": ("choice", "money"),
    "reminder_7d": ("session",),
    "reminder_1d": ("session",),
    "join_1h": ("session",),
    "meeting_swapped": ("session",),
    "my_registrations": ("registrations",),
    "certificate_missing": ("missing",),
    "certificate_ready": ("certificates",),
    "certificate_superseded": ("new", "old_number", "less"),
    "certificate_revoked": ("number",),
}

_PLACES = re.compile(r"%%|%\([A-Za-z_]\w*\)s")
_SAFE = ("https://", "http://", "webcal:")  # the last: the sessions, for a calendar
_LINK = re.compile(r"https://[^\s<>\"'\\]+")


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong in a template. `line` counts from 1; 0: of the template as a whole."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}" if self.line else self.words


@dataclass(frozen=True)
class Theirs:
    """A provider's own template; `language` "" is all of them."""

    template: str
    language: str
    version: int
    source: str


def whose(theirs: Iterable[Theirs], language: str) -> Theirs | None:
    """By whose source a letter in that language is: theirs for it, theirs for all; None: ours."""
    by_language = {one.language: one for one in theirs}
    return by_language.get(language) or by_language.get(EVERY)


def text_fault(text: str) -> str:
    """What is wrong with words of a template; empty where nothing is. They go into HTML and into
    plain text alike, so no tags and no entities may be in them."""
    if "<" in text or ">" in text:
        return "no < and >: a template has words, not HTML; use the kit (k.section, k.link, ...)."
    if html.unescape(text) != text:
        return "no entities such as &amp;: write the character itself."
    if any(ord(char) < 32 and char not in "\t\n\r" for char in text):
        return "there is a character that cannot be seen; take it out."
    return ""


def sentence_fault(text: str) -> str:
    """The same of a sentence with places to be filled in."""
    if "%" in _PLACES.sub("", text):
        return "a place is written %(name)s, and a per cent sign twice: %%."
    return text_fault(text)


def link_fault(url: str) -> str:
    """What is wrong with an address of their own."""
    return "" if _LINK.fullmatch(url) else "a link of your own begins with https://."


def unknown(name: str, known: Iterable[str]) -> str:
    """That a name is not there, and which may be meant."""
    near = get_close_matches(name, sorted(known), n=1)
    return f"there is no `{name}` here" + (f"; do you mean `{near[0]}`?" if near else ".")


def unsaid(template: str, said: Iterable[str], known: Iterable[str]) -> list[Fault]:
    """Facts that the template has to mention and does not; `said` are dotted names."""
    mentioned, there = set(said), set(known)
    return [
        Fault(0, f"`{name}` has to be said: it is what this letter is for.")
        for name in MUST_SAY.get(template, ())
        if name.partition(".")[0] in there and not _mentions(mentioned, name)
    ]


def _mentions(said: set[str], name: str) -> bool:
    return any(one == name or one.startswith(f"{name}.") for one in said)


def lost_links(ours: str, theirs: str) -> list[str]:
    """Ways in that our letter's HTML has and theirs lacks (the place within a page counts not)."""
    return sorted(_links(ours) - _links(theirs))


def strange_links(theirs: str) -> list[str]:
    """Addresses of links that no reader should follow."""
    return sorted(url for url in _links(theirs) if not url.startswith(_SAFE))


def _links(page: str) -> set[str]:
    found = re.findall(r'<a\b[^>]*?\bhref="([^"]*)"', page)
    return {html.unescape(url).partition("#")[0] for url in found}
