"""The composition root of partners: `python -m services.partners.app`."""

from __future__ import annotations

from typing import Unpack

from services.partners.api import inbound, keys, partners
from services.partners.due import dues_of
from services.partners.events import hears_of, recalls_of
from services.partners.models import Base
from services.partners.secrets import KeyMaker
from services.partners.settings import Settings
from shared.contracts.asyncapi import asyncapi
from shared.runtime.service import Seams, Service, run


def build(settings: Settings, **seams: Unpack[Seams]) -> Service:
    """Partners, wired."""
    maker = KeyMaker(settings.platform_secret, "sandbox" if settings.sandbox else "live")
    return Service(
        "partners",
        settings,
        base=Base,
        routers=[keys.router, partners.router, inbound.router],
        hears=hears_of(),
        recalls=recalls_of(),
        dues=dues_of(),
        state={"maker": maker},
        asyncapi=asyncapi("partners"),
        **seams,
    )


if __name__ == "__main__":
    run(build(Settings()))
