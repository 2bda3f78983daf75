"""The letters themselves: every template, both parts, their headers and their calendar."""

import dataclasses
import re
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from icalendar import Calendar
from jinja2 import UndefinedError

from services.notifications import letters
from services.notifications.api.sample_letters import LETTERS
from services.notifications.api.samples import SAMPLES, sample_case
from services.notifications.commands.calendar import entries_for
from services.notifications.commands.case import Case, Sender
from services.notifications.contents import APART, MAKERS, contents
from services.notifications.domain.header_ids import header_id
from services.notifications.envelope import letter_of, mail_of, recipient_of
from services.notifications.wire import WIRE_UTF8
from shared.contracts import billing
from shared.errors import NotFound
from shared.runtime.rows import replace
from shared.runtime.tokens import code_of

SENDER = Sender("https://courses.example", "a secret of the tests", "courses@praxis.example")
OF_ISSUE_A = {
    "registration_received",
    "registration_confirmed",
    "waitlisted",
    "offer",
    "offer_ended",
    "waitlist_ended",
    "receipt",
    "invoice_reminder",
    "links",
    "payment_failed",
    "reminder_7d",
    "reminder_1d",
    "join_1h",
    "cancellation_settled",
    "credit_issued",
    "credit_expiring",
    "refund_settled",
    "refund_failed",
    "accommodation_answered",
    "complaint_received",
    "complaint_answered",
    "disclosure_changed",
    "course_cancelled",
    "session_cancelled",
    "session_changed",
    "meeting_swapped",
    "substituted",
    "evaluation_request",
    "evaluation_reminder",
    "certificate_missing",
    "certificate_ready",
    "certificate_superseded",
    "certificate_revoked",
}


