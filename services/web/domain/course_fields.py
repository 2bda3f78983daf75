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
    """`path` is where it stands in a course, or in an entry of a list; it names the input."""

    path: str
    label: str
    kind: Kind = "line"
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
        Field("date", "Day", help="2027-10-19"),
        Field("from", "From", help="16:00"),
        Field("to", "To", help="18:00"),
        Field("id", "Id", help="s1; it stays"),
    ),
    (
        Field("title", "Title"),
        Field("meeting/url", "Link to the meeting"),
        Field("meeting/id", "Number of the meeting", help="As the platform names it."),
        Field("location", "Room", help="Where it is not the course’s place."),
        Field("hours", "What is taught", "lines", "One line an hour."),
    ),
    "Days and times as clocks show them in the course’s zone.",
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
        Field("board", "Board", help="NBCC"),
        Field("approved_hours", "Hours approved", "number"),
        Field("unit", "Unit", help="clock hours"),
        Field("mode", "Counted", "choice", choices=(("", "choose one"), *MODES)),
    ),
    (
        Field("professions", "Professions", "words", "counselor, social_worker"),
        Field("states", "States", "words", "NY, NJ; empty: all"),
        Field("evaluation", "Evaluation needed", "yes-no"),
        Field("number", "Provider number"),
        Field("holder", "Approval held by"),
        Field("approved/from", "Approved from", help="2027-01-01"),
        Field("approved/to", "Approved until", help="2028-12-31"),
        Field("audience", "For whom, in words"),
        Field("statement", "Statement on certificates", "text"),
    ),
    "Whoever approved the course for credit. One that gives none has no boards.",
)
PRICES = Rows(
    "prices",
    "price",
    (
        Field("id", "Id", help="early"),
        Field("amount", "Amount", "amount", "169.00, or else:"),
        Field("percent_off", "Per cent off", "number", "15"),
        Field("label", "Called", help="early bird"),
    ),
    (
        Field("when/until", "Until and with", help="2027-09-30"),
        Field("when/statement", "For who states", help="Your member number"),
        Field("when/at_least", "For groups of", "whole", "5"),
        Field("when/code", "By the code", help="SPRING-2027"),
        Field("when/most", "Code good for so many", "whole"),
    ),
    "Beside the list price. Each says when it is given.",
)
SECTIONS = (
    Section(
        "The course",
        (
            Field("title", "Title"),
            Field("id", "Id", help="Letters, digits, hyphens. It is in its address, and stays."),
            Field("kind", "Kind of product", help="online_course, two_day_workshop …"),
            Field("delivery", "Held", "choice", choices=DELIVERIES),
            Field("subtitle", "Subtitle"),
            Field("audience", "For whom"),
            Field("level", "Level"),
            Field("language", "Language", help="en"),
            Field("description", "What it is about", "text"),
            Field("objectives", "Learning objectives", "lines", "One a line."),
        ),
    ),
    Section(
        "When and where",
        (
            Field("zone", "Time zone", help="America/New_York"),
            Field("location", "Place", help="Of a course in person."),
        ),
        (SESSIONS,),
    ),
    Section(
        "Seats and money",
        (
            Field("capacity", "Seats", "whole"),
            Field("price/amount", "Price", "amount", "199.00; 0 is free of charge"),
            Field("price/currency", "Currency", help="USD"),
            Field("invoice_allowed", "By invoice", "yes-no"),
            Field(
                "refund_policy", "Refund policy", "box",
                "As in a course file. What costs nothing needs none.",
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
            Field("ce_hours", "CE hours", "number"),
            Field("approved_title", "Title as approved"),
            Field("activity_number", "Activity number"),
        ),
        (BOARDS,),
    ),
    Section(
        "What learners accept first",
        (
            Field("disclosure/version", "Version of the disclosure", help="2027-09-01"),
            Field("disclosure/text", "Its text", "text"),
        ),
    ),
)  # fmt: skip
FIELDS = tuple(one for section in SECTIONS for one in section.fields)
ROWS = {rows.name: rows for section in SECTIONS for rows in section.rows}
