"""Staff list invoices, refunds and credits: by state, course, day and what is in hand.

That the state which is kept of each registration is that of its lines is asked by the fixture,
after every test of billing (`cli/invariants/invoices.py`).
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic import command

from services.billing.commands import look_at_states
from shared.contracts.registration import RegistrationExpired
from shared.runtime import migrate
from tests.edges.billing.conftest import (
    COURSE,
    POOR,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    token,
    usd,
)
from tests.edges.billing.test_groups import members
from tests.stage import unresting

INVOICES, REFUNDS, CREDITS = "/billing/v1/invoices", "/billing/v1/refunds", "/billing/v1/credits"
EARLY = "2020-09-20T12:00:00Z"
LATE = "2020-10-06T04:01:00Z"


async def listed(world: World, path: str, **asked: Any) -> dict[str, Any]:
    answer = await world.http.get(path, params={k.rstrip("_"): v for k, v in asked.items()})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def who(world: World, path: str, **asked: Any) -> list[str]:
    return [one["registration_id"] for one in (await listed(world, path, **asked))["items"]]


@pytest.fixture
async def three(world: World) -> World:
    """Ada has paid, Ben has yet to, and Cleo's hold ended; in this order, a minute apart."""
    await world.hears(
        course(),
        requested("ada", requested_at="2020-09-14T15:00:00Z"),
        requested("ben", requested_at="2020-09-14T15:01:00Z"),
        requested("cleo", requested_at="2020-09-14T15:02:00Z"),
    )
    await world.pays("ada")
    await world.pays("ben", POOR)
    await world.hears(confirmed("ada"), of(RegistrationExpired, "cleo"))
    return world


async def test_where_nothing_is_lists_are_empty(world: World) -> None:
    for path in (INVOICES, REFUNDS, CREDITS):
        assert await listed(world, path) == {"items": [], "next": None}


async def test_invoices_by_state_the_last_first(three: World) -> None:
    assert await who(three, INVOICES) == ["cleo", "ben", "ada"]
    assert await who(three, INVOICES, status="open") == ["ben"]
    assert await who(three, INVOICES, status="paid") == ["ada"]
    assert await who(three, INVOICES, status="void") == ["cleo"]
    [paid] = (await listed(three, INVOICES, status="paid"))["items"]
    invoice = (await three.view("ada"))["invoice"]
    assert paid == {
        "invoice_id": invoice["invoice_id"],
        "number": invoice["number"],
        "registration_id": "ada",
        "course_id": COURSE,
        "organisation": None,
        "method": "card",
        "status": "paid",
        "total": usd(19900),
        "due": usd(19900),
        "paid": usd(19900),
        "to_pay": usd(0),
        "issued_at": "2020-09-14T15:00:00Z",
        "due_at": invoice["due_at"],
        "pdf": "/billing/v1/registrations/ada/invoice.pdf",
    }
    [unpaid] = (await listed(three, INVOICES, status="open"))["items"]
    assert (unpaid["paid"], unpaid["to_pay"]) == (usd(0), usd(19900))
    await three.pays("ben")
    assert await who(three, INVOICES, status="open") == []
    assert await who(three, INVOICES, status="paid") == ["ben", "ada"]


async def test_invoices_by_course_day_and_what_is_in_hand(three: World) -> None:
    await three.hears(requested("dan", course_id="another", requested_at="2020-09-15T09:00:00Z"))
    assert await who(three, INVOICES, course_id="another") == ["dan"]
    assert await who(three, INVOICES, course_id=COURSE, status="open") == ["ben"]
    asked = {"from": "2020-09-14T15:01:00Z", "until": "2020-09-14T15:02:00Z"}
    assert await who(three, INVOICES, **asked) == ["ben"], "the first moment is in, the last not"
    view = await three.view("ada")
    number, payment = view["invoice"]["number"], view["payments"][0]["payment_id"]
    for hand in (number, f" {number} ", view["invoice"]["invoice_id"], payment, "ada"):
        assert await who(three, INVOICES, of=hand) == ["ada"], hand
    assert await who(three, INVOICES, of=number, status="open") == []
    assert await who(three, INVOICES, of=number, course_id="another") == []


async def test_an_invoice_of_many_is_a_line_each_and_pages_meet_each_once(world: World) -> None:
    await world.hears(*members(7))
    number = (await world.view("m000"))["invoice"]["number"]
    for asked in ({}, {"status": "open"}, {"of": number}, {"course_id": COURSE}):
        seen, after = [], None
        for _ in range(4):
            page = await listed(
                world, INVOICES, limit=2, **asked, **({"after": after} if after else {})
            )
            seen += [one["registration_id"] for one in page["items"]]
            after = page["next"]
        assert after is None
        assert seen == [f"m{place:03}" for place in reversed(range(7))]
    [first, *_] = (await listed(world, INVOICES))["items"]
    assert (first["organisation"], first["method"], first["total"]) == (
        "Clinic",
        "invoice",
        usd(19900),
    )


