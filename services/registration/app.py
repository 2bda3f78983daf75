"""The composition root of registration: `python -m services.registration.app`."""

from __future__ import annotations

from functools import partial
from typing import Unpack

from services.registration.api import (
    accommodation,
    complaints,
    course_files,
    courses,
    groups,
    links,
    people,
    persons,
    previews,
    reading,
    registrations,
    sessions,
    substitution,
    transfers,
    versions,
    withdrawing,
)
from services.registration.due import dues_of
from services.registration.events import hears_of, recalls_of
from services.registration.metrics import READS
from services.registration.models import Base
from services.registration.settings import Settings
from shared.contracts.asyncapi import asyncapi
from shared.runtime.rate_limit import RateLimit
from shared.runtime.service import Seams, Service
from shared.runtime.serving import run
from shared.runtime.tokens import code_of


def build(settings: Settings, **seams: Unpack[Seams]) -> Service:
    """Registration, wired."""
    return Service(
        "registration",
        settings,
        base=Base,
        reads=READS,
        routers=[
            each.router
            for each in (
                registrations,  # routes are tried in this order: the busiest first
                courses,
                course_files,
                versions,
                sessions,
                groups,
                substitution,
                transfers,
                previews,
                accommodation,
                complaints,
                reading,
                people,
                persons,
                links,
                withdrawing,
            )
        ],
        hears=hears_of(partial(code_of, settings.platform_secret, "credit")),
        recalls=recalls_of(),
        dues=dues_of(),
        state={
            "links_limit": RateLimit(most=5, seconds=600),  # of one address
            "phone_region": settings.phone_region,
        },
        asyncapi=asyncapi("registration"),
        **seams,
    )


if __name__ == "__main__":
    run(build(Settings()))
