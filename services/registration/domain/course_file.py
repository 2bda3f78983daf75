"""A course as its file says it → a course as `course.published` carries it, with every fault.

The file's shape is that of `examples/` (YAML written as JSON). Whatever is wrong is reported at
once with JSON pointers; whatever is only odd becomes a warning. The refund policy is looked at
elsewhere (`shared.contracts.policy`): here it is passed on as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.registration.domain.boards import FORMATS, read_boards
from services.registration.domain.evaluation import read_form
from services.registration.domain.layouts import read_layout
from services.registration.domain.placing import read_zone
from services.registration.domain.prices import read_prices
from services.registration.domain.reading import LONG, Faults, Node
from services.registration.domain.relations import read_prerequisites, read_recording_of
from services.registration.domain.schedule import closing, instruction_minutes, latest_closing
from services.registration.domain.session_file import read_sessions
from services.registration.domain.sponsor import read_sponsor
from services.registration.domain.taxing import read_tax
from shared.dates import parse_instant, rfc3339
from shared.errors import Refusal
from shared.money import exponent_of, parse_amount

KNOWN = (
    "id", "title", "subtitle", "approved_title", "kind", "delivery", "zone", "language",
    "instructors", "audience", "level", "objectives", "provider", "joint_sponsor", "price",
    "capacity", "disclosure", "sessions", "ce_hours", "board_defaults", "boards", "refund_policy",
    "evaluation", "registration", "invoice_allowed", "hold_minutes", "offer_hours", "description",
    "location", "activity_number", "signatory", "not_authorised",
    "prerequisites", "recording_of", "series", "prices", "tax", "layout",
)  # fmt: skip


def read_course(
    course_id: str, body: Any, now: datetime, old: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], Faults]:
    """The course (usable only where there are no faults), and what is wrong or odd; `old` is the
    course as it stands, where there is one."""
    faults = Faults()
    node = Node(body, "", faults)
    if not node.table():
        return {}, faults
    node.unknown(KNOWN)
    Node(course_id, "/id", faults).slug()
    if not node.at("id").absent and node.at("id").value != course_id:
        node.at("id").wrong(f"The address says {course_id}.")
    zone = read_zone(node.at("zone"))
    delivery = node.at("delivery").choice(FORMATS, "live_online")
    standing = old["sessions"] if old else ()
    sessions = read_sessions(node.at("sessions"), node.at("series"), zone, delivery, standing)
    minutes = instruction_minutes(sessions)
    objectives = _objectives(node.at("objectives"))
    layout = read_layout(node.at("layout"))
    boards = read_boards(node.at("boards"), node.at("board_defaults"), sessions, minutes, layout)
    evaluated = any(board["evaluation"] for board in boards)
    hours = node.at("ce_hours")
    price = _price(node.at("price"))
    course = {
        "course_id": course_id,
        "kind": _kind(node, delivery),
        "delivery": delivery,
        "title": node.at("title").text(),
        "subtitle": node.at("subtitle").text(needed=False),
        "approved_title": node.at("approved_title").text(needed=False),
        "activity_number": node.at("activity_number").text(needed=False, most=100),
        "description": node.at("description").text(needed=False, most=LONG),
        "language": node.at("language").text(needed=False, most=20) or "en",
        "zone": zone,
        "location": node.at("location").text(needed=False),
        "provider": _named(node.at("provider"), "address", "contact", "tax_id", "bank"),
        "joint_sponsor": read_sponsor(node.at("joint_sponsor"), price["currency"]),
        "instructors": [_named(i, "credentials", "role") for i in node.at("instructors").items()],
        "signatory": None if node.at("signatory").absent else _named(node.at("signatory"), "title"),
        "audience": node.at("audience").text(needed=False),
        "level": node.at("level").text(needed=False),
        "objectives": objectives,
        "ce_hours": None if hours.absent else hours.decimal(),
        "price": price,
        **read_prices(node.at("prices"), price, zone),
        "capacity": node.at("capacity").whole(least=1, most=1_000_000, fallback=1),
        "invoice_allowed": node.at("invoice_allowed").flag(),
        "hold_minutes": _or(node.at("hold_minutes"), 1, 10_080, 30),
        "offer_hours": _or(node.at("offer_hours"), 1, 720, 24),
        "prerequisites": read_prerequisites(node.at("prerequisites"), course_id),
        "recording_of": read_recording_of(node.at("recording_of"), course_id, delivery),
        "not_authorised": node.at("not_authorised").text(needed=False, most=LONG),
        "disclosure": _disclosure(node.at("disclosure")),
        "sessions": sessions,
        "boards": boards,
        "evaluation": read_form(node.at("evaluation"), objectives, needed=evaluated),
        "policy": node.at("refund_policy").value,
        "layout": layout,
        "tax": read_tax(node.at("tax"), delivery),
        **_window(node.at("registration"), sessions),
    }
    if sessions and latest_closing(sessions) <= now:
        faults.warnings.append("Sessions of this course lie in the past: nobody can register.")
    return course, faults


def _or(node: Node, least: int, most: int, fallback: int) -> int:
    return fallback if node.absent else node.whole(least=least, most=most, fallback=fallback)


def _kind(node: Node, delivery: str) -> str:
    kind = node.at("kind").slug()
    if kind == "online_course" and delivery == "in_person":
        node.at("kind").wrong("What is taught in person is not an online course.")
    return kind


def _named(node: Node, *more: str) -> dict[str, Any]:
    if not node.table():
        return {"name": ""}
    node.unknown(("name", *more))
    rest = {name: node.at(name).text(needed=False) for name in more}
    return {"name": node.at("name").text(), **rest}


def _objectives(node: Node) -> list[str]:
    """A list of sentences; a bare number stands for as many whose wording is still to come."""
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        count = node.whole(least=0, most=60, fallback=0)
        node.faults.warnings.append("The learning objectives are counted, but not written.")
        return [f"Learning objective {number}" for number in range(1, count + 1)]
    return [each.text() for each in node.items(most=60)]


def _price(node: Node) -> dict[str, Any]:
    if not node.table():
        return {"amount": 0, "currency": "USD"}
    node.unknown(("amount", "currency"))
    currency, amount = node.at("currency"), node.at("amount")
    try:
        exponent_of(currency.value)
    except Refusal as why:
        currency.refused(why)
        return {"amount": 0, "currency": "USD"}
    try:
        minor = parse_amount(amount.value, currency.value)
    except Refusal as why:
        amount.refused(why)
        minor = 0
    if minor < 0:
        amount.wrong("A price is not negative.")
    return {"amount": max(0, minor), "currency": currency.value}


def _disclosure(node: Node) -> dict[str, Any] | None:
    if node.absent or not node.table():
        return None
    node.unknown(("version", "required", "text"))
    return {
        "version": node.at("version").text(most=100),
        "required": node.at("required").flag(fallback=True),
        "text": node.at("text").text(needed=False, most=LONG),
    }


def _window(node: Node, sessions: list[dict[str, Any]]) -> dict[str, str | None]:
    """When one may register; by default from publication until the first session begins."""
    window: dict[str, str | None] = {"registration_opens_at": None, "closes_asked": None}
    if not node.absent and node.table():
        node.unknown(("opens_at", "closes_at"))
        for side, kept in (("opens_at", "registration_opens_at"), ("closes_at", "closes_asked")):
            try:
                if not node.at(side).absent:
                    window[kept] = rfc3339(parse_instant(node.at(side).value))
            except Refusal as why:
                node.at(side).refused(why)
    opens, asked = window["registration_opens_at"], window["closes_asked"]
    closes = rfc3339(closing(sessions, asked)) if sessions else asked
    if opens and closes and parse_instant(opens) >= parse_instant(closes):
        node.at("closes_at").wrong("Registration closes after it opens.")
    if sessions and asked and parse_instant(asked) > latest_closing(sessions):
        node.at("closes_at").wrong("Registration closes at the first start at the latest.")
    return {**window, "registration_closes_at": closes}
