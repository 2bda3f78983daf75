"""`attendance import|uploads|withdraw`: a session's report, or the sheet signed in its room, from a
file; which were sent, and taking back one that was the wrong one. What is done about those whom
nobody knows has a module of its own (`unmatched.py`)."""

import shlex
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say, unmatched
from cli.here import here
from cli.say import REFUSED, USAGE, AsJson, Ends
from cli.sending import SAMPLE, added, asked, broken_off, parts_of, uploads_of, why_refused

app = typer.Typer(no_args_is_help=True, help="Attendance.")
app.command("unmatched")(unmatched.unmatched)
app.command("match")(unmatched.match)
COURSE = Annotated[str, typer.Option("--course", help="The course's id.")]
SESSION = Annotated[str, typer.Option("--session", help="The session's id, such as s1.")]
_SHOWN = 20  # refused lines, where they are told one by one


@app.callback()
def family() -> None:
    """Attendance."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, or JSON (.json).")],
    course: COURSE,
    session: SESSION,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="It is a sign-in sheet with times as 16:02.")
    ] = False,
    zone: Annotated[
        str | None, typer.Option("--zone", help="Of the times in Zoom's CSV; else the course's.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Ask anew, though this very file was sent before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep a file of evidence of one session; what was kept before is not kept twice."""
    content = _content(file)
    what = "sheet" if sheet else "report"
    path = f"{path_of(course, session)}/{what}"
    path += f"?zone={quote(zone, safe='')}" if zone else ""
    kind = "application/json" if file.suffix.lower() == ".json" else "text/csv"
    parts = parts_of(file, content, is_csv=kind == "text/csv", whole=sheet)
    told: dict[str, Any] = {"accepted": 0, "duplicates": 0, "refused": []}
    stack, before = here(), 0
    for number, part in enumerate(parts, 1):
        of = f", part {number} of {len(parts)}" if len(parts) > 1 else ""
        with say.err.status(f"  Reading the {what}{of}"):
            try:
                answer = asked(stack, path, part.content, kind, again=again)
                if not answer.is_success:
                    raise why_refused(answer)
            except Ends as why:
                raise broken_off(why, number, parts) from why
        before += "Idempotent-Replayed" in answer.headers
        told = added(told, answer.json(), part)
    if as_json:
        say.data(told)
    else:
        _tell(told, (course, session), replayed=before == len(parts))
    if told["refused"] or _of_another(told):
        raise typer.Exit(REFUSED)


@app.command()
def uploads(course: COURSE, session: SESSION, as_json: AsJson = False) -> None:
    """What was uploaded of a session, and what of it was withdrawn."""
    items = uploads_of(here(), path_of(course, session))
    if as_json:
        say.data({"items": items})
        return
    if not items:
        say.line(f"nothing was uploaded of {session}")
    for one in items:
        where = f" in {one['zone']}" if one["zone"] else ""
        gone = one["withdrawn"]
        state = f"; withdrawn {gone['at']} by {gone['by']}: {gone['reason']}" if gone else ""
        say.line(
            f"{one['number']}: {one['origin']}{where}, {one['lines']} lines, sent"
            f" {one['received_at']} by {one['by']}{state}"
        )


@app.command()
def withdraw(
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="See: uploads.")],
    course: COURSE,
    session: SESSION,
    reason: Annotated[
        str, typer.Option("--reason", help="What was wrong with the file; name nobody in it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Let an upload count no more, as a whole; attendance is settled anew by what is left."""
    done = here().call(
        "POST",
        f"{path_of(course, session)}/uploads/{number}/withdraw",
        json={"reason": reason},
        named={"/reason": "--reason"},
        missing="See which there are: bin/holdfast attendance uploads",
    )
    if as_json:
        say.data(done)
        return
    say.line(f"upload {number} of {session} counts no more, since {done['at']}")
    say.following(
        "Send the right file now. Who is settled with more than is left waits for you:"
        " bin/holdfast tasks"
    )


def path_of(course: str, session: str) -> str:
    """Where attendance answers for a session."""
    return f"/attendance/v1/sessions/{quote(course, safe='')}/{quote(session, safe='')}"


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as why:
        raise Ends(USAGE, f"{file} cannot be read: {why.strerror}.", SAMPLE) from why


def _of_another(told: dict[str, Any]) -> bool:
    """Whether a file says by itself that it is another session's."""
    lines = told["accepted"] + told["duplicates"]
    return bool(told.get("other_meetings") or (lines and told.get("outside", 0) == lines))


def _doubts(told: dict[str, Any]) -> list[str]:
    """What a file says against its being of this session."""
    found = []
    lines, outside = told["accepted"] + told["duplicates"], told.get("outside", 0)
    if outside:
        many = "all" if outside == lines else f"{outside} of {lines}"
        found.append(
            f"{many} lie outside the session (another day's file, or another zone's):"
            " they count for nobody"
        )
    if told.get("other_meetings"):
        others = ", ".join(told["other_meetings"])
        found.append(f"it is the file of meeting {others}, which was never this session's")
    return found


def _tell(told: dict[str, Any], of: tuple[str, str], *, replayed: bool) -> None:
    """How many of each; then line by line what could not be kept."""
    course, session = map(shlex.quote, of)
    counted = [f"{told['accepted']} kept", f"{told['duplicates']} known"]
    counted += [f"{told['blank']} not signed"] if told.get("blank") else []
    refused = told["refused"]
    counted += [f"{len(refused)} refused"] if refused else []
    numbers = [str(number) for number in told.get("uploads", ())]
    upload = f" (upload {', '.join(numbers)})" if numbers else ""
    say.line(", ".join(counted) + upload)
    if told.get("left_out"):
        say.line(f"not kept, for evidence does not need it: {', '.join(told['left_out'])}")
    for line in _doubts(told):
        say.line(line)
    for one in refused[:_SHOWN]:
        # As a spreadsheet counts them; a list in JSON has no rows, and is counted from 1 too.
        place = f"row {one['row']}" if "row" in one else f"line {one['index'] + 1}"
        say.line(f"{place}: {one['detail']}")
    if len(refused) > _SHOWN:
        say.line(f"and {len(refused) - _SHOWN} more (all of them: --json)")
    if replayed:
        say.following("This very file was sent before: this is its first answer. Anew: --again")
    elif _doubts(told):
        number = numbers[0] if numbers else "NUMBER"
        say.following(
            f"The wrong file or zone? Take it back: bin/holdfast attendance withdraw {number}"
            f" --course {course} --session {session} --reason WHY"
        )
    elif refused:
        say.following("Mend these rows and send the file again: nothing is counted twice.")
    else:
        say.following(f"See what it comes to: bin/holdfast session watch {course} {session}")