class Shape(HTMLParser):
    """What a screen reader and a phone need of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data) -> None:
        self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def read(case: Case):
    return message_from_bytes(mail_of(case, SENDER).as_bytes(), policy=policy.default)


def test_every_message_of_the_story_has_a_template_a_sample_and_a_maker() -> None:
    assert letters.names() == set(MAKERS) | set(APART)
    assert set(MAKERS) == set(SAMPLES) == OF_ISSUE_A
    assert set(APART) == set(LETTERS)


@pytest.mark.parametrize("template", sorted(OF_ISSUE_A))
def test_both_parts_say_the_same_and_can_be_read_by_everyone(template: str) -> None:
    letter = letter_of(sample_case(template), SENDER)
    shape = Shape(letter.html)
    assert "\n" not in letter.subject
    assert len(letter.subject) < 120
    assert len(shape.named("h1")) == 1
    assert [html["lang"] for html in shape.named("html")] == ["en"]
    # a table is either for layout and says so, or has headers for its rows
    assert all(
        t.get("role") == "presentation" or "facts" in t["class"] for t in shape.named("table")
    )
    assert all(th["scope"] == "row" for th in shape.named("th"))
    assert not shape.named("img")
    assert not shape.named("script")
    # every address of the HTML part is in the text part as well
    links = {a["href"] for a in shape.named("a")}
    assert links or template == "substituted"  # no page is theirs any more
    assert all(link in letter.text for link in links)
    # lines are short, but for addresses
    long = [line for line in letter.text.splitlines() if len(line) > 72 and "://" not in line]
    assert not long
    assert "{{" not in letter.text + letter.html
    assert "None" not in letter.text
    for word in ("Žaneta Łuczyńska-O'Neil",):
        assert word in letter.text
    assert "color-scheme" in letter.html
    assert "@media (prefers-color-scheme: dark)" in letter.html


@pytest.mark.parametrize("template", sorted(OF_ISSUE_A))
def test_every_mail_has_the_headers_it_needs(template: str) -> None:
    case = sample_case(template)
    mail = read(case)
    assert str(mail["From"]) == "Praxis CET <courses@praxis.example>"
    assert str(mail["To"]) == "Žaneta Łuczyńska-O'Neil <zaneta@learners.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == header_id(case.message.message_id, SENDER.secret, "praxis.example")
    assert mail["Date"].datetime == case.now
    if template in ("credit_expiring", "evaluation_request", "evaluation_reminder"):
        link = re.fullmatch(
            r"<https://courses\.example(/notifications/v1/unsubscribe/\S+)>",
            str(mail["List-Unsubscribe"]),
        )
        assert link is not None
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for part in ("plain", "html"):
            said = mail.get_body((part,)).get_content()
            assert link[1] in said
            assert "nothing to unsubscribe from" not in " ".join(said.split())
    else:  # operational
        assert mail["List-Unsubscribe"] is mail["List-Unsubscribe-Post"] is None
    assert mail.get_body(("plain",)).get_content_charset() == "utf-8"
    assert mail.get_body(("html",)).get_content_charset() == "utf-8"
    for line in mail_of(case, SENDER).as_bytes().split(b"\r\n"):
        assert len(line) <= 998
        assert line.isascii()


def test_a_name_that_nobody_gave_is_an_error_not_a_blank() -> None:
    case = sample_case("receipt")
    facts = contents(case, SENDER)
    del facts["total"]
    with pytest.raises(UndefinedError):
        letters.render("receipt", facts)


def test_a_template_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        letters.render("../settings", {})
    with pytest.raises(NotFound):
        sample_case("birthday")


def test_names_and_titles_cannot_smuggle_in_markup_or_headers() -> None:
    case = sample_case("registration_confirmed")
    evil = replace(case.person, name='<b>Eve</b>\r\nBcc: all@example "李"')
    hostile = dataclasses.replace(case, person=evil)
    mail = read(hostile)
    assert mail["Bcc"] is None
    assert "<b>Eve</b>" not in mail.get_body(("html",)).get_content()
    assert "李" in mail.get_body(("plain",)).get_content()


# --- the calendar ----------------------------------------------------------------------------------


def calendars(case: Case):
    parts = [p for p in read(case).walk() if p.get_content_type() == "text/calendar"]
    return [(part, Calendar.from_ical(part.get_content())) for part in parts]


def test_the_confirmation_carries_one_calendar_object_a_session() -> None:
    """RFC 5546 §3.2.2: all events of a REQUEST have one UID; many clients take only the first."""
    found = calendars(sample_case("registration_confirmed"))
    assert [part.get_filename() for part, _ in found] == [
        f"session-{number}.ics" for number in (1, 2, 3, 4)
    ]
    assert {part.get_content_disposition() for part, _ in found} == {"attachment"}
    assert {part["Content-Type"].params["method"] for part, _ in found} == {"REQUEST"}
    assert {str(calendar["METHOD"]) for _, calendar in found} == {"REQUEST"}
    events = []
    for _, calendar in found:
        [event] = calendar.walk("VEVENT")
        events.append(event)
    assert [(e.start.isoformat(), e.end.isoformat()) for e in events] == [
        ("2020-10-19T20:00:00+00:00", "2020-10-19T22:00:00+00:00"),
        ("2020-10-26T20:00:00+00:00", "2020-10-26T22:00:00+00:00"),
        ("2020-11-02T21:00:00+00:00", "2020-11-02T23:00:00+00:00"),
        ("2020-11-09T21:00:00+00:00", "2020-11-09T23:00:00+00:00"),
    ]
    assert len({str(event["UID"]) for event in events}) == 4
    assert {event["SEQUENCE"] for event in events} == {0}
    assert {str(event["STATUS"]) for event in events} == {"CONFIRMED"}
    for event in events:
        assert str(event["ORGANIZER"]) == "mailto:courses@praxis.example"
        assert str(event["ATTENDEE"]) == "mailto:zaneta@learners.example"
        assert event["ATTENDEE"].params["CN"] == "Žaneta Łuczyńska-O'Neil"
        assert str(event["URL"]).startswith("https://courses.example/attendance/join/1.")


def test_the_invitation_to_a_single_session_is_the_mail_itself_too() -> None:
    case = sample_case("registration_confirmed")
    [first, *_] = case.course.body["sessions"]
    course = replace(case.course, body={**case.course.body, "sessions": [first]})
    [entry, *_] = case.entries
    single = dataclasses.replace(case, course=course, entries=(entry,))
    [(inline, one), (attached, other)] = calendars(single)
    assert inline.get_content_disposition() is None
    assert attached.get_filename() == "session.ics"
    assert inline["Content-Type"].params["method"] == "REQUEST"
    assert one.to_ical() == other.to_ical()
    assert len(one.walk("VEVENT")) == 1


def test_the_raw_calendar_is_in_utc_with_folded_lines() -> None:
    part, _ = calendars(sample_case("registration_confirmed"))[2]
    raw = part.get_content()
    assert "DTSTART:20201102T210000Z" in raw
    assert all(len(line.encode()) <= 75 for line in raw.splitlines())


def test_only_the_confirmation_carries_a_calendar() -> None:
    assert not calendars(sample_case("join_1h"))


# --- in a room -------------------------------------------------------------------------------------

ROOM = "Hall 2, 5 Main Street, Albany"


def in_a_room(template: str, *ids: str, **course) -> Case:
    """The sample case with some of its sessions in a room of the course's address."""
    case = sample_case(template)
    body = case.course.body
    held = [
        s | {"delivery": "in_person"} if s["session_id"] in ids else s for s in body["sessions"]
    ]
    changed = {**body, "sessions": held, "location": ROOM, **course}
    return dataclasses.replace(case, course=replace(case.course, body=changed))


