"""`session watch|complete|reopen`: a session while it runs, and its end."""

import time
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli import say
from cli.attendance import path_of
from cli.here import Here, here
from cli.say import REFUSED, AsJson, Ends

app = typer.Typer(no_args_is_help=True, help="Sessions.")
COURSE = Annotated[str, typer.Argument(metavar="COURSE")]
SESSION = Annotated[str, typer.Argument(metavar="SESSION", help="Such as s1.")]
_MISSING = "See which there are: bin/holdfast course show COURSE"
_ROWS = 15  # registrations that are shown; all of them: --json


@app.callback()
def family() -> None:
    """Sessions."""


@app.command()
def watch(
    course: COURSE,
    session: SESSION,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="One look, and no more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Who is in a session and for how long: drawn again and again until it is completed.

    In a pipe, and with --json, it is one look.
    """
    stack = here()
    view = look(stack, course, session)
    if as_json:
        say.data(view)
        return
    if once or not say.out.is_terminal:
        say.out.print(drawn(view))
        return
    with Live(drawn(view), console=say.out, auto_refresh=False) as screen:
        while view["state"] not in {"completed", "cancelled"}:
            time.sleep(every)
            view = look(stack, course, session)
            screen.update(drawn(view), refresh=True)


@app.command()
def complete(
    course: COURSE,
    session: SESSION,
    minutes: Annotated[
        int | None,
        typer.Option("--minutes", min=1, help="Minutes taught, where it was cut short."),
    ] = None,
    early: Annotated[
        bool,
        typer.Option("--early", help="It is not over yet, and that is meant: ask nothing."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Complete a session now; attendance is settled for everybody, and that is never taken back.

    On a terminal it shows the session first, and asks where it is not over, or was cut short.
    """
    stack = here()
    if not early and not as_json and say.out.is_terminal:
        early = _meant(look(stack, course, session), minutes)
    body: dict[str, Any] = {} if minutes is None else {"instruction_minutes": minutes}
    done = stack.call(
        "POST",
        f"{path_of(course, session)}/complete",
        json=body | ({"early": True} if early else {}),
        named={"/instruction_minutes": "--minutes"},
        missing=_MISSING,
    )
    if as_json:
        say.data(done)
        return
    say.line(f"{session} is completed: {done['instruction_minutes']} minutes taught")
    say.following(f"See what was settled: bin/holdfast session watch {course} {session}")


@app.command()
def reopen(
    course: COURSE,
    session: SESSION,
    reason: Annotated[str, typer.Option("--reason", help="Why, kept with who did it.")],
    as_json: AsJson = False,
) -> None:
    """Open a session again that was completed before attendance heard that the course moved it.

    It is completed once more when its new time is over, and everybody is settled anew, also with
    less. A task (moved-after-completed) says where that is to be decided.
    """
    done = here().call(
        "POST",
        f"{path_of(course, session)}/reopen",
        json={"reason": reason},
        named={"/reason": "--reason"},
        missing=_MISSING,
    )
    if as_json:
        say.data(done)
        return
    say.line(f"{session} is open again: {done['starts_at']} until {done['ends_at']}")
    say.following(f"See who is there: bin/holdfast session watch {course} {session}")


def _meant(view: dict[str, Any], minutes: int | None) -> bool:
    """Show what would be completed; where a slip would cost something, ask. Gives whether it is
    meant to be completed early. Raises `Ends` (1) where it is not meant."""
    say.out.print(drawn(view))
    say.line()
    too_soon = view["ends_at"] is not None and view["as_of"] < view["ends_at"]
    if minutes is None and not too_soon:
        return False
    planned = view.get("planned_minutes", view["instruction_minutes"])
    taught = f"{minutes or view['instruction_minutes']} of {planned} minutes"
    say.line(
        f"Its planned end is {view['ends_at']}. Completed now, {taught} were taught, for everybody."
    )
    say.line("That cannot be taken back: certificates may go out at once.")
    if not typer.confirm("  Complete it?"):
        raise Ends(
            REFUSED, "Nothing was changed.", "Without a word from you it completes by itself."
        )
    return bool(too_soon)


def look(stack: Here, course: str, session: str) -> dict[str, Any]:
    """The session as attendance sees it now."""
    return dict(stack.call("GET", path_of(course, session), missing=_MISSING))


def drawn(view: dict[str, Any]) -> RenderableType:
    """A look at a session, for a terminal: counts, what needs somebody, then who is there."""
    head = Text.assemble(
        "  ", (view["title"] or view["session_id"], "bold"), f", {view['state']}",
        f", as of {view['as_of']}",
    )  # fmt: skip
    counts = Text(
        f"  {view['in_room']} in, {view['in_waiting_room']} waiting, {view['expected']} expected,"
        f" {view['present']} present by the rule"
    )
    needs = [Text(f"  {line}", style="yellow") for line in _needs(view)]
    differing = {one["registration_id"] for one in view["findings"]}
    known = [one | {"differs": one["registration_id"] in differing} for one in view["records"]]
    rows = sorted(known, key=_place)
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for name, side in (("registration", "left"), ("time", "right"), ("", "left")):
        table.add_column(name, justify=side, header_style="dim")  # type: ignore[arg-type]
    for one in rows[:_ROWS]:
        table.add_row(one["registration_id"], _time(one["seconds"]), _word(one))
    more = len(rows) - _ROWS
    rest = [Text(f"  and {more} more (all of them: --json)", style="dim")] if more > 0 else []
    return Group(head, counts, *needs, Text(), Padding(table, (0, 0, 0, 2)), *rest)


def _place(one: dict[str, Any]) -> tuple[bool, bool, bool, bool, str]:
    """Who is in, who waits, whom a human has to look at, whose report differs, then the others."""
    looked_at = bool(one["flagged"] or one["doubts"])
    there = not one["in_room"], not one["waiting"]
    return *there, not looked_at, not one["differs"], one["registration_id"]


def _needs(view: dict[str, Any]) -> list[str]:
    """What needs a human, or is known otherwise by the report."""
    found = [
        (view["unmatched"], "not matched to a registration: bin/holdfast attendance unmatched"),
        (view["flagged"], "with late evidence that says less than was settled: correct or keep"),
        (
            sum(1 for one in view["records"] if one["doubts"]),
            "not present, though what is known may say more (doubtful): --json has why",
        ),
        (len(view["findings"]), "whose report differs by more than a minute from what was seen"),
    ]
    return [f"{many} {what}" for many, what in found if many]


def _time(seconds: int) -> str:
    """Hours, minutes and seconds, as on a clock."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _word(one: dict[str, Any]) -> str:
    words = [
        "in" if one["in_room"] else "waiting" if one["waiting"] else "",
        "present" if one["present"] else "",
        "flagged" if one["flagged"] else "",
        "doubtful" if one["doubts"] else "",
        "report differs" if one["differs"] else "",
    ]
    return ", ".join(word for word in words if word)
