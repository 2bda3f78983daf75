"""The page behind "stop mails like this one": it asks, and says what holds. Nothing else.

Opening it changes nothing, for whatever checks mails for harm opens every link in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from services.notifications.domain.unsubscribing import Stream
from services.notifications.letters import TEMPLATES
from services.notifications.words import FALLBACK, locale_of, tongue
from shared.languages import Tongue, marked

_STOPPED: Mapping[Stream, str] = {
    "credits": marked("You get no more reminders that a credit is about to end."),
    "evaluations": marked("You get no more mails that ask for an evaluation."),
}
_WANTED: Mapping[Stream, str] = {
    "credits": marked("We write to you 30 and 7 days before a credit of yours ends."),
    "evaluations": marked(
        "After a course we ask for your evaluation, and remind you once. Some boards want it "
        "before a certificate is issued; your page shows it either way."
    ),
}
_ALL_ELSE = marked("Whatever you need to take part, and all about money and certificates, comes.")


def stopped_page(stream: Stream, locale: str, token: str) -> str:
    """These mails have ended; a button lets them come again."""
    say = tongue(locale_of(locale))
    lines = [say.say(_STOPPED[stream]), say.say(_ALL_ELSE)]
    title, button = say.say("These mails have ended"), say.say("Let them come again")
    return _page(say, title, lines, button, f"/notifications/v1/unsubscribe/{token}/undo")


def wanted_page(stream: Stream, locale: str, token: str) -> str:
    """These mails come; a button ends them."""
    say = tongue(locale_of(locale))
    lines = [say.say(_WANTED[stream]), say.say(_ALL_ELSE)]
    title, button = say.say("Stop these mails?"), say.say("Stop these mails")
    return _page(say, title, lines, button, f"/notifications/v1/unsubscribe/{token}")


def unknown_page() -> str:
    """The link is of no mail, or of somebody whose record was erased."""
    say = tongue(FALLBACK)
    line = say.say(
        "If you copied the link, copy it whole. If your record was erased, no mail comes."
    )
    return _page(say, say.say("This link leads nowhere"), [line], "", "")


def _page(say: Tongue, title: str, lines: list[str], button: str, action: str) -> str:
    names = {"lang": say.language, "title": title, "lines": lines}
    return _template().render(names | {"button": button, "action": action})


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("unsubscribe.html")
