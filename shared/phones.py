"""Telephone numbers as everybody can dial them: E.164, by Google's metadata (`phonenumbers`)."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

# What can be a mobile: in North America nobody can tell by the number.
_TEXTABLE = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UNKNOWN,
    }
)
_LONGEST = 40  # as somebody types it


def e164(typed: str, region: str) -> str | None:
    """`+15550100123` of a number as typed; without a +, as one dials it in `region` (ISO 3166).

    None where it is no number in use, or one that cannot take texts, such as a landline.
    """
    if len(typed) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(typed, region)
    except NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.number_type(number) not in _TEXTABLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_region(region: str) -> bool:
    """Whether numbers of that region are known: `US`, `DE`."""
    return region in phonenumbers.SUPPORTED_REGIONS
