import asyncio
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import asyncpg
import httpx
import pytest
import typer

from cli.invariants import run
from cli.invariants.credits import ends_that_moved
from cli.invariants.gateway import compared
from cli.invariants.log import outbox_is_empty
from cli.invariants.mail import compared as mails_compared
from cli.invariants.registry import INVARIANTS, Outside
from cli.invariants.run import check_all
from cli.say import Ends
from shared.contracts.services import SERVICES
from tests.conftest import Database


async def broken(service: str, url: str, *statements: str) -> dict[str, list[str]]:
    """The findings by sentence, after the statements, of the invariants of one database."""
    con = await asyncpg.connect(url)
    try:
        for statement in statements:
            await con.execute(statement)
        outside = Outside({service: con}, "", "", "")
        found = {}
        for one in INVARIANTS:
            if not outside.missing(one.needs):
                details = [finding.detail async for finding in one.check(outside)]
                if details:
                    found[one.says] = details
        return found
    finally:
        await con.close()


async def test_a_fresh_service_breaks_no_invariant(database: Database):
    for service in ("registration", "billing", "attendance", "certificates", "partners"):
        assert await broken(service, database(service)) == {}


async def test_who_was_forgotten_in_a_cancelled_course_is_found(database: Database):
    columns = (
        "registration_id, course_id, course_version, person_id, state, seat, method, price_minor,"
        " currency, price_id, complimentary, credit_ids, first_start, token_version, revision,"
        " requested_at, choose_until"
    )
    url = database("registration")
    con = await asyncpg.connect(url)
    needed = await con.fetch(
        "select column_name, data_type from information_schema.columns where is_nullable = 'NO'"
        " and table_name = 'registrations' and not column_name = any($1)",
        columns.replace(" ", "").split(","),
    )
    await con.close()
    blank = {
        "boolean": "false",
        "bigint": "0",
        "jsonb": "'[]'",
        "timestamp with time zone": "now()",
    }
    others = "".join(f", {row['column_name']}" for row in needed)
    values = "".join(f", {blank.get(row['data_type'], chr(39) * 2)}" for row in needed)
    rows = ", ".join(
        f"('{who}', 'c', 1, 'p', '{state}', 'none', 'card', 19900, 'USD', '', false, '[]', now(), 1,"
        f" 1, now(), {until}{values})"
        for who, state, until in (
            ("left", "confirmed", "null"),
            ("held", "requested", "now()"),
            ("choosing", "confirmed", "now()"),
            ("gone", "cancelled", "null"),
            ("waits", "confirmed", "null"),
            ("blocked", "confirmed", "null"),
        )
    )
    found = await broken(
        "registration",
        url,
        "insert into withdrawals values ('c', '', now(), 'Ill.', null, false, 3, 0)",
        f"insert into registrations ({columns}{others}) values {rows}",
        "insert into due (kind, ref, due_at, version, payload, lane) values"
        " ('withdraw_course.row', 'c/waits', now(), 0, '{}', '')",
        "insert into tasks (kind, ref, number, task_id, scope, about, what, opened_at) values"
        " ('withdrawal-blocked', 'blocked', 1, 't', '', '{}', '', now())",
    )
    says = "In a cancelled course nobody is left but who may still choose, or staff see to"
    assert sorted(found[says]) == ["still confirmed", "still requested"]


async def test_a_fee_that_was_kept_though_the_provider_cancelled_is_found(database: Database):
    found = await broken(
        "billing",
        database("billing"),
        *(
            "insert into settlements (registration_id, cause, requested_at, by, was, outcome,"
            f" paid_minor, fee_minor, waiting_minor{', override' if staff else ''}) values"
            f" ('{who}', 'cancelled', now(), '{by}', 'confirmed', '{outcome}', 19900, {fee}, 0"
            f"{staff})"
            for who, by, outcome, fee, staff in (
                ("fee", "provider", "refund", 3000, ""),
                ("nothing", "provider", "nothing", 0, ""),
                ("staff", "provider", "nothing", 0, ", '{}'"),
                ("whole", "provider", "refund", 0, ""),
                ("learner", "learner", "refund", 3000, ""),
            )
        ),
    )
    assert sorted(found["Where the provider cancelled no fee is kept, and nothing forfeited"]) == [
        "nothing of 19900, fee 0",
        "refund of 19900, fee 3000",
    ]


