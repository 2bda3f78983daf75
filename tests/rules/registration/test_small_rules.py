"""Same person, late payments, whom a board serves, when a course has begun."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.registration.domain.attendee import read_attendee
from services.registration.domain.eligibility import boards_for, served_warning
from services.registration.domain.payment import InvoiceNotAllowed, late_payment, method_for
from services.registration.domain.same_person import person_key
from services.registration.domain.schedule import begun, first_start, held, last_end
from shared.errors import Invalid

NY = {"in": ["NY"]}
NOT_NY = {"not": ["NY"]}
BOARDS: list[dict[str, Any]] = [
    {"board": "NBCC", "professions": ["counselor"], "states": None},
    {"board": "NYSED-MHC", "professions": ["counselor"], "states": NY},
    {"board": "NYSED-SW", "professions": ["social_worker"], "states": NY},
    {"board": "STATE", "professions": ["counselor", "mft", "social_worker"], "states": NOT_NY},
    {"board": "APA", "professions": ["psychologist"], "states": None},
]


@pytest.mark.parametrize(
    ("name", "email", "same"),
    [
        ("Ada Lovelace", "ada@x.example", True),
        ("ada  LOVELACE", "ADA@x.example", True),
        ("  Ada Lovelace ", " ada@X.example", True),
        ("Ada Lovelace", "ada@y.example", False),
        ("Ada M Lovelace", "ada@x.example", False),
        ("AdaLovelace", "ada@x.example", False),
    ],
)
def test_the_same_person_is_told_by_course_name_and_address(name, email, same):
    known = person_key("c", "Ada Lovelace", "ada@x.example")
    assert (person_key("c", name, email) == known) is same
    assert person_key("d", name, email) != known


@pytest.mark.parametrize(
    ("profession", "licenses", "boards"),
    [
        ("counselor", [], ["NBCC"]),
        ("counselor", [{"state": "NY"}], ["NBCC", "NYSED-MHC"]),
        ("counselor", [{"state": "nj"}], ["NBCC", "STATE"]),
        ("counselor", [{"state": "NY"}, {"state": "NJ"}], ["NBCC", "NYSED-MHC", "STATE"]),
        ("mft", [{"state": "NY"}], []),
        ("counselor", [{"state": "New York"}], ["NBCC"]),
        ("mft", [{"state": "N.Y."}], []),
        ("mft", [{"state": "NJ"}], ["STATE"]),
        ("mft", [], []),
        ("educator", [{"profession": "psychologist", "state": "CA"}], ["APA"]),
        ("", [], []),
        ("social_worker", [{"profession": "counselor", "state": "NY"}], ["NBCC", "NYSED-MHC"]),
    ],
)
def test_a_board_serves_by_the_declared_profession_or_by_any_licence(profession, licenses, boards):
    assert boards_for(BOARDS, profession, licenses) == boards


def test_whom_no_board_serves_is_told_so_but_not_where_there_are_no_boards():
    assert "without CE credit" in served_warning(BOARDS, [])
    assert served_warning(BOARDS, ["NBCC"]) == ""
    assert served_warning([], []) == ""


@pytest.mark.parametrize(
    ("asked", "price", "may_invoice", "method"),
    [
        ("card", 19900, False, "card"),
        ("invoice", 19900, True, "invoice"),
        ("card", 0, False, "free"),
        ("invoice", 0, False, "free"),
        ("free", 0, False, "free"),
    ],
)
def test_what_costs_nothing_is_free_however_it_is_asked_for(asked, price, may_invoice, method):
    assert method_for(asked, price, may_invoice=may_invoice) == method


def test_an_invoice_needs_the_right_to_one_and_free_needs_a_free_course():
    with pytest.raises(InvoiceNotAllowed):
        method_for("invoice", 19900, may_invoice=False)
    with pytest.raises(Invalid) as refused:
        method_for("free", 19900, may_invoice=True)
    assert [error["pointer"] for error in refused.value.errors] == ["/payment/method"]


@pytest.mark.parametrize(
    ("confirmed", "state", "free", "begun_", "anew", "answer"),
    [
        (False, "expired", True, False, False, "confirm"),
        (False, "expired", False, False, False, "unseat"),
        (False, "expired", True, True, False, "unseat"),
        (False, "expired", True, False, True, "unseat"),
        (False, "cancelled", True, False, False, "nothing"),
        (True, "cancelled", True, False, False, "nothing"),
        (True, "completed", True, True, False, "nothing"),
    ],
)
def test_a_late_payment_confirms_where_a_seat_is_free_else_it_is_given_back(
    confirmed, state, free, begun_, anew, answer
):
    decided = late_payment(
        ever_confirmed=confirmed, state=state, seat_free=free, begun=begun_, lives_anew=anew
    )
    assert decided == answer


def test_exactly_at_the_start_is_after_it_and_a_move_only_helps():
    start = datetime(2020, 10, 19, 20, tzinfo=UTC)
    earlier, later = start.replace(day=12), start.replace(day=26)
    assert begun(start, start, start)
    assert not begun(start.replace(hour=19), start, start)
    assert not begun(start, start, later)
    assert not begun(earlier, start, earlier)


def test_every_fault_of_a_person_is_said_at_once():
    given = {
        "name": "  ",
        "email": "not an address",
        "zone": "Mars/Olympus",
        "locale": "en_GB!",
        "profession": "social worker",
        "licenses": [{"state": "A STATE OF MIND"}, "x"],
    }
    with pytest.raises(Invalid) as refused:
        read_attendee(given, "America/New_York")
    assert [error["pointer"] for error in refused.value.errors] == [
        "/attendee/name",
        "/attendee/email",
        "/attendee/zone",
        "/attendee/locale",
        "/attendee/profession",
        "/attendee/licenses/0/state",
        "/attendee/licenses/1",
    ]


@pytest.mark.parametrize("state", ["New York", "N.Y.", "NEW YORK", "N", "NYC2"])
def test_a_licence_s_state_is_a_code_or_is_asked_for_again(state):
    given = {"name": "Ada", "email": "a@c.example", "licenses": [{"state": state}]}
    with pytest.raises(Invalid) as refused:
        read_attendee(given, "UTC")
    assert [error["pointer"] for error in refused.value.errors] == ["/attendee/licenses/0/state"]


@pytest.mark.parametrize(
    "email",
    ["a@b", "a b@c.example", "a@b@c.example", "a@c.example\nBcc: x@y.example", "<a@c.example>", ""],
)
def test_what_could_break_a_mail_header_is_no_address(email):
    with pytest.raises(Invalid):
        read_attendee({"name": "Ada", "email": email}, "UTC")


def test_a_person_is_cleaned_but_not_changed():
    person = read_attendee(
        {
            "name": "  Žaneta   Łuczyńska-O'Neil ",
            "email": "Zaneta@Learners.example",
            "profession": "Counselor",
            "licenses": [{"state": "nj", "number": None, "profession": None}],
        },
        "Europe/London",
    )
    assert person.name == "Žaneta Łuczyńska-O'Neil"
    assert person.email == "Zaneta@Learners.example"
    assert (person.zone, person.locale, person.profession) == ("Europe/London", "en", "counselor")
    assert person.licenses == ({"profession": "", "state": "NJ", "number": ""},)


def test_a_cancelled_session_neither_begins_nor_ends_a_course_nor_is_it_waited_for():
    days = ("19", "26", "30")
    sessions = [
        {
            "session_id": day,
            "starts_at": f"2020-10-{day}T20:00:00Z",
            "ends_at": f"2020-10-{day}T22:00:00Z",
            "status": "scheduled" if day == "26" else "cancelled",
        }
        for day in days
    ]
    assert [session["session_id"] for session in held(sessions)] == ["26"]
    assert first_start(sessions) == datetime(2020, 10, 26, 20, tzinfo=UTC)
    assert last_end(sessions) == datetime(2020, 10, 26, 22, tzinfo=UTC)
    none = [session | {"status": "cancelled"} for session in sessions]
    assert held(none) == none
    assert last_end(none) == datetime(2020, 10, 30, 22, tzinfo=UTC)
