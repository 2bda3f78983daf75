"""`rehearse`: a session day with made-up people, and a verdict."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from cli import say
from cli.here import Here, here
from cli.rehearsal.found import Found
from cli.rehearsal.plan import Wanted
from cli.say import AWAY, REFUSED, AsJson, Ends

MOST = 100_000
Learners = Annotated[int, typer.Option(min=1, max=MOST, help="How many people come.")]
Minutes = Annotated[int, typer.Option(min=1, max=600, help="How long the session lasts.")]
Within = Annotated[float, typer.Option(min=1, max=3600, help="Seconds in which all come.")]
Rate = Annotated[
    float, typer.Option(min=0.1, help="Observations a second when all drop, or leave.")
]
Each = Annotated[int, typer.Option(min=1, max=1000, help="Observations of a request, then.")]
Beside = Annotated[
    bool, typer.Option("--beside", help="Others have sessions within a day, and that is meant.")
]
Clean = Annotated[
    bool, typer.Option("--clean", help="Only cancel what broken rehearsals have left.")
]


def rehearse(
    learners: Learners = 1_000,
    minutes: Minutes = 10,
    within: Within = 300.0,
    rate: Rate = 2_000.0,
    each: Each = 10,
    beside: Beside = False,
    clean: Clean = False,
    as_json: AsJson = False,
) -> None:
    """Rehearse a session day with made-up people, and say what held and what did not.

    They register for a course of its own through the front door, come within five minutes, drop all
    at once, are back, and leave; then their certificates are waited for. It costs nothing and no
    board is told. Mails must go to a mailbox that is named here (HOLDFAST_MAILBOX_URL), or to the
    own one of a stack on this machine. A sandbox's clock is moved. Ctrl-C cancels the course. Exit
    code 1: not all held, or, with --clean, not all could be cancelled.
    """
    from cli.rehearsal.allowed import require_allowed

    stack = here()
    now = _now(stack)
    if clean:
        _clean(stack, now, as_json)
        return
    require_allowed(stack, now, beside=beside)
    wanted = Wanted(learners, minutes, within, rate, each)
    silent = as_json and not say.err.is_terminal
    name, found = _lived(stack, wanted, now, silent=silent)
    _tell(name, found, as_json)


def _now(stack: Here) -> datetime:
    """By the services' clock."""
    from shared.dates import parse_instant

    return parse_instant(stack.call("GET", "/attendance/health/quiet")["clock"])


def _lived(stack: Here, wanted: Wanted, now: datetime, *, silent: bool) -> tuple[str, Found]:
    """The day; what is left of one that ends before its end is taken away, then it is said why."""
    from cli.rehearsal.plan import course_id

    name = course_id(now)
    try:
        return name, asyncio.run(_through(stack, wanted, name, silent=silent))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Ends(130, "The rehearsal was stopped.", "Again: bin/holdfast rehearse") from None


async def _through(stack: Here, wanted: Wanted, name: str, *, silent: bool) -> Found:
    from cli.crowd.door import Door, NoGoodAnswerError
    from cli.crowd.progress import AT_ONCE
    from cli.rehearsal.day import Day
    from cli.rehearsal.leaving import taken_away

    door = Door(stack.door, 4 * AT_ONCE)
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        with _progress(silent=silent) as tell:
            day = Day(stack, door, wanted, name, tell, 2.0 if say.err.is_terminal else 15.0)
            await day.through()
    except BaseException as why:
        await taken_away(stack, name)
        if isinstance(why, NoGoodAnswerError):
            code = AWAY if why.status in {0, 502, 503, 504} else REFUSED
            raise Ends(code, str(why), "See what runs with: bin/holdfast status") from why
        raise
    finally:
        door.close()
    if not day.found.registered:
        await taken_away(stack, name)
    return day.found


@contextmanager
def _progress(*, silent: bool) -> Iterator[Callable[[str], None]]:
    """One line that changes, on a terminal; else line after line."""
    if silent:
        yield lambda _: None
    elif say.err.is_terminal:
        with say.err.status("  It begins") as line:
            yield lambda text: line.update(f"  {escape(text)}")
    else:
        yield say.step


def _clean(stack: Here, now: datetime, as_json: bool) -> None:
    from cli.rehearsal.allowed import rehearsals
    from cli.rehearsal.leaving import taken_away

    told = asyncio.run(taken_away(stack, *rehearsals(stack, now)))
    if as_json:
        say.data({"cleaned": [one.said for one in told]})
    elif not told:
        say.line("No rehearsal is going on, and none was left.")
    if code := max((one.code for one in told), default=0):
        raise typer.Exit(code)


def _tell(name: str, found: Found, as_json: bool) -> None:
    from cli.rehearsal import verdict

    all_of = verdict.rows(found)
    if as_json:
        say.data(verdict.as_data(name, found, all_of))
    else:
        words = {True: say.state("ok"), False: "[red]no[/]", None: "-"}
        say.table(
            ["", "wanted", "measured", ""],
            [[one.what, one.wanted, escape(one.measured), words[one.met]] for one in all_of],
        )
        for one in verdict.remedies(all_of):
            say.line()
            say.line(one)
        held = "Everything held." if verdict.met(all_of) else "Not everything held."
        say.following(f"{held} Its course is {name}.")
    if not verdict.met(all_of):
        raise typer.Exit(REFUSED)
