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

CARD = {"amount": 19900, "currency": "USD"}
EARLIER = {
    "billing": {
        "disputes": [
            {"status": "lost", "reason": "fraudulent", "opened_at": "2026-04-02T09:00:00Z",
             "closed_at": "2026-04-20T09:00:00Z", "amount": CARD},
            {"status": "open", "reason": "", "opened_at": "2026-04-03T09:00:00Z",
             "closed_at": None, "amount": CARD},
        ],
        "ledger": [
            {"transaction_id": "t1", "kind": "credit-redeemed", "account": "credits",
             "amount": 5000, "currency": "USD", "occurred_at": "2026-04-01T09:00:00Z"},
            {"transaction_id": "t1", "kind": "credit-redeemed", "account": "credits",
             "amount": 2900, "currency": "USD", "occurred_at": "2026-04-01T09:00:00Z"},
            {"transaction_id": "t1", "kind": "credit-redeemed", "account": "receivable",
             "amount": -7900, "currency": "USD", "occurred_at": "2026-04-01T09:00:00Z"},
            {"transaction_id": "t2", "kind": "credit-issued", "account": "credits",
             "amount": -12000, "currency": "USD", "occurred_at": "2026-04-05T09:00:00Z"},
            {"transaction_id": "t3", "kind": "credit-expired", "account": "credits",
             "amount": 12000, "currency": "USD", "occurred_at": "2027-04-06T04:00:00Z"},
            {"transaction_id": "t4", "kind": "some-other", "account": "credits",
             "amount": -100, "currency": "USD", "occurred_at": "2027-04-07T04:00:00Z"},
            {"transaction_id": "t5", "kind": "dispute-lost", "account": "credits",
             "amount": 6000, "currency": "USD", "occurred_at": "2027-04-08T04:00:00Z"},
        ],
    },
    "evidence": {
        "sessions": [
            {"session_id": "s3", "title": "", "lines": [], "settled": [
                {"version": 1, "seconds": 3_600, "present": False, "by": "evidence",
                 "at": "2026-04-10T23:15:00Z"},
                {"version": 2, "seconds": 7_200, "present": True, "by": "operator",
                 "at": "2026-04-11T09:00:01Z"},
             ],
             "corrections": [
                {"number": 1, "kind": "ruling", "seconds": 7_200, "by": "console:u-17",
                 "at": "2026-04-11T09:00:00Z", "reason": "She was there."},
                {"number": 2, "kind": "withdrawn", "seconds": None, "by": "operator",
                 "at": "no time", "reason": None},
             ]},
            {"session_id": "s4", "title": "Repair", "settled": [], "corrections": [], "lines": [
                {"said_by": "console:u-2", "said_at": "2026-04-18T10:00:00Z"},
                {"said_by": "console:u-2", "said_at": "2026-04-18T10:00:00Z"},
                {"said_by": None, "said_at": None},
             ]},
        ]
    },
}  # fmt: skip


def test_attendance_credits_and_disputes_stand_in_it_with_who():
    told = [
        (f"{one.at:%m-%d %H}", one.what, one.more, one.by, (one.amount or {}).get("amount"))
        for one in story_of(EARLIER)
    ]
    assert told == [
        ("04-01 09", "Credit used", "", "", 7900),
        ("04-02 09", "Dispute opened at the bank", "fraudulent", "", 19900),
        ("04-03 09", "Dispute opened at the bank", "", "", 19900),
        ("04-05 09", "Credit given", "", "", 12000),
        ("04-10 23", "Attendance of session s3", "60 min, not present", "", None),
        ("04-11 09", "Minutes ruled by staff: session s3", "120 min; She was there.",
         "console:u-17", None),
        ("04-11 09", "Attendance of session s3, settled anew", "120 min, present", "staff", None),
        ("04-18 10", "Somebody was found to be them: Repair", "", "console:u-2", None),
        ("04-20 09", "Dispute lost", "", "", 19900),
        ("04-06 04", "Credit expired", "", "", 12000),
        ("04-07 04", "Credit given", "some other", "", 100),
        ("04-08 04", "Credit taken back", "dispute lost", "", 6000),
    ]  # fmt: skip


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
