"""`attendance unmatched`: whom nobody knows, with the evidence; `attendance match`: who it was."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.course import course_of
from cli.here import Here, here, refusal
from cli.say import REFUSED, USAGE, AsJson, Ends

COURSE = Annotated[str, typer.Option("--course", help="Only this course's.")]
SESSION = Annotated[str, typer.Option("--session", help="Only this session's, such as s1.")]
STATE = Annotated[
    str, typer.Option("--state", help="open (where nothing is said), matched or dismissed.")
]
PLACE = Annotated[
    str, typer.Argument(metavar="ID", help="As bin/holdfast attendance unmatched tells it.")
]
REGISTRATION = Annotated[
    str,
    typer.Argument(metavar="[REGISTRATION]", help="As bin/holdfast registrations list tells it."),
]
REASON = Annotated[str, typer.Option("--reason", help="Why you think so, in your own words.")]
_WHICH = "See which there are: bin/holdfast attendance unmatched"
_WHOSE = "See whose it is: bin/holdfast registrations list COURSE NAME"
_NAMED = {"/registration_id": "REGISTRATION", "/reason": "--reason"}


def unmatched(
    course: COURSE = "", session: SESSION = "", state: STATE = "open", as_json: AsJson = False
) -> None:
    """Participants of whom nobody registered is known: with what was seen, and hints that prove
    nothing. That you read it is kept."""
    given = {"course_id": course, "session_id": session, "state": state}
    stack = here()
    found = _all(stack, {name: value for name, value in given.items() if value})
    if as_json:
        say.data({"items": found})
        return
    if not found:
        if course:
            _check(course_of(stack, course), session)
        say.line("Nobody waits to be matched." if state == "open" else "There is none.")
        return
    for one in found:
        say.line(f"{one['name'] or 'no name'}  {one['email'] or ''}".rstrip())
        say.line(f"  {one['course_id']}/{one['session_id']}  participant {one['participant_id']}")
        for seen in one["evidence"]:
            until = f" to {seen['until']}" if seen["until"] else ""
            say.line(f"  {seen['at']}{until}  {seen['kind']}, by {seen['source']}")
        if one["matched_to"]:
            say.line(f"  matched to {one['matched_to']}")
        for hint in one["hints"]:
            say.line(f"  perhaps {hint['registration_id']}: {hint['because']}")
        say.line(f"  id {one['id']}")
        say.line()
    say.following("Say who it was: bin/holdfast attendance match ID REGISTRATION --reason WHY")


def match(
    place: PLACE,
    registration: REGISTRATION = "",
    nobody: Annotated[
        bool, typer.Option("--nobody", help="Nobody who is registered; takes back a match.")
    ] = False,
    reason: REASON = "",
    as_json: AsJson = False,
) -> None:
    """Say whose a participant is, or with --nobody that they are nobody's; it can be corrected.

    A completed session is settled anew for whom it concerns; what gets worse is a task.
    """
    if bool(registration) == nobody:
        raise Ends(USAGE, "Name a REGISTRATION, or say --nobody.", _WHICH)
    if not reason:
        raise Ends(USAGE, "--reason is missing.", "Say why you think so: --reason 'she called'")
    answer = here().ask(
        "POST",
        f"/attendance/v1/unmatched/{quote(place, safe='')}/match",
        json={"registration_id": registration or None, "reason": reason},
    )
    if not answer.is_success:
        raise refusal(answer, _NAMED, _WHOSE if "registration-unknown" in answer.text else _WHICH)
    told = answer.json()
    if as_json:
        say.data(told)
        return
    whose = f"is {told['registration_id']}'s" if registration else "is nobody's"
    say.line(f"{told['participant_id']} of {told['session_id']} {whose}")
    say.following("Not so? Say it again: the last word holds, and each is kept.")


def _check(course: dict[str, Any], session: str) -> None:
    """Raises `Ends` for a session that the course does not have: nobody can wait there."""
    ids = [str(one["session_id"]) for one in course["sessions"]]
    if session and session not in ids:
        raise Ends(REFUSED, f"The course has no session {session}.", f"One of {', '.join(ids)}.")


def _all(stack: Here, params: dict[str, str]) -> list[dict[str, Any]]:
    """Every page of the queue."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        asked = params | {"limit": "200"} | ({"after": after} if after else {})
        named = {"/query/state": "--state"}
        page = stack.call("GET", "/attendance/v1/unmatched", named=named, params=asked)
        items += page["items"]
        after = page["next"] or ""
        if not after:
            return items
