"""Prices, codes, earlier courses and what somebody needs: shown, asked for, refused, kept."""

import re
from datetime import UTC, datetime

import pytest

from shared.contracts.registration import CoursePublished
from tests.edges.web.owners import COURSE, PRICES, problem, usd
from tests.edges.web.test_register import REGISTER, made, sent

EARLIER = "attachment-basics-2019"
PRICED = {"version": 2, "prices": PRICES}


def course(**changes):
    return CoursePublished.model_validate(CoursePublished.example | changes)


@pytest.fixture
async def priced(tell):
    await tell(course(**PRICED))


@pytest.fixture
async def asking(tell):
    """The course asks for two others before it, of which one is known here."""
    await tell(course(course_id=EARLIER, title="The Basics of Attachment"))
    await tell(course(**PRICED, prerequisites=[EARLIER, "tutors-2018"]))


def words(page) -> str:
    text = re.sub(r"<[^>]+>", " ", page.text.replace("&nbsp;", " "))
    return re.sub(r"\s+", " ", text.replace("\u202f", " "))


def field(page, name: str) -> str:
    """The control of that name, as it stands in the page."""
    found: list[str] = re.findall(rf'<(?:input|textarea)[^>]* name="{name}"[^>]*>', page.text)
    assert len(found) == 1, found
    return found[0]


def checked(page) -> list[str]:
    return re.findall(r'name="price" value="([^"]*)" checked', page.text)


async def test_all_prices_are_shown_the_list_price_first_and_todays_by_name(visitor, priced):
    text = words(await visitor.get(f"/courses/{COURSE}?zone=America/New_York"))
    _, _, text = text.partition("What it costs")
    assert text.startswith(
        " List price $199.00 "
        "Early bird Today’s price For everyone "
        "Until Wednesday, September 30, 2020, 11:59 PM, New York time (EDT) $169.00 "
        "Members We ask for: Your member number $159.00 "
        "Students We ask for: Your college and student number $99.00 "
        "Teams of five and more For each of at least 5 people who are registered in one order "
        "$179.10 Once the early bird price is over, the course costs $199.00."
    )


async def test_what_it_costs_today_is_said_first_and_until_when(visitor, priced):
    page = await visitor.get(f"/courses/{COURSE}")
    assert '<p class="price figures">$169.00</p>' in page.text
    assert "Early bird, until September 30, 2020; then $199.00" in words(page)
    assert '<span class="cost">$169.00</span>' in (await visitor.get("/")).text
    # What cancelling gives is told of what is paid today.
    assert "$139.00 back to your card" in page.text
    assert "$169.00 minus the $30.00 cancellation fee" in page.text


async def test_when_the_early_price_is_over_it_is_gone(visitor, priced, clock):
    clock.time = datetime(2020, 10, 1, 4, 0, tzinfo=UTC)
    page = await visitor.get(f"/courses/{COURSE}")
    assert '<p class="price figures">$199.00</p>' in page.text
    assert "arly bird" not in page.text
    assert "List price Today’s price $199.00" in words(page)
    clock.time = datetime(2020, 10, 1, 3, 59, 59, tzinfo=UTC)
    assert "Early bird" in (await visitor.get(f"/courses/{COURSE}")).text


async def test_a_course_of_one_price_asks_nothing_of_prices(visitor):
    page = await visitor.get(f"/courses/{COURSE}")
    assert "What it costs" not in page.text
    assert 'name="price"' not in page.text
    assert "Register, then pay $199.00" in page.text


async def test_a_price_is_asked_for_with_its_statement_and_a_code_beside_it(
    visitor, owners, priced
):
    owners.on("POST", REGISTER, made)
    _, answer = await sent(
        visitor,
        price="member",
        statement_member=" M-1837 ",
        statement_student="typed, then thought better of",
        price_code="spring 2020",
        accommodation="Captions, please.\r\nI lip-read.",
    )
    assert answer.status_code == 303
    [asked] = owners.calls(REGISTER)
    assert asked.body["price"] == {"id": "member", "statement": "M-1837", "code": "spring 2020"}
    assert asked.body["accommodation"] == "Captions, please.\nI lip-read."
    assert asked.body["payment"] == {"method": "card"}