def test_the_last_reminder_of_a_session_in_a_room_speaks_of_no_link() -> None:
    letter = letter_of(in_a_room("join_1h", "s1", "s2", "s3", "s4", delivery="in_person"), SENDER)
    assert letter.subject == (
        "Session 2 of 4 starts at 8:00 PM: Improving Treatment Effectiveness with Attachment Theory"
    )
    assert ROOM in letter.text
    assert "link" not in letter.text
    assert "/attendance/join/" not in letter.text + letter.html
    assert "your join link" in letter_of(sample_case("join_1h"), SENDER).subject


def test_of_a_mixed_course_only_the_sessions_online_have_a_door() -> None:
    mixed = in_a_room("registration_confirmed", "s1", "s3", delivery="mixed")
    letter = letter_of(mixed, SENDER)
    assert letter.text.count("Join session ") == letter.html.count("/attendance/join/") == 2
    assert letter.text.count(ROOM) == 2
    events = [calendar.walk("VEVENT")[0] for _, calendar in calendars(mixed)]
    assert [str(e["LOCATION"]) == ROOM for e in events] == [True, False, True, False]
    assert ["URL" in e for e in events] == [False, True, False, True]
    for template in ("reminder_1d", "join_1h"):  # both about s2
        assert "/attendance/join/" not in letter_of(in_a_room(template, "s2"), SENDER).text
        assert "/attendance/join/" in letter_of(in_a_room(template, "s1"), SENDER).text
    assert "before each online session" in letter_of(in_a_room("reminder_7d", "s3"), SENDER).text
    assert "before each session" in letter_of(sample_case("reminder_7d"), SENDER).text


# --- what they say ---------------------------------------------------------------------------------


def text_of(template: str, zone: str | None = None) -> str:
    return letter_of(sample_case(template, zone), SENDER).text


def test_a_learner_in_london_sees_london_first_and_new_york_beside_it() -> None:
    text = text_of("registration_confirmed")
    times = re.findall(r"^  (\d.*)$", text, re.MULTILINE)
    assert times == [
        "9:00 – 11:00 PM, London time (BST)",
        "4:00 – 6:00 PM, New York time (EDT)",
        "8:00 – 10:00 PM, London time (GMT)",
        "4:00 – 6:00 PM, New York time (EDT)",
        "9:00 – 11:00 PM, London time (GMT)",
        "4:00 – 6:00 PM, New York time (EST)",
        "9:00 – 11:00 PM, London time (GMT)",
        "4:00 – 6:00 PM, New York time (EST)",
    ]


def test_a_learner_where_the_clocks_agree_sees_one_time() -> None:
    text = text_of("registration_confirmed", "America/Toronto")
    assert "4:00 – 6:00 PM, Toronto time (EDT)" in text
    assert "New York time" not in text.split("If you cannot come")[0]


def test_a_learner_beyond_midnight_sees_both_days() -> None:
    text = text_of("join_1h", "Asia/Tokyo")
    assert "Tuesday, October 27, 2020" in text
    assert "5:00 – 7:00 AM, Tokyo time (JST)" in text
    assert "Monday, October 26, 2020, 4:00 – 6:00 PM, New York time (EDT)" in text


