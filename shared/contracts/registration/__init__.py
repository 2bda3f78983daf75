"""What registration says: courses and people as state, registrations as facts (events.md)."""

from shared.contracts.registration.base import OfRegistration
from shared.contracts.registration.cancellations import Evidence, Override, RegistrationCancelled
from shared.contracts.registration.changes import (
    RegistrationAccommodationAnswered,
    RegistrationAcknowledged,
    RegistrationComplained,
    RegistrationComplaintAnswered,
    RegistrationLinkRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationTransferred,
    Together,
)
from shared.contracts.registration.courses import CourseCancelled, CoursePublished
from shared.contracts.registration.people import License, PersonRecorded
from shared.contracts.registration.requests import (
    DisclosureAccepted,
    PartnerItem,
    RegistrationRefused,
    RegistrationRequested,
    Scheduled,
    Tax,
)
from shared.contracts.registration.seats import (
    RegistrationCompleted,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLapsed,
    RegistrationOffered,
    RegistrationUnseated,
    RegistrationWaitlisted,
)

__all__ = [
    "CourseCancelled",
    "CoursePublished",
    "DisclosureAccepted",
    "Evidence",
    "License",
    "OfRegistration",
    "Override",
    "PartnerItem",
    "PersonRecorded",
    "RegistrationAccommodationAnswered",
    "RegistrationAcknowledged",
    "RegistrationCancelled",
    "RegistrationComplained",
    "RegistrationComplaintAnswered",
    "RegistrationCompleted",
    "RegistrationConfirmed",
    "RegistrationExpired",
    "RegistrationLapsed",
    "RegistrationLinkRequested",
    "RegistrationOffered",
    "RegistrationRefused",
    "RegistrationRequested",
    "RegistrationShareDue",
    "RegistrationSubstituted",
    "RegistrationTransferred",
    "RegistrationUnseated",
    "RegistrationWaitlisted",
    "Scheduled",
    "Tax",
    "Together",
]
