"""The checks on the stack that runs: told to people, as JSON, and by the exit code."""

import asyncio
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import asyncpg
import httpx
import typer
from rich.markup import escape

from cli import say
from cli.here import Here, here
from cli.invariants.registry import INVARIANTS, Invariant, Outside
from cli.jump import Addresses, settle
from cli.mailbox import NoMailboxError
from cli.say import AWAY, REFUSED, Ends
from shared.dates import rfc3339

_CHECKS = (
    "attendance",
    "certificates",
    "credits",
    "gateway",
    "groups",
    "invoices",
    "log",
    "mail",
    "money",
    "refunds",
    "said",
    "seats",
    "shown",
    "withdrawn",
)
_SHOWN = 5
_TOLD = 20  # findings of one that the console keeps
for _name in _CHECKS:
    import_module(f"cli.invariants.{_name}")  # each registers its checks


def tell(*, now: bool, as_json: bool) -> None:
    """Check, and say what was found.

    Raises `Exit`: 1 where an invariant is broken, else 3 where one could not be checked.
    """
    stack, began_at = here(), datetime.now(UTC)
    found = asyncio.run(_run(stack, wait=not now))
    untold = _told(stack, began_at, found)
    broken = [one for one in found if one["findings"]]
    checked = [one for one in found if not one["missing"]]
    if as_json:
        say.data({"ok": not broken and len(checked) == len(found), "invariants": found})
    else:
        for one in found:
            _say(one)
        if untold:
            say.line(f"The console was not told of it: {untold}.")
        left = f"; {len(found) - len(checked)} not checked" if len(checked) < len(found) else ""
        say.following(f"{len(checked) - len(broken)} of {len(checked)} hold{left}")
    if broken:
        raise typer.Exit(REFUSED)
    if len(checked) < len(found):
        raise typer.Exit(AWAY)


def _told(stack: Here, began_at: datetime, found: list[dict[str, Any]]) -> str:
    """Tell the console what was found; why it could not be, else nothing. What was found stands
    either way."""
    if not stack.key:
        return "no key of an operator"
    told = [
        one | {"count": len(one["findings"]), "findings": one["findings"][:_TOLD]} for one in found
    ]
    body = {"began_at": rfc3339(began_at), "invariants": told}
    try:
        answer = stack.ask("POST", "/web/v1/invariants", json=body)
    except Ends as why:
        return why.message.rstrip(".")
    return "" if answer.is_success else f"HTTP {answer.status_code}"


def _say(one: dict[str, Any]) -> None:
    word = "not checked" if one["missing"] else "broken" if one["findings"] else "ok"
    told = escape(say.folded(say.out, f"  {one['number']}  {word}  {one['says']}"))
    say.out.print(told.replace(word, say.state(word), 1))
    if one["missing"]:
        needs = one["missing"]
        more = f" and {len(needs) - 2} more" if len(needs) > 3 else ""
        say.line(f"     needs {', '.join(needs[: 2 if more else 3])}{more}")
    for finding in one["findings"][:_SHOWN]:
        say.line(f"     {finding['about']}: {finding['detail']}")
    if len(one["findings"]) > _SHOWN:
        say.line(f"     and {len(one['findings']) - _SHOWN} more (all with --json)")


async def check_all(outside: Outside) -> list[dict[str, Any]]:
    """Every invariant: `{number, says, missing, findings: [{about, detail}]}`.

    Where something is `missing` it was not checked.
    """
    return [await _checked(one, outside) for one in sorted(INVARIANTS, key=lambda one: one.number)]


async def _checked(one: Invariant, outside: Outside) -> dict[str, Any]:
    missing = outside.missing(one.needs)
    findings = [] if missing else [finding async for finding in one.check(outside)]
    return {
        "number": one.number,
        "says": one.says,
        "missing": missing,
        "findings": [{"about": found.about, "detail": found.detail} for found in findings],
    }


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
                    AWAY,
                    f"The database of {service} does not answer ({type(why).__name__}).",
                    "See what runs with: bin/holdfast status",
                ) from why
        if not databases:
            raise Ends(
                AWAY,
                "No database is known.",
                "Set <SERVICE>_DATABASE_URL of each service to check.",
            )
        # Where money moves elsewhere, the simulator knows nothing of it.
        simulator = "" if stack.elsewhere("BILLING_GATEWAY_URL") else stack.simulator
        return await check_all(
            Outside(databases, stack.bootstrap, simulator, stack.gateway_key, stack.mailbox)
        )
    except (NoMailboxError, httpx.HTTPError) as why:
        said = str(why) or type(why).__name__
        raise Ends(AWAY, said, "See what runs with: bin/holdfast status") from why
    finally:
        for con in databases.values():
            await con.close()
