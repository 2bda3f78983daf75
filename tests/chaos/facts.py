"""Gathers what the databases, the gateway and the mailbox say at rest, past all proxies."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx

from cli.mailbox import listed
from tests.chaos.audit import Facts
from tests.chaos.ground import Ground

_RECEIVED = """
SELECT registration_id, sum(amount_minor)::bigint AS amount FROM payment_parts GROUP BY 1
"""
_EVALUATED = "SELECT registration_id FROM registrations WHERE evaluated_at IS NOT NULL"
_MESSAGES = """
SELECT message_id, registration_id, template, state, reason, resends FROM messages
WHERE channel = 'mail'
"""


async def gathered(ground: Ground) -> Facts:
    """All that the audit looks at."""
    key = {"Authorization": f"Bearer {ground.secrets['PAYSIM_API_KEY']}"}
    async with httpx.AsyncClient(headers=key, timeout=600, trust_env=False) as client:

        async def of_gateway(what: str) -> list[dict[str, Any]]:
            answer = await client.get(f"{ground.url('paysim')}/v1/{what}")
            items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
            return items

        payments, refunds = await of_gateway("payments"), await of_gateway("refunds")
        mails = await listed(client, ground.url("mailbox"))
    people = "SELECT person_id, email FROM people"
    emails = {row["person_id"]: row["email"] for row in await rows(ground, "registration", people)}
    registrations = await rows(
        ground, "registration", "SELECT registration_id, state, person_id FROM registrations"
    )
    settlements = "SELECT registration_id, outcome FROM settlements WHERE settled_at IS NOT NULL"
    received = await rows(ground, "billing", _RECEIVED)
    observations = "SELECT observation_id FROM observations"
    certificates = "SELECT registration_id, board, status FROM certificates"
    [counted] = await rows(ground, "certificates", "SELECT count(*) AS n FROM evaluations")
    return Facts(
        registrations=[{**row, "email": emails.get(row["person_id"], "")} for row in registrations],
        settlements=await rows(ground, "billing", settlements),
        payments=payments,
        refunds=refunds,
        received={row["registration_id"]: row["amount"] for row in received},
        observations=[
            row["observation_id"] for row in await rows(ground, "attendance", observations)
        ],
        evaluations=counted["n"],
        evaluated=[
            row["registration_id"] for row in await rows(ground, "certificates", _EVALUATED)
        ],
        certificates=await rows(ground, "certificates", certificates),
        mails=[mail.message_id.strip("<> ").partition("@")[0].partition(".")[0] for mail in mails],
        messages=await rows(ground, "notifications", _MESSAGES),
    )


async def rows(ground: Ground, service: str, sql: str) -> list[dict[str, Any]]:
    """Of a service's database."""
    con = await asyncpg.connect(ground.database(service))
    try:
        return [dict(row) for row in await con.fetch(sql)]
    finally:
        await con.close()
