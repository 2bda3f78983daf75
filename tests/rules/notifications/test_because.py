"""Reasons and terms as a reader reads them: in their language, their time and their money."""

import re
from dataclasses import replace as copy
from typing import Any

import pytest

from services.notifications.api.samples import sample_case
from services.notifications.contents.because import because
from services.notifications.contents.common import common
from services.notifications.contents.terms import terms_of
from services.notifications.envelope import letter_of
from services.notifications.letters import Letter
from services.notifications.words import locale_of
from shared.contracts import policy, reference
from shared.runtime.rows import replace
from tests.rules.notifications.test_letters import SENDER, usd

CREDIT = "0192a0b0-5c1e-7a10-8f00-00000000d001"


def said_of(rule: str, values: dict[str, Any], locale: str = "en-US") -> str:
    case = sample_case("cancellation_settled", "Asia/Kathmandu", locale)
    step = {"rule": rule, "because": "As billing says it.", "values": values}
    return because(step, common(case, SENDER))


ENDS = {"ends": "2020-10-06T03:59:59.999999Z"}
STEPS = [
    ("window", {"outcome": "refund", **ENDS},
     ("The request came in time for money back, given until Tuesday, October 6, 2020, 9:44 AM, "
     "Kathmandu time (UTC+05:45) / Monday, October 5, 2020, 11:59 PM, New York time (EDT).")),
    ("window", {"outcome": "nothing"},
     "The request came when the terms give nothing back any more."),
    ("base", {"paid": usd(19900)}, "$199.00 had been paid."),
    ("fee", {"fee": usd(0), "paid": usd(19900)}, "There is no fee."),
    ("fee", {"fee": usd(3000), "paid": usd(19900)}, "The fee for cancelling is $30.00."),
    ("fee", {"fee": usd(2500), "paid": usd(2500)}, "The fee is as much as was paid: $25.00."),
    ("allocation", {"way": "pro_rata"}, "The fee is shared by all that it was paid with."),
    ("refund", {"amount": usd(16900), "tender": "transfer"},
     "$169.00 goes back to the bank account it came from."),
    ("refund", {"amount": usd(16900), "tender": "due"},
     "$169.00 of the invoice does not have to be paid any more."),
    ("refund", {"amount": usd(16900), "tender": "voucher"},
     "$169.00 goes back to where it came from."),
    ("restored", {"runs_on": False},
     "What was paid by credit goes back to that credit, which ends as before."),
    ("restored", {"runs_on": True},
     "What was paid by credit goes back to that credit, which now runs longer."),
    ("credit", {"amount": usd(19900), "until": "2021-10-12"},
     "The credit of $199.00 can be used until the end of Tuesday, October 12, 2021."),
    ("credit", {"amount": usd(19900), "until": None}, "The credit of $199.00 does not end."),
    ("policy", {"verdict": "choice", "choice": "newer"},
     ("There was a choice between the terms of the booking and our newer ones: the newer ones were "
     "chosen.")),
    ("policy", {"verdict": "newer", "choice": "snapshot"},
     "Our newer terms give no less of anything, and so they hold."),
    ("moved", {"amount": usd(5000)}, "$50.00 of it pays for the other course."),
    ("moved", {"start": "2020-10-20T20:00:00Z"},
     "We had moved the start: what counts is the one that gives more."),
    ("override", {"outcome": "nothing"},
     "Our staff decided, otherwise than the terms, that nothing comes back."),
    ("share", {"minutes": 120, "total": 480}, "The share of the session is 120 of 480 minutes."),
    ("unseated", {}, "The payment came too late, and no seat was left: everything comes back."),
    # What an older fact says without figures, or a rule that nobody here knows.
    ("window", {}, "As billing says it."),
    ("a-new-rule", {"amount": usd(1)}, "As billing says it."),
    ("override", {"outcome": "a new one"}, "As billing says it."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "values", "said"), STEPS)
def test_a_step_is_said_with_its_figures(rule: str, values: dict[str, Any], said: str) -> None:
    assert said_of(rule, values) == said


