"""What `registration_people` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data
from holdfast_client.models.parts import License


class PersonRecorded(Data):
    """A person as recorded now. The only topic with personal data; a tombstone means erased.

    `merged_into` is set where staff found two ids to be one person: what follows is then that
    person's, so whoever knows either id knows the same. `birth_day` is `MM-DD`, given by whose
    registry tells people apart by it (physicians' in the United States); never the year.
    `phone` is E.164, of who agreed to texts and of nobody else: to the wording `sms_consent`
    (shared/consents.py), at `sms_consent_at`.

    When a person registers, is corrected, or turns out to be another one known already.

    Never: A registration. Nor said of somebody erased: of them a record without a value is the
    last.
    """

    TYPE: ClassVar[str] = "person.recorded.v1"

    person_id: str
    version: int
    name: str | None = None
    email: str | None = None
    zone: str | None = None
    locale: str | None = None
    profession: str | None = None
    licenses: tuple[License, ...] | None = None
    birth_day: str | None = None
    phone: str | None = None
    sms_consent: str | None = None
    sms_consent_at: AwareDatetime | None = None
    merged_into: str | None = None
    recorded_at: AwareDatetime | None = None
