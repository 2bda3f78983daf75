"""What an owner refuses is told in the reader's language: its own words are English."""

from typing import Any

import pytest

from tests.edges.web.owners import COURSE, PRICES, problem
from tests.edges.web.test_evaluation import FILLED, asked
from tests.edges.web.test_evaluation import PAGE as EVALUATION
from tests.edges.web.test_languages import ENGLISH, story, without, words_of
from tests.edges.web.test_mine import OF_CERTIFICATES, key_in, mine
from tests.edges.web.test_post_test import CHOSEN, TEST
from tests.edges.web.test_post_test import PAGE as POST_TEST
from tests.edges.web.test_post_test import test as sitting
from tests.edges.web.test_register import GOOD, REGISTER
from tests.edges.web.test_substituting import COLLEAGUE, SUBSTITUTE
from tests.edges.web.test_substituting import PAGE as SUBSTITUTING

__all__ = ["PRICES", "asked", "mine", "sitting", "story"]
OWN = "The owner's own words, which are English."
FORM = f"/courses/{COURSE}/register"
POINTERS = [
    "/attendee/name",
    "/attendee/email",
    "/attendee/licenses/0/state",
    "/attendee/licenses/0/number",
    "/attendee/licenses/1/profession",
    "/attendee/profession",
    "/attendee/zone",
    "/attendee/place",
    "/attendee/birth_day",
    "/attendee/phone",
    "/attendee/sms_consent",
    "/payment/credit_codes",
    "/price/code",
    "/price/statement",
    "/accommodation",
    "/prerequisites/0",
    "/prerequisites/999",
    "/something/new",
]


def in_(language: str) -> dict[str, str]:
    return {"Accept-Language": language}


def english_in(page: Any, theirs: set[str]) -> set[str]:
    return set(ENGLISH.findall(without(words_of(page.text), theirs)))


@pytest.mark.parametrize("language", ["de", "es"])
@pytest.mark.parametrize("pointer", POINTERS)
async def test_a_fault_is_told_in_the_readers_language_and_to_english_readers_as_it_is(
    visitor, owners, story, language, pointer
):
    errors = [{"pointer": pointer, "detail": OWN}]
    owners.on("POST", REGISTER, (422, problem("attendee-invalid", 422, OWN, errors)))
    page = await visitor.post(FORM, data=GOOD, headers=in_(language))
    assert page.status_code == 422
    assert OWN not in page.text.replace("&#39;", "'")
    assert english_in(page, story) == set()
    english = await visitor.post(FORM, data=GOOD, headers=in_("en"))
    assert OWN in english.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("slug", "language", "says"),
    [
        ("registration-not-open", "de", "Die Anmeldung zu diesem Kurs ist noch nicht offen."),
        ("course-cancelled", "es", "El organizador canceló este curso."),
        ("registration-closed", "de", "Die Anmeldung zu diesem Kurs ist geschlossen."),
        ("idempotency-key-in-use", "es", "Su formulario ya se está procesando."),
        ("a-rule-of-tomorrow", "de", "So können wir das nicht annehmen, und es wurde niemand"),
        ("a-rule-of-tomorrow", "en", OWN),
        ("prerequisite-missing", "de", "So können wir das nicht annehmen, und es wurde niemand"),
    ],
)
async def test_a_refusal_of_the_whole_is_told_by_its_rule(
    visitor, owners, story, slug, language, says
):
    owners.on("POST", REGISTER, (409, problem(slug, 409, OWN)))
    page = await visitor.post(FORM, data=GOOD, headers=in_(language))
    assert page.status_code == 409
    assert says in page.text.replace("&#39;", "'")
    assert 'value="ada@learners.example"' in page.text
    if language != "en":
        assert english_in(page, story) == set()


async def test_what_is_wrong_with_a_colleague_is_told_in_the_readers_language(
    visitor, owners, mine
):
    mine("confirmed", "paid")
    errors = [{"pointer": "/attendee/email", "detail": OWN}]
    owners.on("POST", SUBSTITUTE, (422, problem("attendee-invalid", 422, OWN, errors)))
    page = await visitor.post(SUBSTITUTING, data=COLLEAGUE, headers=in_("de"))
    assert 'id="email-error">Das sieht nicht nach einer E-Mail-Adresse aus.' in page.text
    assert OWN not in page.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("status", "slug", "language", "says"),
    [
        (409, "evaluation-closed", "de", "Die Bewertung ist inzwischen geschlossen."),
        (409, "evaluation-not-open", "es", "El curso se puede evaluar"),
        (409, "evaluation-not-asked", "de", "Für diese Anmeldung wird keine Bewertung erbeten"),
        (409, "evaluation-form-unknown", "de", "Ihre Bewertung konnte nicht angenommen werden."),
        (422, "idempotency-key-reused", "en", "Your evaluation could not be taken."),
        (409, "evaluation-closed", "en", OWN),
    ],
)
async def test_why_an_evaluation_was_not_taken(
    visitor, owners, asked, status, slug, language, says
):
    owners.on("POST", f"{OF_CERTIFICATES}/evaluation", (status, problem(slug, status, OWN)))
    page = await visitor.post(EVALUATION, data=FILLED, headers=in_(language))
    assert page.status_code == status
    assert says in page.text.replace("&#39;", "'")
    assert (OWN in page.text.replace("&#39;", "'")) == (says == OWN)
    assert 'name="q-pace" value="Fast" checked' in page.text


