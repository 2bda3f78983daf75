"""From a template and what it shows to a page, with the headers every page carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel import Locale
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.web import words
from services.web.domain import choices, zones
from services.web.domain.room_curve import drawn
from shared.consents import SMS, SMS_WORDINGS
from shared.dates import parse_day, parse_instant
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
_WORDS: dict[str, Callable[..., str]] = {
    "hours": words.hours,
    "day": words.day,
    "short_day": words.short_day,
    "clock": words.clock,
    "span": words.span,
    "days": words.days,
    "place": words.place,
    "moment": words.moment,
    "city": words.city,
}


@dataclass(frozen=True)
class Pages:
    """The templates, ready to be filled."""

    environment: Environment

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
        locale = words.locale_of(request.headers.get("accept-language"))
        html = self.html(template, locale=locale, path=request.url.path, **shown)
        kept = PERSONAL if personal else {"Cache-Control": "no-cache"}
        return HTMLResponse(html, status, headers=HEADERS | kept | (headers or {}))

    def language(self, request: Request) -> str:
        """The reader's locale as mails take it: `en-US`."""
        return str(words.locale_of(request.headers.get("accept-language"))).replace("_", "-")

    def html(self, template: str, *, locale: Locale, **shown: Any) -> str:
        """The text of a page."""
        said = {name: partial(word, locale=locale) for name, word in _WORDS.items()}
        said |= {"money": partial(_money, locale=locale)}
        said |= {"said_day": partial(_said_day, locale=locale)}
        return self.environment.get_template(template).render(shown | said | {"locale": locale})


def pages(*, texts: bool = False) -> Pages:
    """Read from this service's templates; `texts`: whether people are asked if they want texts."""
    environment = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    environment.globals.update(
        as_day=parse_day,
        as_instant=parse_instant,
        with_token=_with_token,
        asset=_asset,
        zone_choices=zones.choices,
        same_clock=zones.same_clock,
        us_states=choices.STATES,
        months=choices.MONTHS,
        place_name=words.place_name,
        lasting=words.lasting,
        drawn=drawn,
        texts=texts,
        sms_wording=SMS_WORDINGS[SMS],
    )
    return Pages(environment)


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
