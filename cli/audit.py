"""`audit verify`: is what every service keeps of who did what still what was written?

It reads the databases themselves and trusts no service. How far each chain reached is noted in a
file: a chain that was cut off or made anew since is found by it. Who means to be sure keeps a copy
of that file where nobody who can write to the databases can.
"""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from rich.markup import escape

from cli import say
from cli.here import Here, here
from cli.say import AWAY, REFUSED, USAGE, AsJson, Ends
from shared.runtime.audits import ROWS, Head, walk
from stack.profile import Profile, home, write_private

app = typer.Typer(no_args_is_help=True, help="Who did what, kept as a chain.")
Heads = Annotated[
    Path | None,
    typer.Option("--heads", help="Where is noted how far each chain reached.", dir_okay=False),
]
_SHOWN = 5
_ASIDE = (
    "Compare with a backup before anything else is done, and keep this database as it is. "
    "Where a backup was restored on purpose, move the file of heads away and verify again."
)

_NEW = "What was cut off there, or made anew, before now cannot be seen."


@app.callback()
def family() -> None:
    """Who did what, kept as a chain."""


@app.command()
def verify(heads: Heads = None, as_json: AsJson = False) -> None:
    """Check each service's chain from its first row, and that it still holds what was noted.

    Exit code 1 where a row was changed, removed, added or moved. What happened before a chain was
    noted for the first time can be seen only where it is broken by itself.
    """
    stack = here()
    file = heads or _file_of(stack)
    noted = _noted(file)
    urls = stack.database_urls()
    _require_all(noted, urls, file)
    found = asyncio.run(_walked(urls, noted))
    broken = [one for one in found if one["breaks"]]
    kept = {name: {"id": head.id, "hash": head.hash} for name, head in noted.items()}
    kept |= {one["service"]: one["head"] for one in found if not one["breaks"]}
    write_private(file, json.dumps(kept, indent=2))
    if as_json:
        say.data({"ok": not broken, "heads": str(file), "services": found})
    else:
        for one in found:
            _say(one)
        new = [one["service"] for one in found if one["service"] not in noted]
        if new:
            say.line(f"  Never noted before: {', '.join(new)}. {_NEW}")
        say.following(_ASIDE if broken else f"Whole, all of them. Noted in {file}")
    if broken:
        raise typer.Exit(REFUSED)


def _say(one: dict[str, Any]) -> None:
    word = "broken" if one["breaks"] else "ok"
    told = f"  {one['service']:<14}{word:<8}{one['rows']} rows"
    if one["head"]["hash"]:
        told += f", the last {one['head']['hash'][:16]}…"
    say.out.print(escape(told).replace(word, say.state(word), 1))
    for each in one["breaks"][:_SHOWN]:
        say.line(f"  row {each['id']}: {each['what']}")
    if len(one["breaks"]) > _SHOWN:
        say.line(f"  and {len(one['breaks']) - _SHOWN} more (all with --json)")


def _file_of(stack: Here) -> Path:
    directory = Profile(stack.local.profile).directory if stack.local is not None else home()
    return directory / "audit-heads.json"


def _noted(file: Path) -> dict[str, Head]:
    """Service → how far its chain was known to reach. Raises `Ends` (2) for another file."""
    if not file.exists():
        return {}
    try:
        return {
            name: Head(int(head["id"]), str(head["hash"]))
            for name, head in json.loads(file.read_text()).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise Ends(
            USAGE,
            f"{file} holds no heads of chains.",
            "Name the file that an earlier `bin/holdfast audit verify` wrote, or a new one.",
        ) from why


def _require_all(noted: dict[str, Head], urls: dict[str, str], file: Path) -> None:
    """Raises `Ends` (2) where one that was noted is left out: it would pass for whole."""
    left_out = sorted(noted.keys() - urls.keys())
    if urls and left_out:
        names = ", ".join(f"{service.upper()}_DATABASE_URL" for service in left_out)
        raise Ends(
            USAGE,
            f"{', '.join(left_out)} would not be looked at, though {file} notes how far it was.",
            f"Set {names}, or name the file of the others with --heads.",
        )


async def _walked(urls: dict[str, str], noted: dict[str, Head]) -> list[dict[str, Any]]:
    if not urls:
        raise Ends(
            AWAY, "No database is known.", "Set <SERVICE>_DATABASE_URL of each service to verify."
        )
    found = []
    for service, url in urls.items():
        try:
            count, head, breaks = await _chain(url, noted.get(service))
        except (OSError, asyncpg.PostgresError) as why:
            raise Ends(
                AWAY,
                f"The database of {service} does not answer ({type(why).__name__}).",
                "See what runs with: bin/holdfast status",
            ) from why
        found.append(
            {
                "service": service,
                "rows": count,
                "head": {"id": head.id, "hash": head.hash},
                "breaks": [{"id": each.id, "what": each.what} for each in breaks],
            }
        )
    return found


async def _chain(url: str, noted: Head | None) -> Any:
    con = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        async with con.transaction(isolation="repeatable_read", readonly=True):
            return await walk(con.cursor(ROWS, prefetch=1000), noted)
    finally:
        await con.close()