def test_the_join_mail_has_the_personal_link_first() -> None:
    text = text_of("join_1h")
    link = text.index("https://courses.example/attendance/join/")
    assert link < text.index("https://courses.example/r/")


def settled(case: Case | None = None, **changes) -> str:
    case = case or sample_case("cancellation_settled")
    event = billing.CancellationSettled.model_validate(
        billing.CancellationSettled.example | changes
    )
    facts = case.facts | {"settlements": {"cancelled": event.model_dump(mode="json")}}
    registration = replace(case.registration, facts=facts)
    return letter_of(dataclasses.replace(case, registration=registration, entries=()), SENDER).text


def usd(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "USD"}


CREDIT = "0192a0b0-5c1e-7a10-8f00-00000000d001"


def test_money_back_is_said_to_the_cent_with_the_fee() -> None:
    text = settled()
    assert text.startswith(
        "You'll get $169.00 back on your card ($199.00 minus the $30.00\ncancellation fee).\n"
    )
    assert "Monday, October 5, 2020, 11:59 PM, New York time (EDT)" in " ".join(text.split())
    assert re.search(r"Cancellation fee +−\$30\.00\n", text)


CLINIC = {"kind": "organisation", "id": "Example Clinic"}
SOMEBODY = {"kind": "person", "id": "whoever paid, and does not come"}
PAID_AND_FEE = "($199.00 minus the $30.00 cancellation fee)"


@pytest.mark.parametrize(
    ("tender", "payer", "said", "row"),
    [
        ("card", None, "You'll get $169.00 back on your card", "Back to your card"),
        (
            "transfer",
            None,
            "You'll get $169.00 back to the bank account it came from",
            "Back to the bank account it came from",
        ),
        ("cash", None, "You'll get $169.00 back in cash", "Back in cash"),
        (
            "transfer",
            CLINIC,
            "Example Clinic gets $169.00 back to the bank account it came from",
            "Back to the bank account it came from",
        ),
        (
            "card",
            CLINIC,
            "Example Clinic gets $169.00 back on the card it was paid with",
            "Back to the card it was paid with",
        ),
        (
            "card",
            SOMEBODY,
            "Whoever paid gets $169.00 back on the card it was paid with",
            "Back to the card it was paid with",
        ),
        ("cash", SOMEBODY, "Whoever paid gets $169.00 back in cash", "Back in cash"),
    ],
)
def test_money_goes_back_the_way_it_came_and_to_whoever_paid(
    tender: str, payer: dict[str, str] | None, said: str, row: str
) -> None:
    part = {"tender": tender, "amount": usd(16900), "refund_id": "f1"}
    text = " ".join(settled(refunds=[part], payer=payer).split())
    assert text.startswith(f"{said} {PAID_AND_FEE}. Hello")
    assert f"{row} $169.00" in text
    theirs = payer is None
    assert ("You'll get" in text, "your card" in text) == (theirs, theirs and tender == "card")
    assert ("until your bank shows" in text) is (theirs and tender != "cash")
    assert ("until the bank shows" in text) is (not theirs and tender != "cash")
    assert ("5 to 10 days" in text) is (tender != "cash")
    assert ("We write to whoever paid once" in text) is (payer == SOMEBODY)


def test_where_a_course_is_cancelled_everything_goes_to_whoever_paid() -> None:
    text = " ".join(settled(by="provider", cause="unseated", fee=usd(0), payer=CLINIC).split())
    assert "Example Clinic gets everything back." in text
    assert "You get everything" not in text


def test_a_credit_that_is_the_organisation_s_is_not_called_the_learner_s() -> None:
    credit = {"credit_id": CREDIT, "amount": usd(19900), "expires_on": "2021-10-06"}
    late = {"outcome": "credit", "fee": usd(0), "refunds": [], "credit": credit}
    text = settled(payer=CLINIC, **late)
    assert text.startswith("Example Clinic has a credit of $199.00, good until Wednesday,")
    assert "Your new credit" not in text


