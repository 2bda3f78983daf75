"""The composition root of partners: `python -m services.partners.app`."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Unpack

from services.partners.api import (
    deliveries,
    endpoints,
    feed,
    inbound,
    intakes,
    keys,
    mappings,
    partners,
    sponsored,
    streams,
)
from services.partners.commands.recalling import go_on
from services.partners.courier import Courier
from services.partners.domain.quota import Limits
from services.partners.due import dues_of
from services.partners.events import hears_of, recalls_of
from services.partners.metrics import READS
from services.partners.models import Base
from services.partners.secrets import InboundSecrets, KeyMaker, WebhookSecrets
from services.partners.settings import Settings
from services.partners.tail import Tail
from services.partners.topics import Topics
from shared.contracts.asyncapi import asyncapi
from shared.runtime.outward import Outward
from shared.runtime.rate_limit import RateLimit
from shared.runtime.service import Seams, Service
from shared.runtime.serving import run


def build(settings: Settings, way: Outward | None = None, **seams: Unpack[Seams]) -> Service:
    """Partners, wired; `way` is where webhooks go out, to the public network by default."""
    maker = KeyMaker(settings.platform_secret, "sandbox" if settings.sandbox else "live")
    secrets = WebhookSecrets(settings.platform_secret)
    ending = asyncio.Event()
    way = way or Outward(here=settings.sandbox_targets)
    return Service(
        "partners",
        settings,
        base=Base,
        reads=READS,
        routers=[
            keys.router,
            partners.router,
            endpoints.router,
            deliveries.router,
            streams.router,
            inbound.router,
            intakes.router,
            mappings.router,
            feed.router,
            sponsored.router,
        ],
        hears=hears_of(),
        recalls=recalls_of(),
        restored=go_on,
        dues=dues_of(Courier(way, secrets, ending)),
        state={
            "maker": maker,
            "webhook_secrets": secrets,
            "inbound_secrets": InboundSecrets(settings.platform_secret),
            "inbound_limits": Limits(settings.items_a_day, settings.requests_a_minute),
            "inbound_pace": RateLimit(settings.requests_a_minute, 60),
            "tests_pace": RateLimit(10, 60),
            "trials_pace": RateLimit(30, 60),
            "way": way,
            "tail": Tail(ending),
            "topics": Topics(settings.kafka),
        },
        asyncapi=asyncapi("partners"),
        resources=[aclosing(way)],
        ending=ending,
        **seams,
    )


if __name__ == "__main__":
    run(build(Settings()))
