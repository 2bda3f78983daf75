"""Invoices and credit notes as PDF: what they say, to whom, and that their bytes never change."""

import asyncio
import io
from typing import Any

import page as page_validation
import pytest
from pypdf import PdfReader

from services.billing.app import build
from services.billing.settings import Settings
from shared.contracts import reference
from shared.contracts.registration import PersonRecorded, RegistrationExpired
from tests.edges.billing.conftest import (
    World,
    cancelled,
    confirmed,
    course,
    of,
    person_of,
    requested,
)
from tests.edges.billing.conftest import token as token_of
from tests.stage import killed_at

NAMES = {
    "ada": "Ada Lovelace",
    "ben": "Бен Иванов",
    "eva": "Εύα Παπαδοπούλου",
    "may": "محمد علي",
    "noa": "נועה כהן",
    "dev": "देव शर्मा",
    "li": "李小龍",
    "zoe": "Žaneta Łuczyńska-O'Neil",
}
SELLER = {
    "name": "Praxis CET",
    "address": "1 Example Street\nExample City",
    "tax_id": "12-3456789",
}
EARLY, LATE = "2020-09-20T12:00:00Z", "2020-10-10T12:00:00Z"


def person(who: str, **changes: Any) -> PersonRecorded:
    about = {"person_id": person_of(who), "name": NAMES.get(who, who.title())}
    return PersonRecorded.model_validate(reference.PERSON | about | changes)


def on_invoice(name: str, **changes: Any) -> Any:
    facts = {"payment_method": "invoice", "organisation": "Clinic", "hold_expires_at": None}
    return requested(name, **(facts | changes))


def group(*names: str) -> list[Any]:
    return [on_invoice(name, group_id="the-group", group_size=len(names)) for name in names]


def path_of(name: str) -> str:
    return f"/billing/v1/registrations/{name}/invoice.pdf"


async def pdf(world: World, path: str) -> bytes:
    answer = await world.asks("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def text_of(data: bytes) -> str:
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


async def text(world: World, path: str) -> str:
    return text_of(await pdf(world, path))


def failures(data: bytes) -> list[str]:
    profiles = page_validation.ValidationProfile
    return [
        failure.message
        for profile in (profiles.PDF_A_2A, profiles.PDF_UA_1)
        for failure in page_validation.validate_pdf_bytes(data, profile=profile).failures
        if failure.message != "a stream /Length does not match its raw content length"
    ]


async def test_an_invoice_says_who_sells_to_whom_for_what_and_how_it_was_paid(world: World):
    await world.hears(course(provider=SELLER), person("ada"), requested("ada"))
    await world.pays("ada")
    await world.hears(confirmed("ada"))
    said = await text(world, path_of("ada"))
    for words in (
        "Praxis CET",
        "1 Example Street Example City",
        "Tax id 12-3456789",
        "Invoice 2020-000001",
        "BILLED TO Ada Lovelace",
        "Invoice date 14 September 2020",
        "Order no. 2020-000001",
        "Attendee Ada Lovelace",
        "Course dates 19 October 2020 to 9 November 2020",
        "Improving Treatment Effectiveness with Attachment Theory",
        "Total USD 199.00",
        "Paid by card on 14 September 2020 −199.00",
        "Left to pay 0.00",
    ):
        assert words in said, words
    assert "Net" not in said


async def test_it_is_linked_from_the_statement_and_named_as_its_number(ada: World):
    await ada.hears(person("ada"))
    path = (await ada.view("ada"))["invoice"]["pdf"]
    assert path == path_of("ada")
    answer = await ada.asks("GET", path)
    assert 'filename="invoice-2020-000001.pdf"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("name", NAMES)
async def test_names_in_any_script_are_pdf_a_2a_and_pdf_ua_1(world: World, name: str):
    await world.hears(course(), person(name), requested(name))
    data = await pdf(world, path_of(name))
    assert failures(data) == []
    conformance = await world.value("SELECT conformance FROM document_files")
    assert conformance == "PDF/A-2a PDF/UA-1"


async def test_a_character_that_no_font_has_costs_the_standard_and_never_the_invoice(
    world: World,
):
    await world.hears(course(), person("ada", name="Zoe \U0001f728 Quill"), requested("ada"))
    assert "Quill" in await text(world, path_of("ada"))
    assert await world.value("SELECT conformance FROM document_files") == ""


async def test_what_looks_like_markup_is_a_name(world: World):
    odd = '#set $x$ *b* <i> \\ "quoted" _u_ `c` @a [b]'
    await world.hears(course(), person("ada", name=odd), requested("ada"))
    assert f"BILLED TO {odd}" in await text(world, path_of("ada"))


async def test_the_bytes_stay_whatever_happens_later(world: World):
    await world.hears(course(), person("ada"), requested("ada"))
    first = await pdf(world, path_of("ada"))
    assert "Left" not in text_of(first)
    await world.pays("ada")
    await world.hears(confirmed("ada"), person("ada", version=9, name="Ada King"))
    await world.hears(course(2, provider=SELLER | {"name": "Another"}))
    await world.hears(cancelled("ada", EARLY))
    assert await pdf(world, path_of("ada")) == first


@pytest.mark.parametrize("path", ["share", "whole"])
async def test_one_that_was_withdrawn_is_not_kept_for_it_may_be_paid_after_all(
    world: World, path: str
):
    """Opened between the end of the hold and a payment that was made in time."""
    await world.hears(course(), person("ada"), requested("ada"))
    await world.pays("ada", deliver=False)
    invoice = (await world.view("ada"))["invoice"]
    at = invoice["pdf"] if path == "share" else f"/billing/v1/invoices/{invoice['invoice_id']}.pdf"
    await world.hears(of(RegistrationExpired, "ada"))
    assert "this invoice was withdrawn" in await text(world, at)
    assert await world.count("document_files") == 0
    await world.rests()
    await world.hears(confirmed("ada"))
    said = await text(world, at)
    assert "Paid by card on" in said
    assert "withdrawn" not in said
    assert await world.count("document_files") == 1


async def test_the_bytes_stay_also_in_another_process(world: World):
    await world.hears(course(), person("ada"), requested("ada"))
    first = await pdf(world, path_of("ada"))
    other = await another(world)
    async with other.app.router.lifespan_context(other.app):
        assert await pdf(World(other, world.store, world.line, world.shop), path_of("ada")) == first


async def another(world: World) -> Any:
    """A process that was started later, over the same database."""
    settings: Any = world.service.settings
    assert isinstance(settings, Settings)
    return build(settings, clock=world.clock)


async def test_two_who_ask_at_once_are_given_the_same_bytes(world: World):
    await world.hears(course(), person("ada"), requested("ada"))
    first, second = await asyncio.gather(*[pdf(world, path_of("ada")) for _ in range(2)])
    assert first == second
    assert await world.count("document_files") == 1


async def test_after_a_crash_before_it_was_kept_it_is_made_again(world: World):
    await world.hears(course(), person("ada"), requested("ada"))
    with killed_at("batch.flushed"):
        await world.asks("GET", path_of("ada"))
    assert await world.count("document_files") == 0
    assert "Ada Lovelace" in await text(world, path_of("ada"))


async def test_the_seller_is_the_one_of_the_version_that_was_bought(world: World):
    await world.hears(course(2, provider=SELLER | {"name": "Another"}), requested("ada"))
    await world.hears(person("ada"))
    assert (await world.asks("GET", path_of("ada"))).status_code == 425  # version 1 comes late
    await world.hears(course(1, provider=SELLER))
    said = await text(world, path_of("ada"))
    assert "Praxis CET" in said
    assert "Another" not in said


async def test_while_the_name_is_not_known_it_is_not_made(world: World):
    await world.hears(course(), requested("ada"))
    assert (await world.asks("GET", path_of("ada"))).status_code == 425
    await world.hears(person("ada"))
    assert "Ada Lovelace" in await text(world, path_of("ada"))


async def test_who_was_erased_before_is_not_named(world: World):
    await world.hears(course(), person("ada"), requested("ada"))
    await world.forgets(person_of("ada"))
    assert "BILLED TO Name erased" in await text(world, path_of("ada"))


async def test_a_free_registration_has_no_invoice_and_a_stranger_sees_none(world: World):
    free = {"price": {"amount": 0, "currency": "USD"}, "payment_method": "free"}
    await world.hears(course(), person("ada"), requested("ada", **free), requested("ben"))
    answer = await world.asks("GET", path_of("ada"))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "no-invoice")
    for caller, status in ((token_of("ada"), 403), (token_of("ben", 2), 425), (None, 401)):
        async with world.client(caller) as client:
            assert (await client.get(path_of("ben"))).status_code == status
    assert (await world.asks("GET", path_of("nobody"))).status_code == 404