async def test_refunds_by_state_with_their_credit_note(ada: World) -> None:
    ada.line.before = lambda request: request.url.path.endswith("/refunds")
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    assert await who(ada, REFUNDS, status="succeeded") == []
    [open_] = (await listed(ada, REFUNDS))["items"]
    assert open_["status"] in ("requested", "submitted", "unknown")
    ada.line.mend()
    await ada.at("2020-09-25T12:00:00Z")
    await ada.rests()
    [done] = (await listed(ada, REFUNDS, status="succeeded"))["items"]
    note = (await ada.view("ada"))["credit_notes"][0]
    assert (done["amount"], done["cause"], done["credit_note"]) == (
        usd(16900),
        "cancelled",
        note["pdf"],
    )
    assert (done["course_id"], done["replaced"], done["failure"]) == (COURSE, False, None)
    view = await ada.view("ada")
    number = view["invoice"]["number"]
    assert done["invoice_number"] == number
    for hand in (number, done["refund_id"], done["gateway_ref"], "ada", done["payment_id"]):
        assert await who(ada, REFUNDS, of=hand) == ["ada"], hand
    assert await who(ada, REFUNDS, course_id=COURSE, status="succeeded") == ["ada"]
    assert await who(ada, REFUNDS, course_id="another") == []
    assert await who(ada, REFUNDS, of=number, course_id="another") == []
    assert await who(ada, REFUNDS, **{"from": "2020-09-21T00:00:00Z"}) == []


async def test_credits_by_state_without_their_codes(ada: World) -> None:
    await ada.hears(cancelled("ada", LATE))
    await ada.rests()
    [one] = (await listed(ada, CREDITS, status="active"))["items"]
    [known] = (await ada.view("ada"))["credits"]
    assert known["code"] not in str(one), "whoever has a code has the money"
    assert (one["amount"], one["balance"], one["expires_on"]) == (
        usd(19900),
        usd(19900),
        known["expires_on"],
    )
    assert (one["holder"], one["organisation"], one["origin"]) == ("person", None, "cancellation")
    number = (await ada.view("ada"))["invoice"]["number"]
    for hand in (number, one["credit_id"], "ada"):
        assert await who(ada, CREDITS, of=hand) == ["ada"], hand
    assert await who(ada, CREDITS, of=known["code"]) == [], "nor is it found by it"
    assert await who(ada, CREDITS, status="expired") == []
    assert await who(ada, CREDITS, course_id=COURSE) == ["ada"]
    code = {"credit_ids": (one["credit_id"],), "requested_at": "2020-10-07T10:00:00Z"}
    await ada.hears(requested("eve", course_id="another", **code))
    assert await who(ada, CREDITS, of="eve") == ["ada"], "where it was spent"
    assert await who(ada, INVOICES, status="paid", of="eve") == ["eve"]


@pytest.mark.parametrize("path", [INVOICES, REFUNDS, CREDITS])
async def test_junk_finds_nothing_or_is_refused(three: World, path: str) -> None:
    for odd in ("'; DROP", "\U0001f30d", "%", " ", "x" * 200):
        assert (await listed(three, path, of=odd))["items"] == []
        assert (await listed(three, path, course_id=odd))["items"] == []
    for query, status in (
        ("status=lost", 422),
        ("from=yesterday", 422),
        ("of=", 422),
        ("of=" + "x" * 201, 422),
        ("limit=0", 422),
        ("after=x", 400),
        ("after=2020-09-14T15:00:00Z%2F%00", 400),
    ):
        assert (await three.http.get(f"{path}?{query}")).status_code == status, query
    assert (await three.client(None).get(path)).status_code == 401
    assert (await three.client(token("ada")).get(path)).status_code == 403


async def test_currencies_stand_each_for_itself(world: World) -> None:
    euro = {"amount": 15000, "currency": "EUR"}
    await world.hears(course(), requested("ada"), requested("eva", price=euro))
    totals = {
        one["registration_id"]: one["total"] for one in (await listed(world, INVOICES))["items"]
    }
    assert totals == {"ada": usd(19900), "eva": euro}


