"""What certificates must be told, beside what every service must."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings, env_prefix="CERTIFICATES_"):
    """Beyond what every service is told: how much is made at a time."""

    render_threads: int = Field(
        2,
        ge=1,
        le=64,
        json_schema_extra={"unit": "threads"},
        description="The threads that make documents.",
    )
    render_concurrency: int = Field(
        64,
        ge=1,
        le=256,
        json_schema_extra={"unit": "documents"},
        description="How many documents a process has in hand at most: claimed half of it at a "
        "time, and kept in memory until they are stored.",
    )
    key_days: int = Field(
        365,
        ge=0,
        le=3650,
        json_schema_extra={"unit": "days"},
        description="After how many days a new key signs; 0: only when somebody says so.",
    )
    signer_p12: Path | None = Field(
        None,
        description="A PKCS#12 file whose key signs the files of certificates (PAdES); none: they "
        "are not signed. Needs requirements/signing.txt.",
    )
    signer_password: str = Field(
        "", description="The password of the file whose key signs.", repr=False
    )

    @field_validator("signer_p12", mode="before")
    @classmethod
    def _none_where_it_is_empty(cls, value: object) -> object:
        """Compose hands on what is not set as empty."""
        return None if value == "" else value
