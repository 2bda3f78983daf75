"""What people read, in their language: one catalogue a language, in gettext's format.

English stands in the code and in the templates. `de.po` holds the German of each sentence; another
language is another file beside it, and nothing else. `make languages` brings the files up to date
with what the code says. A sentence that a catalogue lacks is said in English: better a sentence in
another language than none.

Sentences are whole: a sentence put together of pieces can be said in no other language. What is
filled in has a name (`%(amount)s`), for other languages have another order; a per cent sign is
written twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent
SOURCE = "en"  # ISO 639-1


@cache
def languages() -> tuple[str, ...]:
    """The languages that we write in, by ISO 639-1; English first."""
    return SOURCE, *sorted(path.stem for path in CATALOGUES.glob("*.po"))


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of one of `languages()`, as gettext and Jinja2 take it.

    Raises FileNotFoundError for another.
    """
    if language == SOURCE:
        return NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True)
class Tongue:
    """A language to say things in; the default is English."""

    language: str = SOURCE

    def say(self, message: str, **names: object) -> str:
        """The sentence with what is filled in. Raises KeyError for a name that nobody gave."""
        return translations(self.language).gettext(message) % names

    def say_n(self, one: str, many: str, number: int, **names: object) -> str:
        """The same where the number decides how it is said; it is filled in as `%(number)s`."""
        said = translations(self.language).ngettext(one, many, number)
        return said % {"number": number, **names}


def marked(message: str) -> str:
    """A sentence that is said later, by `say`: so that the catalogues come to hold it."""
    return message
