"""`course cancel`: the provider cancels a course, or one session of it."""

import time
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli import say
from cli.here import Here, here
from cli.say import AsJson
from cli.typed import instant_of
from shared.dates import rfc3339

PATIENCE = 30.0  # seconds without a step, after which the rest is left to itself
_LOOK = 0.3
_OPTIONS = {
    "/reason": "--reason",
    "/choose_until": "--choose-until",
    "/prefer_credit": "--prefer-credit",
}


def cancel(
    course: Annotated[str, typer.Argument(metavar="COURSE")],
    reason: Annotated[str, typer.Option(help="Why: everybody reads it.")],
    choose_until: Annotated[
        str, typer.Option(metavar="INSTANT", help="Until then learners may choose.")
    ] = "",
    prefer_credit: Annotated[
        bool, typer.Option("--prefer-credit", help="Who does not choose gets a credit.")
    ] = False,
    session: Annotated[str, typer.Option(metavar="ID", help="Only this session of it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Cancel a course as a whole, or with --session one session of it."""
    body: dict[str, Any] = {"reason": reason, "prefer_credit": prefer_credit}
    if choose_until:
        body["choose_until"] = rfc3339(instant_of(choose_until, "--choose-until"))
    stack = here()
    path = f"/registration/v1/courses/{quote(course, safe='')}"
    if session:
        _session(stack, f"{path}/sessions/{quote(session, safe='')}/cancel", body, as_json)
        return
    hint = "See which there are: bin/holdfast course list"
    stack.call("POST", f"{path}/cancel", json=body, named=_OPTIONS, missing=hint)
    done = _watched(stack, f"{path}/cancellation", as_json)
    if as_json:
        say.data(done)
        return
    say.line(f"{course} is cancelled. {done['done']} of {done['concerned']} registrations ended")
    if done["choosing"]:
        say.line(f"{done['choosing']} may choose until {done['choose_until']}")
    if done["left"]:
        say.line(f"{done['left']} are still to come: the rest goes on by itself")
    say.following(f"See it at {stack.door}/courses/{course}")


def _session(stack: Here, path: str, body: dict[str, Any], as_json: bool) -> None:
    hint = "See its sessions: bin/holdfast course show COURSE"
    done = stack.call("POST", path, json=body, named=_OPTIONS, missing=hint)
    if as_json:
        say.data(done)
        return
    say.line(f"{done['session_id']} of {done['course_id']} is cancelled")
    say.line(f"{done['concerned']} may take their share of it back until {done['choose_until']}")
    say.following("Give it another day by moving it, if there is to be a make-up date.")


def _watched(stack: Here, path: str, as_json: bool) -> dict[str, Any]:
    """How far it is, looked at until nothing is left or nothing moves; a bar where that lasts."""
    columns = (TextColumn("  registrations"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=say.err, transient=True, disable=as_json or not say.err.is_terminal
    ) as bar:
        task = bar.add_task("")
        left, since = None, time.monotonic()
        while True:
            done = dict(stack.call("GET", path))
            bar.update(task, total=done["concerned"], completed=done["concerned"] - done["left"])
            if done["left"] != left:
                left, since = done["left"], time.monotonic()
            if not left or time.monotonic() - since > PATIENCE:
                return done
            time.sleep(_LOOK)
