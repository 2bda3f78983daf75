"""What the simulator allows, in one place for those who drive it without HTTP."""

from stack.paysim.answers import Refused
from stack.paysim.balance import limit, totals
from stack.paysim.cards import ACCEPTED, DECLINED, REFUND_FAILS_LATER, REFUND_PENDING, SUCCEEDS
from stack.paysim.checkouts import expire, open_checkout, pay
from stack.paysim.disputes import close, dispute
from stack.paysim.later import happen
from stack.paysim.refunds import card_ends, refund, settle
from stack.paysim.report import movements, pay_out, payouts

__all__ = [
    "ACCEPTED",
    "DECLINED",
    "REFUND_FAILS_LATER",
    "REFUND_PENDING",
    "SUCCEEDS",
    "Refused",
    "card_ends",
    "close",
    "dispute",
    "expire",
    "happen",
    "limit",
    "movements",
    "open_checkout",
    "pay",
    "pay_out",
    "payouts",
    "refund",
    "settle",
    "totals",
]
