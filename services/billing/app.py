"""The composition root of billing: `python -m services.billing.app`."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import Any, Unpack

import httpx

from services.billing import stripe_wire
from services.billing.api import (
    all_credits,
    books,
    checkout,
    credit_acts,
    decisions,
    disputes,
    documents,
    finding,
    invoices,
    payments,
    previews,
    quotes,
    reconciliation,
    refund_acts,
    refunds,
    registrations,
    sponsors,
    transfer_quotes,
    webhooks,
)
from services.billing.api import credits as credits_
from services.billing.commands.reconcile import Reconciler
from services.billing.due import dues_of
from services.billing.events import hears_of, recalls_of
from services.billing.gateway import Calls, Gateway
from services.billing.metrics import READS
from services.billing.models import Base
from services.billing.paysim import Paysim, client
from services.billing.printing import Printer
from services.billing.settings import Settings
from shared.contracts.asyncapi import asyncapi
from shared.runtime.service import Seams, Service
from shared.runtime.serving import run
from shared.runtime.tokens import code_of


def build(
    settings: Settings, http: httpx.AsyncClient | None = None, **seams: Unpack[Seams]
) -> Service:
    """Billing, wired; `http` are the connections to the gateway."""
    http = http or client()
    paysim = Paysim(
        settings.gateway_url,
        settings.gateway_api_key,
        settings.webhook_secret,
        http,
        sandbox=settings.sandbox,
    )
    gateways: dict[str, Gateway] = {"paysim": paysim}
    resources: list[Any] = [aclosing(http)]
    if settings.stripe_api_key:
        stripe = stripe_wire.connect(
            settings.stripe_api_key,
            settings.stripe_webhook_secret,
            url=settings.stripe_url,
            sandbox=settings.sandbox,
        )
        gateways["stripe"] = stripe
        resources.append(aclosing(stripe))
    printer = Printer(settings.render_threads)
    credit_code = partial(code_of, settings.platform_secret, "credit")
    reconciler = Reconciler(list(gateways), settings.books_zone)
    return Service(
        "billing",
        settings,
        base=Base,
        reads=READS,
        routers=[
            quotes.router,
            finding.router,
            registrations.router,
            transfer_quotes.router,
            checkout.router,
            webhooks.router,
            all_credits.router,
            credits_.router,
            credit_acts.router,
            decisions.router,
            invoices.router,
            documents.router,
            payments.router,
            previews.router,
            refunds.router,
            refund_acts.router,
            disputes.router,
            books.router,
            sponsors.router,
            reconciliation.router,
        ],
        hears=hears_of(),
        recalls=recalls_of(),
        dues=dues_of(Calls(gateways), credit_code, reconciler),
        state={
            "gateways": gateways,
            "gateway": list(gateways)[-1],  # at which new pages to pay on are opened
            "credit_code": credit_code,
            "reconciler": reconciler,
            "books_zone": settings.books_zone,
            "printer": printer,
        },
        asyncapi=asyncapi("billing"),
        resources=[aclosing(http), aclosing(printer)],
        **seams,
    )


if __name__ == "__main__":
    run(build(Settings()))
