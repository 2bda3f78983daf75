"""The learner's page: the amount, a card field, and what went wrong with the last card."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from babel.numbers import format_currency
from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.money import exponent_of
from stack.paysim import rules
from stack.paysim.deps import StoreDep
from stack.paysim.store import Object

router = APIRouter()


@router.get("/pay/{identity}", response_class=HTMLResponse)
def show(identity: str, store: StoreDep) -> Response:
    return page(store.get("checkout", identity))


@router.post("/pay/{identity}", response_class=HTMLResponse)
def pay(identity: str, store: StoreDep, card: Annotated[str, Form()] = "") -> Response:
    """303 to the shop when it is paid, the form again with the reason when it is not."""
    payment = rules.pay(store, identity, card)
    checkout = store.get("checkout", identity)
    if payment["status"] == "succeeded" and checkout:
        return RedirectResponse(checkout["return_url"], 303)
    return page(checkout, payment["failure_message"])


def page(checkout: Object | None, problem: str | None = None) -> Response:
    """The form; 404 with a way on where there is no such checkout."""
    text = _pages.get_template("pay.html").render(checkout=checkout, problem=problem)
    return HTMLResponse(text, 200 if checkout else 404)


def written(checkout: Object) -> str:
    """The amount as a reader expects it: `$199.00`."""
    exponent = exponent_of(checkout["currency"])
    amount = Decimal(checkout["amount"]).scaleb(-exponent)
    return format_currency(amount, checkout["currency"], locale="en_US")


_pages = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.globals["written"] = written
