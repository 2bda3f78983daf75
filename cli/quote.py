"""`quote`: what cancelling would give at some instant, of a course or under a policy in a file."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from cli import say
from cli.course import course_of
from cli.here import Here, here
from cli.say import USAGE, AsJson, Ends
from cli.typed import instant_of
from shared.dates import BadTime, parse_day, rfc3339
from shared.errors import Refusal
from shared.money import parse_amount

_SAMPLE = "See refund_policy in a course of examples/."
_OPTIONS = "Its options: bin/holdfast quote --help"

Course = Annotated[str, typer.Option("--course", help="The course's id.")]
At = Annotated[
    str, typer.Option("--at", help="When the request is received, such as 2020-10-06T03:59:00Z.")
]
Paid = Annotated[str, typer.Option("--paid", help="Paid by card, such as 199.00 (default: price).")]
Credit = Annotated[
    list[str] | None,
    typer.Option("--credit", help="Paid by credit, such as 79.00@2021-03-01; may be repeated."),
]
Policy = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="A policy as YAML or JSON, instead of a course."),
]
Kind = Annotated[str, typer.Option("--kind", help="With --policy: the kind of product.")]
Starts = Annotated[str, typer.Option("--starts", help="With --policy: when it starts.")]
Currency = Annotated[str, typer.Option("--currency", help="With --policy: of what was paid.")]


def quote(
    at: At,
    course: Course = "",
    paid: Paid = "",
    credit: Credit = None,
    policy: Policy = None,
    kind: Kind = "",
    starts: Starts = "",
    currency: Currency = "USD",
    as_json: AsJson = False,
) -> None:
    """What cancelling would give, by the same function that decides."""
    requested_at = rfc3339(instant_of(at, "--at"))
    if bool(course) == bool(policy):
        raise Ends(USAGE, "Say either --course, or --policy with --kind and --starts.", _OPTIONS)
    if policy is not None:
        asked, price = _by_file(policy, kind, starts), 0
        stack = here()
    else:
        stack = here()
        asked, price, currency = _by_course(stack, course)
    # What is not said to be paid by card is the price, less what was paid by credit.
    parts = [_credit(one, currency) for one in credit or ()]
    rest = max(0, price - sum(part["amount"] for part in parts))
    by_card = _amount("--paid", paid, currency) if paid else rest
    if by_card or not parts:
        parts.insert(0, {"tender": "card", "amount": by_card, "currency": currency})
    body = {**asked, "paid": parts, "requested_at": requested_at, "cancelled_by": "learner"}
    told = stack.call("POST", "/billing/v1/quotes", json=body)
    if as_json:
        say.data(told)
        return
    say.line(f"{told['outcome']}")
    for one in told.get("refunds", []):
        say.line(f"  back to {one['tender']}  {_money(one['amount'], currency)}")
    for one in told.get("restored", []):
        say.line(f"  back to its credit  {_money(one['amount'], currency)}{_until(one)}")
    if told.get("credit"):
        new = told["credit"]
        say.line(f"  credit  {_money(new['amount'], currency)}{_until(new)}")
    say.line(f"  fee  {_money(told.get('fee', 0), currency)}")
    for one in told.get("trace", []):
        say.line(f"  {one['rule']}: {one['because']}")


def _by_course(stack: Here, course: str) -> tuple[dict[str, Any], int, str]:
    known = course_of(stack, course)
    asked = {
        "policy": known["policy"].get("document") or known["policy"],
        "kind": known["kind"],
        "starts_at": known["sessions"][0]["starts_at"],
    }
    return asked, int(known["price"]["amount"]), str(known["price"]["currency"])


def _by_file(file: Path, kind: str, starts: str) -> dict[str, Any]:
    if not kind or not starts:
        raise Ends(USAGE, "With --policy also say --kind and --starts.", _OPTIONS)
    try:
        document = yaml.safe_load(file.read_text())  # JSON is YAML too
        document = json.loads(json.dumps(document, default=str, allow_nan=False))
    except OSError as why:
        raise Ends(USAGE, f"{file} cannot be read: {why.strerror}.", _SAMPLE) from why
    except (TypeError, ValueError, RecursionError, yaml.YAMLError) as why:
        what = str(why).splitlines()[0]
        raise Ends(USAGE, f"{file} is no policy: {what}", _SAMPLE) from why
    if not isinstance(document, dict):
        raise Ends(USAGE, f"{file} is no policy.", _SAMPLE)
    policy = document.get("refund_policy", document)  # a whole course will do
    starts_at = rfc3339(instant_of(starts, "--starts"))
    return {"policy": policy, "kind": kind, "starts_at": starts_at}


def _credit(typed: str, currency: str) -> dict[str, Any]:
    """`79.00@2021-03-01`, or without a day where it does not expire."""
    amount, _, day = typed.partition("@")
    part = {"tender": "credit", "amount": _amount("--credit", amount, currency)}
    try:
        until = parse_day(day).isoformat() if day else None
    except BadTime as why:
        raise Ends(USAGE, f"--credit {typed}: {why}", "Such as: 79.00@2021-03-01") from why
    return {**part, "currency": currency, "credit_expires_on": until}


def _amount(option: str, typed: str, currency: str) -> int:
    try:
        return parse_amount(typed, currency)
    except Refusal as why:
        raise Ends(USAGE, f"{option} {typed}: {why}", "Such as: 79.00") from why


def _until(credit: dict[str, Any]) -> str:
    return f", until {credit['expires_on']}" if credit["expires_on"] else ", without an end"


def _money(amount: Any, currency: str) -> str:
    """`{"amount", "currency"}` or minor units, as people write them."""
    from decimal import Decimal

    from babel.numbers import format_currency

    from shared.money import exponent_of

    minor = amount["amount"] if isinstance(amount, dict) else amount
    major = Decimal(minor or 0).scaleb(-exponent_of(currency))
    return format_currency(major, currency, locale="en_US")
