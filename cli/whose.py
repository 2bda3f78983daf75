"""`registrations list`: who is registered for a course, and which registration is whose."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.markup import escape

from cli import say
from cli.here import Here, here
from cli.say import AsJson

Course = Annotated[str, typer.Argument(metavar="COURSE", help="The course's id.")]
Words = Annotated[
    str,
    typer.Argument(metavar="[WORDS]", help="Only those in whose name or address all of them are."),
]
Status = Annotated[str, typer.Option("--status", help="Only these, such as confirmed.")]
_WHICH = "See which there are: bin/holdfast course list"
_NAMED = {"/query/status": "--status"}


def list_(course: Course, words: Words = "", status: Status = "", as_json: AsJson = False) -> None:
    """Who is registered, in order of arrival: the registration's id, how it stands, name, address.

    Who was erased has no name any more, and is found by none.
    """
    found = [one for one in _all(here(), course, status) if _meant(one, words)]
    if as_json:
        say.data({"items": found})
        return
    if not found:
        say.line("Nobody is registered so.")
        if words or status:
            say.following(f"Everybody: bin/holdfast registrations list {course}")
        return
    rows = [
        [
            escape(one["registration_id"]),
            say.state(one["status"]),
            escape(one["name"] or ""),
            escape(one["email"] or ""),
        ]
        for one in found
    ]
    say.table(["registration", "", "name", "address"], rows)


def _meant(one: dict[str, Any], words: str) -> bool:
    """Whether every word is somewhere in the name or the address, whatever its case."""
    text = f"{one['name'] or ''} {one['email'] or ''}".casefold()
    return all(word in text for word in words.casefold().split())


def _all(stack: Here, course: str, status: str) -> list[dict[str, Any]]:
    path = f"/registration/v1/courses/{quote(course, safe='')}/registrations"
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        asked = {"limit": "200"} | ({"status": status} if status else {})
        params = asked | ({"after": after} if after else {})
        page = stack.call("GET", path, named=_NAMED, missing=_WHICH, params=params)
        items += page["items"]
        after = page["next"] or ""
        if not after:
            return items
