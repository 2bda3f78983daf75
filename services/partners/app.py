"""The composition root of partners: `python -m services.partners.app`."""

from __future__ import annotations

from services.partners.api import inbound, keys, partners
from services.partners.events import hears
from services.partners.models import Base
from services.partners.secrets import KeyMaker
from services.partners.settings import Settings
from shared.runtime.service import Service, run


def build(settings: Settings) -> Service:
    """Partners, wired."""
    maker = KeyMaker(settings.platform_secret, "sandbox" if settings.sandbox else "live")
    return Service(
        "partners",
        settings,
        base=Base,
        routers=[keys.router, partners.router, inbound.router],
        hears=hears,
        state={"maker": maker},
    )


if __name__ == "__main__":
    run(build(Settings()))
