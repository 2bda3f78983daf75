"""Decisions about money at the console before billing itself: seen, done once, and in its audit
under who did it."""

from __future__ import annotations

import re

import httpx

from tests.edges.test_console import Provider, provider, registered
from tests.edges.web.staff import WHO, csrf, staff
from tests.edges.web.test_console_acts import hidden
from tests.edges.web.test_console_today import plain

__all__ = ["provider"]
WHY = {"reason": "the sound was poor"}


async def decided(client: httpx.AsyncClient, page: str, typed: dict[str, str]) -> str:
    """Typed, seen, and sent twice; gives what was seen."""
    form = typed | {"csrf": csrf((await client.get(page)).text)}
    seen = await client.post(page, data=form)
    assert seen.status_code == 200, plain(seen.text)
    for _ in range(2):
        done = await client.post(page, data=hidden(seen.text) | {"sure": "yes"})
        assert done.status_code == 303, plain(done.text)
    return plain(seen.text)


async def test_money_is_decided_at_the_console_and_audited_by_billing(provider: Provider) -> None:
    one = await registered(provider)
    here = f"/console/registrations/{one}"
    billing = provider.stages["billing"]
    async with staff(provider.services["web"], "finance") as client:
        invoice = re.search(r'href="(/console/money/invoices/[^"]+/payments)"', (
            await client.get(here)
        ).text)  # fmt: skip
        assert invoice
        came = {"amount": "$199", "tender": "transfer", "reference": "HB-1"}
        assert "The invoice is paid with it." in await decided(client, invoice[1], came)
        await provider.talk()
        assert "confirmed" in plain((await client.get(here)).text).lower()
        told = await decided(client, f"{here}/refund", WHY | {"amount": "20.00"})
        assert "Can be given back after that $179.00" in told
        assert "$20.00 goes back to the bank account it came from." in told
        credit = await decided(client, f"{here}/credit", WHY | {"amount": "50"})
        assert "Give a credit of $50.00?" in credit
        await provider.talk()
        page = (await client.get(here)).text
        settle = re.search(r'href="(/console/money/refunds/[^"]+/settle)"', page)
        assert settle
        assert "$50.00 $50.00 2021-09-01" in plain(page)
        sent = WHY | {"tender": "transfer", "reference": "HB-2"}
        assert "Was $20.00 sent by hand?" in await decided(client, settle[1], sent)
        cancelled = await provider.stages["registration"].http.post(
            f"/registration/v1/registrations/{one}/cancel",
            json={"reason": "ill"},
            headers={"Idempotency-Key": "c"},
        )
        assert cancelled.status_code == 202, cancelled.text
        await provider.talk()
        again = await client.post(
            f"{here}/decide",
            data=WHY | {"outcome": "refund", "csrf": csrf((await client.get(here)).text)},
        )
        assert "That is what it came to." in plain(again.text), "the policy gave that"
        month = "/console/money/months/2020-08/close"
        form = hidden((await client.get(month)).text) | {"typed": "2020-08"}
        for _ in range(2):
            assert (await client.post(month, data=form)).status_code == 303
        assert f"closed 2020-09-01 13:00 UTC by console:{WHO}" in plain(
            (await client.get("/console/money?month=2020-08")).text
        )
    audit = await billing.rows(
        "SELECT act, why FROM audit WHERE by = $1 ORDER BY id", f"console:{WHO}"
    )
    assert [(row["act"], row["why"]) for row in audit] == [
        ("payment.recorded", "HB-1"),
        ("refund.goodwill", "the sound was poor"),
        ("credit.goodwill", "the sound was poor"),
        ("refund.settled-by-hand", "HB-2: the sound was poor"),
        ("month.closed", ""),
    ]