def of_refund(
    template: str, payer: dict[str, str] | None = None, **changes: object
) -> letters.Letter:
    case = sample_case(template)
    [(refund_id, told)] = case.facts["refunds"].items()
    facts = case.facts | {"refunds": {refund_id: told | {"payer": payer} | changes}}
    case = dataclasses.replace(case, registration=replace(case.registration, facts=facts))
    return letter_of(case, SENDER)


def said_in(letter: letters.Letter) -> str:
    """The whole of the plain part, however its lines are broken."""
    return " ".join(letter.text.split())


def test_a_transfer_goes_back_to_the_account_it_came_from() -> None:
    letter = of_refund("refund_settled", tender="transfer")
    text = said_in(letter)
    assert letter.subject.startswith("$169.00 sent back to you: ")
    assert text.startswith("$169.00 is on its way back to the bank account it came from. Hello")
    assert "your bank account" not in text
    assert "until your bank shows the money" in text


def test_what_an_organisation_gets_back_is_not_told_as_the_learner_s() -> None:
    letter = of_refund("refund_settled", CLINIC, tender="transfer")
    text = said_in(letter)
    assert letter.subject.startswith("$169.00 sent back to Example Clinic: ")
    assert text.startswith("$169.00 is on its way back to Example Clinic. Hello")
    assert "To: the bank account it came from" in text
    assert "Please pass this on to whoever keeps the books at Example Clinic." in text
    assert "sent back to you" not in letter.subject + text
    assert "your bank" not in text


def test_cash_needs_no_bank() -> None:
    for payer, whom in ((None, "you"), (CLINIC, "Example Clinic")):
        letter = of_refund("refund_settled", payer, tender="cash")
        assert letter.subject.startswith(f"$169.00 given back to {whom} in cash: ")
        text = said_in(letter)
        assert text.startswith(f"$169.00 was given back to {whom} in cash. Hello")
        for part in (text, letter.html):
            assert not re.search(r"until (your|the) bank|ten days|on its way", part)


def test_a_refund_to_an_organisation_that_failed_asks_the_learner_for_no_account() -> None:
    for by_hand in (True, False):
        letter = of_refund("refund_failed", CLINIC, tender="card", by_hand=by_hand)
        text = said_in(letter)
        assert text.startswith("The refund of $169.00 to Example Clinic did not go through.")
        assert "We still owe the money to Example Clinic" in text
        assert "we will ask Example Clinic" in text
        assert "You need to do nothing now" in text
        assert "in your name" not in text
        assert "your card" not in text


def test_an_account_that_took_no_transfer_is_not_called_a_card() -> None:
    text = said_in(of_refund("refund_failed", tender="transfer", by_hand=True))
    assert "It cannot go back that way any more, so we will send it by bank transfer." in text
    assert "The card" not in text


def test_a_credit_is_said_with_its_code_and_its_last_day() -> None:
    text = settled(
        outcome="credit",
        fee=usd(0),
        refunds=[],
        credit={"credit_id": CREDIT, "amount": usd(19900), "expires_on": "2021-10-06"},
    )
    assert text.startswith("You have a credit of $199.00, good until Wednesday, October 6, 2021.\n")
    assert re.search(r"Code: +[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}\n", text)
    assert "card" not in text.split("How this came out")[0]


def test_a_credit_that_never_ends_is_said_without_a_last_day() -> None:
    text = settled(
        outcome="credit",
        fee=usd(0),
        refunds=[],
        credit={"credit_id": CREDIT, "amount": usd(19900), "expires_on": None},
        restored=[{"credit_id": CREDIT, "amount": usd(4900), "expires_on": None}],
    )
    assert text.startswith("You have a credit of $199.00. $49.00 is back on the credit")
    assert "good until" not in text
    assert "Use it by" not in text


def test_card_and_credit_go_back_each_to_its_own() -> None:
    text = settled(
        refunds=[{"tender": "card", "amount": usd(12000), "refund_id": "f1"}],
        restored=[{"credit_id": CREDIT, "amount": usd(4900), "expires_on": "2021-03-01"}],
    )
    assert re.sub(r"\s+", " ", text).startswith(
        "You'll get $120.00 back on your card. $49.00 is back on the credit you paid with."
    )
    assert "good until Monday, March 1, 2021" in text


