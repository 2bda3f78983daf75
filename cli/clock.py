"""`clock show|set|advance`: the sandbox's time."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import httpx
import typer
from rich.progress import BarColumn, Progress, TextColumn

from cli import say
from cli.here import FRESH_SANDBOX, Here, here
from cli.jump import Addresses, instant, jump
from cli.say import AWAY, REFUSED, USAGE, AsJson, Ends
from cli.typed import instant_of

app = typer.Typer(no_args_is_help=True, help="The sandbox clock: show it, move it forward.")
_SUCH_LONG = "Such as: 90m, 3d, 1w2d6h"
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


@app.command()
def show(as_json: AsJson = False) -> None:
    """What time it is for the services."""
    stack = here()
    known = {"now": _written(datetime.now(UTC)), "set": False, "revision": 0, "sandbox": False}
    if stack.sandbox:
        try:
            known = httpx.get(f"{stack.clock_url}/", trust_env=False).json() | {"sandbox": True}
        except httpx.HTTPError as why:
            raise _away(stack) from why
    if as_json:
        say.data(known)
    elif stack.sandbox:
        say.line(f"{known['now']}, on the sandbox clock")
        if not known["set"]:
            say.following("It was never set. Set it anywhere with: bin/holdfast clock set INSTANT")
    else:
        say.line(f"{known['now']}, on the wall clock")


@app.command("set")
def move(
    wanted: Annotated[str, typer.Argument(metavar="INSTANT", help="Such as 2020-10-19T20:00:00Z.")],
    as_json: AsJson = False,
) -> None:
    """Move the clock forward, and wait until everything due by then is done."""
    target = instant_of(wanted)
    _go(here(), target, as_json)


@app.command()
def advance(
    duration: Annotated[str, typer.Argument(metavar="DURATION", help="Such as 90m, 3d or 1w2d6h.")],
    as_json: AsJson = False,
) -> None:
    """Move the clock forward by a duration."""
    parts = re.findall(r"(\d+)([wdhms])", duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise Ends(USAGE, f"{duration} is not a duration.", _SUCH_LONG)
    stack = here()
    _needs_sandbox(stack)
    try:
        now = instant(httpx.get(f"{stack.clock_url}/", trust_env=False).json()["now"])
    except httpx.HTTPError as why:
        raise _away(stack) from why
    try:
        lengths = (timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts)
        target = now + sum(lengths, timedelta())
    except (OverflowError, ValueError) as why:
        raise Ends(USAGE, f"{duration[:40]} leads past the calendar.", _SUCH_LONG) from why
    _go(stack, target, as_json)


def _go(stack: Here, target: datetime, as_json: bool) -> None:
    _needs_sandbox(stack)
    addresses = Addresses(stack.clock_url, stack.simulator, stack.services)
    with Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=32),
        TextColumn("{task.fields[stops]} stops"),
        console=say.err,
        transient=True,
        disable=as_json or not say.err.is_terminal,
    ) as bar:
        task = bar.add_task("Moving the clock", total=None, stops=0)
        began: list[datetime] = []

        def progress(stop: datetime, stops: int) -> None:
            began.append(stop)
            whole = (target - began[0]).total_seconds() or 1
            bar.update(
                task,
                description=f"{stop:%a %Y-%m-%d %H:%M} UTC",
                total=whole,
                completed=(stop - began[0]).total_seconds(),
                stops=stops,
            )

        stops = asyncio.run(jump(addresses, target, progress))
    if as_json:
        say.data({"now": _written(target), "stops": stops})
    else:
        say.line(f"It is {target:%A %Y-%m-%d %H:%M:%S} UTC; all that was due is done.")
        say.line(f"{stops} stops on the way" if stops else "Nothing was due on the way.")


def _needs_sandbox(stack: Here) -> None:
    if not stack.sandbox:
        raise Ends(
            REFUSED,
            "This stack lives on the wall clock, which nobody moves.",
            f"Start a sandbox on fresh data: {FRESH_SANDBOX}",
        )


def _away(stack: Here) -> Ends:
    return Ends(
        AWAY,
        f"The sandbox clock at {stack.clock_url} does not answer.",
        "See what runs with: bin/holdfast status",
    )


def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat().replace("+00:00", "Z")
