"""The reference course as the examples tell it (domain.md §1): facts, and sample wording marked so.

Every event's example is about this course, so that the examples together read as one story.
"""

from __future__ import annotations

from typing import Any

COURSE_ID = "attachment-effectiveness-2020"
ZONE = "America/New_York"
PERSON_ID = "0192a0b0-5c1e-7a10-8f00-00000000a001"
REGISTRATION_ID = "0192a0b0-5c1e-7a10-8f00-00000000b001"
INVOICE_ID = "0192a0b0-5c1e-7a10-8f00-00000000c001"
PAYMENT_ID = "pay_0001"
CREDIT_ID = "0192a0b0-5c1e-7a10-8f00-00000000d001"
REFUND_ID = "0192a0b0-5c1e-7a10-8f00-00000000d101"
CERTIFICATE_ID = "0192a0b0-5c1e-7a10-8f00-00000000f001"
ABOUT: dict[str, Any] = {
    "registration_id": REGISTRATION_ID,
    "course_id": COURSE_ID,
    "person_id": PERSON_ID,
}
PRICE: dict[str, Any] = {"amount": 19900, "currency": "USD"}

POLICY: dict[str, Any] = {
    "version": 1,
    "zone": ZONE,
    "deliveries": ["in_person", "live_online", "mixed"],
    "windows": [
        {
            "until": {"days_before_start": 14, "inclusive": True},
            "outcome": "refund",
            "fee": {"two_day_workshop": 3000, "online_course": 3000, "four_day_workshop": 5000},
        },
        {
            "until": "start",
            "outcome": "credit",
            "of": "paid",
            "expires": {"years": 1, "from": "issue"},
            "for": "another_learning_product",
        },
        {"until": "forever", "outcome": "nothing"},
    ],
}

_DAYS = (
    ("s1", "2020-10-19", "20:00", "22:00", "8800000001"),
    ("s2", "2020-10-26", "20:00", "22:00", "8800000002"),
    ("s3", "2020-11-02", "21:00", "23:00", "8800000003"),
    ("s4", "2020-11-09", "21:00", "23:00", "8800000004"),
)
_HOURS = (
    ("Attachment Theory: An overview and important concepts for therapy", "Attachment Styles"),
    (
        "Insecure Attachment & Psychopathology; Compassionate Self-Awareness Overview",
        (
            "Attachment-Based Compassion Therapy Approach; Know Your Attachment Style & "
            "Its Affect on You as a Therapist"
        ),
    ),
    (
        "The Therapeutic Relationship",
        (
            "Building Awareness in Treatment through STEAM (Sensations, Thoughts, Emotions, "
            "Actions, and Mentalizing)"
        ),
    ),
    (
        "Insecure Attachment: Common themes; Building Self-Compassion",
        (
            "Nurturing Compassionate Self-Awareness; Relating Positively with Others and "
            "Developing Secure Relationships"
        ),
    ),
)
SCHEDULE: list[dict[str, Any]] = [
    {
        "session_id": session_id,
        "starts_at": f"{day}T{start}:00Z",
        "ends_at": f"{day}T{end}:00Z",
        "minutes": 120,
    }
    for session_id, day, start, end, _ in _DAYS
]
SESSIONS: list[dict[str, Any]] = [
    {
        "session_id": session_id,
        "starts_at": f"{day}T{start}:00Z",
        "ends_at": f"{day}T{end}:00Z",
        "date": day,
        "wall_from": "16:00",
        "wall_to": "18:00",
        "zone": ZONE,
        "minutes": 120,
        "instruction_minutes": 120,
        "breaks": [],
        "delivery": "live_online",
        "meeting": {"id": meeting, "url": f"https://meet.example/{meeting}"},
        "hours": list(hours),
        "rule": {"version": 1, "max_missed_seconds": 900},
    }
    for (session_id, day, start, end, meeting), hours in zip(_DAYS, _HOURS, strict=True)
]

COURSE: dict[str, Any] = {
    "course_id": COURSE_ID,
    "version": 1,
    "status": "published",
    "published_at": "2020-09-01T13:00:00Z",
    "kind": "online_course",
    "delivery": "live_online",
    "title": "Improving Treatment Effectiveness with Attachment Theory",
    "subtitle": "Overcome Treatment Resistance, Improve Affect Regulation, and Build Compassionate "
    "Self-Awareness",
    "approved_title": "Improving Treatment Effectiveness with Attachment Theory",
    "zone": ZONE,
    "provider": {"name": "Praxis CET", "address": "1 Example Street, Example City"},
    "joint_sponsor": {
        "name": "Institute for Better Health, Inc",
        "short": "IBH",
        "responsible_for": "the program and its content",
        "apa_approved": True,
    },
    "instructors": [
        {
            "name": "Leslie Becker-Phelps",
            "credentials": "PhD",
            "role": "Clinical psychologist and author",
        }
    ],
    "signatory": {"name": "Sample Signatory", "title": "CE Programme Administrator"},
    "audience": "Mental health professionals",
    "level": "beginners to intermediate",
    "objectives": [
        "Describe two ways in which insecure attachment shapes a client's difficulties.",
        "Use self-compassion in a plan of treatment.",
    ],
    "ce_hours": "8",
    "price": PRICE,
    "capacity": 500,
    "registration_closes_at": "2020-10-19T20:00:00Z",
    "disclosure": {
        "version": "2020-09-01",
        "required": True,
        "text": "Sample wording: the presenter's book is on the reading list.",
    },
    "sessions": SESSIONS,
    "boards": [
        {
            "board": "NBCC",
            "audience": "National counselors",
            "holder": "Praxis CET",
            "unit": "clock hours",
            "mode": "PER_SESSION",
            "approved_hours": "8",
            "evaluation": True,
            "professions": ["counselor"],
            "formats": ["live_online"],
            "approved_from": "2020-01-01",
            "approved_to": "2022-12-31",
            "number": "SAMPLE-0000",
            "statement": "Sample wording, to be replaced by the board's own statement.",
        },
        {
            "board": "STATE",
            "audience": "Other state level counselors, MFTs, and social workers",
            "holder": "Praxis CET",
            "unit": "contact hours",
            "mode": "ALL_OR_NOTHING",
            "approved_hours": "8",
            "evaluation": True,
            "professions": ["counselor", "mft", "social_worker"],
            "states": {"not": ["NY"]},
            "formats": ["live_online"],
            "approved_from": "2020-01-01",
            "approved_to": "2022-12-31",
            "number": "SAMPLE-0000",
            "statement": "Sample wording, to be replaced by the board's own statement.",
        },
    ],
    "evaluation": {
        "version": 1,
        "closes_after_days": 30,
        "questions": [
            {
                "question_id": "objective-1",
                "kind": "rating",
                "objective": 1,
                "text": "Describe two ways in which insecure attachment shapes a client's "
                "difficulties.",
            },
            {"question_id": "comment", "kind": "text", "text": "Anything else?", "required": False},
        ],
    },
    "policy": POLICY,
}

PERSON: dict[str, Any] = {
    "person_id": PERSON_ID,
    "version": 1,
    "name": "Žaneta Łuczyńska-O'Neil",
    "email": "zaneta@learners.example",
    "zone": "Europe/London",
    "locale": "en",
    "profession": "counselor",
    "licenses": [{"profession": "counselor", "state": "NJ", "number": "37PC00000000"}],
    "recorded_at": "2020-09-14T15:04:05Z",
}
