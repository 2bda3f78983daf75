"""What only a simulator offers as calls: troubles, switched on and off, and things that happen."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, field_validator

from stack.paysim import rules
from stack.paysim.deps import StoreDep, authorized
from stack.paysim.faults import NAMES, Faults
from stack.paysim.later import everything
from stack.paysim.store import Object, public

router = APIRouter(prefix="/v1/test", dependencies=[Depends(authorized)])
Rate = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=3600)]


class NewFaults(BaseModel, extra="forbid"):
    """A seed, and how often each trouble comes, 0 to 1."""

    seed: str | int = ""
    rates: dict[str, Rate] = {}
    hang_seconds: Seconds = Faults.hang_seconds
    slow_seconds: Seconds = Faults.slow_seconds
    later_seconds: Seconds = Faults.later_seconds

    @field_validator("rates")
    @classmethod
    def _known(cls, rates: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(rates) - set(NAMES))
        if unknown:
            raise ValueError(f"no faults: {', '.join(unknown)}; there are: {', '.join(NAMES)}")
        return rates


class NewDispute(BaseModel):
    amount: int | None = Field(None, gt=0, strict=True)
    reason: str = "fraudulent"


class Decided(BaseModel):
    result: Literal["won", "lost"]


class ByHand(BaseModel):
    amount: int = Field(gt=0, strict=True)
    reason: str = "by hand"


class Balance(BaseModel):
    currency: str = Field(pattern="^[A-Z]{3}$")
    amount: int | None = Field(ge=0, strict=True)


class Failed(BaseModel):
    code: str = "bank_returned"


class Day(BaseModel):
    day: date


@router.get("/faults")
def show_faults(store: StoreDep) -> Object:
    """What is switched on; and how often each fault of requests has `struck`, since ever."""
    return store.faults.shown() | {"struck": store.struck()}


@router.put("/faults")
def set_faults(body: NewFaults, store: StoreDep) -> Object:
    store.faults = Faults(**(body.model_dump() | {"seed": str(body.seed)}))
    return store.faults.shown()


@router.delete("/faults")
def no_faults(store: StoreDep) -> Object:
    """Nothing goes wrong any more; what was to happen later still does."""
    store.faults = Faults(seed=store.faults.seed)
    return store.faults.shown()


@router.post("/payments/{identity}/dispute")
def dispute(identity: str, body: NewDispute, store: StoreDep) -> Object:
    return rules.dispute(store, identity, body.amount, body.reason)


@router.post("/disputes/{identity}/close")
def close(identity: str, body: Decided, store: StoreDep) -> Object:
    return rules.close(store, identity, body.result)


@router.post("/payments/{identity}/refund")
def refund_by_hand(identity: str, body: ByHand, store: StoreDep) -> Object:
    """As somebody does at the gateway's own dashboard: without a key of ours."""
    wanted = {"key": None, "payment_id": identity, "amount": body.amount, "reason": body.reason}
    return rules.refund(store, wanted)


@router.post("/refunds/{identity}/fail")
def fail_refund(identity: str, store: StoreDep, body: Failed | None = None) -> Object:
    """What a bank may do days later."""
    return rules.settle(store, identity, "failed", (body or Failed()).code)


@router.post("/balance")
def set_balance(body: Balance, store: StoreDep) -> Object:
    """This much is there to give back from; null: always enough."""
    rules.limit(store, body.currency, body.amount)
    return {"currency": body.currency, "amount": body.amount}


@router.post("/cards/{last4}/expire")
def expire_card(last4: Annotated[str, Path(pattern="^[0-9]{4}$")], store: StoreDep) -> Object:
    rules.card_ends(store, last4)
    return {"last4": last4, "gone": True}


@router.post("/checkouts/{identity}/expire")
def expire_checkout(identity: str, store: StoreDep) -> Object:
    return public(rules.expire(store, identity))


@router.post("/payouts")
def pay_out(body: Day, store: StoreDep) -> Object:
    """The payouts of a day, without waiting for its end."""
    return {"items": rules.pay_out(store, body.day)}


@router.post("/happen")
def happen(store: StoreDep) -> Object:
    """All that is to happen later happens now, and lost webhooks are found: days go by."""
    return {"happened": everything(store)}
