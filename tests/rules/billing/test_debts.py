"""A debt counts once, however many attempts it takes (domain.md §2 "Getting the money back")."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.billing.commands.parts import Came, debts, paid_parts
from services.billing.models import Payment, PaymentPart, Refund

AT = datetime(2020, 9, 20, tzinfo=UTC)


def refund(n: int, amount: int, state: str, **more: Any) -> Refund:
    facts = {"debt": f"refund:pay:{n}", "cause": "cancelled"} | more
    return Refund(
        refund_id=f"refund:pay:{n}",
        payment_id="pay",
        registration_id="ada",
        gateway="paysim",
        tender="card",
        amount_minor=amount,
        currency="USD",
        state=state,
        requested_at=AT,
        **facts,
    )


def came(amount: int, disputed: int = 0) -> Came:
    payment = Payment(
        payment_id="pay",
        invoice_id="inv",
        gateway="paysim",
        tender="card",
        amount_minor=amount,
        currency="USD",
        state="succeeded",
        paid_at=AT,
    )
    part = PaymentPart(
        payment_id="pay",
        registration_id="ada",
        invoice_id="inv",
        amount_minor=amount,
        applied_minor=amount,
        disputed_minor=disputed,
    )
    return Came(payment, part)


def left(came_: Came, *refunds: Refund) -> int:
    return sum(part.amount for part in paid_parts([came_], refunds, [], {}))


def test_a_refund_that_failed_is_still_owed():
    assert left(came(19900), refund(1, 16900, "failed")) == 3000


def test_an_attempt_and_the_one_that_replaces_it_are_one_debt():
    first = refund(1, 16900, "failed", failure="balance")
    second = refund(2, 16900, "failed", failure="balance", replaces="refund:pay:1")
    third = refund(3, 16900, "succeeded", replaces="refund:pay:2")
    assert left(came(19900), first, second, third) == 3000
    assert debts([third, first, second]) == [third]


def test_two_attempts_may_share_the_debt_of_one():
    first = refund(1, 16900, "failed")
    by_hand = refund(2, 10000, "succeeded", replaces="refund:pay:1")
    the_rest = refund(3, 6900, "failed", replaces="refund:pay:1")
    assert left(came(19900), first, by_hand, the_rest) == 3000


def test_two_debts_of_one_payment_are_two():
    assert left(came(19900), refund(1, 5000, "failed"), refund(2, 5000, "requested")) == 9900


def test_what_a_bank_took_back_is_neither_there_nor_owed_as_a_refund():
    lost = refund(1, 16900, "failed", failure="lost")
    assert debts([lost]) == []
    assert left(came(19900, disputed=19900), lost) == 0


def test_what_is_in_dispute_is_not_there_to_be_given():
    assert left(came(19900, disputed=5000)) == 14900
    assert left(came(19900, disputed=19900), refund(1, 16900, "requested")) == 0


def test_money_that_never_belonged_to_the_invoice_lowers_nothing():
    assert left(came(19900), refund(1, 100, "succeeded", cause="surplus")) == 19900
