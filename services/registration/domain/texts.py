"""A number for texts, and that somebody agreed to them: both, or neither (decision 77).

A number is kept for texts alone, so there is none without the consent; and a consent is to texts to
one number, so another number is another consent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.registration.domain.reading import Node
from shared.consents import SMS, SMS_WORDINGS

Number = Callable[[str], str | None]
"""A number as typed → E.164; None where it is none that can take texts."""


def read_texts(node: Node, number: Number | None) -> tuple[str, str]:
    """(number, version of the wording) of an attendee; both empty where they want none."""
    phone, consent = node.at("phone"), node.at("sms_consent")
    typed, version = phone.value or "", consent.value or ""
    if not typed and not version:
        return "", ""
    if number is None:
        (phone if typed else consent).wrong(
            "Nobody agrees to texts for somebody else: they can on their own page."
        )
        return "", ""
    if not typed:
        phone.wrong("Give the number that texts should go to.")
    if not version:
        consent.wrong(f"A number is kept only of who agrees to texts: name the wording, {SMS!r}.")
    elif version not in SMS_WORDINGS:
        consent.wrong(f"There is no such wording. The one in force is {SMS!r}.")
    found = number(typed) if isinstance(typed, str) and typed else None
    if typed and found is None:
        phone.wrong("This is no number that can take texts. Write it with + and the country code.")
    return (found, version) if found and version in SMS_WORDINGS else ("", "")


def changed_texts(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What a correction makes of both: who takes one back takes both back, and a new number, as
    typed, is agreed to anew."""
    if changes.get("phone") == "" or changes.get("sms_consent") == "":
        return {"phone": "", "sms_consent": ""}
    if changes.get("phone", before["phone"]) != before["phone"]:
        return {"phone": changes["phone"], "sms_consent": changes.get("sms_consent", "")}
    return {}
