"""`quote`: what cancelling a course at some instant would give."""

from typing import Annotated, Any

import typer

from cli import say
from cli.course import course_of
from cli.here import here
from cli.say import USAGE, AsJson, Ends
from cli.typed import instant_of
from shared.dates import rfc3339
from shared.errors import Refusal
from shared.money import parse_amount

Course = Annotated[str, typer.Option("--course", help="The course's id.")]
At = Annotated[
    str, typer.Option("--at", help="When the request is received, such as 2020-10-06T03:59:00Z.")
]
Paid = Annotated[str, typer.Option("--paid", help="Paid by card, such as 199.00 (default: price).")]


def quote(course: Course, at: At, paid: Paid = "", as_json: AsJson = False) -> None:
    """What cancelling would give, by the same function that decides."""
    requested_at = rfc3339(instant_of(at, "--at"))
    stack = here()
    known = course_of(stack, course)
    currency = known["price"]["currency"]
    try:
        amount = parse_amount(paid, currency) if paid else known["price"]["amount"]
    except Refusal as why:
        raise Ends(USAGE, f"--paid {paid}: {why}") from why
    body = {
        "policy": known["policy"].get("document") or known["policy"],
        "kind": known["kind"],
        "starts_at": known["sessions"][0]["starts_at"],
        "paid": [{"tender": "card", "amount": amount, "currency": currency}],
        "requested_at": requested_at,
        "cancelled_by": "learner",
    }
    told = stack.call("POST", "/billing/v1/quotes", json=body)
    if as_json:
        say.data(told)
        return
    say.line(f"{told['outcome']}")
    for one in told.get("refunds", []):
        say.line(f"  back to {one['tender']}  {_money(one['amount'], currency)}")
    if told.get("credit"):
        credit = told["credit"]
        until = f", until {credit['expires_on']}" if credit["expires_on"] else ", without an end"
        say.line(f"  credit  {_money(credit['amount'], currency)}{until}")
    say.line(f"  fee  {_money(told.get('fee', 0), currency)}")
    for one in told.get("trace", []):
        say.line(f"  {one['rule']}: {one['because']}")


def _money(amount: Any, currency: str) -> str:
    """`{"amount", "currency"}` or minor units, as people write them."""
    from decimal import Decimal

    from babel.numbers import format_currency

    from shared.money import exponent_of

    minor = amount["amount"] if isinstance(amount, dict) else amount
    major = Decimal(minor or 0).scaleb(-exponent_of(currency))
    return format_currency(major, currency, locale="en_US")
