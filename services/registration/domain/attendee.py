"""What a person says of themselves when they register: whether it can be used (domain.md §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.registration.domain.placing import read_zone
from services.registration.domain.reading import Faults, Node
from services.registration.domain.taxing import read_place
from services.registration.domain.texts import Number, read_texts
from shared.errors import Invalid, fault
from shared.states import state_code

_EMAIL = re.compile(r"[^@\s,;<>\"()\[\]\\:]{1,64}@[^@\s,;<>\"()\[\]\\:]{1,190}\.[^@\s.]{2,63}")
LONGEST_ORGANISATION = 200  # who pays may come to hold a credit, and a holder is an id
_BIRTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person, cleaned; `licenses` are `{profession, state, number}`, empty where not given."""

    name: str
    email: str
    zone: str
    locale: str
    profession: str
    licenses: tuple[dict[str, str], ...]
    birth_day: str = ""  # MM-DD, for registries that tell people apart by it; never the year
    phone: str = ""  # E.164, of who agreed to texts and of nobody else
    sms_consent: str = ""  # the version of the wording that they agreed to
    place: str = field(default="", compare=False)  # for tax: of this order, not of the person


RECORDED = tuple(name for name in Attendee.__slots__ if name != "place")  # of the person


def read_attendee(
    given: Mapping[str, Any],
    zone: str,
    pointer: str = "/attendee",
    locale: str = "en",
    number: Number | None = None,
) -> Attendee:
    """The person, with the course's zone where none is given; `Invalid` with every fault.

    `number` reads telephone numbers; without it somebody else says who comes, and nobody can agree
    to texts for another.
    """
    faults = Faults()
    node = Node(dict(given), pointer, faults)
    phone, sms_consent = read_texts(node, number)
    attendee = Attendee(
        name=" ".join(_line(node.at("name"), most=200).split()),
        email=_email(node.at("email")),
        zone=read_zone(node.at("zone")) if node.value.get("zone") else zone,
        locale=_locale(node.at("locale"), locale),
        profession=_profession(node.at("profession")),
        birth_day=_birth_day(node.at("birth_day")),
        phone=phone,
        sms_consent=sms_consent,
        place=read_place(node.at("place")) if node.value.get("place") else "",
        licenses=_once([_license(each) for each in node.at("licenses").items(most=50)]),
    )
    if faults.errors:
        raise Invalid(
            "attendee-invalid", "Something about the person is wrong.", errors=faults.errors
        )
    return attendee


def read_organisation(given: str | None) -> str | None:
    """Who pays for them, where that is an organisation; `Invalid` where the name is too long, or an
    address: it is said in a fact, which names nobody but by id."""
    if given is not None and len(given) > LONGEST_ORGANISATION:
        wrong = fault("/organisation", f"At most {LONGEST_ORGANISATION} characters.")
        raise Invalid("organisation-invalid", "The name of who pays is too long.", errors=[wrong])
    if given is not None and "@" in given:
        wrong = fault("/organisation", "A name, and not an address.")
        raise Invalid("organisation-invalid", "Who pays is named by an address.", errors=[wrong])
    return given or None


NOBODY = Attendee("", "", "", "", "", ())


def known_attendee(recorded: Attendee, typed: Attendee) -> Attendee:
    """Who is known comes again: the recorded name and address rule, whatever was typed.

    Zone and locale are as they say now; a profession, licences, a birth day, and texts are only
    added where none were: nobody's texts are led elsewhere by a link that was passed on.
    """
    texts = typed if not recorded.phone else recorded
    return replace(
        recorded,
        phone=texts.phone,
        sms_consent=texts.sms_consent,
        zone=typed.zone or recorded.zone,
        locale=typed.locale or recorded.locale,
        profession=recorded.profession or typed.profession,
        licenses=recorded.licenses or typed.licenses,
        birth_day=recorded.birth_day or typed.birth_day,
        place=typed.place,
    )


def _line(node: Node, *, most: int, needed: bool = True) -> str:
    found = node.text(most=most, needed=needed)
    if "\n" in found or "\r" in found:
        node.wrong("One line is needed here.")
        return ""
    return found


def _email(node: Node) -> str:
    found = _line(node, most=254)
    if found and not _EMAIL.fullmatch(found):
        node.wrong("This is not an e-mail address.")
    return found


def _locale(node: Node, fallback: str) -> str:
    if not node.value:
        return fallback
    if not isinstance(node.value, str) or not _LOCALE.fullmatch(node.value):
        node.wrong("A locale is written en or en-GB.")
        return fallback
    return node.value


def _profession(node: Node) -> str:
    """Professions are words such as `social_worker`; none at all is fine."""
    return node.slug().lower() if node.value else ""


def _state(node: Node) -> str:
    """A code, or nothing: by "New York" one would be licensed outside of NY."""
    found = _line(node, most=60, needed=False)
    code = state_code(found)
    if found and code is None:
        node.wrong("A state is written as its code, such as NY.")
    return code or ""


def _birth_day(node: Node) -> str:
    """`MM-DD`, 02-29 too: of a day that comes every fourth year nothing is asked but the day."""
    if not node.value:
        return ""
    found = node.text(most=20)
    month, _, day = found.partition("-")
    fits = _BIRTH_DAY.fullmatch(found) and int(day) <= _LONGEST[int(month) - 1]
    if found and not fits:
        node.wrong("A birth day is written as month and day, such as 02-29, without the year.")
        return ""
    return found


def _once(licenses: Sequence[dict[str, str]]) -> tuple[dict[str, str], ...]:
    """Each licence once, however often it was typed; one that says nothing is none."""
    distinct = {tuple(each.items()): each for each in licenses if any(each.values())}
    return tuple(distinct.values())


def _license(node: Node) -> dict[str, str]:
    if not node.table():
        return {}
    return {
        "profession": _profession(node.at("profession")),
        "state": _state(node.at("state")),
        "number": _line(node.at("number"), most=60, needed=False),
    }
