"""The composition root of web: `python -m services.web.app`."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any, Unpack

from services.web.api import (
    acts,
    awards,
    courses,
    evaluation,
    failing,
    leaving,
    mine,
    missing,
    post_test,
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
from shared.runtime.service import Seams, Service, run


def build(settings: Settings, transport: Any = None, **seams: Unpack[Seams]) -> Service:
    """Web, wired; `transport` replaces the way to the owners."""
    owners = Owners(settings.owners(), transport)
    rooms = (
        static,
        courses,
        register,
        mine,
        acts,
        awards,
        leaving,
        evaluation,
        post_test,
        verify,
        missing,
    )
    shown = pages()
    service = Service(
        "web",
        settings,
        base=Base,
        routers=[room.router for room in rooms],
        hears=hears_of(),
        dues=dues_of(),
        state={"pages": shown, "owners": owners},
        asyncapi=asyncapi("web"),
        resources=[aclosing(owners)],
        **seams,
    )
    failing.install(service.app, shown)
    return service


if __name__ == "__main__":
    run(build(Settings()))