def test_where_nothing_was_paid_no_refund_is_spoken_of() -> None:
    text = settled(outcome="nothing", paid=usd(0), fee=usd(0), refunds=[], trace=[])
    assert text.startswith("Your registration is cancelled. Nothing had been charged.\n")
    assert "$" not in text


def by_invoice(organisation: str | None = "Clinic") -> Case:
    """Confirmed on an invoice that nobody has paid."""
    case = sample_case("cancellation_settled")
    [(key, invoice)] = case.facts["invoices"].items()
    kept = {k: v for k, v in invoice.items() if k not in ("paid_at", "tenders")}
    facts = case.facts | {"invoices": {key: kept | {"organisation": organisation}}}
    return dataclasses.replace(case, registration=replace(case.registration, facts=facts))


OWED = {"paid": usd(0), "refunds": [], "trace": []}


def test_what_an_unpaid_invoice_still_asks_for_is_said_before_all_else() -> None:
    text = settled(by_invoice(), fee=usd(3000), still_due=usd(3000), **OWED)
    assert text.startswith("Clinic still owes $30.00, the cancellation fee.\n")
    assert "Nothing had been charged" not in text
    rows = re.findall(r"^(\S.*?) {2,}(\S+)$", text.split("How this came out")[0], re.MULTILINE)
    assert rows == [
        ("Invoice 2020-000001", "$199.00"),
        ("No longer to pay", "−$169.00"),
        ("Still to pay", "$30.00"),
    ]


def test_whoever_owes_the_invoice_is_told_that_it_becomes_a_credit_once_paid() -> None:
    late = {"outcome": "credit", "fee": usd(0), "still_due": usd(19900), **OWED}
    text = " ".join(settled(by_invoice(None), **late).split())
    assert text.startswith(
        "You still owe $199.00 on the invoice. Once it is paid, that becomes a credit. Hello"
    )
    assert "Nothing had been charged" not in text
    assert re.search(r"Still to pay \$199\.00", text)


def test_the_subject_of_a_cancelled_unpaid_invoice_says_what_is_owed() -> None:
    case = by_invoice()
    event = billing.CancellationSettled.model_validate(
        billing.CancellationSettled.example | OWED | {"fee": usd(3000), "still_due": usd(3000)}
    )
    facts = case.facts | {"settlements": {"cancelled": event.model_dump(mode="json")}}
    case = dataclasses.replace(case, registration=replace(case.registration, facts=facts))
    assert letter_of(case, SENDER).subject.startswith("Cancelled, $30.00 still to pay: ")


def test_a_credit_that_waited_is_told_with_its_code_its_last_day_and_whose_it_is() -> None:
    case = sample_case("credit_issued")
    code = code_of(SENDER.secret, "credit", CREDIT)
    letter = letter_of(case, SENDER)
    assert letter.subject.startswith("You have a credit of $199.00: ")
    text = " ".join(letter.text.split())
    assert text.startswith(
        "You have a credit of $199.00, good until Wednesday, October 6, 2021. Hello"
    )
    assert f"Code: {code} " in text
    assert "Give the code when you register." in text
    assert "Belongs to" not in text
    [(key, invoice)] = case.facts["invoices"].items()
    facts = case.facts | {
        "invoices": {key: invoice | {"organisation": "Clinic"}},
        "credits": {CREDIT: case.facts["credits"][CREDIT] | {"organisation": True}},
    }
    of_clinic = dataclasses.replace(case, registration=replace(case.registration, facts=facts))
    letter = letter_of(of_clinic, SENDER)
    assert letter.subject.startswith("Clinic has a credit of $199.00: ")
    assert "Belongs to: Clinic" in " ".join(letter.text.split())
    assert "Please pass the code on to them." in " ".join(letter.text.split())


def moved(**changes) -> str:
    to = {"to_registration_id": "new", "to_course_id": "there", "cause": "transferred"}
    return settled(**({"fee": usd(0), "refunds": [], "moved": usd(14900)} | to | changes))


