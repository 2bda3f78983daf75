"""`people find`: whoever is recorded, by address or name; `people erase`: forget somebody."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.markup import escape

from cli import say
from cli.here import Here, here
from cli.say import REFUSED, AsJson, Ends

app = typer.Typer(no_args_is_help=True, help="People, as they are recorded.")
Whom = Annotated[
    str,
    typer.Argument(metavar="WHOM", help="The whole e-mail address, or how words of a name begin."),
]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="The person's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words with hyphens: asked-by-mail.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]
_WHICH = "Find the person's id: bin/holdfast people find WHOM"
_NAMED = {"/reason": "--reason"}
_MOST = 100  # people that are shown at once


@app.callback()
def family() -> None:
    """People, as they are recorded."""


@app.command()
def find(whom: Whom, as_json: AsJson = False) -> None:
    """Everybody recorded under an address, or by a name, with their registrations.

    Of a name the beginnings of its words are enough, whatever case and accents; of more than 100
    people the first are shown. That you looked is kept.
    """
    found, more = _first(here(), whom)
    if as_json:
        say.data({"items": found, "more": more})
        return
    if not found:
        what = "under this address" if "@" in whom else "by this name"
        say.line(f"Nobody is recorded {what}.")
        return
    for one in found:
        say.line(f"{one['person_id']}  {say.one_line(one['name'])}")
        for row in one["registrations"]:
            say.line(f"  {row['registration_id']}  {row['status']}  {row['course_id']}")
    if more:
        say.line(f"more: {'look by a name' if '@' in whom else 'type more of the name'}")
    say.following("To forget somebody: bin/holdfast people erase PERSON --reason asked-by-mail")


@app.command()
def erase(person: Person, reason: Reason, yes: Yes = False, as_json: AsJson = False) -> None:
    """Erase a person with all their ids, here and in every service. Nothing brings them back.

    Refused while they are registered for something that is not over. What stays are facts without
    a name: what was paid, who was present, which certificates were given and verify still.
    """
    stack = here()
    path = f"/registration/v1/people/{quote(person, safe='')}"
    if not yes:
        _ask(dict(stack.call("GET", path, missing=_WHICH)))
    done = stack.call(
        "POST", f"{path}/erase", json={"reason": reason}, named=_NAMED, missing=_WHICH
    )
    if as_json:
        say.data(done)
        return
    say.line(f"Erased, and told to every service: {', '.join(done['erased'])}")
    say.following(
        "Within a week Kafka forgets the record too. Backups and letters that are out keep it."
    )


def _ask(known: dict[str, Any]) -> None:
    """Show whom it is about. Raises `Ends` (1) where it is not meant."""
    say.line(
        f"{say.one_line(known['name'])}, {say.one_line(known['email'])}",
    )
    for row in known["registrations"]:
        say.out.print(
            f"    {escape(row['course_id'])}  {say.state(row['status'])}  "
            f"{escape(row['registration_id'])}"
        )
    if not typer.confirm("  Erase this person, for good?"):
        raise Ends(REFUSED, "Nothing was erased.", "They stay as they are recorded.")


def _first(stack: Here, whom: str) -> tuple[list[dict[str, Any]], bool]:
    """So many at most, and whether there are more."""
    by = "email" if "@" in whom else "name"
    page = stack.call(
        "GET",
        "/registration/v1/people",
        named={f"/query/{by}": "WHOM"},
        params={by: whom, "limit": str(_MOST)},
    )
    return page["items"], bool(page["next"])
