"""Tell the story on a stack: live through it, look, compare, show."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from time import monotonic

import httpx
from rich.markup import escape

from cli import say
from cli.demo.figure import Figure
from cli.demo.figures import figures, minutes_after
from cli.demo.files import save
from cli.demo.story import Told, live
from cli.demo.watched import Seen, look
from cli.demo.world import OddError, World
from cli.here import here
from cli.jump import Addresses
from cli.mailbox import NoMailboxError
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


def tell(world: World, directory: Path, *, stays: bool = True) -> int:
    """Live through the story and show what came out; 1 if any figure differs, else 0.

    Where the stack `stays`, a page to open is named as well.
    """
    world.moved = _clock_line
    try:
        right = asyncio.run(_all(world, directory, stays))
    except (OddError, NoMailboxError, httpx.HTTPError) as why:
        _clock_line(None)
        said = str(why) or type(why).__name__
        raise Ends(REFUSED, f"The story broke off: {said}", "See: bin/holdfast status") from why
    return 0 if right else REFUSED


async def _all(world: World, directory: Path, stays: bool) -> bool:
    """Whether it all came out right. The figures are shown before anything can break off."""
    began = monotonic()

    def chapter(text: str) -> None:
        _clock_line(None)
        say.line(f"{monotonic() - began:4.0f} s  {text}")

    told = await live(world, chapter)
    _clock_line(None)
    seen = await look(world, told)
    found = figures(told, seen)
    show(told, seen, found, monotonic() - began)
    for path in await save(world, told, seen, directory):
        say.line(str(path))
    if stays:
        say.line()
        say.line(f"One learner's own page      {page_of(world.door, told)}")
    return all(figure.right for figure in found)


def page_of(door: str, told: Told) -> str:
    """The page of a learner who came to everything: with certificates, and all that led there."""
    learner = next(p for p in told.people if not (p.misses or p.cancels_at or p.never_pays))
    return f"{door}/r/{told.tokens[learner.number]}"


def _clock_line(at: datetime | None) -> None:
    """Where the clock is, on one line that is written over; nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K  {at:%a %Y-%m-%d %H:%M} UTC" if at else "\r\x1b[K")
        sys.stderr.flush()


def show(told: Told, seen: Seen, found: list[Figure], seconds: float) -> None:
    """The table, and below it what differs."""
    rows = [[escape(one.what), escape(one.text(one.got)), _mark(one)] for one in found]
    say.line()
    say.table(["", "came out", ""], rows, right=[1])
    say.line()
    after = minutes_after(seen)
    if after is None:
        say.line("No certificate was issued.")
    else:
        say.line(
            f"The last certificate came {after:.0f} minutes after the last session's end by the "
            "sandbox clock (15 of them the report's grace), "
            f"{told.certified_after:.1f} s of real time after the first evaluation"
        )
    right = sum(figure.right for figure in found)
    say.line(f"{right} of {len(found)} figures as the story says, in {seconds:.0f} s")
    say.line()
    for one in found:
        if not one.right:
            got, wanted = one.text(one.got), one.text(one.wanted)
            say.line(f"DIFFERS  {one.what}: {got}, and must be {wanted}")


def _mark(figure: Figure) -> str:
    return say.state("ok") if figure.right else say.state("broken")
