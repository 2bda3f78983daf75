"""Partners: the edge to other bodies' systems, and the one place where API keys are made.

Owns   partners, all API keys (hashed), what partners have sent in
Hears  key.* (its own, as every service does)
Says   key.issued, key.revoked; partner.registration.submitted, partner.attendance.reported
Knows  nobody's name for longer than a request: what a partner sends in is said on, not kept.
"""