def test_who_was_moved_is_told_what_pays_for_the_new_course_and_what_is_left() -> None:
    part = {"tender": "card", "amount": usd(5000), "refund_id": "f1"}
    text = " ".join(moved(refunds=[part]).split())
    assert text.startswith(
        "$149.00 of what you paid is for your new course. You'll get $50.00 back on your card."
    )
    assert "was moved to another course" in text
    assert "cancelled" not in text.lower()
    assert "For your new course $149.00" in text
    credit = {"credit_id": CREDIT, "amount": usd(5000), "expires_on": "2021-10-12"}
    text = " ".join(moved(outcome="credit", credit=credit).split())
    assert "You have a credit of $50.00, good until" in text
    nothing = " ".join(moved(moved=usd(0), paid=usd(0), outcome="nothing", trace=[]).split())
    assert nothing.startswith("Your registration was moved. Nothing had been charged.")


def test_amounts_of_currencies_without_decimals_are_right() -> None:
    yen = {"currency": "JPY"}
    text = settled(
        paid={"amount": 20000, **yen},
        fee={"amount": 3000, **yen},
        refunds=[{"tender": "card", "amount": {"amount": 17000, **yen}, "refund_id": "f1"}],
    )
    assert text.startswith("You'll get ¥17,000 back on your card (¥20,000 minus the ¥3,000")


def test_who_gets_two_certificates_finds_both_with_download_and_verification() -> None:
    text = text_of("certificate_ready")
    assert text.startswith("Your certificates are ready.\n")
    assert len(re.findall(r"/certificates/v1/certificates/[0-9a-f-]+\.pdf\?t=1\.", text)) == 2
    for certificate_id in re.findall(r"certificates/([0-9a-f-]+)\.pdf", text):
        code = code_of(SENDER.secret, "certificate", certificate_id)
        assert f"https://courses.example/verify/{code}" in text


def replaced(old: dict[str, object], new: dict[str, object], why: str = "corrected") -> str:
    case = sample_case("certificate_superseded")
    first, second = case.facts["certificates"].values()
    told = {
        first["certificate_id"]: first | {"why": why} | old,
        second["certificate_id"]: second | new,
    }
    row = replace(case.registration, facts=case.facts | {"certificates": told})
    return " ".join(letter_of(dataclasses.replace(case, registration=row), SENDER).text.split())


def test_who_is_given_less_is_told_what_was_what_is_why_what_to_do_and_whom_to_ask() -> None:
    text = replaced({"credits": "8.0"}, {"credits": "6.0"})
    for words in (
        "it gives less.",
        "The old one said 8.0 clock hours.",
        "By what is recorded now of the sessions and of your time in them it is 6.0 clock hours",
        "The reason: What stood on the old one was not right.",
        "Please don't use the old one any more",
        "send them the new one and count 6.0 clock hours.",
        "You think that the record is wrong? Answer this mail, and somebody will look at it.",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ({"credits": "6.0"}, {"credits": "8.0"}, "more-credits"),
        ({"credits": "8.0"}, {"credits": "8.0"}, "name-corrected"),
        ({"credits": "8.00"}, {"credits": "8.0"}, "corrected"),
        ({"credits": "8.0", "board": None}, {"credits": "6.0"}, "credit-given"),
    ],
)
def test_nobody_is_told_of_less_who_does_not_get_less(old, new, why) -> None:
    text = replaced(old, new, why)
    assert "gives less" not in text
    assert "Before:" not in text
    assert "We issued your certificate" in text


def test_less_is_said_whatever_the_reason_was_and_of_hours_attended_too() -> None:
    assert "it gives less" in replaced({"credits": "10.0"}, {"credits": "8.0"}, "name-corrected")
    hours = {"board": None, "unit": "hours"}
    text = replaced(hours | {"credits": "8.0"}, hours | {"credits": "6.0"})
    assert "Attended: 6.0 hours, no CE credit" in text
    assert "Before: 8.0 hours" in text


def test_what_is_missing_is_said_with_the_reason_and_what_was_granted() -> None:
    text = text_of("certificate_missing")
    assert text.startswith("STATE gives no credit for this course.\n")
    assert "Session s3 was missed; STATE needs them all." in text
    assert "NBCC: 8.0 clock hours" in text


