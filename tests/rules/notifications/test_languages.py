"""The catalogues of languages: whole, with what is filled in, and every letter in each of them."""

import re
from email import message_from_bytes, policy

import pytest
from babel import Locale

from services.notifications import letters, words
from services.notifications.api.samples import SAMPLES, sample_case
from services.notifications.commands.case import Case, Sender
from services.notifications.envelope import letter_of, mail_of
from services.notifications.letters import Letter
from shared.languages import CATALOGUES, SOURCE, Tongue, languages, translations
from shared.money import Money
from tests.languages import extracted, read, up_to_date

SENDER = Sender("https://courses.example", "a secret of the tests", "courses@praxis.example")
OTHERS = [name for name in languages() if name != SOURCE]
_FILLED = re.compile(r"%\((\w+)\)s|%%|%")


def ours(letter: Letter, case: Case) -> str:
    """The text without what the provider wrote: that stays."""
    text = " ".join(re.sub(r"https?://\S+", "", letter.text).split())
    body = case.course.body
    theirs = [body.get("reason") or "", body["title"], body["provider"]["name"]]
    theirs += [session["cancelled_reason"] or "" for session in body["sessions"]]
    theirs += [
        what for session in body["sessions"] for what in (session["title"], *session["hours"])
    ]
    for words_ in sorted(theirs, key=len, reverse=True):
        text = text.replace(" ".join(words_.split()) or "\0", "")
    return text


def filled(sentence: str) -> set[str]:
    return {match.group(1) or match.group(0) for match in _FILLED.finditer(sentence)}


def test_english_german_and_spanish_are_there_and_each_other_file_is_a_language_more() -> None:
    assert languages() == ("en", "de", "es")
    assert sorted(OTHERS) == sorted(path.stem for path in CATALOGUES.glob("*.po"))


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_holds_what_is_said_and_nothing_else(language: str) -> None:
    path = CATALOGUES / f"{language}.po"
    assert path.read_bytes() == up_to_date(path), "make languages"


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated_with_what_is_filled_in(language: str) -> None:
    wrong = []
    for message in read(CATALOGUES / f"{language}.po"):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        same = set().union(*map(filled, ids)) == set().union(*map(filled, said))
        ends = all(text[-1:] in ".:?!,)" or text[-1:] not in ".:?!," for text in said)
        if not all(said) or message.fuzzy or not same or not ends:
            wrong.append(ids[0])
    assert wrong == []


def test_what_is_said_is_found_in_code_and_in_templates() -> None:
    found = {m.id[0] if isinstance(m.id, tuple) else m.id for m in extracted() if m.id}
    assert {
        "Your seat is confirmed.",  # a template
        "Your session",  # one of a plural
        "You still owe %(amount)s on the invoice.",  # code, said later
        "Session %(place)s of %(of)s",  # code
    } <= found
    assert all(" " in one or one[:1].isalpha() for one in found)


def test_a_sentence_that_a_catalogue_lacks_is_said_in_english() -> None:
    assert Tongue("de").say("Nobody says %(what)s.", what="this") == "Nobody says this."
    assert Tongue("de").say_n("%(number)s cat", "%(number)s cats", 3) == "3 cats"
    assert Tongue("de").say_n("Your session", "Your sessions", 2) == "Ihre Sitzungen"
    with pytest.raises(KeyError):
        Tongue("de").say("Your seat is held until %(when)s.")
    with pytest.raises(FileNotFoundError):
        translations("xx")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("de-AT", "de_AT"), ("de", "de"), ("es-MX", "es_MX"), ("en-GB", "en_GB"),
        ("fr-FR", "en_US"), ("", "en_US"), (None, "en_US"), ("not a locale", "en_US"),
    ],
)  # fmt: skip
def test_a_reader_is_written_to_in_their_language_where_we_write_it(asked, answered) -> None:
    assert str(words.locale_of(asked)) == answered


@pytest.mark.parametrize("locale", ["de-DE", "es-ES"])
@pytest.mark.parametrize("template", sorted(SAMPLES))
def test_every_letter_can_be_said_in_every_language(template: str, locale: str) -> None:
    letter = letter_of(sample_case(template, locale=locale), SENDER)
    english = letter_of(sample_case(template), SENDER)
    assert letter.subject != english.subject
    assert f'lang="{locale[:2]}"' in letter.html
    assert not re.search(r"%\(\w+\)s|\{\{|None", letter.text + letter.subject)
    # the same links, in the same order, whatever is said around them
    urls = re.compile(r"(?:https|webcal)://[^\s<>\"]+")
    assert urls.findall(letter.text) == urls.findall(english.text)
    long = [line for line in letter.text.splitlines() if len(line) > 72 and "://" not in line]
    assert not long
    assert not set(ENGLISH.findall(ours(letter, sample_case(template, locale=locale))))


# Words that no German and no Spanish sentence has; what a provider wrote stays as it is.
ENGLISH = re.compile(
    r"\b(?:your|you|the|and|of|is|fee|until|received|session|sessions|will be|attached)\b"
)


def test_the_facts_are_said_as_a_german_reads_them() -> None:
    letter = letter_of(sample_case("reminder_1d", "Europe/Berlin", "de-DE"), SENDER)
    # the day after Berlin's clocks went back, and a week before New York's
    assert "Sitzung 2 von 4 ist am Montag, 26. Oktober 2020 um 21:00 Uhr." in letter.text
    assert "21:00 – 23:00, Zeit in Berlin (CET)" in letter.text
    assert "16:00 – 18:00, Zeit in New York (EDT)" in letter.text


def test_the_headers_of_a_mail_in_another_language_can_be_read_back() -> None:
    mail = message_from_bytes(
        mail_of(sample_case("registration_confirmed", locale="es-ES"), SENDER).as_bytes(),
        policy=policy.default,
    )
    assert str(mail["Subject"]).startswith("Tiene una plaza: ")
    text = mail.get_body(("plain",)).get_content()
    assert "Su plaza está confirmada." in text
    assert "Entrar en la sesión 1" in text


def test_amounts_and_lists_follow_the_reader() -> None:
    german = Locale("de", "DE")
    assert words.money(Money(19900, "USD"), german) == "199,00 $"
    assert letters.listed(Tongue("de"), ["A", "B", "C"]) == "A, B und C"
    assert letters.listed(Tongue("es"), ["A"]) == "A"
