"""`keys create`: a key for a platform, a reader, a partner or another operator."""

from typing import Annotated

import typer

from cli import say
from cli.here import here
from cli.say import AsJson

app = typer.Typer(no_args_is_help=True, help="API keys.")
Scopes = Annotated[
    list[str], typer.Option("--scope", help="operator, platform, reader or partner:<id>")
]
Label = Annotated[str, typer.Option("--label", help="What it is for, in a word or two.")]


@app.callback()
def family() -> None:
    """API keys."""


@app.command()
def create(scope: Scopes, label: Label = "", as_json: AsJson = False) -> None:
    """Make a key; it is shown now and never again."""
    body = {"scopes": scope, "label": label}
    options = {f"/scopes/{place}": f"--scope {one}" for place, one in enumerate(scope)}
    made = here().call(
        "POST",
        "/partners/v1/keys",
        named=options | {"/scopes": "--scope", "/label": "--label"},
        json=body,
    )
    if as_json:
        say.data(made)
        return
    say.line(str(made.get("key")))
    say.line(f"for {', '.join(scope)}, id {made.get('key_id')}")
    say.following("Keep it now: it is not stored anywhere and cannot be shown again.")
