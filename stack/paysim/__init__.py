"""The payment simulator: what a card gateway does, on this machine and with test cards only.

Owns checkouts, payments, refunds and the webhooks about them, in one SQLite file. Called by billing
(`/v1/…`, bearer key) and by learners (`/pay/{id}`, a form). Says `payment.succeeded`,
`payment.failed`, `refund.succeeded`, `refund.failed` to one signed webhook address, again and again
until it hears 2xx. It runs on the wall clock: a gateway knows nothing of a sandbox's autumn.
"""