@pytest.mark.parametrize("locale", ["de-DE", "es-ES"])
def test_no_step_is_left_in_english(locale: str) -> None:
    for rule, values, english in STEPS:
        if english != "As billing says it.":
            said = said_of(rule, values, locale)
            assert not re.search(r"\b(?:the|and|of|is|fee|comes|goes|back|paid)\b", said), said
    assert said_of("fee", {"fee": usd(3000), "paid": usd(19900)}, "de-DE") == (
        "Die Stornogebühr beträgt 30,00 $."
    )


def kept(**changes: Any) -> dict[str, Any]:
    """What a registration keeps: the document with its words, as it is when it is published."""
    given = policy.document(reference.POLICY | changes, "USD")
    about = {"price": usd(19900), "kind": "online_course", "starts_at": "2020-10-19T20:00:00Z"}
    return about | {"policy": given}


GERMAN = [
    "Wenn Sie stornieren, zählt, wann Ihre Stornierung bei uns eingeht.",
    (
        "Bis 14 Tage vor der ersten Sitzung (dieser Tag eingeschlossen, Zeit in New York): Ihr Geld "
        "zurück, abzüglich einer Gebühr von 30,00 $."
    ),
    (
        "Bis zum Beginn der ersten Sitzung: ein Guthaben über das, was Sie bezahlt haben. Es gilt für "
        "einen anderen Kurs als diesen. Es gilt 1 Jahr ab dem Tag Ihrer Stornierung."
    ),
    "Später: nichts.",
    "Wenn wir absagen, bekommen Sie Ihr ganzes Geld zurück.",
]


def test_terms_whose_words_were_ours_are_said_in_the_reader_s_language() -> None:
    """Published, a policy without words is kept with ours: English, and of every kind of course."""
    assert "two day workshop" in kept()["policy"]["text"]
    lines, ends = terms_of(kept(), locale_of("de"))
    assert lines == GERMAN
    assert [said for said, _ in ends] == ["Geld zurück bis"]
    english, _ = terms_of(kept(), locale_of("en"))
    assert english[1] == (
        "Up to 14 days before the first session (that day included, New York time): your money "
        "back, less a fee of $30.00."
    )


def test_the_provider_s_own_words_stay_as_they_were_agreed_to() -> None:
    own = "Cancel two weeks before.\nLater you get a credit."
    for locale in ("en", "de", "es"):
        assert terms_of(kept(text=own), locale_of(locale))[0] == own.splitlines()


def test_every_sort_of_window_has_its_words() -> None:
    windows = [
        {"until": {"business_days_before_start": 10, "inclusive": False}, "outcome": "refund",
         "fee": {"percent": "12.5"}},
        {"until": {"hours_before_start": 1}, "outcome": "credit", "fee": 1000, "transferable": True},
        {"until": "start", "outcome": "credit", "expires": {"months": 6, "from": "year_end"}},
        {"until": "forever", "outcome": "nothing"},
    ]  # fmt: skip
    lines, _ = terms_of(kept(windows=windows), locale_of("es"))
    assert lines[1:-1] == [
        (
            "Hasta 10 días laborables antes de la primera sesión (ese día no incluido, hora de Nueva "
            "York): se le devuelve el dinero, menos un cargo del 12,5 %."
        ),
        (
            "Hasta 1 hora antes de la primera sesión: un saldo por lo que pagó, menos un cargo de "
            "10,00 US$. No caduca. Puede cederlo."
        ),
        (
            "Hasta que empieza la primera sesión: un saldo por lo que pagó. Vale durante 6 meses desde "
            "el final del año."
        ),
        "Más tarde: nada.",
    ]


# --- letters ----------------------------------------------------------------------------------------


def plain(letter: Letter) -> str:
    return " ".join(letter.text.split())


def held_as(template: str, *deliveries: str, locale: str = "en-US") -> Letter:
    """A letter about the course with its sessions held so."""
    case = sample_case(template, locale=locale)
    sessions = [
        one | {"delivery": how}
        for one, how in zip(case.course.body["sessions"], deliveries, strict=False)
    ]
    how = deliveries[0] if len(set(deliveries)) == 1 else "mixed"
    course = replace(case.course, body=case.course.body | {"sessions": sessions, "delivery": how})
    there = {one["session_id"] for one in sessions if one["delivery"] != "recorded"}
    entries = tuple(one for one in case.entries if one.session_id in there)
    return letter_of(copy(case, course=course, entries=entries), SENDER)


