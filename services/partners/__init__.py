"""Partners: the edge to other bodies' systems, and the one place where API keys are made.

Owns   partners, all API keys (hashed), what partners have sent in, the log of what they may see,
       their endpoints and what was delivered there, and how what each sends in is to be
Hears  everything public, for that log; key.* (its own, as every service does)
Says   key.issued, key.revoked; partner.registration.submitted, partner.attendance.reported; and to
       each partner that asks for a Kafka topic of its own, what it may see
Knows  of people what was said of them, until they are erased, for partners whose allow-lists name
       it; of what a partner sends in nothing: it is said on, not kept.
"""