async def test_who_asks_for_nothing_has_todays_price(visitor, owners, priced):
    owners.on("POST", REGISTER, made)
    assert checked(await visitor.get(f"/courses/{COURSE}")) == [""]
    await sent(visitor, price="", price_code="", accommodation="")
    [asked] = owners.calls(REGISTER)
    assert not asked.body.keys() & {"price", "prerequisites", "accommodation"}


async def test_a_price_that_asks_for_something_is_not_sent_without_it(visitor, owners, priced):
    _, answer = await sent(visitor, price="student")
    assert answer.status_code == 422
    said = "The price “students” asks for: Your college and student number."
    assert f'<p class="error" id="statement_student-error">{said}' in answer.text
    assert '<a href="#statement_student">' in answer.text
    assert checked(answer) == ["student"]
    assert owners.calls(REGISTER) == []


@pytest.mark.parametrize(
    ("slug", "status", "beside", "said"),
    [
        ("price-code-invalid", 409, "price_code", "This is not a code of this course."),
        ("price-code-expired", 409, "price_code", "The time of this code is over."),
        ("price-code-used", 409, "price_code", "This code was used as often as it may be."),
        ("price-expired", 409, "price", "That price is not given any more."),
        ("price-unknown", 422, "price", "That price is not given any more."),
    ],
)
async def test_a_price_that_is_refused_stands_beside_its_field_and_all_else_is_kept(
    visitor, owners, priced, slug, status, beside, said
):
    owners.on("POST", REGISTER, (status, problem(slug, status, "As its owner says it.")))
    first, answer = await sent(
        visitor,
        price="member",
        statement_member='M-"1837"',
        price_code="SPRING",
        credit_code="K7QD",
        accommodation="Captions & <light>.",
    )
    assert answer.status_code == status
    assert f'<p class="error" id="{beside}-error">{said}' in answer.text
    assert f'<a href="#{beside}">{said}' in answer.text
    assert f'id="{beside}"' in answer.text
    assert checked(answer) == ["member"]
    assert 'value="M-&#34;1837&#34;"' in field(answer, "statement_member")
    assert 'value="SPRING"' in field(answer, "price_code")
    assert 'value="K7QD"' in field(answer, "credit_code")
    assert '<details class="field" open><summary>I have a code' in answer.text
    assert ">Captions &amp; &lt;light&gt;.</textarea>" in answer.text
    assert first not in answer.text  # mended, it is another request


async def test_registrations_own_faults_stand_beside_the_new_fields_too(visitor, owners, asking):
    errors = [
        {"pointer": "/price/statement", "detail": "No statement."},
        {"pointer": "/prerequisites/1", "detail": "No certificate."},
        {"pointer": "/accommodation", "detail": "No such wish."},
    ]
    owners.on("POST", REGISTER, (422, problem("invalid", 422, "", errors)))
    shown = {"prerequisite_0": "HF-1", "prerequisite_1": "HF-2"}
    _, answer = await sent(visitor, price="member", statement_member="M-1", **shown)
    for name, said in (
        ("statement_member", "No statement."),
        ("prerequisite_1", "No certificate."),
        ("accommodation", "No such wish."),
    ):
        assert f'<p class="error" id="{name}-error">{said}</p>' in answer.text


async def test_nobody_is_registered_at_a_higher_price_than_they_were_shown(
    visitor, owners, priced, clock
):
    owners.on("POST", REGISTER, made)
    page = await visitor.get(f"/courses/{COURSE}")
    assert 'value="16900"' in field(page, "shown_price")
    clock.time = datetime(2020, 10, 1, 4, 0, tzinfo=UTC)  # the early price ended meanwhile
    _, answer = await sent(visitor, shown_price="16900")
    assert answer.status_code == 422
    assert "The price has changed since you opened this page: it is $199.00 now." in answer.text
    assert owners.calls(REGISTER) == []
    assert 'value="19900"' in field(answer, "shown_price")
    _, answer = await sent(visitor, shown_price="19900")
    assert answer.status_code == 303