async def test_an_answer_that_certificates_refuses_is_told_beside_its_question(
    visitor, owners, asked
):
    errors = [{"pointer": "/answers/pace", "detail": OWN}, {"pointer": "/answers/else"}]
    refused = (422, problem("invalid", 422, OWN, errors))
    owners.on("POST", f"{OF_CERTIFICATES}/evaluation", refused)
    page = await visitor.post(EVALUATION, data=FILLED, headers=in_("de"))
    assert 'id="error-pace">Wählen Sie eine Antwort.' in page.text
    assert OWN not in page.text.replace("&#39;", "'")
    assert 'id="error-pace"' in (await visitor.post(EVALUATION, data=FILLED)).text


@pytest.mark.parametrize(
    ("page", "path", "form", "chosen"),
    [
        (EVALUATION, f"{OF_CERTIFICATES}/evaluation", FILLED, 'name="q-o1" value="3" checked'),
        (POST_TEST, TEST, CHOSEN, 'name="a-i2" value="1" checked'),
    ],
)
async def test_what_is_being_taken_keeps_its_key(
    visitor, owners, asked, sitting, page, path, form, chosen
):
    asked()
    owners.on("POST", path, (409, problem("idempotency-key-in-use", 409, OWN)))
    answer = await visitor.post(page, data=form | {"key": "a" * 32})
    assert (answer.status_code, key_in(answer)) == (409, "a" * 32)
    assert "Your form is already being worked on." in answer.text
    assert OWN not in answer.text.replace("&#39;", "'")
    assert chosen in answer.text


@pytest.mark.parametrize(
    ("slug", "says"),
    [
        ("post-test-closed", "Der Test kann nicht mehr gemacht werden"),
        ("post-test-unknown", "Der Test kann nicht mehr gemacht werden"),
        ("invalid", "Ihre Antworten konnten nicht angenommen werden"),
    ],
)
async def test_why_a_test_was_not_taken(visitor, owners, sitting, slug, says):
    owners.on("POST", TEST, (409, problem(slug, 409, OWN)))
    page = await visitor.post(POST_TEST, data=CHOSEN, headers=in_("de"))
    assert says in page.text
    assert OWN not in page.text.replace("&#39;", "'")
    assert OWN in (await visitor.post(POST_TEST, data=CHOSEN)).text.replace("&#39;", "'")


async def test_why_a_test_cannot_be_taken_is_said_in_general(visitor, owners, sitting):
    for more, says in [
        ({"attempts_left": 0}, "Es ist kein Versuch mehr übrig."),
        ({"attempts_left": 1}, "Der Test kann gerade nicht gemacht werden."),
    ]:
        sitting(items=[], closed_because=OWN, **more)
        page = await visitor.get(POST_TEST, headers=in_("de"))
        assert says in page.text
        assert OWN not in page.text.replace("&#39;", "'")
    nobody = "No board of this course asks you for a post-test."
    owners.on("GET", TEST, (404, problem("post-test-unknown", 404, nobody)))
    page = await visitor.get(POST_TEST, headers=in_("de"))
    assert "Keine Kammer dieses Kurses verlangt von Ihnen einen Abschlusstest." in page.text


@pytest.mark.parametrize(
    ("path", "form", "kept"),
    [(EVALUATION, FILLED, "More &lt;b&gt;breaks&lt;/b&gt;"), (POST_TEST, CHOSEN, 'name="a-i2"')],
)
async def test_while_the_registration_cannot_be_read_what_was_filled_in_is_kept(
    visitor, owners, asked, sitting, path, form, kept
):
    owners.down.add("registration")
    page = await visitor.post(path, data=form | {"key": "a" * 32})
    assert (page.status_code, key_in(page), kept in page.text) == (503, "a" * 32, True)
