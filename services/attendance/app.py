"""The composition root of attendance: `python -m services.attendance.app`."""

from __future__ import annotations

from services.attendance.api import door, evidence, registrations, sessions, unmatched
from services.attendance.due import dues
from services.attendance.events import hearing
from services.attendance.models import Base
from services.attendance.settings import Settings
from shared.runtime.service import Service, run


def build(settings: Settings) -> Service:
    """Attendance, wired."""
    return Service(
        "attendance",
        settings,
        base=Base,
        routers=[
            evidence.router,
            sessions.router,
            registrations.router,
            unmatched.router,
            door.router,
        ],
        hears=hearing(settings.grace),
        dues=dues,
        state={"grace": settings.grace},
    )


if __name__ == "__main__":
    run(build(Settings()))
