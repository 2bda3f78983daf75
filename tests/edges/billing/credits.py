"""Credits as tests want them: one that a late cancellation gave, and orders that name it."""

from typing import Any

from shared.contracts.event import Event
from shared.contracts.registration import RegistrationExpired, RegistrationRequested
from tests.edges.billing.conftest import World, cancelled, confirmed, course, of, requested, usd

GIVEN = "2020-10-06T12:00:00Z"  # late: what was paid becomes a credit
LAST_DAY = "2021-10-06"
LAST_MOMENT = "2021-10-07T03:59:59Z"  # in New York 23:59:59 of that day
OVER = "2021-10-07T04:00:00Z"
ORDERED = "2020-11-01T12:00:00Z"
STARTS = "2022-06-01T20:00:00Z"
SCHEDULE = [
    {
        "session_id": "f1",
        "starts_at": STARTS,
        "ends_at": "2022-06-01T22:00:00Z",
        "minutes": 120,
    }
]


async def credit_of(world: World, giver: str, amount: int = 19900, **changes: Any) -> str:
    """Paid by card, confirmed and cancelled late: the credit's id, good until LAST_DAY."""
    given = {"payment_method": "card", "price": usd(amount)} | changes
    await world.hears(course(), requested(giver, **given))
    await world.pays(giver)
    await world.hears(confirmed(giver), cancelled(giver, GIVEN))
    await world.rests()
    issued = await world.said("credit.issued")
    return str(next(f["credit_id"] for f in issued if f["registration_id"] == giver))


def order(
    name: str,
    *credits_: str,
    price: int = 19900,
    currency: str = "USD",
    at: str = ORDERED,
    **more: Any,
) -> RegistrationRequested:
    """A seat in a course of its own, that begins in 2022, to be paid with these credits."""
    facts = {
        "course_id": f"course-of-{name}",
        "price": {"amount": price, "currency": currency},
        "credit_ids": list(credits_),
        "requested_at": at,
        "starts_at": STARTS,
        "schedule": SCHEDULE,
    }
    made: RegistrationRequested = requested(name, **facts | more)
    return made


def seated(name: str, **more: Any) -> Event:
    made: Event = confirmed(name, course_id=f"course-of-{name}", **more)
    return made


def gives_up(name: str, at: str, **more: Any) -> Event:
    made: Event = cancelled(name, at, course_id=f"course-of-{name}", **more)
    return made


def hold_ends(name: str, at: str) -> Event:
    about = {"course_id": f"course-of-{name}", "expired_at": at}
    made: Event = of(RegistrationExpired, name, **about)
    return made


async def credit(world: World, credit_id: str) -> tuple[str, int]:
    """Its state and its balance."""
    [row] = await world.rows("SELECT * FROM credits WHERE credit_id = $1", credit_id)
    return row["state"], row["balance_minor"]


async def entries(world: World, credit_id: str) -> list[tuple[str, int]]:
    """Its movements but for the one that issued it, signed, sorted by their kind."""
    rows = await world.rows(
        "SELECT kind, amount_minor FROM credit_entries WHERE credit_id = $1 AND kind <> 'issued'",
        credit_id,
    )
    return sorted((row["kind"], row["amount_minor"]) for row in rows)


async def share(world: World, name: str) -> tuple[str, int]:
    """How it stands with its invoice: the state, and what it asks for in all."""
    invoice = (await world.view(name))["invoice"]
    return invoice["status"], invoice["due"]["amount"]


async def of_type(world: World, type_: str, name: str) -> list[dict[str, Any]]:
    return [f for f in await world.said(type_) if f["registration_id"] == name]
