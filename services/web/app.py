"""The composition root of web: `python -m services.web.app`."""

from __future__ import annotations

from typing import Any

from services.web.api import (
    acts,
    courses,
    evaluation,
    failing,
    leaving,
    mine,
    missing,
    register,
    static,
    verify,
)
from services.web.due import dues_of
from services.web.events import hears_of
from services.web.models import Base
from services.web.owners import Owners
from services.web.render import pages
from services.web.settings import Settings
from shared.contracts.asyncapi import asyncapi
from shared.runtime.service import Service, run


def build(settings: Settings, transport: Any = None) -> Service:
    """Web, wired; `transport` replaces the way to the owners."""
    rooms = (static, courses, register, mine, acts, leaving, evaluation, verify, missing)
    shown = pages()
    service = Service(
        "web",
        settings,
        base=Base,
        routers=[room.router for room in rooms],
        hears=hears_of(),
        dues=dues_of(),
        state={"pages": shown, "owners": Owners(settings.owners(), transport)},
        asyncapi=asyncapi("web"),
    )
    failing.install(service.app, shown)
    return service


if __name__ == "__main__":
    run(build(Settings()))