async def test_a_seat_that_nobody_has_is_found(database: Database):
    found = await broken(
        "registration",
        database("registration"),
        "insert into seats (course_id, capacity, sold, held, offered, waiting, tickets) "
        "values ('c', 2, 2, 1, 0, 0, 0)",
    )
    assert found == {
        "Sold, held and offered seats are within the capacity there ever was": [
            "3 of 2 seats are taken"
        ],
        "The count of seats is the count of registrations that have one": [
            "sold: counted 2, registrations 0",
            "held: counted 1, registrations 0",
        ],
    }


async def test_a_seat_that_is_released_twice_is_found(database: Database):
    step = (
        "insert into history (registration_id, revision, at, by, act, before, state, why, facts) "
        "values ('r', {}, now(), 'nobody', '{}', {}, '{}', '', '{{}}')"
    )
    found = await broken(
        "registration",
        database("registration"),
        step.format(1, "register", "null", "requested"),
        step.format(2, "confirm", "'requested'", "confirmed"),
        step.format(3, "cancel", "'confirmed'", "cancelled"),
        step.format(4, "expire", "'confirmed'", "expired"),
    )
    assert found == {
        "A seat that was taken is released at most once": [
            "taken 1 times, released 2; not from where it stood: expire"
        ]
    }


_GRANTED = (
    "insert into awards (registration_id, board, version, status, credits, unit, sessions, "
    "unmet, held, kept) values ('r', 'NBCC', 1, 'granted', '8.0', 'hours', '[]', '[]', false, "
    "'{}')"
)


async def test_an_award_without_its_certificate_is_found(database: Database):
    found = await broken("certificates", database("certificates"), _GRANTED)
    assert found == {
        "Each award that waits for its certificate has it being made": [
            "NBCC over 8.0 is granted, and nothing makes a certificate"
        ],
        "Each award that was granted has its certificate": [
            "NBCC over 8.0 is granted, and there is no certificate"
        ],
    }


async def test_an_award_whose_certificate_is_being_made_is_not_forgotten(database: Database):
    found = await broken(
        "certificates",
        database("certificates"),
        _GRANTED,
        "insert into due (kind, ref, due_at, version, payload) values "
        "('render', 'r/NBCC', now(), 0, '{}')",
    )
    assert list(found) == ["Each award that was granted has its certificate"]


async def row_of(con: asyncpg.Connection, table: str, given: dict[str, Any]) -> None:
    """A row of which only this much is of interest."""
    needed = await con.fetch(
        "select column_name, data_type from information_schema.columns where is_nullable = 'NO'"
        " and table_schema = 'public' and table_name = $1",
        table,
    )
    blank = {"boolean": False, "bigint": 0, "jsonb": "[]", "text": "x"}
    row = {one["column_name"]: blank.get(one["data_type"], INSTANT) for one in needed} | given
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await con.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())


async def planted(url: str, *certificates: dict[str, Any]) -> str:
    """The database, with certificates of which only this much is of interest."""
    con = await asyncpg.connect(url)
    for place, given in enumerate(certificates, 1):
        own = {"certificate_id": f"c{place}", "number": f"n{place}", "code": f"k{place}"}
        own |= {"registration_id": "r", "status": "valid", "status_index": place}
        await row_of(con, "certificates", own | given)
    await con.close()
    return url


INSTANT = datetime(2020, 11, 9, 23, 20, tzinfo=UTC)
_RESTS_ON = "A certificate carries the evidence and the rule version it rests on"
_BESIDE = "Nobody holds a certificate without credit beside one of credit"