async def test_what_was_there_before_the_lists_gets_its_state(three: World) -> None:
    url = three.db.url
    settings = migrate.config("billing", url)
    await asyncio.to_thread(command.downgrade, settings, "0015")
    await three.rows("UPDATE registrations SET invoice_state = NULL RETURNING 1")
    assert await three.broken_invariants() == ["states_are_kept"]
    assert await asyncio.to_thread(migrate.main, ["upgrade", "billing", url]) == 0
    assert await three.broken_invariants() == []
    kept = await three.rows("SELECT registration_id, invoice_state FROM registrations ORDER BY 1")
    assert [tuple(row.values()) for row in kept] == [
        ("ada", "paid"),
        ("ben", "open"),
        ("cleo", "void"),
    ]


async def looked_at(world: World) -> list[str]:
    """Ask for a comparison, and let it rest; the registrations that had to be put right."""
    answer = await world.http.post(
        "/billing/v1/reconciliation", headers={"Idempotency-Key": f"at {world.clock.now()}"}
    )
    assert answer.status_code == 202, answer.text
    wrong: list[str] = []
    for _ in unresting():
        rows = await world.rows("SELECT ref FROM due WHERE kind = 'keep_state'")
        wrong += [row["ref"] for row in rows]
        if not await world.sweep.step() + await world.outside.step():
            return sorted(set(wrong))
    return wrong


async def test_what_the_release_before_took_is_listed_though_no_state_is_kept(
    three: World,
) -> None:
    await three.rows("UPDATE registrations SET invoice_state = NULL RETURNING 1")
    assert await who(three, INVOICES, status="open") == ["ben"]
    assert await who(three, INVOICES, status="paid", course_id=COURSE) == ["ada"]
    assert await who(three, INVOICES, status="void", of="cleo") == ["cleo"]
    assert await who(three, INVOICES, status="open", of="cleo") == []
    late = {"from": "2020-09-14T15:01:00Z", "until": "2020-09-14T15:02:00Z"}
    assert await who(three, INVOICES, status="open", **late) == ["ben"]
    assert await who(three, INVOICES, status="paid", **late) == []
    await three.rows(
        "UPDATE registrations SET invoice_state = 'paid' WHERE registration_id = 'ada' RETURNING 1"
    )
    assert await looked_at(three) == ["ben", "cleo"]


async def test_pages_meet_each_once_whether_a_state_is_kept_or_not(world: World) -> None:
    await world.hears(*members(7))
    await world.rows(
        "UPDATE registrations SET invoice_state = NULL"
        " WHERE registration_id IN ('m001', 'm002', 'm006') RETURNING 1"
    )
    seen, after = [], {}
    for _ in range(4):
        page = await listed(world, INVOICES, limit=2, status="open", **after)
        seen += [one["registration_id"] for one in page["items"]]
        after = {"after": page["next"]}
    assert seen == [f"m{place:03}" for place in reversed(range(7))]
    assert after == {"after": None}
    assert await looked_at(world) == ["m001", "m002", "m006"]


async def test_a_comparison_puts_right_what_is_kept_wrongly_page_by_page(
    three: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the release before leaves it: of what it was paid, and of what it made."""
    monkeypatch.setattr(look_at_states, "PAGE", 1)
    await three.hears(requested("free", price=usd(0), payment_method="free"))
    await three.rows(
        "UPDATE registrations SET invoice_state = 'open' WHERE registration_id = 'ada' RETURNING 1"
    )
    await three.rows(
        "UPDATE registrations SET invoice_state = NULL WHERE registration_id = 'cleo' RETURNING 1"
    )
    assert await who(three, INVOICES, status="paid") == [], "nobody can find it"
    assert await three.broken_invariants() == ["states_are_kept"]
    said = len(await three.types())
    assert await looked_at(three) == ["ada", "cleo"]
    assert await three.broken_invariants() == []
    assert await who(three, INVOICES, status="paid") == ["ada"]
    assert len(await three.types()) == said, "it is nobody's business"
    await three.at("2020-09-14T16:00:00Z")
    assert await looked_at(three) == [], "what is so is left alone"
    kept = await three.rows("SELECT registration_id, invoice_state FROM registrations ORDER BY 1")
    assert dict(tuple(row.values()) for row in kept) == {
        "ada": "paid",
        "ben": "open",
        "cleo": "void",
        "free": None,
    }


async def test_the_night_after_money_moved_puts_it_right_too(three: World) -> None:
    await three.rows("UPDATE registrations SET invoice_state = 'void' RETURNING 1")
    await three.at("2020-09-15T12:00:00Z")
    await three.rests()
    assert await three.broken_invariants() == []
    assert await who(three, INVOICES, status="open") == ["ben"]
