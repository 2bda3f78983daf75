"""What must come out of the story, written by hand and never computed from what came out.

Sixty register; one never pays, so 59 pay 199.00 each: 11,741.00. One cancels early: 169.00 back,
fee 30.00. One cancels late: a credit of 199.00. 57 are left; one stays away; one misses session 3.
"""

from decimal import Decimal

from cli.demo.learners import ALL

REGISTRATIONS = {"completed": 57, "cancelled": 2, "expired": 1}

CAPTURED = 1_174_100  # 59 x 199.00
REFUNDED = 16_900
FEES = 3_000
CREDITS = 19_900
EARNED = 1_134_300  # 57 x 199.00

EARLY = {"outcome": "refund", "fee": 3_000, "refund": 16_900, "credit": 0, "expires_on": None}
LATE = {"outcome": "credit", "fee": 0, "refund": 0, "credit": 19_900, "expires_on": "2021-10-06"}

# Board → (certificates, credit hours on them). Counselors: 22, of whom one missed session 3.
HOURS = {
    "NBCC": (22, Decimal("174.00")),  # 21 x 8 + 6
    "NAADAC": (4, Decimal("32.00")),  # 5, one stayed away
    "NYSED-MHC": (8, Decimal("64.00")),
    "NYSED-SW": (6, Decimal("48.00")),
    "STATE": (23, Decimal("184.00")),  # 14 counselors, 6 social workers, 4 MFTs; one has 0
    "WESPSB": (3, Decimal("24.00")),  # 4, one cancelled
    "ACCME": (4, Decimal("30.50")),  # claimed: 8, 8, 8 and 6.5
    "ANCC": (3, Decimal("24.00")),  # 4, one never paid
    "APA": (3, Decimal("24.00")),  # 4, one cancelled
    "participation": (1, Decimal(0)),  # the New York MFT
}
CERTIFICATES = 77

# Who has no award of a board that serves them, and a word of the reason they are told: the one who
# missed session 3, and the one who stayed away.
WITHHELD = {(frozenset({"s3"}), "STATE"): "session", (ALL, "NAADAC"): "session"}

# Template → sent.
MESSAGES = {
    "registration_received": 60,
    "payment_failed": 2,
    "registration_confirmed": 59,
    "receipt": 59,
    "cancellation_settled": 2,
    "refund_settled": 1,
    "reminder_7d": 57,
    "reminder_1d": 228,  # 57 x 4
    "join_1h": 228,
    "evaluation_request": 56,
    # 56 were there; New York asks for no evaluation, so 8 counselors get that certificate at once
    # and the one that waits for their evaluation in a second mail.
    "certificate_ready": 64,
    "certificate_missing": 2,
}

# What the mailbox must hold, by the learner's number; most got 14: registration, seat, receipt,
# the week's reminder, two for each of four sessions, the evaluation, the certificate.
MAILS_OF_MOST = 14
MAILS_OF = {
    0: 15,  # missed session 3: one that says what is missing
    1: 15,  # a card was declined
    **dict.fromkeys((15, 16, 17, 18, 19, 20, 21), 15),  # New York counselors: two certificates
    14: 16,  # ... and a card was declined
    22: 13,  # stayed away: no evaluation, no certificate, but what is missing
    44: 5,  # cancelled early: registration, seat, receipt, cancellation, refund
    56: 4,  # cancelled late: registration, seat, receipt, cancellation
    52: 1,  # never paid: registration
}
MAILS = 818  # 46 x 14 + 9 x 15 + 16 + 13 + 5 + 4 + 1
CONFIRMATIONS = 59

# Who lives where, reminder, session; when it is due, and the hour that it speaks of. A day before
# is the same hour of the day before. London's clocks went back on 10-25, New York's on 11-01: so
# the session moves for London from eight to nine in the evening, and for New York stays at four.
REMINDERS = [
    ("Europe/London", "reminder_1d", "s2", "10-25 20:00", "8:00 PM"),
    ("Europe/London", "join_1h", "s2", "10-26 19:00", "8:00 PM"),
    ("Europe/London", "reminder_1d", "s3", "11-01 21:00", "9:00 PM"),
    ("Europe/London", "join_1h", "s3", "11-02 20:00", "9:00 PM"),
    ("America/New_York", "reminder_1d", "s2", "10-25 20:00", "4:00 PM"),
    ("America/New_York", "join_1h", "s2", "10-26 19:00", "4:00 PM"),
    ("America/New_York", "reminder_1d", "s3", "11-01 21:00", "4:00 PM"),
    ("America/New_York", "join_1h", "s3", "11-02 20:00", "4:00 PM"),
]
