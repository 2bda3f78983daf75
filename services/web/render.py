"""From a template and what it shows to a page, with the headers every page carries.

Learners' pages are said in the reader's language (`shared/languages`): the one they chose, which a
cookie keeps, else the browser's. The console and the pages for developers are English.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from babel import Locale
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.web import words
from services.web.domain import choices, zones
from services.web.domain.room_curve import drawn
from services.web.domain.typed import field_name
from shared.consents import SMS, SMS_WORDINGS
from shared.dates import parse_day, parse_instant
from shared.languages import SOURCE, Tongue, languages, translations
from shared.money import Money

ROOM = Path(__file__).parent
STATIC = ROOM / "static"
# Everything a page needs comes from here; what a form sends may end at a checkout elsewhere, so
# where forms lead is not narrowed to our own address (browsers apply that to redirects as well).
CONTENT_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    "form-action 'self' https: http://127.0.0.1:* http://localhost:*"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# A personal page is nobody else's: kept by no cache, found by no search.
PERSONAL = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_VARIES = "Accept-Encoding, Accept-Language, Cookie"
# Packed are learners' pages only: what is secret of theirs is their address, which nobody can guess
# by the length of an answer; the console's pages hold keys that somebody could.
_PACKED = {"Content-Encoding": "gzip", "Vary": _VARIES}
_WORDS: dict[str, Callable[..., Any]] = {
    "hours": words.hours,
    "day": words.day,
    "short_day": words.short_day,
    "clock": words.clock,
    "span": words.span,
    "days": words.days,
    "place": words.place,
    "moment": words.moment,
    "city": words.city,
    "months": words.months,
    "place_name": words.place_name,
}
_ENGLISH_ONLY = ("console", "developers")  # as their templates' names begin
_YEAR = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Pages:
    """The templates, ready to be filled, in each of our languages."""

    environments: dict[str, Environment]

    @property
    def environment(self) -> Environment:
        """The English one."""
        return self.environments[SOURCE]

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        *,
        personal: bool = False,
        headers: dict[str, str] | None = None,
        **shown: Any,
    ) -> HTMLResponse:
        """The page in the reader's locale. A name the template does not know is a bug."""
        english = template.startswith(_ENGLISH_ONLY)
        accepted = request.headers.get("accept-language")
        locale = words.english_of(accepted) if english else self.locale(request)
        switch = [] if english else _switch(request)
        html = self.html(template, locale=locale, path=request.url.path, switch=switch, **shown)
        kept = PERSONAL if personal else {"Cache-Control": "no-cache"}
        packed = {} if english else _PACKED if _takes_gzip(request) else {"Vary": _VARIES}
        content = gzip.compress(html.encode(), 6, mtime=0) if packed is _PACKED else html
        page = HTMLResponse(content, status, headers=HEADERS | kept | packed | (headers or {}))
        if (asked := request.query_params.get("lang")) in languages():
            page.set_cookie("lang", str(asked), max_age=_YEAR, samesite="lax", path="/")
        return page

    def locale(self, request: Request) -> Locale:
        """The language that was asked for, else the one kept, else what the browser says."""
        for asked in (request.query_params.get("lang"), request.cookies.get("lang")):
            if asked in languages():
                return words.locale_of(f"{asked},", request.headers.get("accept-language"))
        return words.locale_of(request.headers.get("accept-language"))

    def tongues(self) -> list[tuple[str, str]]:
        """Our languages, each by its own name."""
        return [(one, _own_name(one)) for one in languages()]

    def language(self, request: Request) -> str:
        """The reader's locale as mails take it: `en-US`."""
        return str(self.locale(request)).replace("_", "-")

    def tongue(self, request: Request) -> Tongue:
        """To say things in the reader's language."""
        return Tongue(self.locale(request).language)

    def html(self, template: str, *, locale: Locale, **shown: Any) -> str:
        """The text of a page."""
        said = {name: partial(word, locale=locale) for name, word in _WORDS.items()}
        said |= {"money": partial(_money, locale=locale)}
        said |= {"said_day": partial(_said_day, locale=locale)}
        made = self.environments[locale.language].get_template(template)
        return made.render({"switch": []} | shown | said | {"locale": locale})


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _switch(request: Request) -> list[tuple[str, str, str]]:
    """This page in each language: `(language, its own name, address)`; none of a page that came of
    a form, for by a link what was typed would be lost."""
    if request.method != "GET":
        return []
    return [(one, _own_name(one), _in_language(request, one)) for one in languages()]


def _own_name(language: str) -> str:
    """`Deutsch`."""
    return str(Locale(language).get_display_name(language)).capitalize()


def _in_language(request: Request, language: str) -> str:
    others = [(name, value) for name, value in request.query_params.items() if name != "lang"]
    return "?" + urlencode([*others, ("lang", language)])


def pages(*, texts: bool = False) -> Pages:
    """Read from this service's templates; `texts`: whether people are asked if they want texts."""
    return Pages({language: _environment(language, texts) for language in languages()})


def _environment(language: str, texts: bool) -> Environment:
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["listed"] = partial(_listed, Tongue(language))
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    environment.globals.update(
        as_day=parse_day,
        as_instant=parse_instant,
        with_token=_with_token,
        asset=_asset,
        zone_choices=zones.choices,
        same_clock=zones.same_clock,
        us_states=choices.STATES,
        lasting=words.lasting,
        drawn=drawn,
        field_name=field_name,
        texts=texts,
        sms_wording=SMS_WORDINGS[SMS],
    )
    return environment


def _listed(tongue: Tongue, parts: Sequence[Markup]) -> Markup:
    """`A`, `A and B`, `A, B and C`."""
    *others, last = parts
    if not others:
        return last
    # L10N: the last of a list: "A, B and C"
    said = tongue.say("%(others)s and %(last)s", others=Markup(", ").join(others), last=last)
    return Markup(said)  # noqa: S704 - our own templates wrote it


def _with_token(address: str, token: str) -> str:
    """A download of the learner's own: a link cannot send a header."""
    return f"{address}{'&' if '?' in address else '?'}t={quote(token, safe='')}"


def _said_day(text: str | None, locale: Locale) -> str:
    """A day or an instant as an owner wrote it; empty where it wrote none."""
    if not text:
        return ""
    when = parse_day(text) if len(text) == len("2020-10-19") else parse_instant(text)
    return words.short_day(when, "UTC", locale)


def _asset(name: str) -> str:
    """A file's address with a mark of its content, so that it may be kept for good."""
    return f"/static/{name}?v={_MARKS[name]}"


def _money(amount: Money | dict[str, Any], locale: Locale) -> str:
    if isinstance(amount, dict):
        amount = Money(int(amount["amount"]), str(amount["currency"]))
    return words.money(amount, locale)


_MARKS = {
    name: sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    for name in ("site.css", "favicon.svg", "zone.js", "console.css", "console.js")
}
