"""The world outside: a gateway that errs, hangs and repeats itself, a mail server that fails."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import httpx
import psutil

from tests.chaos.faults import NotFired, fault
from tests.chaos.ground import CANNOT_WRITE, Ground
from tests.chaos.processes import one_of

# Half seconds that a fault waits for somebody to meet it: while Kafka comes back, nobody writes.
_TURNS = 300
_RATES = {
    "timeout_before": 0.15,
    "timeout_after": 0.2,
    "error_500": 0.3,
    "slow": 0.2,
    "webhook_delay": 0.3,
    "webhook_duplicate": 0.5,
    "webhook_reorder": 0.5,
    "refund_pending": 0.3,
}


@fault("gateway errs and hangs")
async def gateway(ground: Ground, chance: random.Random) -> str:
    """Half of what is asked of it goes wrong; webhooks come late, twice and in another order."""
    key = {"Authorization": f"Bearer {ground.secrets['PAYSIM_API_KEY']}"}
    address = f"{ground.url('paysim')}/v1/test/faults"
    wanted = {"seed": chance.randrange(10**9), "rates": _RATES}
    times = {"hang_seconds": 3, "slow_seconds": 0.5, "later_seconds": 2}
    async with httpx.AsyncClient(headers=key, timeout=20, trust_env=False) as client:
        before = await _struck(client, address)
        (await client.put(address, json=wanted | times)).raise_for_status()
        try:
            await asyncio.sleep(8)
            for _ in range(_TURNS):  # until it was asked something
                if await _struck(client, address) > before:
                    break
                await asyncio.sleep(0.5)
        finally:
            (await client.delete(address)).raise_for_status()
        struck = await _struck(client, address) - before
    if struck <= 0:
        raise NotFired("the gateway was asked nothing that could go wrong")
    return f"{struck} requests went wrong"


async def _struck(client: httpx.AsyncClient, address: str) -> int:
    told = (await client.get(address)).raise_for_status().json()
    return sum(told["struck"].values())


@fault("mail server silent")
async def mail_silent(ground: Ground, chance: random.Random) -> str:
    """It takes connections, and what is said to it, and answers nothing."""
    before = ground.mail.held
    ground.mail.swallow()
    try:
        await _until(lambda: ground.mail.held > before, 8 + 6 * chance.random())
        held = ground.mail.held - before
    finally:
        ground.mail.heal()
    return _mail(held, "bytes held back")


@fault("mail server cuts in mid-sentence")
async def mail_cut(ground: Ground, chance: random.Random) -> str:
    """Also between the message and the answer to it: nobody knows then whether it went out."""
    before, turn = ground.mail.cuts, 0
    while turn < 150 or (ground.mail.cuts == before and turn < 10 * _TURNS):
        ground.mail.cut()
        await asyncio.sleep(0.05)
        turn += 1
    return _mail(ground.mail.cuts - before, "connections reset")


@fault("mail server cannot write")
async def mail_full(ground: Ground, chance: random.Random) -> str:
    """It refuses for now, with 452: the system lets it write no byte more."""
    mailbox = psutil.Process((await one_of(ground.home, "mailbox")).pid)
    before, usual = ground.mail.words[CANNOT_WRITE], mailbox.rlimit(psutil.RLIMIT_FSIZE)
    mailbox.rlimit(psutil.RLIMIT_FSIZE, (0, usual[1]))
    try:
        await _until(lambda: ground.mail.words[CANNOT_WRITE] > before, 8 + 6 * chance.random())
    finally:
        with suppress(psutil.Error):
            mailbox.rlimit(psutil.RLIMIT_FSIZE, usual)
    return _mail(ground.mail.words[CANNOT_WRITE] - before, "mails refused with 452")


async def _until(struck: Callable[[], bool], seconds: float) -> None:
    """So long; and longer, up to a limit, where it has not struck by then."""
    await asyncio.sleep(seconds)
    for _ in range(_TURNS):
        if struck():
            return
        await asyncio.sleep(0.5)


def _mail(count: int, what: str) -> str:
    if count <= 0:
        raise NotFired(f"the mail server: no {what}, for nobody wrote")
    return f"{count} {what}"
