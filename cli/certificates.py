"""`certificates verify`: whether one is ours and valid, also without asking."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import rosters, say, signing_keys, standing
from cli.here import Here, here
from cli.say import AWAY, REFUSED, AsJson, Ends
from cli.trust import Trust
from cli.typed import instant_of
from cli.verifying import Given, given, judged, keep, needs_token
from shared.contracts.certificates import reads_as_number

app = typer.Typer(no_args_is_help=True, help="Certificates.")
for command in (rosters.roster, rosters.report, rosters.reports, rosters.outcome):
    app.command()(command)
app.command("keep")(standing.keep)
app.command("supersede")(standing.supersede)
app.command("revoke")(standing.revoke)
app.command("keys")(signing_keys.keys)
app.command("rotate-key")(signing_keys.rotate_key)
_UNKNOWN = (404,)  # `{"status": "unknown"}`: an answer too


@app.callback()
def family() -> None:
    """Certificates."""


@app.command()
def verify(
    what: Annotated[str, typer.Argument(metavar="FILE|JWT|CODE", help="A PDF, a JWT or a code.")],
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: use what is given or kept here.")
    ] = False,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="The issuer's did.json or JWKS.")
    ] = None,
    status: Annotated[
        Path | None, typer.Option("--status", metavar="FILE", help="Its signed status list.")
    ] = None,
    issuer: Annotated[
        list[str] | None,
        typer.Option("--issuer", metavar="DID", help="Whose certificates count; may be repeated."),
    ] = None,
    jwt: Annotated[
        Path | None, typer.Option("--jwt", metavar="FILE", help="The credential of a PDF.")
    ] = None,
    at: Annotated[
        str, typer.Option("--at", metavar="INSTANT", help="Judge as of then, and not of now.")
    ] = "",
    allow_unknown_status: Annotated[
        bool,
        typer.Option(
            "--allow-unknown-status", help="A good certificate passes though it may be revoked."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a certificate: exit code 0 when it is valid and of a known issuer, 1 when it is not.

    Where a stack runs it is asked. Without one, or with --offline, --keys, --status, --issuer,
    --jwt or --at, signature, issuer, dates, status list and the PDF's hash are checked here. Known
    are those named by --issuer (did:web:certs.example.org) and nobody else; where none is named,
    the stack that was asked here, by its own keys.
    """
    for one_of in issuer or ():
        if not one_of.startswith("did:"):
            raise Ends(say.USAGE, f"--issuer {one_of} is no DID.", "Such as: did:web:example.org")
    one, now = given(what, jwt), instant_of(at, "--at") if at else datetime.now(UTC)
    told = None
    if not (offline or keys or status or issuer or jwt or at):
        told = _asked(one, what)
    if told is None:
        trust = Trust(offline=offline)
        if not (offline or issuer):
            _know_own(trust)
        told = judged(needs_token(one), trust, now, keys, status, issuer or ())
    if as_json:
        say.data(told)
    else:
        _tell(told)
    allowed = {"valid", "unknown-status"} if allow_unknown_status else {"valid"}
    if told["status"] not in allowed:
        raise typer.Exit(REFUSED)


def _asked(one: Given | str, what: str) -> dict[str, Any] | None:
    """What the issuer's own stack says; None where none runs and we can do without."""
    try:
        stack = here()
    except Ends as why:
        if why.code != AWAY or isinstance(one, str) or not one.token:
            raise
        return None
    if isinstance(one, str):
        return _by_code(stack, what)
    body = {"sha256": one.sha256.hex()} if one.sha256 else {"jwt": one.token}
    told = dict(stack.call("POST", "/certificates/verify", also=_UNKNOWN, json=body))
    if one.token and told["status"] == "valid":
        keep(one.token, Trust(offline=False), own=stack.local is not None)
    return told


def _know_own(trust: Trust) -> None:
    """Where a stack runs, certificates that are issued there count without being named: its own,
    and those of joint sponsors that issue by themselves."""
    with suppress(Ends):
        stack = here()
        own = stack.local is not None
        did = stack.call("GET", "/certificates/.well-known/did.json").get("id")
        if isinstance(did, str):
            trust.vouch(did, own=own)
        for one in stack.call("GET", "/certificates/issuers").get("items", ()):
            if isinstance(one.get("did"), str):
                trust.vouch(one["did"], own=own)


def _by_code(stack: Here, what: str) -> dict[str, Any]:
    code, json = quote(what, safe=""), {"Accept": "application/json"}
    address = f"/certificates/verify/{code}"
    told = dict(stack.call("GET", address, also=_UNKNOWN, headers=json))
    if told["status"] == "unknown" and reads_as_number(what):
        raise Ends(
            say.USAGE, f"{what} is a certificate's number.", "Its code stands under VERIFY AT."
        )
    return told


def _tell(told: dict[str, Any]) -> None:
    """The verdict, why, what to compare, what it rests on; then what to do next."""
    say.out.print(f"  {say.state(told['status'])}")
    if told.get("reason"):
        say.line(say.one_line(str(told["reason"])))
    for name, value in _shown(told).items():
        if isinstance(value, str | int | float) and name not in {"reason", "checked"}:
            say.line(f"{name.replace('_', ' ')}  {say.one_line(str(value))}")
    for name in ("keys", "status_list"):
        if name in told:
            say.line(f"{name.replace('_', ' ')}  {say.one_line(_whence(told[name]))}")
    if told.get("checked") == "here" and told["status"] in _NEXT:
        say.following(_NEXT[told["status"]])


_NEXT = {
    "valid": "A credential names nobody: whose it is says the PDF.",
    "unconfirmed-issuer": "Is this the issuer whom you expect? Then name it: --issuer DID",
    "unknown-status": "Check it with a network, or with a newer list: --status FILE",
    "unconfirmed": "Look up the code that stands on the certificate, at the issuer.",
}


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    """What is printed below the state; hours that no board gave were attended or presented, and are
    no credit."""
    shown = {name: value for name, value in told.items() if name != "status" and value is not False}
    if "board" not in shown or shown.get("credits") is None or shown.get("board"):
        return shown
    spent = "hours_presented" if shown.get("kind") == "presenter" else "hours_attended"
    hours = {spent if name == "credits" else name: shown[name] for name in shown}
    return {name: value for name, value in hours.items() if name != "unit"}


def _whence(found: dict[str, Any]) -> str:
    """`a copy kept here, 3 days old`."""
    age = found["age_seconds"]
    if age is None:
        return str(found["from"])
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if age >= seconds:
            many = age // seconds
            return f"{found['from']}, {many} {unit}{'' if many == 1 else 's'} old"
    return f"{found['from']}, just fetched" if age < 5 else f"{found['from']}, {age} seconds old"
