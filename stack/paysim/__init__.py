"""The payment simulator: what a card gateway does, on this machine and with test cards only.

Owns checkouts, payments, refunds, disputes, the movements of the shop's money, a payout each day,
and the webhooks about them, in one SQLite file. Called by billing (`/v1/…`, bearer key) and by
learners (`/pay/{id}`, a form). Says `payment.succeeded` / `failed`, `refund.succeeded` / `failed`,
`dispute.opened` / `closed` to one signed webhook address, again and again until it hears 2xx. It
runs on the wall clock: a gateway knows nothing of a sandbox's autumn.

It can be hostile: every trouble of `faults.py` is off until a test switches it on, with a rate and
a seed (`PUT /v1/test/faults`), or makes it happen (`/v1/test/…`, `rules.py` without HTTP).
"""
