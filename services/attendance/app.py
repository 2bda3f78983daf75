"""The composition root of attendance: `python -m services.attendance.app`."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, Unpack

from services.attendance.api import (
    corrections,
    door,
    evidence,
    live,
    proof,
    registrants,
    registrations,
    sessions,
    sheets,
    traced,
    unmatched,
    uploads,
    zoom,
)
from services.attendance.api.looks import Looks
from services.attendance.commands.answers import ANSWERS
from services.attendance.commands.platform import Platform
from services.attendance.due import dues_of
from services.attendance.events import hears_of, recalls_of
from services.attendance.metrics import READS
from services.attendance.models import Base
from services.attendance.settings import Settings
from services.attendance.zoom import connect
from shared.contracts.asyncapi import asyncapi
from shared.runtime.service import Seams, Service
from shared.runtime.serving import run


def build(settings: Settings, platform: Platform | None = None, **seams: Unpack[Seams]) -> Service:
    """Attendance, wired; its platform is the given one, or Zoom where that is set up, else none is
    asked."""
    resources: list[AbstractAsyncContextManager[Any]] = []
    if platform is None and settings.zoom_account_id:
        platform = zoom_ = connect(
            settings.zoom_account_id,
            settings.zoom_client_id,
            settings.zoom_client_secret,
            settings.zoom_api_url,
            settings.zoom_oauth_url,
        )
        resources = [aclosing(zoom_)]
    return Service(
        "attendance",
        settings,
        base=Base,
        reads=READS,
        routers=[
            evidence.router,
            zoom.router,
            registrants.router,
            live.router,
            sessions.router,
            corrections.router,
            proof.router,
            sheets.router,
            uploads.router,
            registrations.router,
            traced.router,
            unmatched.router,
            door.router,
        ],
        hears=hears_of(settings.grace),
        recalls=recalls_of(settings.grace),
        dues=dues_of(settings.grace, platform, settings.platform_secret),
        state={
            "looks": Looks(),
            "grace": settings.grace,
            "zoom_secrets": settings.zoom_secrets,
            "platform": platform,
        },
        resources=resources,
        asyncapi=asyncapi("attendance"),
        answers=ANSWERS,
        **seams,
    )


if __name__ == "__main__":
    run(build(Settings()))
