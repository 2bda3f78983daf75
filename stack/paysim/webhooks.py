"""Telling the shop: signed, again with growing delays until 2xx, also after a restart."""

import asyncio
import hashlib
import hmac
import logging
import time

import httpx

from stack.paysim.later import happen
from stack.paysim.report import pay_out_days_that_ended
from stack.paysim.store import Store

HEADER = "paysim-signature"
LONGEST_PAUSE_SECONDS = 30.0
AFTER_TROUBLE_SECONDS = 1.0
log = logging.getLogger(__name__)
_AT_ONCE = 32


def sign(secret: str, body: bytes, at: int) -> str:
    """The signature header's value: `t=<unix>,v1=<hex hmac sha256 of "{t}.{body}">`."""
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def pause(attempts: int) -> float:
    """Seconds until the next try after so many that failed: a quarter, a half, 1, 2, … 30."""
    return float(min(0.25 * 2 ** min(attempts, 10), LONGEST_PAUSE_SECONDS))


async def deliver_for_ever(store: Store, url: str, secret: str) -> None:
    """Deliver what is due until cancelled; an address that is away costs one open connection."""
    limits = httpx.Limits(max_connections=_AT_ONCE)
    async with httpx.AsyncClient(timeout=10, limits=limits, trust_env=False) as client:
        while True:
            try:
                happen(store)
                pay_out_days_that_ended(store)
                due = store.webhooks_due(_AT_ONCE)
                await asyncio.gather(*(_deliver(store, client, url, secret, *one) for one in due))
            except Exception as why:  # a file that is busy or full: to end here is silence for ever
                log.warning("webhooks wait: %s: %s", type(why).__name__, why)
                await asyncio.sleep(AFTER_TROUBLE_SECONDS)
            else:
                await asyncio.sleep(0.05 if not due else 0)


async def _deliver(
    store: Store,
    client: httpx.AsyncClient,
    url: str,
    secret: str,
    identity: str,
    text: str,
    attempts: int,
) -> None:
    body = text.encode()
    headers = {
        "content-type": "application/json",
        HEADER: sign(secret, body, int(time.time())),
    }
    try:
        taken = (await client.post(url, content=body, headers=headers)).is_success
    except httpx.HTTPError:
        taken = False
    if taken:
        store.webhook_done(identity)
    else:
        store.webhook_later(identity, pause(attempts))