async def test_of_a_group_each_sees_their_own_share_and_no_other_name(world: World):
    await world.hears(course(), person("ada"), person("ben"), *group("ada", "ben")[:1])
    assert (await world.asks("GET", path_of("ada"))).status_code == 425  # ben is yet to be heard of
    await world.hears(*group("ada", "ben")[1:])
    said = await text(world, path_of("ada"))
    assert "BILLED TO Clinic" in said
    assert "Attendee Ada Lovelace" in said
    assert "To pay by 14 October 2020 199.00" in said
    assert "Иванов" not in said
    async with world.client(token_of("ada")) as learner:
        whole = await learner.get(f"/billing/v1/invoices/{await invoice_id(world)}.pdf")
    assert whole.status_code == 403


async def invoice_id(world: World) -> str:
    return str(await world.value("SELECT invoice_id FROM invoices"))


async def test_staff_see_the_whole_of_a_groups_invoice(world: World):
    await world.hears(course(), person("ada"), person("ben"), *group("ada", "ben"))
    said = await text(world, f"/billing/v1/invoices/{await invoice_id(world)}.pdf")
    assert "Ada Lovelace 199.00" in said
    assert "Бен Иванов 199.00" in said
    assert "Total USD 398.00" in said
    assert "To pay by 14 October 2020 398.00" in said
    assert (await world.asks("GET", "/billing/v1/invoices/odd.pdf")).status_code == 404


async def test_an_invoice_for_five_hundred_runs_over_pages_each_with_its_head(world: World):
    names = [f"m{number:03}" for number in range(500)]
    for start in range(0, 500, 100):
        part = names[start : start + 100]
        await world.hears(*[person(name) for name in part])
    await world.hears(course(), *group(*names))
    data = await pdf(world, f"/billing/v1/invoices/{await invoice_id(world)}.pdf")
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]
    assert len(pages) > 10
    assert all("ATTENDEE AMOUNT, USD" in page for page in pages[:-1])
    assert pages[-1].endswith(f"Page {len(pages)} of {len(pages)}")
    assert "Total USD 99,500.00" in pages[-1]
    assert failures(data) == []


async def test_a_withdrawn_invoice_says_so(world: World):
    await world.hears(course(), person("ada"), requested("ada"))
    await world.hears(cancelled("ada", EARLY, was="requested"))
    said = await text(world, path_of("ada"))
    assert "Nothing is to be paid: this invoice was withdrawn." in said
