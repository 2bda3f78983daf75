"""Billing: what is charged, paid, given back and owed, to the minor unit.

Owns   invoices (of one registration or of many, each with its share), payments, refunds, credits,
       the double-entry ledger, and the refund policy as it is evaluated on the snapshot that every
       registration carries.
Hears  course.published / cancelled, person.recorded, registration.requested / waitlisted /
       confirmed / expired / unseated / substituted / transferred / link_requested / cancelled /
       share_due, session.completed, attendance.settled, certificate.issued / superseded /
       revoked, key.issued / revoked.
Says   invoice.issued / paid / voided / reminded, payment.failed, cancellation.settled,
       refund.requested / settled / failed, credit.issued / redeemed / restored /
       expired / voided, dispute.opened / closed, task.opened / closed.
Calls  the payment gateway, and nobody else.
"""
