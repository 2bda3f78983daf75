"""Test cards: interfaces.md §3; two more behave badly later, as cards do.

Refunds to 4000000000005126 succeed and then fail, refunds to 4000000000007726 stay pending for a
moment.
"""

DECLINED = {
    "4000000000000002": ("card_declined", "Your card was declined."),
    "4000000000009995": ("insufficient_funds", "Your card has insufficient funds."),
}
SUCCEEDS = "4242424242424242"
REFUND_FAILS_LATER = "4000000000005126"
REFUND_PENDING = "4000000000007726"
ACCEPTED = {SUCCEEDS, REFUND_FAILS_LATER, REFUND_PENDING}
