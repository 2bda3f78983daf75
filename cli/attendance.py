"""`attendance import|uploads|withdraw`: a session's report, or the sheet signed in its room, from a
file; which were sent, and taking back one that was the wrong one."""

import hashlib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import typer

from cli import say
from cli.here import Here, here, refusal
from cli.say import REFUSED, USAGE, AsJson, Ends

app = typer.Typer(no_args_is_help=True, help="Attendance.")
COURSE = Annotated[str, typer.Option("--course", help="The course's id.")]
SESSION = Annotated[str, typer.Option("--session", help="The session's id, such as s1.")]
_SAMPLE = (
    "A report has participant_id or registration_id, joined_at and left_at, or is Zoom's own CSV;"
    " a sheet registration_id or name, signed_in and signed_out."
)
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
    stack = here()
    with say.err.status(f"  Reading the {what}"):
        answer = _sent(stack, path, content, kind, _key(content, path, again=again))
        if not answer.is_success and "Idempotent-Replayed" in answer.headers:
            # What was refused then, too early for one, may be taken by now; nothing was kept.
            answer = _sent(stack, path, content, kind, _key(content, path, again=True))
        elif answer.is_success and _is_withdrawn(stack, answer, path_of(course, session)):
            answer = _sent(stack, path, content, kind, _key(content, path, again=True))
    if not answer.is_success:
        ended = refusal(answer, {}, "See which there are: bin/holdfast course show COURSE")
        if answer.status_code in {400, 422}:
            raise Ends(USAGE, ended.message, _SAMPLE)
        raise ended
    told = answer.json()
    if as_json:
        say.data(told)
    else:
        _tell(told, in_csv=kind == "text/csv", replayed="Idempotent-Replayed" in answer.headers)
    if told["refused"]:
        raise typer.Exit(REFUSED)


@app.command()
def uploads(course: COURSE, session: SESSION, as_json: AsJson = False) -> None:
    """What was uploaded of a session, and what of it was withdrawn."""
    items = _uploads(here(), path_of(course, session))
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


def _uploads(stack: Here, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = stack.call(
            "GET",
            f"{path}/uploads?limit=200&after={after}",
            missing="See which there are: bin/holdfast course show COURSE",
        )
        found += page["items"]
        after = page["next"]
    return found


def _is_withdrawn(stack: Here, answer: httpx.Response, path: str) -> bool:
    """Whether a first answer is about an upload that counts no more: then the file is news."""
    number = answer.json().get("upload")
    if number is None or "Idempotent-Replayed" not in answer.headers:
        return False
    return any(one["number"] == number and one["withdrawn"] for one in _uploads(stack, path))


def _sent(stack: Here, path: str, content: bytes, kind: str, key: str) -> httpx.Response:
    headers = {"Content-Type": kind, "Idempotency-Key": key}
    return stack.ask("POST", path, content=content, headers=headers)


def path_of(course: str, session: str) -> str:
    """Where attendance answers for a session."""
    return f"/attendance/v1/sessions/{quote(course, safe='')}/{quote(session, safe='')}"


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as why:
        raise Ends(USAGE, f"{file} cannot be read: {why.strerror}.", _SAMPLE) from why


def _key(content: bytes, path: str, *, again: bool) -> str:
    """The same for the same file of the same session: so a repeat is harmless."""
    if again:
        return f"evidence-{uuid4()}"
    return f"evidence-{hashlib.sha256(path.encode() + content).hexdigest()}"


def _tell(told: dict[str, Any], *, in_csv: bool, replayed: bool) -> None:
    """How many of each; then line by line what could not be kept."""
    counted = [f"{told['accepted']} kept", f"{told['duplicates']} known"]
    counted += [f"{told['blank']} not signed"] if told.get("blank") else []
    refused = told["refused"]
    counted += [f"{len(refused)} refused"] if refused else []
    of = f" (upload {told['upload']})" if told.get("upload") else ""
    say.line(", ".join(counted) + of)
    if told.get("left_out"):
        say.line(f"not kept, for evidence does not need it: {', '.join(told['left_out'])}")
    for one in refused[:_SHOWN]:
        # A spreadsheet's first row names the columns.
        say.line(f"row {one['index'] + 2 if in_csv else one['index']}: {one['detail']}")
    if len(refused) > _SHOWN:
        say.line(f"and {len(refused) - _SHOWN} more (all of them: --json)")
    if replayed:
        say.following("This very file was sent before: this is its first answer. Anew: --again")
    elif refused:
        say.following("Mend these rows and send the file again: nothing is counted twice.")
    else:
        say.following("See what it comes to: bin/holdfast session watch COURSE SESSION")
