"""`partners mapping put|show|try|drop`: how a partner's own items become lines of ours."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import say
from cli.here import here
from cli.say import REFUSED, USAGE, AsJson, Ends
from cli.sent_in import path_of

app = typer.Typer(no_args_is_help=True, help="How a partner's own items become lines of ours.")
Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's id.")]
Document = Annotated[Path, typer.Argument(metavar="FILE", help="A mapping, as JSON.")]
Items = Annotated[
    Path, typer.Argument(metavar="FILE", help="Items as the partner sends them: a list, as JSON.")
]
By = Annotated[Path | None, typer.Option("--by", help="A mapping that was not put yet.")]
_SAMPLE = "A mapping to begin with stands in docs/integrators.md."
_LINES = 'Give a list of items, or {"items": [...]}, as the partner\'s system sends it.'
_WHICH = "See which there are: bin/holdfast partners list"


@app.callback()
def family() -> None:
    """How a partner's own items become lines of ours."""


@app.command()
def put(partner: Partner, file: Document, as_json: AsJson = False) -> None:
    """Its lines are read by this one from now on; all that is wrong with it is told at once."""
    body = {"mapping": _read(file, _SAMPLE)}
    told = here().call("PUT", f"{path_of(partner)}/mapping", missing=_WHICH, json=body)
    if as_json:
        say.data(told)
        return
    say.line(f"{partner}: lines are read by mapping {told['version']} from now on.")
    say.following(f"What it does: bin/holdfast partners mapping try {partner} ITEMS.json")


@app.command()
def show(partner: Partner, as_json: AsJson = False) -> None:
    """The mapping by which its lines are read."""
    never = f"Put one: bin/holdfast partners mapping put {partner} FILE"
    told = here().call("GET", f"{path_of(partner)}/mapping", missing=never)
    if as_json:
        say.data(told)
        return
    say.line(f"{partner}: mapping {told['version']} of {told['created_at']}")
    say.line(json.dumps(told["mapping"], indent=2, ensure_ascii=False))


@app.command()
def drop(partner: Partner, as_json: AsJson = False) -> None:
    """Its lines are taken as they come, as lines of ours."""
    told = here().call("DELETE", f"{path_of(partner)}/mapping", missing=_WHICH)
    if as_json:
        say.data(told)
        return
    say.line(f"{partner}: lines are taken as they come. The versions that there were stay.")


@app.command("try")
def try_items(partner: Partner, file: Items, by: By = None, as_json: AsJson = False) -> None:
    """What each item would become, or why it would be refused; nothing is taken or kept."""
    body: dict[str, Any] = {"items": items_in(file)}
    if by is not None:
        body["mapping"] = _read(by, _SAMPLE)
    told = here().call("POST", f"{path_of(partner)}/mapping/try", missing=_WHICH, json=body)
    if as_json:
        say.data(told)
        return
    refused = 0
    for number, one in enumerate(told["results"], start=1):
        if one["status"] == "taken":
            say.line(f"{number}  taken as {json.dumps(one['line'], ensure_ascii=False)}")
            continue
        refused += 1
        for error in one["errors"]:
            say.line(f"{number}  refused  {error['pointer'] or 'whole item'}  {error['detail']}")
    if refused:
        how = "Mend the mapping or the items, and try again; then put it."
        raise Ends(REFUSED, f"{refused} of {len(told['results'])} would be refused.", how)
    say.line("All of them fit.")
    if by is not None:
        say.following(f"Put it: bin/holdfast partners mapping put {partner} {by}")


def items_in(file: Path) -> list[Any]:
    """The items of a file. Raises Ends."""
    found = _read(file, _LINES)
    items = found.get("items") if isinstance(found, dict) else found
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise Ends(USAGE, f"{file} has no items.", _LINES)
    return items


def _read(file: Path, hint: str) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as why:
        raise Ends(USAGE, f"{file} cannot be read: {why.strerror}.", hint) from why
    except (ValueError, RecursionError) as why:
        raise Ends(USAGE, f"{file} is no JSON that can be read.", hint) from why
