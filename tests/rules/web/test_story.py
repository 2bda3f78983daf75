"""One registration's story: in the order in which it happened, what is to come last."""

from datetime import UTC, datetime

from services.web.domain.story import Happened, story_of

SAID = {
    "registration": {
        "history": [
            {"at": "2026-03-01T09:00:00Z", "by": "learner", "act": "requested", "before": None,
             "status": "requested", "why": ""},
            {"at": "2026-03-04T09:00:00Z", "by": "console:u-17", "act": "cancelled",
             "before": "confirmed", "status": "cancelled", "why": "asked-by-phone",
             "words": {"reason": "moved away"}},
            {"at": "2026-03-02T10:00:00Z", "by": "operator", "act": "corrected",
             "before": "confirmed", "status": "confirmed", "why": ""},
            {"at": "no time", "act": "lost", "status": "x"},
        ]
    },
    "billing": {
        "invoice": {"number": "2026-17", "status": "paid", "issued_at": "2026-03-01T09:00:01Z",
                    "total": {"amount": 19900, "currency": "USD"}},
        "payments": [{"paid_at": "2026-03-02T09:00:00Z", "status": "captured", "tender": "card",
                      "amount": {"amount": 19900, "currency": "USD"}}],
        "refunds": [{"requested_at": "2026-03-04T09:00:02Z", "status": "pending",
                     "amount": {"amount": 16900, "currency": "USD"}}],
    },
    "certificates": {
        "evaluation": {"submitted_at": None},
        "certificates": [{"issued_at": "2026-03-03T09:00:00Z", "board": "APA",
                          "number": "2026-ABCD", "status": "valid"}],
    },
    "notifications": {
        "items": [
            {"template": "reminder_7d", "channel": "mail", "status": "planned",
             "due_at": "2026-03-01T08:00:00Z", "sent_at": None, "reason": None},
            {"template": "join_1h", "channel": "sms", "status": "failed",
             "due_at": "2026-03-02T08:00:00Z", "sent_at": None, "reason": "bounced"},
        ]
    },
}  # fmt: skip


def test_it_is_told_in_the_order_in_which_it_happened():
    told = [(f"{one.at:%d %H:%M:%S}", one.what, one.more, one.by) for one in story_of(SAID)]
    assert told == [
        ("01 09:00:00", "Requested", "", "learner"),
        ("01 09:00:01", "Invoice 2026-17", "paid", ""),
        ("02 08:00:00", "Text: join 1h", "failed; bounced", ""),
        ("02 09:00:00", "Payment by card", "captured", ""),
        ("02 10:00:00", "Corrected, now confirmed", "", "operator"),
        ("03 09:00:00", "Certificate of APA", "2026-ABCD, valid", ""),
        ("04 09:00:00", "Cancelled", "asked by phone; moved away", "console:u-17"),
        ("04 09:00:02", "Refund", "pending", ""),
        ("01 08:00:00", "Mail: reminder 7d", "planned", ""),  # still to come
    ]


def test_who_is_away_has_no_part_in_it():
    away = SAID | {"registration": None, "notifications": None, "certificates": None}
    [invoice, *_] = story_of(away)
    assert invoice == Happened(
        datetime(2026, 3, 1, 9, 0, 1, tzinfo=UTC),
        "billing",
        "Invoice 2026-17",
        "paid",
        "",
        {"amount": 19900, "currency": "USD"},
    )
    assert story_of({}) == []