@pytest.mark.parametrize(
    ("evidence", "rule", "told"),
    [
        ("{}", 1, "evidence {}, rule version 1"),
        ('{"s1": 1}', 1, 'evidence {"s1": 1}, rule version 1'),
        ('{"s1": 1, "s2": 4}', 0, 'evidence {"s1": 1, "s2": 4}, rule version 0'),
        ('{"s1": 1, "s2": 4}', 1, None),
    ],
)
async def test_a_certificate_that_rests_on_nothing_is_found(
    database: Database, evidence: str, rule: int, told: str | None
):
    one = {"board": "NBCC", "credits": "4.0", "sessions": '["s1", "s2"]', "evidence": evidence}
    url = await planted(database("certificates"), one | {"rule_version": rule})
    found = await broken("certificates", url)
    expected = [f'NBCC: sessions ["s1", "s2"], {told}'] if told else None
    assert found.get(_RESTS_ON) == expected


_SAYS = "A live certificate says what its granted award gives"


@pytest.mark.parametrize("erased", [True, False])
@pytest.mark.parametrize(
    ("credit", "sessions", "told_of_the_erased"),
    [
        ("8.0", '["s1", "s2"]', False),  # as was granted: of nobody
        ("2.0", '["s1"]', False),  # more was granted since: of who was erased it stays
        ("10.0", '["s1", "s2"]', True),
        ("8.0", '["s1", "s2", "s3"]', True),
    ],
)
async def test_a_certificate_that_says_something_else_than_its_award_is_found(
    database: Database, credit: str, sessions: str, told_of_the_erased: bool, erased: bool
):
    url = await planted(
        database("certificates"), {"board": "NBCC", "credits": credit, "sessions": sessions}
    )
    con = await asyncpg.connect(url)
    granted = {"board": "NBCC", "status": "granted", "credits": "8.0", "sessions": '["s1", "s2"]'}
    await row_of(con, "awards", {"registration_id": "r"} | granted)
    await row_of(con, "registrations", {"registration_id": "r", "person_id": "p"})
    await row_of(con, "people", {"person_id": "p", "erased": erased})
    await con.close()
    same = (credit, sessions) == ("8.0", '["s1", "s2"]')
    expected = told_of_the_erased if erased else not same
    assert (_SAYS in await broken("certificates", url)) is expected


async def test_no_credit_beside_credit_is_found(database: Database):
    boards = ("participation", "presenter", "APA")
    whole = {"sessions": '["s1"]', "evidence": '{"s1": 1}', "rule_version": 1}
    url = await planted(database("certificates"), *[whole | {"board": one} for one in boards])
    assert (await broken("certificates", url))[_BESIDE] == ["live: APA, participation"]


_FILES = "A certificate's files are those whose hashes it carries"
_DOCUMENT = "insert into documents values ('c1', '{}', '{}')"
_FILE = "insert into document_files values ('c1', 'pdf', 'a.b.c')"
_PDF, _JWT = sha256(b"pdf").hexdigest(), sha256(b"a.b.c").hexdigest()


@pytest.mark.parametrize(
    ("certificate", "statements", "told"),
    [
        ({"draft": 1}, (_DOCUMENT, _FILE), None),
        ({"draft": 0}, (), None),  # its holder was erased
        ({"draft": 2, "status": "preparing", "sha256": ""}, (_DOCUMENT,), None),
        ({"draft": 1}, (_DOCUMENT,), "valid, draft 1, document there, file missing, token missing"),
        ({"draft": 1}, (_FILE,), f"valid, draft 1, document missing, file {_PDF[:8]}, token"),
        ({"draft": 0}, (_FILE,), f"valid, draft 0, document missing, file {_PDF[:8]}, token"),
        ({"draft": 0}, (_DOCUMENT,), "valid, draft 0, document there, file missing"),
        ({"draft": 1, "status": "preparing"}, (_DOCUMENT, _FILE), "preparing, draft 1"),
        ({"draft": 1, "sha256": "y"}, (_DOCUMENT, _FILE), "valid, draft 1, document there"),
        ({"draft": 1, "jwt_sha256": "y"}, (_DOCUMENT, _FILE), "valid, draft 1, document there"),
        ({"certificate_id": "c2"}, (_FILE,), "no certificate, draft None, document missing"),
    ],
)
async def test_a_file_that_is_not_the_certificate_s_is_found(
    database: Database, certificate: dict[str, Any], statements: tuple[str, ...], told: str | None
):
    row = {"sha256": _PDF, "jwt_sha256": _JWT, "board": "NBCC"} | certificate
    url = await planted(database("certificates"), row)
    found = (await broken("certificates", url, *statements)).get(_FILES)
    assert (found is None) is (told is None)
    assert told is None or (found and found[0].startswith(told)), found


