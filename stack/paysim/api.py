"""The shop's API: checkouts, payments, refunds, disputes, reports; amounts in minor units."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, Field

from stack.paysim import rules
from stack.paysim.deps import SettingsDep, StoreDep, authorized
from stack.paysim.rules import Refused
from stack.paysim.store import Object, public

Limit = Annotated[int, Query(ge=1, le=1000)]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]
router = APIRouter(prefix="/v1", dependencies=[Depends(authorized)])


class NewCheckout(BaseModel):
    key: str | None = None
    amount: int = Field(gt=0, strict=True)
    currency: str = Field(pattern="^[A-Z]{3}$")
    reference: str
    label: str = ""
    return_url: str = Field(pattern="^https?://")
    cancel_url: str | None = Field(None, pattern="^https?://")


class NewRefund(BaseModel):
    payment_id: str
    amount: int = Field(gt=0, strict=True)
    reason: str = ""


@router.post("/checkouts")
def open_checkout(
    body: NewCheckout, store: StoreDep, settings: SettingsDep, key: Key = None
) -> Object:
    wanted = body.model_dump() | {"key": _required(key or body.key)}
    return rules.open_checkout(store, wanted, settings.public_url)


@router.get("/checkouts/{identity}")
def show_checkout(identity: str, store: StoreDep) -> Object:
    return _found(store.get("checkout", identity))


@router.get("/payments/{identity}")
def show_payment(identity: str, store: StoreDep) -> Object:
    return _found(store.get("payment", identity))


@router.get("/payments")
def list_payments(store: StoreDep, reference: str | None = None) -> Object:
    found = store.all("payment") if reference is None else store.by_reference("payment", reference)
    return {"items": [public(one) for one in found]}


@router.post("/refunds")
def refund(body: NewRefund, store: StoreDep, key: Key = None) -> Object:
    return rules.refund(store, body.model_dump() | {"key": _required(key)})


@router.get("/refunds")
def list_refunds(store: StoreDep, key: str | None = None, payment_id: str | None = None) -> Object:
    if key is not None:
        one = store.by_key("refund", key)
        return {"items": [one] if one else []}
    return {"items": store.of_parent("refund", payment_id) if payment_id else store.all("refund")}


@router.get("/refunds/{identity}")
def show_refund(identity: str, store: StoreDep) -> Object:
    return _found(store.get("refund", identity))


@router.get("/disputes/{identity}")
def show_dispute(identity: str, store: StoreDep) -> Object:
    return _found(store.get("dispute", identity))


@router.get("/disputes")
def list_disputes(store: StoreDep, payment_id: str | None = None) -> Object:
    found = store.of_parent("dispute", payment_id) if payment_id else store.all("dispute")
    return {"items": found}


@router.get("/movements")
def list_movements(store: StoreDep, after: str | None = None, limit: Limit = 100) -> Object:
    return rules.movements(store, after, limit)


@router.get("/payouts")
def list_payouts(store: StoreDep, day: date) -> Object:
    return rules.payouts(store, day)


@router.get("/totals")
def totals(store: StoreDep) -> Object:
    return rules.totals(store)


def _found(one: Object | None) -> Object:
    if one is None:
        raise Refused(404, "unknown", "There is no such object.")
    return public(one)


def _required(key: str | None) -> str:
    if not key:
        raise Refused(400, "idempotency_key_required", "Send an Idempotency-Key.")
    return key
