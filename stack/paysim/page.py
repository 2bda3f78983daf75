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
from stack.paysim.checkouts import is_over
from stack.paysim.deps import StoreDep
from stack.paysim.store import Object, Store

router = APIRouter()


@router.get("/pay/{identity}", response_class=HTMLResponse)
def show(identity: str, store: StoreDep) -> Response:
    checkout = store.get("checkout", identity)
    return page(checkout, over=checkout is not None and is_over(store, checkout))


@router.post("/pay/{identity}", response_class=HTMLResponse)
def pay(identity: str, store: StoreDep, card: Annotated[str, Form()] = "") -> Response:
    """303 to the shop when it is paid, the form again with the reason when it is not."""
    payment = rules.pay(store, identity, card)
    checkout = store.get("checkout", identity)
    if payment["status"] == "succeeded" and checkout:
        return RedirectResponse(checkout["return_url"], 303)
    return page(checkout, payment["failure_message"])


def refused(store: Store, identity: str) -> Response:
    """The page that says why nothing was paid: there is none, or it is over."""
    return page(store.get("checkout", identity), over=True)


def page(checkout: Object | None, problem: str | None = None, *, over: bool = False) -> Response:
    """The form; 404 with a way on where there is no such checkout, 410 where it is over."""
    text = _pages.get_template("pay.html").render(checkout=checkout, problem=problem, over=over)
    return HTMLResponse(text, 404 if not checkout else 410 if over else 200)


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
