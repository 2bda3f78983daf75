"""The form for a course: each field names the part of a course file that it stands for.

What no field stands for (how certificates look, tax, a sponsor's share) is written into the box of
its course, session, board or price, as in a course file: nothing that a file can say is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# A line; a text of several; a list, one a line or with commas; a whole number; a number of hours;
# an amount of money; one of a few words; yes or no; whatever a course file may have there, as YAML.
Kind = Literal[
    "line", "text", "lines", "words", "whole", "number", "amount", "choice", "yes-no", "box"
]
Choices = tuple[tuple[str, str], ...]
BOX = "+"  # the name of what has no field of its own


@dataclass(frozen=True)
class Field:
    """`path` is where it stands in a course, or in an entry of a list; it names the input. `span`
    is how much of a line it takes, in twelfths; `example` is shown until something is typed."""

    path: str
    label: str
    span: int = 4
    kind: Kind = "line"
    example: str = ""
    help: str = ""
    choices: Choices = ()

    @property
    def wide(self) -> bool:
        return self.kind in ("text", "lines", "box")


@dataclass(frozen=True)
class Rows:
    """A list of a course, an entry a row. `rare` are those fields that are folded away."""

    name: str
    one: str
    fields: tuple[Field, ...]
    rare: tuple[Field, ...] = ()
    help: str = ""

    @property
    def all(self) -> tuple[Field, ...]:
        return self.fields + self.rare


@dataclass(frozen=True)
class Section:
    """A part of the form under a heading of its own."""

    title: str
    fields: tuple[Field, ...] = ()
    rows: tuple[Rows, ...] = field(default=())


DELIVERIES = (
    ("live_online", "live online"), ("in_person", "in person"), ("recorded", "recorded"),
    ("mixed", "mixed"),
)  # fmt: skip
MODES = (
    ("PER_SESSION", "each session by itself"), ("ALL_OR_NOTHING", "all sessions or nothing"),
    ("PRO_RATA", "by the time attended"), ("CLAIMED", "claimed by the learner"),
)  # fmt: skip

SESSIONS = Rows(
    "sessions",
    "session",
    (
        Field("id", "Id", 2, example="s1"),
        Field("date", "Day", 3, example="2027-10-19"),
        Field("from", "From", 2, example="16:00"),
        Field("to", "To", 2, example="18:00"),
    ),
    (
        Field("title", "Title", 6),
        Field("location", "Room, where it is not the course’s place", 6),
        Field("meeting/url", "Link to the meeting", 8, example="https://"),
        Field("meeting/id", "Its number on the platform", 4),
        Field("hours", "What is taught, a line an hour", 12, "lines"),
    ),
    "Days and times as clocks show them in the course’s zone. An id stays once it is published.",
)
INSTRUCTORS = Rows(
    "instructors",
    "instructor",
    (Field("name", "Name"), Field("credentials", "Credentials"), Field("role", "Role")),
)
BOARDS = Rows(
    "boards",
    "board",
    (
        Field("board", "Board", 3, example="NBCC"),
        Field("approved_hours", "Hours approved", 2, "number", example="8"),
        Field("unit", "Unit", 3, example="clock hours"),
        Field("mode", "Counted", 4, "choice", choices=(("", "choose one"), *MODES)),
    ),
    (
        Field("professions", "Professions", 6, "words", "counselor, social_worker"),
        Field("states", "States, if not all", 3, "words", "NY, NJ"),
        Field("evaluation", "Evaluation needed", 3, "yes-no"),
        Field("number", "Provider number", 3),
        Field("holder", "Approval held by", 3),
        Field("approved/from", "Approved from", 3, example="2027-01-01"),
        Field("approved/to", "Approved until", 3, example="2028-12-31"),
        Field("audience", "For whom, in words", 12),
        Field("statement", "Statement on certificates", 12, "text"),
    ),
    "Whoever approved the course for credit. One that gives none has no boards.",
)
PRICES = Rows(
    "prices",
    "price",
    (
        Field("id", "Id", 3, example="early"),
        Field("label", "Called", 3, example="early bird"),
        Field("amount", "Amount", 3, "amount", "169.00"),
        Field("percent_off", "Or per cent off", 3, "number", "15"),
    ),
    (
        Field("when/until", "Until that day is over", 3, example="2027-09-30"),
        Field("when/at_least", "For groups of at least", 3, "whole", "5"),
        Field("when/code", "By the code", 3, example="SPRING-2027"),
        Field("when/most", "Which is good so often", 3, "whole", "50"),
        Field("when/statement", "For whoever states", 6, example="Your member number"),
    ),
    "Beside the list price; each says when it is given.",
)
SECTIONS = (
    Section(
        "The course",
        (
            Field("title", "Title", 8),
            Field("id", "Id", example="ethics-evening-2027", help="In its address; it stays."),
            Field("subtitle", "Subtitle", 8),
            Field("kind", "Kind", example="online_course", help="As the refund policy names it."),
            Field("delivery", "Held", 3, "choice", choices=DELIVERIES),
            Field("language", "Language", 3, example="en"),
            Field("level", "Level", 6),
            Field("audience", "For whom", 12),
            Field("description", "What it is about", 12, "text"),
            Field("objectives", "Learning objectives, one a line", 12, "lines"),
        ),
    ),
    Section(
        "When and where",
        (
            Field("zone", "Time zone", example="America/New_York"),
            Field("location", "Place, if it is in person", 8),
        ),
        (SESSIONS,),
    ),
    Section(
        "Seats and money",
        (
            Field("capacity", "Seats", 3, "whole", "40"),
            Field("price/amount", "Price", 3, "amount", "199.00", "0 is free of charge."),
            Field("price/currency", "Currency", 3, example="USD"),
            Field(
                "invoice_allowed", "By invoice", 3, "yes-no",
                help="Learners may ask for one to their organisation; seats are sold at once.",
            ),
            Field(
                "refund_policy", "Refund policy", 12, "box",
                help="As in a course file. What costs nothing needs none.",
            ),
        ),
        (PRICES,),
    ),
    Section(
        "Who gives it",
        (
            Field("provider/name", "Provider"),
            Field("provider/address", "Its address"),
            Field("provider/contact", "Its contact"),
            Field("joint_sponsor/name", "Joint sponsor"),
            Field("joint_sponsor/short", "Its short name"),
            Field("joint_sponsor/responsible_for", "It answers for"),
            Field("signatory/name", "Who signs certificates"),
            Field("signatory/title", "Their title"),
        ),
        (INSTRUCTORS,),
    ),
    Section(
        "Credit",
        (
            Field("ce_hours", "CE hours", 3, "number", "8"),
            Field("activity_number", "Activity number", 3),
            Field("approved_title", "Title as approved, if another", 6),
        ),
        (BOARDS,),
    ),
    Section(
        "What learners accept first",
        (
            Field("disclosure/version", "Version of the disclosure", example="2027-09-01"),
            Field("disclosure/text", "Its text", 12, "text"),
        ),
    ),
)  # fmt: skip
FIELDS = tuple(one for section in SECTIONS for one in section.fields)
ROWS = {rows.name: rows for section in SECTIONS for rows in section.rows}