def test_the_evaluation_is_said_to_be_open_until_the_minute_in_which_it_closes() -> None:
    # 30 days after the last session's end, 2020-11-09 23:00Z.
    case = sample_case("evaluation_request", "America/New_York")
    assert "by Wednesday, December 9, 2020, 6:00 PM" in letter_of(case, SENDER).subject
    assert "December 9, 2020, 6:00 PM, New York time (EST)" in " ".join(
        letter_of(case, SENDER).text.split()
    )
    *first, last = case.course.body["sessions"]
    body = {**case.course.body, "sessions": [*first, {**last, "status": "cancelled"}]}
    without = dataclasses.replace(case, course=replace(case.course, body=body))
    assert "by Wednesday, December 2, 2020, 6:00 PM" in letter_of(without, SENDER).subject


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ünï@x.example", "ünï@x.example"),
        ("a..b@x.example", "a..b@x.example"),
        # a domain has a form in ASCII (IDNA) that every server takes; a name before the @ has none
        ("a@exämple.example", "a@xn--exmple-cua.example"),
    ],
)
def test_an_address_that_only_mail_servers_understand_is_written_to(
    address: str, written: str
) -> None:
    case = sample_case("join_1h")
    case = dataclasses.replace(case, person=replace(case.person, email=address))
    mail = mail_of(case, SENDER)
    assert f"<{written}>".encode() in mail.as_bytes(policy=WIRE_UTF8)
    assert recipient_of(case).addr_spec == written


@pytest.mark.parametrize(
    "junk", ["", "eve", "@x.example", "eve@", "a b@x.example", "a@b\r\nBcc: c@d"]
)
def test_what_is_no_address_is_none(junk: str) -> None:
    case = sample_case("join_1h")
    case = dataclasses.replace(case, person=replace(case.person, email=junk))
    with pytest.raises(ValueError, match="address"):
        mail_of(case, SENDER)


def test_the_link_to_a_recording_speaks_of_its_window_and_is_no_appointment() -> None:
    case = sample_case("join_1h")
    window = {
        "delivery": "recorded",
        "minutes": 180,
        "starts_at": "2021-02-01T05:00:00Z",
        "ends_at": "2022-01-01T04:59:00Z",
    }
    [session] = [
        s | window for s in case.course.body["sessions"] if s["session_id"] == case.message.subject
    ]
    body = {**case.course.body, "delivery": "recorded", "sessions": [session]}
    case = dataclasses.replace(case, course=replace(case.course, body=body))
    said = " ".join(letter_of(case, SENDER).text.split())
    assert "You can watch the recording now." in said
    assert "It has 180 minutes, which you may watch in parts." in said
    assert "at any time until Saturday, January 1, 2022, 4:59 AM" in said
    assert "Watch it: https://courses.example/attendance/join/" in said
    assert entries_for(case.registration, case.course, []) == []


def test_a_moved_session_is_told_with_both_times_and_one_entry_for_the_calendar() -> None:
    case = sample_case("session_changed")
    text = " ".join(letter_of(case, SENDER).text.split())
    assert text.startswith("Session 2 of 4 is now on Tuesday, October 27, 2020, 8:30 – 10:30 PM.")
    assert "Instead of: Monday, October 26, 2020, 8:00 – 10:00 PM, London time (GMT)" in text
    [(_, first), (_, _)] = calendars(case)
    [event] = first.walk("VEVENT")
    assert (str(first["METHOD"]), event["SEQUENCE"]) == ("REQUEST", 1)
    assert event.start.isoformat() == "2020-10-27T20:30:00+00:00"


@pytest.mark.parametrize(
    ("by_hand", "said", "unsaid"),
    [
        (
            True,
            "Answer this mail, and we will ask you for an account",
            "You need to do nothing now",
        ),
        (False, "You need to do nothing now", "by bank transfer"),
    ],
)
def test_a_refund_that_no_card_can_take_asks_for_an_account(
    by_hand: bool, said: str, unsaid: str
) -> None:
    case = sample_case("refund_failed")
    [(refund_id, told)] = case.facts["refunds"].items()
    facts = case.facts | {"refunds": {refund_id: told | {"by_hand": by_hand}}}
    case = dataclasses.replace(case, registration=replace(case.registration, facts=facts))
    letter = letter_of(case, SENDER)
    for part in (letter.html, letter.text):
        words = " ".join(part.split())
        assert said in words
        assert unsaid not in words
