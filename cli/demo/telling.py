"""Tell the story on a stack: live through it, look, compare, show."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from time import monotonic

from rich.markup import escape

from cli import say
from cli.demo import expected
from cli.demo.files import save
from cli.demo.story import Told, live
from cli.demo.watched import Figure, Seen, figures, look, minutes_after
from cli.demo.world import OddError, World
from cli.here import here
from cli.jump import Addresses
from cli.say import REFUSED, Ends


def world_of(mailbox: str) -> World:
    """The stack that runs here, or the one that the environment names."""
    stack = here()
    if not stack.sandbox:
        raise Ends(REFUSED, "The story needs a sandbox clock.", "Start one: bin/holdfast demo")
    addresses = Addresses(stack.clock_url, stack.simulator, stack.services)
    return World(
        stack.door, stack.key, addresses, mailbox.rstrip("/"), gateway_key=stack.gateway_key
    )


def tell(world: World, directory: Path) -> int:
    """Live through the story and show what came out; 1 if any figure differs, else 0."""
    began = monotonic()
    world.moved = _clock_line
    try:
        told, seen, saved = asyncio.run(_all(world, directory))
    except OddError as why:
        _clock_line(None)
        raise Ends(REFUSED, f"The story broke off: {why}", "See: bin/holdfast status") from why
    _clock_line(None)
    found = figures(told, seen)
    _show(told, seen, found, monotonic() - began)
    for path in saved:
        say.line(str(path))
    wrong = [figure for figure in found if not figure.right]
    for figure in wrong:
        say.line(f"DIFFERS  {figure.what}: {figure.got}, and must be {figure.wanted}")
    return REFUSED if wrong else 0


async def _all(world: World, directory: Path) -> tuple[Told, Seen, list[Path]]:
    began = monotonic()

    def chapter(text: str) -> None:
        _clock_line(None)
        say.line(f"{monotonic() - began:4.0f} s  {text}")

    told = await live(world, chapter)
    seen = await look(world, told)
    return told, seen, await save(world, told, seen, directory)


def _clock_line(at: datetime | None) -> None:
    """Where the clock is, on one line that is written over; nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K  {at:%a %Y-%m-%d %H:%M} UTC" if at else "\r\x1b[K")
        sys.stderr.flush()


def _show(told: Told, seen: Seen, found: list[Figure], seconds: float) -> None:
    right = sum(figure.right for figure in found)
    rows = [[escape(line.what), _text(line), _mark(line)] for line in found]
    say.line()
    say.table(["", "came out", ""], rows, right=[1])
    say.line()
    say.line(
        f"{expected.CERTIFICATES} certificates, the last {minutes_after(seen):.0f} minutes after "
        f"the last session's end by the sandbox clock (15 of them the report's grace), "
        f"{told.certified_after:.1f} s of real time after the first evaluation"
    )
    say.line(f"{right} of {len(found)} figures as the story says, in {seconds:.0f} s")
    say.line()


def _mark(figure: Figure) -> str:
    return say.state("ok") if figure.right else say.state("broken")


def _text(figure: Figure) -> str:
    got = figure.got
    if isinstance(got, tuple) and len(got) == 3:
        return escape(f"{got[0]}, {got[1]:.2f} h")
    if isinstance(got, tuple):
        return escape(f"{got[0]}, {got[1]:.2f} h")
    if isinstance(got, dict) and "outcome" in got:
        back = f"{got['refund'] / 100:.2f} back, fee {got['fee'] / 100:.2f}"
        credit = f"credit {got['credit'] / 100:.2f} until {got['expires_on']}"
        return back if got["refund"] else credit
    if isinstance(got, dict):
        return "yes" if got and all(got.values()) else escape(str(got or "none"))
    money = ("captured", "refunded", "credits", "ledger", "revenue", "cancellation", "cash")
    return f"{got / 100:,.2f}" if figure.what.startswith(money) else str(got)