def test_the_mailbox_has_each_message_that_was_sent_once_and_no_other():
    arrived = ["<a@holdfast>", "<b@holdfast>", "<a@holdfast>", "<b@holdfast>", "<c@holdfast>"]
    arrived += ["<stray@elsewhere>", "<asked@holdfast>"]

    def row(message_id: str, state: str = "sent", resends: int = 0) -> dict[str, object]:
        return {"message_id": message_id, "state": state, "resends": resends}

    known = [
        row("a"),
        row("b", resends=1),
        row("c", "cancelled"),
        row("lost"),
        row("later", "planned"),
        row("asked", "failed"),
    ]
    found = [(one.about, one.detail) for one in mails_compared(arrived, known)]
    assert found == [
        ("a", "arrived 2 times"),
        ("c", "arrived, and it is cancelled"),
        ("lost", "sent, and it never arrived"),
        ("stray", "arrived, and notifications knows nothing of it"),
    ]


def test_a_refund_that_the_gateway_made_twice_or_nobody_decided_is_found():
    given = [
        {"key": "refund:p:1", "amount": 100},
        {"key": "refund:p:1", "amount": 100},
        {"key": "refund:p:2", "amount": 90},
        {"key": "by hand", "amount": 1},
    ]
    known = [
        {"refund_id": "refund:p:1", "state": "succeeded", "amount_minor": 100},
        {"refund_id": "refund:p:2", "state": "submitted", "amount_minor": 80},
        {"refund_id": "refund:p:3", "state": "succeeded", "amount_minor": 70},
        {"refund_id": "refund:p:4", "state": "requested", "amount_minor": 70},
    ]
    assert [(one.about, one.detail) for one in compared(given, known)] == [
        ("refund:p:1", "2 refunds at the gateway"),
        ("refund:p:2", "the gateway gave 90, 80 was decided"),
        ("refund:p:3", "succeeded, and the gateway knows nothing of it"),
        ("by hand", "a refund at the gateway that billing did not decide"),
    ]


def test_a_restored_credit_with_another_end_is_found_unless_the_provider_cancelled():
    def fact(kind: str, credit: str, registration: str, end: str | None) -> tuple[str, dict]:
        said = {"credit_id": credit, "registration_id": registration, "expires_on": end}
        return f"credit.{kind}.v1", said

    facts = [
        fact("issued", "kept", "r1", "2021-10-06"),
        fact("restored", "kept", "r2", "2021-10-06"),
        fact("issued", "longer", "r1", "2021-10-06"),
        fact("restored", "longer", "r2", "2022-10-06"),
        fact("issued", "ours", "r1", "2021-10-06"),
        fact("restored", "ours", "theirs", "2022-10-06"),
        fact("issued", "shorter", "r1", None),
        fact("restored", "shorter", "theirs", "2022-10-06"),
    ]
    found = [(one.about, one.detail) for one in ends_that_moved(facts, {"theirs"})]
    assert found == [
        ("longer", "good until 2021-10-06, restored until 2022-10-06"),
        ("shorter", "good until ever, restored until 2022-10-06"),
    ]


_STATES = "The state that lists find an invoice by is what its lines and payments make"


