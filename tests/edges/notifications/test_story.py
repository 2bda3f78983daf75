"""The reference course as one learner's mailbox sees it, and in any order of arrival."""

import asyncio
import random
import uuid

import pytest

from shared.contracts import reference
from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.contracts.billing import (
    CancellationSettled,
    CreditIssued,
    InvoiceIssued,
    InvoicePaid,
    InvoiceReminded,
    InvoiceVoided,
    PaymentFailed,
    RefundSettled,
)
from shared.contracts.certificates import (
    AwardGranted,
    AwardWithheld,
    CertificateIssued,
    EvaluationSubmitted,
)
from shared.contracts.event import Event
from shared.contracts.registration import (
    CourseCancelled,
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationLinkRequested,
    RegistrationRequested,
    RegistrationSubstituted,
)
from shared.contracts.tasks import TaskClosed, TaskOpened
from shared.runtime.intake import Intake
from tests.edges.notifications.conftest import (
    PERSON,
    R,
    World,
    course,
    of,
    sessions,
    token,
    words,
)

SEAT = (RegistrationRequested, InvoicePaid, RegistrationConfirmed)
PAID = (of(RegistrationRequested), of(InvoicePaid), of(RegistrationConfirmed))
NEW_YORKER = of(PersonRecorded, zone="America/New_York")
ENDS = {"s1": "2020-10-19T22:15Z", "s2": "2020-10-26T22:15Z", "s3": "2020-11-02T23:15Z"}


def usd(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "USD"}


def completed(session: str, at: str) -> Event:
    event: Event = of(SessionCompleted, session_id=session, completed_at=at)
    return event


async def test_a_learner_who_pays_gets_confirmation_receipt_reminders_and_links(
    world: World,
) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    assert await world.statuses() == {
        "registration_received": ["sent"],
        "registration_confirmed": ["sent"],
        "receipt": ["sent"],
        "reminder_7d": ["planned"],
        "reminder_1d": ["planned"] * 4,
        "join_1h": ["planned"] * 4,
    }
    await world.at("2020-11-09T20:00:00Z")
    sent = [
        (m["template"], m["subject"], m["sent_at"])
        for m in await world.messages()
        if m["sent_at"] > "2020-10"
    ]
    assert sent == [
        ("reminder_7d", "s1", "2020-10-12T20:00:00Z"),
        ("reminder_1d", "s1", "2020-10-18T20:00:00Z"),
        ("join_1h", "s1", "2020-10-19T19:00:00Z"),
        ("reminder_1d", "s2", "2020-10-25T20:00:00Z"),
        ("join_1h", "s2", "2020-10-26T19:00:00Z"),
        ("reminder_1d", "s3", "2020-11-01T21:00:00Z"),
        ("join_1h", "s3", "2020-11-02T20:00:00Z"),
        ("reminder_1d", "s4", "2020-11-08T21:00:00Z"),
        ("join_1h", "s4", "2020-11-09T20:00:00Z"),
    ]
    assert len(world.post.mails) == 12
    assert set(world.post.recipients) == {"zaneta@learners.example"}
    said = await world.said("message.sent.v1")
    assert len({event["message_id"] for event in said}) == 12
    assert "zaneta" not in str(said)


async def test_the_order_of_arrival_and_duplicates_change_nothing(world: World) -> None:
    events = [
        course(),
        NEW_YORKER,
        *PAID,
        *(completed(session, at) for session, at in ENDS.items()),
        completed("s4", "2020-11-09T23:15Z"),
        *(of(AttendanceSettled, session_id=s) for s in ("s1", "s2", "s4")),
        of(EvaluationSubmitted),
        of(AwardGranted),
        of(AwardWithheld),
        of(CertificateIssued),
    ]
    ids = [str(uuid.uuid4()) for _ in events]
    world.clock.time = world.clock.time.replace(month=11, day=9, hour=23, minute=30)
    outcomes = []
    for seed in range(8):
        await world.forget_everything()
        for event, id_ in shuffled(events, ids, seed):
            await world.hears(event, ids=[id_])
        await world.swept()
        planned = await world.dump("messages")
        outcomes.append([m for m in planned if m["state"] != "cancelled"])
    for outcome in outcomes[1:]:
        assert outcome == outcomes[0]
    assert {m["template"] for m in outcomes[0] if m["state"] == "planned"} == {
        "certificate_missing",
        "certificate_ready",
        "receipt",
    }
    # All was heard when the course was over: of a seat in it nobody has to be told any more.
    late = {m["template"] for m in outcomes[0] if m["state"] == "skipped"}
    assert {"registration_confirmed", "registration_received"} <= late


