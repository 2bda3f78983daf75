"""What the writing to staff must be told: to whom, where they are, and when."""

from __future__ import annotations

from email.headerregistry import Address

from pydantic import Field, field_validator

from services.notifications.domain.digest import DAYS
from shared.dates import UnknownZone, zone_of
from shared.runtime.settings import ServiceSettings, listed


class StaffSettings(ServiceSettings):
    """Who of staff gets the digest of what needs a human, and when."""

    staff_addresses: str = Field(
        "",
        description="Who of staff gets the digest of what needs a human: addresses with commas "
        "between; empty: nobody.",
    )
    staff_zone: str = Field("America/New_York", description="The zone where staff are.")
    staff_locale: str = Field(
        "en-US", description="The language and region in which they are written to (BCP 47)."
    )
    digest_hour: int = Field(
        7,
        ge=0,
        le=11,
        json_schema_extra={"unit": "o'clock"},
        description="The hour of the morning, there, at which the digest comes.",
    )
    digest_days: str = Field(
        "mon,tue,wed,thu,fri,sat,sun", description="The days on which the digest comes."
    )
    digest_when_nothing: bool = Field(
        default=False,
        description="Whether the digest comes, too, on days on which nothing needs anybody.",
    )

    @field_validator("staff_addresses")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for one in listed(value):
            Address(addr_spec=one)  # a ValueError where it is none
        return value

    @field_validator("staff_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return zone_of(value).key
        except UnknownZone as why:
            raise ValueError(str(why)) from None

    @field_validator("digest_days")
    @classmethod
    def _days(cls, value: str) -> str:
        unknown = [one for one in listed(value) if one not in DAYS]
        if unknown:
            raise ValueError(
                f"no day of the week: {', '.join(unknown)} (they are: {', '.join(DAYS)})"
            )
        return value