async def test_money_that_came_and_went_nowhere_is_found(database: Database):
    found = await broken(
        "billing",
        database("billing"),
        "insert into registrations (registration_id, course_id, person_id, payer_id, price_minor, "
        "currency, token_version) values ('r', 'c', 'p', 'p', 19900, 'USD', 1)",
        "insert into invoices (invoice_id, number, currency, method, issued_at) values "
        "('i', '2020-000001', 'USD', 'card', now())",
        "insert into payments (payment_id, invoice_id, gateway, tender, amount_minor, "
        "returned_minor, refunds, currency, state, paid_at, reason, reference) values ('pay', 'i', "
        "'paysim', 'card', 20000, 20000, 1, 'USD', 'succeeded', now(), '', '')",
        "insert into payment_parts (payment_id, registration_id, invoice_id, amount_minor, "
        "applied_minor, disputed_minor) values ('pay', 'r', 'i', 19900, 0, 0)",
        "insert into refunds (refund_id, payment_id, registration_id, gateway, tender, "
        "amount_minor, currency, state, cause, reason, requested_by, debt, failure, reference, "
        "requested_at) values ('x', 'pay', 'r', 'paysim', 'card', 20000, 'USD', 'requested', "
        "'cancelled', '', '', 'x', '', '', now())",
    )
    assert found == {
        "What came in for a registration is what went out, is owed, or is kept": [
            "19900 USD came in or is asked for, 0 is refunded, owed, credited or kept"
        ],
        "Cash in the ledger is what payments and refunds moved": [
            "19900 moved at the gateway, 0 is booked"
        ],
        "A payment is divided exactly over those whom its invoice is for": [
            "brought 20000, its parts are 19900"
        ],
        "No payment, and no part of one, gives back more than it brought": [
            "of pay brought 19900, gives back 20000"
        ],
        "What the ledger owes in refunds is what refunds have yet to give back": [
            "20000 is to be given back, 0 is booked as owed"
        ],
    }


async def test_a_state_that_lists_would_find_an_invoice_wrongly_by_is_found(database: Database):
    """199.00 each: nothing came, half, all by card, all by credit, moved away, never paid; of the
    credit of one that was released nothing counts. Each by what is kept, and by what is so."""
    kept = {
        "asked": "paid",
        "half": "void",
        "card": "open",
        "credit": "null",
        "released": "paid",
        "away": "open",
        "withdrawn": "open",
        "free": "void",
        "right": "open",
    }
    state = {who: "null" if word == "null" else f"'{word}'" for who, word in kept.items()}
    lines = [(who, "course", 19900) for who in kept if who != "free"]
    lines += [("away", "transfer", -19900), ("withdrawn", "withdrawn", -19900)]
    parts = [("half", 9900), ("card", 19900)]
    entries = [
        ("e1", "credit", "redeemed", "null"),
        ("e2", "released", "redeemed", "null"),
        ("e3", "released", "restored", "'e2'"),
    ]
    found = await broken(
        "billing",
        database("billing"),
        "insert into registrations (registration_id, course_id, person_id, payer_id, price_minor, "
        "currency, token_version, invoice_id, invoice_state) values "
        + ", ".join(
            f"('{who}', 'c', 'p', 'p', 19900, 'USD', 1, "
            f"{'null' if who == 'free' else chr(39) + who + chr(39)}, {word})"
            for who, word in state.items()
        ),
        "insert into invoice_lines (invoice_id, registration_id, line, kind, description, "
        "amount_minor, at) values "
        + ", ".join(
            f"('{who}', '{who}', {place}, '{kind}', '', {amount}, now())"
            for place, (who, kind, amount) in enumerate(lines)
        ),
        "insert into payment_parts (payment_id, registration_id, invoice_id, amount_minor, "
        "applied_minor, disputed_minor) values "
        + ", ".join(f"('pay', '{who}', '{who}', {paid}, {paid}, 0)" for who, paid in parts),
        "insert into credit_entries (entry_id, credit_id, registration_id, kind, amount_minor, "
        "currency, occurred_at, corrects) values "
        + ", ".join(
            f"('{entry}', 'k', '{who}', '{kind}', {'-' if kind == 'redeemed' else ''}19900, 'USD', "
            f"now(), {corrects})"
            for entry, who, kind, corrects in entries
        ),
    )
    right = "(bin/holdfast reconcile puts it right)"
    assert sorted(found[_STATES]) == [
        f"nothing is kept, and it is paid {right}",
        f"open is kept, and it is paid {right}",
        f"open is kept, and it is paid {right}",
        f"open is kept, and it is void {right}",
        f"paid is kept, and it is open {right}",
        f"paid is kept, and it is open {right}",
        f"void is kept, and it is no invoice {right}",
        f"void is kept, and it is open {right}",
    ]