def shuffled(events: list[Event], ids: list[str], seed: int) -> list[tuple[Event, str]]:
    """The events in another order, some twice; only within a topic and key it is kept."""
    dice = random.Random(seed)
    queues: dict[tuple[str, str], list[tuple[Event, str]]] = {}
    for event, id_ in zip(events, ids, strict=True):
        queues.setdefault((event.topic, event.key_of()), []).append((event, id_))
    found: list[tuple[Event, str]] = []
    while queues:
        name = dice.choice(sorted(queues))
        found += [queues[name].pop(0)] * dice.choice((1, 1, 2))
        if not queues[name]:
            del queues[name]
    return found


async def test_two_workers_at_once_leave_nobody_waiting(world: World) -> None:
    """Course, people and registrations come by different topics, so by different processes."""
    who = [
        {"registration_id": f"r{n}", "person_id": f"p{n}", "course_id": f"c{n % 3}"}
        for n in range(30)
    ]
    workers = [Intake(world.db, world.clock, world.service.hears) for _ in "abc"]
    seats = [of(kind, **about) for about in who for kind in SEAT]
    people = [of(PersonRecorded, person_id=about["person_id"]) for about in who]
    courses = [course(course_id=f"c{n}") for n in range(3)]

    async def work(worker: Intake, events: list[Event]) -> None:
        for event in events:
            await worker.handle([world.said_by_others(event)])

    await asyncio.gather(
        *(
            work(worker, part)
            for worker, part in zip(workers, (seats, people, courses * 3), strict=True)
        )
    )
    await world.swept()
    rows = await world.dump("messages")
    assert {row["reason"] for row in rows} == {""}
    assert len(rows) == 30 * 12


async def test_confirmed_before_the_person_is_known_waits_and_goes_out_then(world: World) -> None:
    await world.hears(course(), *PAID)
    await world.rests()
    waiting = await world.message("registration_confirmed")
    assert (waiting["status"], waiting["reason"]) == ("planned", "waiting to hear of the person")
    assert world.post.mails == []
    await world.hears(NEW_YORKER)
    await world.rests()
    assert (await world.message("registration_confirmed"))["status"] == "sent"
    assert len(world.post.mails) == 3


async def test_a_declined_card_is_told_with_the_reason(world: World) -> None:
    await world.hears(course(), NEW_YORKER, of(RegistrationRequested))
    world.clock.time = world.clock.time.replace(minute=6)
    await world.hears(of(PaymentFailed))
    await world.rests()
    [mail] = [m for m in world.post.mails if "did not go through" in str(m["Subject"])]
    assert "The card was declined." in words(mail)


async def test_who_cancels_early_hears_the_amounts_and_nothing_more_of_the_course(
    world: World,
) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-10-06T03:59:00Z")
    await world.hears(of(RegistrationCancelled), of(CancellationSettled), of(RefundSettled))
    await world.at("2020-11-10T00:00:00Z")
    assert await world.statuses() == {
        "registration_received": ["sent"],
        "registration_confirmed": ["sent"],
        "receipt": ["sent"],
        "cancellation_settled": ["sent"],
        "refund_settled": ["sent"],
        "reminder_7d": ["cancelled"],
        "reminder_1d": ["cancelled"] * 4,
        "join_1h": ["cancelled"] * 4,
    }
    [mail] = [m for m in world.post.mails if str(m["Subject"]).startswith("Cancelled, $169.00")]
    assert "You'll get $169.00 back on your card" in words(mail)


async def test_the_credit_that_waited_for_an_invoice_is_told_once_it_is_paid(world: World) -> None:
    owed = {"paid": usd(0), "fee": usd(0), "refunds": [], "still_due": usd(19900)}
    late = of(CancellationSettled, outcome="credit", **owed)
    await world.hears(
        course(),
        NEW_YORKER,
        of(RegistrationRequested, hold_expires_at=None, payment_method="invoice"),
        of(RegistrationConfirmed, basis="invoice"),
        of(InvoiceIssued, organisation="Clinic"),
    )
    await world.at("2020-10-06T05:00:00Z")
    # Billing's credits have a topic of their own: one may be heard before what it comes of.
    await world.hears(of(RegistrationCancelled), of(CreditIssued))
    await world.rests()
    assert "credit_issued" not in await world.statuses()
    await world.hears(late)
    await world.rests()
    assert (await world.message("credit_issued"))["status"] == "sent"
    await world.hears(of(CreditIssued), of(InvoicePaid))
    await world.at("2020-12-01T00:00:00Z")
    subjects = [subject.split(":")[0] for subject in world.post.subjects()]
    assert subjects.count("You have a credit of $199.00") == 1
    assert subjects.count("Cancelled, $199.00 still to pay") == 1


