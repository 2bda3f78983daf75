"""People as recorded, and every change of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from services.registration.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "people",
    Index(None, "email_key"),
    Index(None, "alias"),
    Index(None, "merged_into"),
    # By the beginnings of words; an extension for that (pg_trgm) may not be there.
    Index(
        "ix_people_name_words",
        text("array_to_tsvector(string_to_array(name_words, ' '))"),
        postgresql_using="gin",
    ),
)
class Person(Base):
    """A person as recorded now: the only table with personal data.

    `merged_into` is the person that staff say this one is; the row stays as it was recorded, but
    for its version. `alias` is a digest of name and address, of those only who were merged or into
    whom somebody was: by any of them they are known within a course. `name_words` is what the name
    is found by (`domain/name_words.py`).
    """

    person_id: str = Field(primary_key=True)
    version: int
    name: str
    email: str
    email_key: str
    zone: str
    locale: str
    profession: str
    licenses: list[dict[str, str]] = Json()
    birth_day: str = ""  # MM-DD, where it was given
    phone: str = ""  # E.164, of who agreed to texts
    sms_consent: str = ""  # the version of the wording that they agreed to
    sms_consent_at: datetime | None = None
    alias: str | None
    merged_into: str | None
    recorded_at: datetime
    name_words: str = Field(default="", sa_column_kwargs={"server_default": ""})


@table("person_changes", Index(None, "other"))
class PersonChange(Base):
    """Staff merged a person into another one, or parted them again; `reason` is erasable."""

    person_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    at: datetime
    by: str
    act: str
    other: str
    reason: str
