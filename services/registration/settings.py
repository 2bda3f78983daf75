"""What a process of registration must be told."""

from __future__ import annotations

from pydantic import Field, field_validator

from shared.phones import is_region
from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="REGISTRATION_"):
    """Beyond what every service is told: where telephone numbers are from."""

    phone_region: str = Field(
        "US",
        description="Of which country telephone numbers without + are, as its code (ISO 3166).",
    )

    @field_validator("phone_region")
    @classmethod
    def _region(cls, value: str) -> str:
        if not is_region(value):
            raise ValueError("no country's code with telephone numbers, such as US or DE")
        return value
