"""Facts of samples, to try a template with: as they are, and with each name that may lack."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any

from jinja2 import TemplateError

from services.notifications import letters
from services.notifications.api.sample_letters import sample_post
from services.notifications.commands.case import Post, Sender
from services.notifications.contents import contents
from services.notifications.domain.sample_variants import Facts, variants
from services.notifications.domain.template_rules import strange_links
from shared.errors import NotFound

PLAIN = "as it is"
_LOCALES = {"en": "en-US", "de": "de-DE", "es": "es-ES"}


class SampleUnknown(NotFound):
    """There is no sample of that name."""

    slug = "sample-unknown"


def facts_of(template: str, sender: Sender, languages: tuple[str, ...]) -> list[tuple[str, Facts]]:
    """(which sample, its facts) in each of these languages. Raises TemplateUnknown."""
    return [one for language in languages for one in _in(template, sender, language)]


def sample_names(template: str, sender: Sender) -> list[str]:
    """What samples there are. Raises TemplateUnknown."""
    return [name for name, _ in _in(template, sender, "en")]


def chosen(post: Post, sender: Sender, sample: str) -> dict[str, Any]:
    """The facts of a letter as one of its samples has them. Raises SampleUnknown."""
    for name, facts in _of(post, sender):
        if name == sample:
            return dict(facts)
    raise SampleUnknown(f"There is no sample {sample!r}: GET the template to see which there are.")


@lru_cache(maxsize=128)
def _in(template: str, sender: Sender, language: str) -> tuple[tuple[str, Facts], ...]:
    return tuple(_of(sample_post(template, None, _LOCALES.get(language, language)), sender))


def _of(post: Post, sender: Sender) -> Iterator[tuple[str, Facts]]:
    said = contents(post, sender)
    yield PLAIN, said
    yield from variants(said, partial(_renders, post.message.template))


def _renders(template: str, facts: Facts) -> bool:
    try:
        letter = letters.render(template, facts)
    except (TemplateError, LookupError, TypeError, ValueError, AttributeError):
        return False
    return bool(letter.subject) and not strange_links(letter.html)  # an address is never empty
