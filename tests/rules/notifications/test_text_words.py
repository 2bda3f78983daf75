"""The words of a text: how many it is billed as, short in every language, never without its link."""

import dataclasses

import pytest

from services.notifications.api.samples import sample_case
from services.notifications.commands.case import Case, Sender
from services.notifications.domain.course import Said
from services.notifications.domain.segments import TooLongError, fitted, plain, segments, shortened
from services.notifications.texts.words import _WRITERS, text_of
from shared.dates import parse_instant
from shared.languages import languages
from shared.runtime.rows import replace

SENDER = Sender("https://courses.example.org", "a secret of the tests", "courses@praxis.example")
LOCALES = {"en": "en-US", "de": "de-DE", "es": "es-MX"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ñ¿é" * 53, 1),  # of the GSM alphabet
        ("á" + "a" * 69, 1),
        ("á" + "a" * 70, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("€" * 80, 1),  # each is an escape and itself
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # 306 septets, but an escape is not torn apart
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 66 + "😀" + "a" * 65, 2),
        ("a" * 66 + "😀" + "a" * 66, 3),  # a pair is not torn apart
    ],
)
def test_how_many_messages_a_text_is_billed_as(text: str, count: int):
    assert segments(text) == count


def test_typography_costs_nothing_and_what_is_unseen_goes():
    assert plain("“Attachment” – a\u00a0start…\n\u200bNow’s") == '"Attachment" - a start... Now\'s'
    assert segments(plain("„So“ — und ‚so‘")) == 1


def test_a_title_is_cut_until_it_fits_and_what_never_fits_is_said_so():
    assert shortened("Attachment Theory", 12) == "Attachmen..."
    said = fitted(lambda title: f"{title}: {'x' * 290}", "T" * 100, 2)
    assert said == f"{'T' * 9}...: {'x' * 290}"
    with pytest.raises(TooLongError):
        fitted(lambda title: f"{title}: {'x' * 310}", "T", 2)


def case_of(template: str, language: str) -> Case:
    return sample_case(template, "America/New_York", LOCALES[language])


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("template", sorted(_WRITERS))
def test_every_text_is_short_says_how_to_stop_them_and_has_its_link(template: str, language: str):
    case = case_of(template, language)
    text = text_of(case, SENDER)
    assert segments(text) <= (4 if language == "es" else 3)
    assert "STOP" in text
    assert text.count("https://courses.example.org/") == 1
    assert "\n" not in text
    wordy = replace(case.course, body=case.course.body | {"title": "Ł" * 200})
    long = dataclasses.replace(case, course=wordy)
    assert segments(text_of(long, SENDER)) <= 4
    assert text_of(long, SENDER).count("https://courses.example.org/") == 1


TITLE = "Improving Treatment Effectiveness with Attachment Theory"


@pytest.mark.parametrize(
    ("template", "language", "words"),
    [
        ("join_1h", "en", f"{TITLE} begins at 4:00 PM. Join: … STOP ends these texts."),
        ("join_1h", "de", f"{TITLE} beginnt um 16:00 Uhr. Teilnehmen: … STOP beendet diese SMS."),
        (
            "join_1h",
            "es",
            f"{TITLE} comienza pronto, 4:00 p.m. Acceso: … STOP pone fin a estos SMS.",
        ),
        (
            "session_changed",
            "en",
            f"{TITLE} is moved. It is now on Tue, Oct 27 at 4:30 PM. … STOP ends these texts.",
        ),
        (
            "session_cancelled",
            "en",
            (
                f"{TITLE} on Mon, Nov 2 at 4:00 PM is cancelled. You need not come. … STOP ends these "
                "texts."
            ),
        ),
        (
            "course_cancelled",
            "de",
            f"{TITLE} fällt aus. Sie brauchen nicht zu kommen. … STOP beendet diese SMS.",
        ),
        (
            "offer",
            "de",
            (
                f"Ein Platz in {TITLE} ist für Sie reserviert, bis Mo., 21. Sept., 08:00 Uhr. "
                "Annehmen: … STOP beendet diese SMS."
            ),
        ),
        (
            "meeting_swapped",
            "es",
            (
                f"{TITLE} sigue en otra sala virtual. Vuelva a entrar con el mismo enlace: … STOP pone "
                "fin a estos SMS."
            ),
        ),
    ],
)
def test_the_words(template: str, language: str, words: str):
    text = text_of(case_of(template, language), SENDER)
    said = " ".join("…" if word.startswith("https://") else word for word in text.split())
    assert said == f"Praxis CET: {words}"
    assert segments(text) == 2


def test_who_comes_late_is_not_told_that_it_is_about_to_begin():
    case = case_of("join_1h", "en")
    late = dataclasses.replace(case, now=parse_instant("2020-11-02T21:05:00Z"))
    assert f"{TITLE} has begun. Join: https://" in text_of(late, SENDER)


def test_a_new_place_and_a_session_that_was_added_have_words_of_their_own():
    case = case_of("session_changed", "en")
    [now] = [s for s in case.course.body["sessions"] if s["session_id"] == case.message.subject]
    start, end = parse_instant(now["starts_at"]), parse_instant(now["ends_at"])
    elsewhere = dataclasses.replace(case, before=Said(1, start, end, "Room 2"))
    assert "takes place somewhere else. Where: https://" in text_of(elsewhere, SENDER)
    added = dataclasses.replace(case, before=None)
    assert f"{TITLE} has a session on Tue, Oct 27 at 4:30 PM. https://" in text_of(added, SENDER)
