"""Registration: who may come.

Owns courses with their sessions, seats, the waiting list, registrations, people, and the
acknowledgements of disclosures.
Hears invoice.* (billing), certificate.issued and .revoked (certificates), session.completed
(attendance), partner.registration.submitted (partners) and, as all do, key.*.
Says course.published and .cancelled, person.recorded, and of a registration: requested once a seat
is held (so before confirmed), or waitlisted and requested only when an offer is accepted; offered,
lapsed, confirmed, expired, unseated, acknowledged, accommodation_answered, complained,
complaint_answered, link_requested,
substituted, transferred, share_due, cancelled, completed and refused.
"""