@pytest.mark.parametrize("junk", ["", "-1", "1e9", "٣", "9" * 300])
async def test_junk_for_what_was_shown_stands_in_nobodys_way(visitor, owners, priced, junk):
    owners.on("POST", REGISTER, made)
    _, answer = await sent(visitor, shown_price=junk)
    assert answer.status_code == 303


async def test_a_price_that_is_not_offered_is_left_to_registration(visitor, owners, priced):
    owners.on("POST", REGISTER, (422, problem("price-unknown", 422)))
    _, answer = await sent(visitor, price="<gone>")
    [asked] = owners.calls(REGISTER)
    assert asked.body["price"] == {"id": "<gone>"}
    assert "That price is not given any more." in answer.text
    assert "<gone>" not in answer.text
    assert checked(answer) == [""]


async def test_what_comes_before_is_asked_for_by_its_title(visitor, owners, asking):
    page = await visitor.get(f"/courses/{COURSE}")
    assert "you need certificates of The Basics of Attachment and tutors-2018 ." in words(page)
    assert "Certificate of “The Basics of Attachment”" in page.text
    _, answer = await sent(visitor, prerequisite_0="HF-2019-000007")
    assert answer.status_code == 422
    assert "Show your certificate of “tutors-2018”" in answer.text
    assert 'value="HF-2019-000007"' in field(answer, "prerequisite_0")
    assert owners.calls(REGISTER) == []
    owners.on("POST", REGISTER, made)
    shown = {"prerequisite_0": "HF-2019-000007", "prerequisite_1": "https://web.test/r/1.uXyZ.mac"}
    _, answer = await sent(visitor, **shown)
    assert answer.status_code == 303
    [asked] = owners.calls(REGISTER)
    assert asked.body["prerequisites"] == ["HF-2019-000007", "https://web.test/r/1.uXyZ.mac"]


async def test_a_certificate_that_shows_nothing_is_named_beside_its_field(visitor, owners, asking):
    errors = [{"pointer": "/prerequisites/0", "detail": "Not valid for what is asked."}]
    refusal = problem("prerequisite-missing", 409, "", errors) | {"missing": ["tutors-2018"]}
    owners.on("POST", REGISTER, (409, refusal))
    # Registration takes them in any order: what is missing is said by the course, not by the place.
    _, answer = await sent(visitor, prerequisite_0="HF-9", prerequisite_1="HF-2019-000007")
    assert answer.status_code == 409
    assert 'id="prerequisite_1-error">This shows no valid certificate of “tutors-2018”' in (
        answer.text
    )
    assert 'id="prerequisite_0-error"' not in answer.text
    assert 'value="HF-9"' in field(answer, "prerequisite_0")


async def test_what_one_needs_may_be_long_and_what_is_too_long_is_kept(visitor, owners):
    owners.on("POST", REGISTER, made)
    _, answer = await sent(visitor, accommodation="é" * 2001)
    assert answer.status_code == 422
    assert "Please say it in at most 2,000 characters." in answer.text
    assert ">" + "é" * 2001 + "</textarea>" in answer.text
    _, answer = await sent(visitor, accommodation="é" * 2000)
    assert answer.status_code == 303
    [asked] = owners.calls(REGISTER)
    assert asked.body["accommodation"] == "é" * 2000


async def test_a_free_course_asks_for_no_price(visitor, owners, tell):
    await tell(course(version=2, price=usd(0)))
    owners.on("POST", REGISTER, made)
    page = await visitor.get(f"/courses/{COURSE}")
    assert 'name="price_code"' not in page.text
    await sent(visitor, price_code="SPRING", price="member")
    [asked] = owners.calls(REGISTER)
    assert "price" not in asked.body
    assert asked.body["payment"] == {"method": "free"}


async def test_who_waits_is_told_that_the_price_is_that_of_the_day(visitor, owners, priced):
    full = {"seats": {"capacity": 500, "left": 0, "waiting": 3}}
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, full))
    assert "you pay the price of that day" in (await visitor.get(f"/courses/{COURSE}")).text
