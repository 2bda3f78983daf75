"""`certificates verify`: is this file, credential or code a certificate of ours, and valid."""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import here
from cli.say import REFUSED, AsJson, Ends
from shared.contracts.certificates import reads_as_number

app = typer.Typer(no_args_is_help=True, help="Certificates.")
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+\Z")
_UNKNOWN = (404,)  # `{"status": "unknown"}`: an answer too
_GIVE = "Give a file, a JWT or a code."


@app.callback()
def family() -> None:
    """Certificates."""


@app.command()
def verify(
    what: Annotated[str, typer.Argument(metavar="FILE|JWT|CODE", help="A PDF, a JWT or a code.")],
    as_json: AsJson = False,
) -> None:
    """Check a certificate: exit code 0 when it is valid, 1 when it is not."""
    told = _ask(what)
    if as_json:
        say.data(told)
    else:
        say.out.print(f"  {say.state(told['status'])}")
        for name, value in _shown(told).items():
            if isinstance(value, str | int | float):
                say.line(f"{name.replace('_', ' ')}  {value}")
    if told["status"] != "valid":
        raise typer.Exit(REFUSED)


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    """What is printed below the state; hours that no board gave are attended, and no credit."""
    shown = {name: value for name, value in told.items() if name != "status"}
    if shown.get("credits") is None or shown.get("board"):
        return shown
    hours = {"hours_attended" if name == "credits" else name: shown[name] for name in shown}
    return {name: value for name, value in hours.items() if name != "unit"}


def _ask(what: str) -> dict[str, Any]:
    stack = here()
    path = Path(what)
    if len(what) < 250 and path.is_file():
        content = path.read_bytes()
        if not content.startswith(b"%PDF") and _JWT.match(content.decode(errors="replace").strip()):
            body = {"jwt": content.decode().strip()}
        elif not content.startswith(b"%PDF"):
            raise Ends(say.USAGE, f"{what} is neither a certificate's PDF nor its JWT.", _GIVE)
        else:
            body = {"sha256": hashlib.sha256(content).hexdigest()}
        return dict(stack.call("POST", "/certificates/verify", also=_UNKNOWN, json=body))
    if _JWT.match(what):
        return dict(stack.call("POST", "/certificates/verify", also=_UNKNOWN, json={"jwt": what}))
    if path.suffix or "/" in what:
        raise Ends(say.USAGE, f"There is no file {what}.", _GIVE)
    code, json = quote(what, safe=""), {"Accept": "application/json"}
    address = f"/certificates/verify/{code}"
    told = dict(stack.call("GET", address, also=_UNKNOWN, headers=json))
    if told["status"] == "unknown" and reads_as_number(what):
        raise Ends(
            say.USAGE, f"{what} is a certificate's number.", "Its code stands under VERIFY AT."
        )
    return told