def test_of_recordings_no_entry_is_promised_and_no_hour_before() -> None:
    text = plain(held_as("registration_confirmed", *["recorded"] * 4))
    assert "calendar" not in text.lower()
    assert "an hour before" not in text
    assert "It opens when the recording does. We send it again then" in text
    assert "Watch session 1: https://" in text
    mixed = plain(held_as("registration_confirmed", "recorded", *["live_online"] * 3))
    assert "Calendar entries are attached." in mixed
    assert "We send each one again an hour before its session." in mixed
    assert "The link to a recording opens when the recording does." in mixed
    one = held_as("registration_confirmed", "recorded")
    assert "Watch the recording: https://" in plain(one)
    weekly = plain(held_as("reminder_7d", "live_online", "recorded"))
    assert "An hour before each online session" in weekly


def test_a_session_is_named_within_a_sentence_as_a_language_does() -> None:
    for template, said in (
        ("join_1h", "La sesión 2 de 4 empieza a las 20:00"),
        ("reminder_1d", "La sesión 2 de 4 es el lunes, 26 de octubre de 2020"),
        ("meeting_swapped", "Haga clic otra vez en su enlace de acceso: la sesión 1 de 4"),
    ):
        assert letter_of(sample_case(template, locale="es-ES"), SENDER).subject.startswith(said)
    single = held_as("join_1h", "live_online", "live_online")
    assert single.subject.startswith("Session 2 of 2 starts at")


def test_an_offer_that_ended_when_registration_closed_sends_nobody_to_register_again() -> None:
    case = sample_case("offer_ended")
    assert "Register again" in letter_of(case, SENDER).text
    closed = case.course.body | {"registration_closes_at": "2020-10-18T12:00:00Z"}
    text = plain(letter_of(copy(case, course=replace(case.course, body=closed)), SENDER))
    assert "Registration has closed since." in text
    assert "Register again" not in text
    assert "next person" not in text
    assert "See our courses: https://courses.example" in text


def test_who_waits_is_told_the_list_price_and_when_the_list_ends() -> None:
    """`registration.waitlisted` says no price: what a seat costs is decided when it is taken."""
    text = plain(letter_of(sample_case("waitlisted"), SENDER))
    assert "List price: $199.00" in text
    assert "The list ends: Monday, October 19, 2020, 9:00 PM, London time (BST)" in text
    offer = plain(letter_of(sample_case("offer"), SENDER))
    assert "List price: $199.00 Your page shows what the seat costs you" in offer


def test_until_when_a_credit_can_be_used_is_said_in_both_zones() -> None:
    """Its last day ends by the clock of the policy: in Honolulu at 17:59."""
    case = sample_case("credit_issued", "Pacific/Honolulu")
    text = plain(letter_of(case, SENDER))
    assert (
        "Use it by: Wednesday, October 6, 2021, 5:59 PM, Honolulu time (HST) Wednesday, October 6, "
        "2021, 11:59 PM, New York time (EDT)"
    ) in text


def test_a_credit_of_goodwill_says_that_it_is_one() -> None:
    case = sample_case("credit_issued")
    facts = case.facts
    given = facts["credits"][CREDIT] | {"origin": "goodwill"}
    row = replace(case.registration, facts=facts | {"credits": {CREDIT: given}})
    text = plain(letter_of(copy(case, registration=row), SENDER))
    assert "We give this credit beyond what the terms of Improving Treatment" in text
    assert "Good for: Any course or workshop of ours" in text
    assert "invoice" not in text.partition("You get this mail")[0]


@pytest.mark.parametrize("locale", ["en-US", "de-DE", "es-ES"])
@pytest.mark.parametrize("template", ["receipt", "certificate_ready", "registration_received"])
def test_the_values_of_a_table_begin_in_one_column(template: str, locale: str) -> None:
    text = letter_of(sample_case(template, locale=locale), SENDER).text
    for table in re.split(r"\n\n", text):
        starts = [
            match.end()
            for line in table.splitlines()
            if (match := re.match(r"[^\s*].{0,28}: +", line))
        ]
        if len(starts) > 1 and "https" not in table:
            assert len(set(starts)) == 1, table
