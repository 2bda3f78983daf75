"""The checks on the stack that runs: told to people, as JSON, and by the exit code."""

import asyncio
from importlib import import_module
from typing import Any

import asyncpg
import typer

from cli import say
from cli.here import Here, here
from cli.invariants.registry import INVARIANTS, Outside
from cli.jump import Addresses, settle
from cli.say import AWAY, REFUSED, Ends

_CHECKS = ("attendance", "certificates", "credits", "gateway", "log", "mail", "money", "seats")
_SHOWN = 5
for _name in _CHECKS:
    import_module(f"cli.invariants.{_name}")  # each registers its checks


def tell(*, now: bool, as_json: bool) -> None:
    """Check, and say what was found. Raises `Exit` (1) where an invariant is broken."""
    stack = here()
    found = asyncio.run(_run(stack, wait=not now))
    broken = [one for one in found if one["findings"]]
    if as_json:
        say.data({"ok": not broken, "invariants": found})
    else:
        for one in found:
            word = say.state("broken" if one["findings"] else "ok")
            say.out.print(f"  {one['number']}  {word}  {one['says']}")
            for finding in one["findings"][:_SHOWN]:
                say.line(f"     {finding['about']}: {finding['detail']}")
            if len(one["findings"]) > _SHOWN:
                say.line(f"     and {len(one['findings']) - _SHOWN} more (all with --json)")
        holds = len(found) - len(broken)
        say.following(f"{holds} of {len(found)} hold")
    if broken:
        raise typer.Exit(REFUSED)


async def check_all(outside: Outside) -> list[dict[str, Any]]:
    """Every invariant: `{number, says, findings: [{about, detail}]}`."""
    return [
        {
            "number": one.number,
            "says": one.says,
            "findings": [
                {"about": finding.about, "detail": finding.detail}
                async for finding in one.check(outside)
            ],
        }
        for one in sorted(INVARIANTS, key=lambda one: one.number)
    ]


async def _run(stack: Here, *, wait: bool) -> list[dict[str, Any]]:
    if wait:
        await settle(Addresses(stack.clock_url, stack.simulator, stack.services))
    databases: dict[str, Any] = {}
    try:
        for service, url in stack.database_urls().items():
            try:
                databases[service] = await asyncpg.connect(url)
            except (OSError, asyncpg.PostgresError) as why:
                raise Ends(
                    AWAY, f"The database of {service} does not answer ({type(why).__name__})."
                ) from why
        if not databases:
            raise Ends(
                AWAY,
                "No database is known.",
                "Set <SERVICE>_DATABASE_URL of each service to check.",
            )
        key = stack.secrets().get("PAYSIM_API_KEY", "")
        return await check_all(
            Outside(databases, stack.bootstrap, stack.simulator, key, stack.mailbox)
        )
    finally:
        for con in databases.values():
            await con.close()