async def test_a_credit_that_the_outcome_names_is_told_in_that_mail_alone(world: World) -> None:
    named = {"credit_id": CreditIssued.example["credit_id"], "amount": usd(19900)}
    at_once = of(
        CancellationSettled,
        outcome="credit",
        fee=usd(0),
        refunds=[],
        credit=named | {"expires_on": "2021-10-06"},
    )
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-10-06T05:00:00Z")
    await world.hears(of(CreditIssued), of(RegistrationCancelled), at_once)
    await world.rests()
    assert "credit_issued" not in await world.statuses()


async def test_a_credit_out_of_no_registration_changes_nothing(world: World) -> None:
    await world.hears(of(CreditIssued, registration_id=None, person_id=None))
    assert await world.dump("registrations") == []


async def test_after_the_course_each_is_asked_and_told_once(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    for session, at in ENDS.items():
        await world.at(at)
        await world.hears(completed(session, at), of(AttendanceSettled, session_id=session))
    await world.at("2020-11-09T23:15:00Z")
    await world.hears(
        completed("s4", "2020-11-09T23:15Z"), of(AttendanceSettled, session_id="s4", present=False)
    )
    await world.rests()
    assert (await world.message("evaluation_request"))["status"] == "sent"
    await world.at("2020-11-09T23:20:00Z")
    await world.hears(of(EvaluationSubmitted), of(AwardGranted), of(AwardWithheld))
    second = of(CertificateIssued, certificate_id="c2", number="PCET-2", board="NYSED-MHC")
    await world.hears(of(CertificateIssued))
    await world.at("2020-11-09T23:20:30Z")
    await world.hears(second)
    await world.at("2020-12-20T00:00:00Z")
    after = {k: v for k, v in (await world.statuses()).items() if k[:4] in ("eval", "cert")}
    assert after == {
        "evaluation_request": ["sent"],
        "evaluation_reminder": ["cancelled"],
        "certificate_missing": ["sent"],
        "certificate_ready": ["sent"],
    }
    [ready] = [m for m in world.post.mails if "certificates are ready" in str(m["Subject"])]
    text = words(ready)
    assert "PCET-2020-000001" in text
    assert "PCET-2" in text.split()
    [missing] = [m for m in world.post.mails if str(m["Subject"]).startswith("No credit from")]
    assert "Session s3 was missed" in words(missing)


NOBODY_SEEN = {
    "service": "attendance",
    "kind": "no-evidence",
    "about": {"course_id": reference.COURSE_ID, "session_id": "s4"},
}


async def unseen(world: World) -> list[Event]:
    """All is over, the last session in silence: staff were asked before it was completed."""
    asked = of(TaskOpened, **NOBODY_SEEN, opened_at="2020-11-09T23:15:00Z")
    await world.hears(asked)  # before the course, even
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-11-10T00:00:00Z")
    absent = {"present": False, "seconds": 0}
    await world.hears(*(completed(s, at) for s, at in ENDS.items()))
    await world.hears(completed("s4", "2020-11-10T00:00Z"))
    await world.hears(of(AttendanceSettled, session_id="s4", **absent))
    await world.hears(of(AwardWithheld, withheld_at="2020-11-10T00:00:00Z"))
    return [asked]


async def test_nobody_is_told_of_no_credit_while_staff_are_asked_who_was_there(
    world: World,
) -> None:
    [asked] = await unseen(world)
    await world.hears(course(version=9))  # which forgets nothing of it
    await world.at("2020-11-11T09:00:00Z")
    assert (await world.message("certificate_missing"))["status"] == "planned"
    there = of(AttendanceSettled, session_id="s4", evidence_version=2)
    closed = of(TaskClosed, **NOBODY_SEEN, task_id=asked.key_of(), closed_at="2020-11-11T09:00:00Z")
    await world.hears(there, of(AwardGranted, version=9, board=AwardWithheld.example["board"]))
    await world.hears(closed)
    await world.at("2020-11-12T23:00:00Z")
    statuses = await world.statuses()
    assert statuses["certificate_missing"] == ["cancelled"]
    assert statuses["evaluation_request"] == ["sent"]


async def test_who_is_absent_still_once_staff_answered_is_told_so(world: World) -> None:
    [asked] = await unseen(world)
    await world.at("2020-11-10T09:00:00Z")
    closed = {"task_id": asked.key_of(), "closed_at": "2020-11-10T09:00:00Z"}
    await world.hears(of(TaskClosed, **NOBODY_SEEN, **closed))
    await world.at("2020-11-10T09:09:59Z")
    assert (await world.message("certificate_missing"))["status"] == "planned"
    await world.at("2020-11-10T09:10:00Z")
    assert (await world.message("certificate_missing"))["status"] == "sent"


async def test_who_was_told_of_no_credit_and_was_there_is_asked_and_told_of_it(
    world: World,
) -> None:
    await unseen(world)
    await world.at("2020-11-12T23:14:59Z")
    assert (await world.message("certificate_missing"))["status"] == "planned"
    await world.at("2020-11-12T23:15:00Z")  # nobody answered for three days
    assert (await world.message("certificate_missing"))["status"] == "sent"
    await world.hears(of(AttendanceSettled, session_id="s4", evidence_version=2))
    await world.rests()
    assert (await world.message("evaluation_request"))["status"] == "sent"
    board = AwardWithheld.example["board"]
    await world.hears(of(EvaluationSubmitted), of(AwardGranted, version=9, board=board))
    await world.hears(of(CertificateIssued, board=board))
    await world.at("2020-11-13T10:00:00Z")
    assert (await world.message("certificate_ready"))["status"] == "sent"


async def test_whom_no_board_serves_gets_the_certificate_of_participation(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-11-09T23:30:00Z")
    await world.hears(of(CertificateIssued, board=None, unit="hours"))
    await world.at("2020-11-10T00:00:00Z")
    [ready] = [m for m in world.post.mails if "certificate is ready" in str(m["Subject"])]
    text = words(ready)
    assert "Certificate of participation" in text
    assert "Attended: 8.0 hours, no CE credit" in " ".join(text.split())
    assert "no board that this course is approved by gives you credit for it" in " ".join(
        text.split()
    )


async def test_who_presented_is_thanked_for_that_and_asked_for_no_rating(world: World) -> None:
    seat = {"price": {"amount": 0, "currency": "USD"}, "complimentary": True, "role": "presenter"}
    await world.hears(course(), NEW_YORKER, of(RegistrationRequested, **seat))
    await world.hears(of(RegistrationConfirmed, basis="free"), of(AttendanceSettled))
    await world.hears(*(completed(f"s{n}", "2020-11-09T23:15Z") for n in range(1, 5)))
    await world.at("2020-11-09T23:30:00Z")
    await world.hears(of(CertificateIssued, board=None, unit="hours", kind="presenter"))
    await world.at("2020-11-20T00:00:00Z")
    [ready] = [m for m in world.post.mails if "certificate is ready" in str(m["Subject"])]
    text = " ".join(words(ready).split())
    assert "Thank you for presenting" in text
    assert "Certificate for presenting" in text
    assert "participation" not in text
    assert "evaluation_request" not in {m["template"] for m in await world.messages()}


async def test_a_moved_session_is_reminded_of_at_its_new_time_only(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-10-20T12:00:00Z")
    moved = {
        "starts_at": "2020-10-27T20:00:00Z",
        "ends_at": "2020-10-27T22:00:00Z",
        "schedule_version": 2,
    }
    await world.hears(course(version=2, sessions=sessions(s2=moved)))
    await world.at("2020-10-28T00:00:00Z")
    links = [
        m for m in await world.messages() if (m["template"], m["subject"]) == ("join_1h", "s2")
    ]
    assert [(m["version"], m["status"], m["sent_at"]) for m in links] == [
        (1, "cancelled", None),
        (2, "sent", "2020-10-27T19:00:00Z"),
    ]


async def test_a_cancelled_course_reminds_nobody(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    await world.hears(of(CourseCancelled))
    await world.at("2020-11-10T00:00:00Z")
    assert (await world.statuses())["join_1h"] == ["cancelled"] * 4


async def test_a_colleague_gets_links_of_their_own_and_the_former_person_no_more(
    world: World,
) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-10-13T08:00:00Z")
    new = "0192a0b0-5c1e-7a10-8f00-00000000a002"
    await world.hears(
        of(RegistrationSubstituted),
        of(PersonRecorded, person_id=new, name="Ben", email="ben@learners.example"),
    )
    await world.at("2020-10-19T19:30:00Z")
    got = [
        (str(mail["Subject"]).split(",")[0].split(":")[0], to)
        for mail, to in zip(world.post.mails, world.post.recipients, strict=True)
    ]
    assert [subject for subject, to in got if to == "ben@learners.example"] == [
        "You have a seat",
        "Improving Treatment Effectiveness with Attachment Theory starts on Monday",
        "Session 1 of 4 is on Monday",
        "Session 1 of 4 starts at 9",
    ]
    assert {subject for subject, to in got if to != "ben@learners.example"} == {
        "You have a seat",
        "Receipt 2020-000001",
        "We have your registration",
        "Improving Treatment Effectiveness with Attachment Theory starts on Monday",
        "A colleague takes your place",
    }
    [_, again] = [m for m in world.post.mails if str(m["Subject"]).startswith("You have a seat")]
    assert f"/r/{token(2)}" in words(again)


async def test_who_asks_for_the_link_gets_it_once_an_asking(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    asked = of(RegistrationLinkRequested)
    id_ = str(uuid.uuid4())
    world.clock.time = world.clock.time.replace(month=10, day=18, hour=9, minute=0)
    await world.hears(asked, asked, ids=[id_, str(uuid.uuid4())])
    await world.rests()
    assert len([s for s in world.post.subjects() if s.startswith("Your personal link")]) == 1


async def test_an_erased_person_leaves_nothing_and_hears_nothing_more(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.rests()
    await world.forgets()
    await world.at("2020-11-10T00:00:00Z")
    assert len(world.post.mails) == 3
    statuses = await world.statuses()
    assert statuses["join_1h"] == ["cancelled"] * 4
    assert {m["recipient"] for m in await world.messages()} == {None}
    for table in ("people", "messages", "registrations", "outbox", "calendar_entries"):
        rows = str(await world.dump(table))
        assert "zaneta" not in rows
        assert "Łuczyńska" not in rows
    [person] = await world.dump("people")
    assert (person["person_id"], person["erased"]) == (PERSON, True)


async def test_an_erasure_heard_first_still_keeps_the_mails_from_going(world: World) -> None:
    await world.forgets()
    await world.hears(course(), *PAID, NEW_YORKER)
    await world.at("2020-11-10T00:00:00Z")
    assert world.post.mails == []
    assert await world.messages() == []


@pytest.mark.parametrize("registration_id", [R, "no-such-registration"])
async def test_only_the_operator_and_the_learner_see_the_messages(
    world: World, registration_id: str
) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    path = f"/notifications/v1/registrations/{registration_id}/messages"
    async with world.client() as nobody, world.client(token()) as learner:
        assert (await nobody.get(path)).status_code == 401
        answer = await learner.get(path)
        assert answer.status_code == (200 if registration_id == R else 403)
    async with world.client(token(2)) as early:
        assert (await early.get(path)).status_code == (425 if registration_id == R else 403)


ON_INVOICE = (of(RegistrationRequested, payment_method="invoice"), of(RegistrationConfirmed))


async def test_an_employers_open_invoice_is_reminded_of_by_mail_once_a_step(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *ON_INVOICE)
    await world.rests()
    world.clock.time = world.clock.time.replace(month=10, day=7, hour=15, minute=5)
    soon = of(InvoiceReminded)
    await world.hears(soon, soon)
    await world.rests()
    assert (await world.statuses())["invoice_reminder"] == ["sent"]
    later = of(InvoiceReminded, level=2, reminded_at="2020-10-15T15:04:05Z")
    world.clock.time = world.clock.time.replace(day=15)
    await world.hears(later)
    await world.rests()
    assert (await world.statuses())["invoice_reminder"] == ["sent", "sent"]
    subjects = [mail["Subject"] for mail in world.post.mails]
    assert "Invoice 2020-000001: $199.00, due on Wednesday, October 14, 2020" in subjects
    assert "Overdue: invoice 2020-000001, $199.00" in subjects


@pytest.mark.parametrize("ends", [InvoicePaid, InvoiceVoided])
async def test_of_what_was_paid_or_withdrawn_meanwhile_nobody_is_reminded(
    world: World, ends: type[Event]
) -> None:
    world.clock.time = world.clock.time.replace(month=10, day=7, hour=15, minute=5)
    await world.hears(course(), NEW_YORKER, *ON_INVOICE, of(InvoiceReminded))
    await world.hears(of(ends))
    await world.rests()
    assert "invoice_reminder" not in {
        template for template, said in (await world.statuses()).items() if "sent" in said
    }