async def test_an_event_that_is_still_to_be_said_is_found(database: Database):
    con = await asyncpg.connect(database("attendance"))
    await con.execute(
        "insert into outbox (event_id, shard, topic, headers) values "
        "(gen_random_uuid(), 0, 'attendance.records', '[]')"
    )
    found = [one async for one in outbox_is_empty(Outside({"attendance": con}, "", "", ""))]
    await con.close()
    assert [(one.about, one.detail) for one in found] == [
        ("attendance", "1 events are still to be said")
    ]


async def test_what_could_not_be_looked_at_is_not_said_to_hold(database: Database):
    con = await asyncpg.connect(database("certificates"))
    outside = Outside({"certificates": con}, "127.0.0.1:1", "http://simulator", "")
    told = await check_all(outside)
    await con.close()
    checked = [one["says"] for one in told if not one["missing"]]
    assert checked == [
        "At most one live certificate per registration and board",
        "A live certificate says what its granted award gives",
        "A certificate carries the evidence and the rule version it rests on",
        "Nobody holds a certificate without credit beside one of credit",
        "A certificate's files are those whose hashes it carries",
        "Each award that waits for its certificate has it being made",
        "Each award that was granted has its certificate",
    ]
    [gateway] = [one for one in told if one["says"].startswith("Each refund reached")]
    assert gateway["missing"] == [
        "the database of billing (BILLING_DATABASE_URL)",
        "the payment simulator (PAYSIM_API_KEY)",
    ]


def test_every_invariant_says_what_it_looks_at():
    for one in INVARIANTS:
        assert set(one.needs) & set(SERVICES), one.says


@pytest.mark.parametrize(
    ("found", "code", "last"),
    [
        ([], 0, "2 of 2 hold"),
        (["missing"], 3, "1 of 1 hold; 1 not checked"),
        (["missing", "findings"], 1, "0 of 1 hold; 1 not checked"),
    ],
)
def test_only_what_was_checked_counts_and_the_rest_is_exit_code_3(
    monkeypatch, capsys, found, code, last
):
    one: dict[str, Any] = {"number": 1, "says": "It holds", "missing": [], "findings": []}
    all_of_them = [dict(one), dict(one)]
    if "missing" in found:
        all_of_them[0]["missing"] = ["the database of billing (BILLING_DATABASE_URL)"]
    if "findings" in found:
        all_of_them[1]["findings"] = [{"about": "r", "detail": "1 left over"}]

    async def checked(*_: object, **__: object) -> list[dict[str, Any]]:
        return all_of_them

    stack = Told()
    monkeypatch.setattr(run, "_run", checked)
    monkeypatch.setattr(run, "here", lambda: stack)
    for as_json in (False, True):
        ended = 0
        try:
            run.tell(now=True, as_json=as_json)
        except typer.Exit as end:
            ended = end.exit_code
        assert ended == code
        said = capsys.readouterr().out
        if as_json:
            assert json.loads(said) == {"ok": code == 0, "invariants": all_of_them}
        else:
            assert said.splitlines()[-1].strip() == last
            assert ("not checked  It holds\n     " in said) == bool(found)
            assert "was not told" not in said
    counts = [[one["count"] for one in body["invariants"]] for body in stack.bodies]
    assert counts == [[0, int("findings" in found)]] * 2, "each check is told, however it is shown"


