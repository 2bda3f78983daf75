"""`certificates keep|supersede|revoke`: what staff do with a certificate that is in question."""

import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import here
from cli.say import REFUSED, USAGE, AsJson, Ends

CERTIFICATE = Annotated[
    str, typer.Argument(metavar="CERTIFICATE", help="Its certificate_id, as the task names it.")
]
REASON = Annotated[str, typer.Option("--reason", help="Why; only operators read it.")]
_WHICH = "A task names the certificate_id it is about: bin/holdfast tasks"
_NAMED = {"/reason": "--reason", "/name": "--name"}


def keep(certificate: CERTIFICATE, reason: REASON, as_json: AsJson = False) -> None:
    """Leave it as it is, though the facts give less; asked again only where they get worse."""
    told = _done(certificate, "keep", {"reason": reason})
    if as_json:
        say.data(told)
        return
    say.line(f"{told['number']} stays as it is")


def supersede(
    certificate: CERTIFICATE,
    reason: REASON,
    name: Annotated[str, typer.Option("--name", help="The right name, where that was wrong.")] = "",
    as_json: AsJson = False,
) -> None:
    """Issue another in its place, of what the facts give now; the old one holds until it is made.

    With --name the name alone is another: the credit stays. Where the facts give nothing it says
    the same again: to take credit away, revoke it.
    """
    body = {"reason": reason} | ({"name": name} if name else {})
    told = _done(certificate, "supersede", body)
    if as_json:
        say.data(told)
        return
    say.line(f"{told['number']} is made in its place; the holder gets a mail")


def revoke(
    certificate: CERTIFICATE,
    reason: REASON,
    yes: Annotated[bool, typer.Option("--yes", help="Revoke it without being asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw it: verifying it says so, and none is issued by itself any more."""
    if not yes:
        _agreed(certificate, as_json=as_json)
    told = _done(certificate, "revoke", {"reason": reason})
    if as_json:
        say.data(told)
        return
    say.line(f"{told['number']} is revoked; the holder gets a mail")
    say.following(f"In error? Issue another: bin/holdfast certificates supersede {certificate}")


def _agreed(certificate: str, *, as_json: bool) -> None:
    """Ask; raises Ends where the answer is no, or nobody can be asked."""
    if as_json or not _somebody_there():
        raise Ends(
            USAGE,
            "It would be revoked, and nobody is here to be asked. Nothing was changed.",
            f"If you want that, say so: bin/holdfast certificates revoke {certificate} … --yes",
        )
    say.step("Whoever verifies it is told so, and the holder gets a mail.")
    if not typer.confirm("  Revoke it?", default=False, err=True):
        raise Ends(
            REFUSED,
            "Nothing was changed.",
            "Leave it as it is: bin/holdfast certificates keep CERTIFICATE",
        )


def _somebody_there() -> bool:
    return sys.stdin.isatty()


def _done(certificate: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
    path = f"/certificates/v1/certificates/{quote(certificate, safe='')}/{act}"
    return dict(here().call("POST", path, json=body, named=_NAMED, missing=_WHICH))
