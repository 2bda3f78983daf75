"""What somebody typed into a form, by the names of its fields as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from services.web.domain.choices import STATES
from services.web.domain.said import marked

Typed = list[tuple[str, str]]
_NAMES = {
    "name": "Name",
    "email": "E-mail",
    "profession": "Profession",
    "state_0": "Licensed in",
    "number_0": "Licence number",
    "state_1": "Also licensed in",
    "number_1": "Second licence number",
    "birth_month": "Month of birth",
    "birth_day": "Day of birth",
    "phone": "Number for texts",
    "price": "Price",
    "price_code": "Price code",
    "credit_code": "Credit code",
    "organisation": "Organisation",
    "accommodation": "What you need to take part",
    "complaint": "Your complaint",
    "course": "Course",
    "date": "Day",
    "from": "From",
    "to": "To",
    "to_date": "Ends on",
    "breaks": "Breaks",
    "into": "Merged into",
    "waiver": "Done without a certificate, because",
    "amount": "Amount",
    "reference": "Reference",
    "sent_on": "Sent on",
    "came_on": "Came on",
    "reason": "Reason",
    "answer": "Answer",
    "because": "Decided otherwise, because",
    "evidence": "How that is known",
    "until": "Until",
    "choose_day": "May choose until",
    "choose_wall": "At",
    "minutes": "Minutes taught",
    "seen": "In the room",
    "counted": "Minutes that count",
    "meeting": "Meeting",
    "url": "Address of the meeting",
    "board": "Board",
    "credits": "Credits",
    "took": "What it answered",
    "lines": "Lines that were refused",
    "q-comment": "Comment",
}
_SEVERAL = {  # by how their names begin: one for each course, or price, that asks
    "prerequisite_": "Certificate of an earlier course",
    "statement_": "For the price",
}
_CHOSEN = {  # what is chosen of a list stands in it again
    "place": "Where you are",
    "license_profession_0": "Profession",
    "license_profession_1": "Profession",
}
# Those that learners meet are said in their language; staff read English.
_OF_LEARNERS = (
    marked("Name"),
    marked("E-mail"),
    marked("Profession"),
    marked("Licensed in"),
    marked("Licence number"),
    marked("Also licensed in"),
    marked("Second licence number"),
    marked("Month of birth"),
    marked("Day of birth"),
    marked("Number for texts"),
    marked("Price"),
    marked("Price code"),
    marked("Credit code"),
    marked("Organisation"),
    marked("What you need to take part"),
    marked("Your complaint"),
    marked("Reason"),
    marked("Board"),
    marked("Credits"),
    marked("Comment"),
    marked("Certificate of an earlier course"),
    marked("For the price"),
)
_STATES = dict(STATES)


def field_name(field: str) -> str:
    """How people read a field's name, to be said in their language; empty where it has none of its
    own."""
    several = (said for start, said in _SEVERAL.items() if field.startswith(start))
    return _NAMES.get(field) or _CHOSEN.get(field) or next(several, "")


def typed_in(form: Mapping[str, str]) -> Typed:
    """The entries that one would miss, in the order of the form's fields; never what is hidden."""
    values = {field: form.get(field, "").strip() for field in _NAMES}
    for field in ("state_0", "state_1"):
        values[field] = _STATES.get(values[field], values[field])
    once = [(said, values[field]) for field, said in _NAMES.items() if values[field]]
    return once + [
        (said, value.strip())
        for start, said in _SEVERAL.items()
        for field, value in form.items()
        if field.startswith(start) and value.strip()
    ]