class Told:
    """A stack whose console is told; or `away`, or gives another answer."""

    def __init__(self, status: int = 201, *, away: bool = False, key: str = "k") -> None:
        self.status, self.away, self.key = status, away, key
        self.bodies: list[Any] = []

    def ask(self, method: str, path: str, json: Any) -> httpx.Response:
        assert (method, path) == ("POST", "/web/v1/invariants")
        if self.away:
            raise Ends(3, "The front door does not answer.")
        self.bodies.append(json)
        return httpx.Response(self.status)


@pytest.mark.parametrize(
    ("stack", "why"),
    [
        (Told(away=True), "The front door does not answer."),
        (Told(403), "HTTP 403."),
        (Told(key=""), "no key of an operator."),
    ],
)
def test_a_console_that_is_not_told_changes_nothing_of_what_was_found(
    monkeypatch, capsys, stack, why
):
    many = [{"about": f"r{n}", "detail": "left over"} for n in range(25)]
    found = [{"number": 1, "says": "It holds", "missing": [], "findings": many}]

    async def checked(*_: object, **__: object) -> list[dict[str, Any]]:
        return found

    monkeypatch.setattr(run, "_run", checked)
    monkeypatch.setattr(run, "here", lambda: stack)
    with pytest.raises(typer.Exit) as ended:
        run.tell(now=True, as_json=False)
    assert ended.value.exit_code == 1
    assert f"The console was not told of it: {why}" in capsys.readouterr().out
    for body in stack.bodies:
        [one] = body["invariants"]
        assert (one["count"], len(one["findings"])) == (25, 20)


def test_all_of_them_are_told_in_order_with_their_numbers():
    told = asyncio.run(check_all(Outside({}, "", "", "")))
    numbers = [one["number"] for one in told]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2, 3, 4, 5, 9}
    assert all(one["missing"] for one in told)


async def test_a_member_of_a_group_who_was_never_heard_of_is_found(database: Database):
    found = await broken(
        "billing",
        database("billing"),
        "insert into group_orders (invoice_id, group_id, size, heard) values ('i', 'the group', 3, 2)",
    )
    assert found == {
        "Everybody who is on a group's invoice was heard of, once": ["3 ordered, 2 heard, 0 known"]
    }


def test_a_refund_of_the_dashboard_that_failed_unheard_of_is_nothing_to_know() -> None:
    # Found by the simulation: billing books none that had failed by the time it looked.
    def at_the_gateway(status: str) -> dict[str, Any]:
        return {"key": None, "id": f"re_{status}", "amount": 700, "status": status}

    given = [at_the_gateway(one) for one in ("failed", "pending", "succeeded")]
    detail = "a refund at the gateway that billing did not decide"
    assert [(one.about, one.detail) for one in compared(given, [])] == [
        ("re_pending", detail),
        ("re_succeeded", detail),
    ]


def test_refunds_of_the_dashboard_are_known_by_what_the_gateway_calls_them() -> None:
    def row(refund_id: str, amount: int, ref: str) -> dict[str, object]:
        state = {"state": "succeeded", "cause": "dashboard", "gateway_ref": ref}
        return {"refund_id": refund_id, "amount_minor": amount} | state

    given = [
        {"id": "re_1", "key": None, "amount": 5000},
        {"id": "re_2", "key": None, "amount": 700},
        {"id": "re_3", "key": None, "amount": 100},
    ]
    known = [row("d:1:1", 3000, "re_1"), row("d:1:2", 2000, "re_1"), row("d:2:1", 600, "re_2")]
    found = [(one.about, one.detail) for one in compared(given, known)]
    assert found == [
        ("re_2", "a refund at the gateway that billing did not decide"),
        ("re_3", "a refund at the gateway that billing did not decide"),
    ]
