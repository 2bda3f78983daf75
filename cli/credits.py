"""`credits show`: what a credit is worth, until when, and how it came to that."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import here
from cli.say import AsJson

app = typer.Typer(no_args_is_help=True, help="Credits.")


@app.callback()
def family() -> None:
    """Credits."""


@app.command()
def show(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code that its holder has.")],
    as_json: AsJson = False,
) -> None:
    """A credit by its code: what is left on it, its last day, its terms and its movements."""
    what = "Check the code as its holder has it; a new credit is found a moment after it is issued."
    told = here().call("GET", f"/billing/v1/credits/{quote(code.strip(), safe='')}", missing=what)
    if as_json:
        say.data(told)
        return
    say.out.print(f"  {say.state(told['status'])}")
    say.line(f"left  {amount(told['balance'])} of {amount(told['amount'])}")
    say.line(f"until  {told['expires_on'] or 'without an end'}")
    say.line(f"holder  {told['holder']}")
    for name, value in told["terms"].items():
        if value not in (None, False):
            say.line(f"{name.replace('_', ' ')}  {value}")
    for one in told.get("entries") or []:
        moved = f"{one['kind']}  {amount(one['amount'])}"
        say.line(f"{one['occurred_at']}  {moved}  {one['registration_id']}")


def amount(money: dict[str, Any]) -> str:
    """As people write it."""
    from decimal import Decimal  # what is not asked for is not waited for

    from babel.numbers import format_currency

    from shared.money import exponent_of

    major = Decimal(money["amount"]).scaleb(-exponent_of(money["currency"]))
    return format_currency(major, money["currency"], locale="en_US")
