"""The composition root of partners: `python -m services.partners.app`."""

from __future__ import annotations

from typing import Unpack

from services.partners.api import feed, inbound, keys, partners
from services.partners.commands.recalling import go_on
from services.partners.due import dues_of
from services.partners.events import hears_of, recalls_of
from services.partners.models import Base
from services.partners.secrets import KeyMaker
from services.partners.settings import Settings
from services.partners.tail import Tail
from shared.contracts.asyncapi import asyncapi
from shared.runtime.service import Seams, Service, run


def build(settings: Settings, **seams: Unpack[Seams]) -> Service:
    """Partners, wired."""
    maker = KeyMaker(settings.platform_secret, "sandbox" if settings.sandbox else "live")
    return Service(
        "partners",
        settings,
        base=Base,
        routers=[keys.router, partners.router, inbound.router, feed.router],
        hears=hears_of(),
        recalls=recalls_of(),
        restored=go_on,
        dues=dues_of(),
        state={"maker": maker, "tail": Tail()},
        asyncapi=asyncapi("partners"),
        **seams,
    )


if __name__ == "__main__":
    run(build(Settings()))
