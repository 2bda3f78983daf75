"""A course as `course.published` carries it → as its file would say it: what `course_file` reads.

Read again it is the same course, so that whoever copies or mends one begins with all of it, what
was moved since included. Three things are written otherwise than whoever published it may have: a
series as its sessions, `board_defaults` within each board, a percentage off as its amount. Of
prices by a code only that they are there is known: the codes themselves are not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.registration.domain.evaluation import rating_of
from services.registration.domain.schedule import closing_in_file
from services.registration.domain.session_file import usual_delivery
from shared.dates import parse_instant, zone_of

Part = dict[str, Any]
Said = Mapping[str, Any]
_PLAIN = (
    "title", "subtitle", "approved_title", "activity_number", "kind", "delivery", "language",
    "zone", "location", "audience", "level", "ce_hours", "description", "objectives",
    "capacity", "hold_minutes", "offer_hours", "prerequisites", "recording_of", "not_authorised",
)  # fmt: skip
_OF_BOARD = (
    "board", "audience", "unit", "mode", "evaluation", "professions", "holder", "number",
    "statement", "sponsorship_statement", "approved_hours", "minutes_per_unit", "step", "rounding",
    "formats", "max_missed_seconds", "keep_years",
)  # fmt: skip
_OF_SESSION = ("title", "hours", "homework", "location", "meeting", "opens_minutes_before")
_MISSED = 900  # seconds: what a session says that says nothing of it


def as_file(document: Said, made: str = "") -> Part:
    """The file of a course. Money is in minor units, days and wall times are of the zones named.

    `made`: the words that are made for its policy. Where it has these they are left out, for with
    other windows others would be made.
    """
    asked = document["closes_asked"]
    closes = closing_in_file(document["sessions"], asked) if asked else None
    window = {"opens_at": document["registration_opens_at"], "closes_at": closes}
    return _filled(
        id=document["course_id"],
        **{name: document[name] for name in _PLAIN},
        invoice_allowed=document["invoice_allowed"] or None,
        provider=_filled(**document["provider"]),
        joint_sponsor=_sponsor(document["joint_sponsor"]),
        instructors=[_filled(**one) for one in document["instructors"]],
        signatory=_filled(**(document["signatory"] or {})),
        price=document["price"],
        prices=[_price(one) for one in document["prices"]],
        tax=_tax(document.get("tax")),
        registration=_filled(**window),
        disclosure=_disclosure(document["disclosure"]),
        sessions=[_session(one, document) for one in document["sessions"]],
        boards=[_board(one) for one in document["boards"]],
        evaluation=_evaluation(document["evaluation"], document["objectives"]),
        layout=_layout(document.get("layout")),
        refund_policy=_policy(document["policy"], made),
    )


def left_out(document: Said) -> list[str]:
    """The prices that no file can say again: those by a code, by their labels."""
    return [str(one["label"]) for one in document.get("code_prices") or ()]


def _filled(**said: Any) -> Part:
    """Without what says nothing."""
    return {name: value for name, value in said.items() if value not in (None, "", [], {})}


def _session(session: Said, course: Said) -> Part:
    """One that was cancelled is written as if it were to take place: a file knows no other."""
    begins, ends = (_local(session[name], session["zone"]) for name in ("starts_at", "ends_at"))
    recorded, missed = session["delivery"] == "recorded", session["rule"]["max_missed_seconds"]
    said = _filled(
        id=session["session_id"],
        **{name: session.get(name) for name in _OF_SESSION},
        to_date=ends[0] if ends[0] != begins[0] else None,
        zone=session["zone"] if session["zone"] != course["zone"] else None,
        minutes=session["minutes"] if recorded else None,
        fold=session["fold"],
        max_missed_seconds=missed if missed != _MISSED else None,
        breaks=[
            {"from": _local(one["starts_at"], session["zone"])[1],
             "to": _local(one["ends_at"], session["zone"])[1]}
            for one in session["breaks"]
        ],
    )  # fmt: skip
    if session["delivery"] != usual_delivery(said, course["delivery"]):
        said["delivery"] = session["delivery"]
    when = {"date": session["date"], "from": session["wall_from"], "to": session["wall_to"]}
    return {"id": said.pop("id"), **when, **said}


def _local(instant: str, zone: str) -> tuple[str, str]:
    """The day and the wall time of an instant there."""
    local = parse_instant(instant).astimezone(zone_of(zone))
    return local.date().isoformat(), f"{local:%H:%M}"


def _board(board: Said) -> Part:
    reporting, test = board["reporting"], board["post_test"]
    within = board["states"] or {}
    return _filled(
        **{name: board[name] for name in _OF_BOARD},
        post_test=_filled(**test) if test else None,
        states=within.get("in") or ({"not": within["not"]} if "not" in within else None),
        approved=_filled(**{"from": board["approved_from"], "to": board["approved_to"]}),
        categories=[
            {"session": one["session_id"], "category": one["category"], "hours": one["hours"]}
            for one in board["categories"]
        ],
        reporting=_filled(**reporting) if reporting else None,
        layout=_layout(board["layout"]),
    )


def _layout(layout: Said | None) -> Part | None:
    if layout is None:
        return None
    signatory = layout["signatory"]
    return _filled(**layout) | ({"signatory": _filled(**signatory)} if signatory else {})


def _evaluation(form: Said | None, objectives: list[str]) -> Part | None:
    """Without the ratings that follow from the objectives: with others, others follow."""
    if form is None:
        return None
    follows = [rating_of(number, text) for number, text in enumerate(objectives, start=1)]
    own = [one for one in form["questions"] if one not in follows]
    return _filled(
        version=form["version"],
        closes_after_days=form["closes_after_days"],
        questions=[
            _filled(id=one["question_id"], **{k: v for k, v in one.items() if k != "question_id"})
            for one in own
        ],
    )


def _disclosure(disclosure: Said | None) -> Part | None:
    if disclosure is None:
        return None
    return _filled(**{**disclosure, "required": None if disclosure["required"] else False})


def _sponsor(sponsor: Said | None) -> Part | None:
    if sponsor is None:
        return None
    share, role = sponsor["share"], sponsor["role"]
    return _filled(
        **{
            **sponsor,
            "role": role if role != "joint sponsor" else None,
            "apa_approved": sponsor["apa_approved"] or None,
            "share": _share(share) if share else None,
        }
    )


def _share(share: Said) -> Part:
    heads = {
        name: share[name]["amount"] for name in ("per_attendee", "per_certificate") if share[name]
    }
    of_all = {"percent": share["percent"], "of": share["of"]}
    return heads if heads and of_all == {"percent": "0", "of": "earned"} else {**of_all, **heads}


def _price(price: Said) -> Part:
    when = _filled(
        until=price["until"],
        statement=price["statement"],
        at_least=price["at_least"] or None,
    )
    amount = price["amount"]["amount"]
    return {"id": price["price_id"], "label": price["label"], "amount": amount, "when": when}


def _tax(tax: Said | None) -> Part | None:
    if tax is None:
        return None
    return _filled(**{**tax, "rates": [_filled(**rate) for rate in tax["rates"]]})


def _policy(given: Part, made: str) -> Part:
    worded = given.get("text") != made
    return {name: value for name, value in given.items() if worded or name != "text"}
