"""People as state: the only personal data there is on Kafka."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.event import Event, Id, Instant, Part, Text


class License(Part):
    """`profession` is empty where the person's declared one is meant; `state` a two-letter code."""

    profession: Text = ""
    state: Text = ""
    number: Text = ""


class PersonRecorded(Event):
    """A person as recorded now. The only topic with personal data; a tombstone means erased.

    `merged_into` is set where staff found two ids to be one person: what follows is then that
    person's, so whoever knows either id knows the same. `birth_day` is `MM-DD`, given by whose
    registry tells people apart by it (physicians' in the United States); never the year. `phone` is
    E.164, of who agreed to texts and of nobody else: to the wording `sms_consent`
    (shared/consents.py), at `sms_consent_at`.
    """

    topic = "registration.people"
    type = "person.recorded.v1"
    when = "When a person registers, is corrected, or turns out to be another one known already."
    never = (
        "A registration. Nor said of somebody erased: of them a record without a value is the last."
    )
    key = "person_id"
    example: ClassVar[dict[str, Any]] = reference.PERSON

    person_id: Id
    version: int
    name: Text
    email: Text
    zone: Text = ""
    locale: Text = "en"
    profession: Text = ""
    licenses: tuple[License, ...] = ()
    birth_day: Text = ""
    phone: Text = ""
    sms_consent: Text = ""
    sms_consent_at: Instant | None = None
    merged_into: Id | None = None
    recorded_at: Instant | None = None
