"""Pages of the reference course, made as the service makes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.certificates.commands.given import Given
from services.certificates.commands.page import page_of
from services.certificates.domain.facts import Attended
from shared.contracts import reference
from shared.contracts.registration import CoursePublished, License

PRESENT = ("s1", "s2", "s3", "s4")
BOARD = {
    "holder": "Praxis CET",
    "unit": "clock hours",
    "mode": "PER_SESSION",
    "approved_hours": "8",
    "evaluation": True,
    "approved_from": "2020-01-01",
    "approved_to": "2022-12-31",
    "number": "SAMPLE-0000",
    "statement": "Praxis CET has been approved by NBCC as an Approved Continuing Education Provider, "
    "ACEP No. 0000. Programs that do not qualify for NBCC credit are clearly identified. "
    "Praxis CET is solely responsible for all aspects of the programs. (Sample wording.)",
}


def given(board: str | None = "NBCC", **changes: Any) -> Given:
    rule = BOARD | changes.pop("rule", {}) | {"board": board or "NBCC"}
    said = reference.COURSE | {"boards": [rule]} | changes.pop("course", {})
    course = CoursePublished.model_validate(said)
    made = Given(
        course=course,
        board=course.boards[0] if board else None,
        name="Žaneta Łuczyńska-O'Neil",
        license=License(profession="counselor", state="NJ", number="37PC00000000"),
        credits=Decimal("8.00"),
        sessions=PRESENT,
        attended={s: Attended(7200, True) for s in PRESENT},
        number="2020-7K3M-9Q2X-VD4T",
        verify_url="http://127.0.0.1:8080/verify/7Q4M-ZK2P-9T1X-AAAA",
        issued_at=datetime(2020, 11, 9, 23, 20, tzinfo=UTC),
    )
    return replace(made, **changes)


def page(board: str | None = "NBCC", **changes: Any) -> dict[str, Any]:
    return page_of(given(board, **changes))


AMA = {
    "unit": "AMA PRA Category 1 Credit(s)™",
    "mode": "CLAIMED",
    "statement": "The provider designates this live activity for a maximum of 8 AMA PRA Category 1 "
    "Credit(s)™. Physicians should claim only the credit commensurate with the extent of their "
    "participation in the activity. (Sample wording.)",
}
LONG_NAME = (
    "Professor Doctor Maria-Magdalena Wolfeschlegelsteinhausenbergerdorff "
    "von und zu Hohenlohe-Schillingsfürst-Waldenburg"
)
LONG_TITLE = (
    "Improving the Long-Term Effectiveness of Psychodynamic, Cognitive and Systemic Treatment of "
    "Complex Trauma with Attachment Theory, Self-Compassion and Somatic Awareness: "
    "An Advanced Programme in Four Parts"
)


def many_sessions(count: int) -> dict[str, Any]:
    first = reference.SESSIONS[0]
    made = []
    for n in range(count):
        day = f"2020-{n // 28 + 1:02d}-{n % 28 + 1:02d}"
        made.append(
            first
            | {
                "session_id": f"s{n + 1}",
                "date": day,
                "starts_at": f"{day}T20:00:00Z",
                "ends_at": f"{day}T22:00:00Z",
            }
        )
    return {"sessions": made}


PAGES: dict[str, dict[str, Any]] = {
    "plain": page(),
    "physician": page(
        "ACCME",
        rule=AMA,
        name="Flo Vale",
        credits=Decimal("7.50"),
        sessions=("s1", "s2", "s3"),
        attended={"s4": Attended(5400, False)},
        license=License(profession="physician"),
    ),
    "participation": page(None, name="Mo Fern", license=None, sessions=("s1", "s3", "s4")),
    "long": page(
        name=LONG_NAME,
        course={
            "approved_title": LONG_TITLE,
            "activity_number": "ACT-1234",
            "not_authorised": "This certificate does not authorise its holder to train others.",
        },
        rule={
            "sponsorship_statement": BOARD["statement"],
            "statement": f"{BOARD['statement']} {BOARD['statement']}",
        },
        supersedes="2020-AAAA-BBBB-CCCC",
    ),
    "just not crowded": page(
        name="Wolfeschlegelsteinhausenbergerdorff-Hohenlohe-Schillingsfürst"[:60],
        course={
            "approved_title": LONG_TITLE[:120],
            "activity_number": "ACT-1234",
            "not_authorised": "N" * 45 + " to train others.",
            "instructors": [{"name": "Instructor One"}, {"name": "Instructor Two"}],
            "provider": {"name": "Praxis CET", "address": "1 Example Street " * 4},
        },
        rule={"statement": "A statement of a board that goes on for a while. " * 10},
    ),
    "just not wordy": page(
        course={
            "layout": {
                "certifies": "It is hereby certified, by whoever signs this page, to all",
                "heading": "Certificate of completion of a very long programme of many days"[:60],
                "signatory": {
                    "name": "Maria-Magdalena Wolfeschlegelsteinhausenbergerdorff"[:35],
                    "title": f"Director of {LONG_TITLE}"[:90],
                },
                "credit_line": "{credits} {unit} approved by {board}, " + "so help us " * 8,
            },
        },
        rule={"unit": "Continuing Education Contact Hours of Social Workers"},
    ),
    "arabic": page(name="محمد عبد الرحمن الخوارزمي"),
    "hebrew": page(name="יעל כהן־לוי"),
    "devanagari": page(name="अनुष्का शर्मा"),
    "japanese": page(name="田中 美咲"),
    "chinese": page(name="欧阳 慧敏"),
    "greek": page(name="Ελευθερία Παπαδοπούλου"),
    "cyrillic": page(name="Щербакова Надежда Юрьевна"),
    "vietnamese": page(name="Nguyễn Thị Phương Thảo"),
    "markup": page(name='#set $x$ *b* <i> \\ "quoted" _u_ `c` @a [b]'),
    "programme": page(
        course=many_sessions(60), sessions=tuple(f"s{n}" for n in range(1, 61) if n != 3)
    ),
}
