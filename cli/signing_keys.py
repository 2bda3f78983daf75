"""`certificates keys|rotate-key`: the keys that sign, and another in the place of one."""

import sys
import time
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli import say
from cli.here import Here, here
from cli.say import REFUSED, USAGE, AsJson, Ends
from cli.typed import instant_of
from shared.dates import rfc3339

PATIENCE = 60.0  # seconds without a step, after which the rest is left to itself
_LOOK = 0.5
_ROTATE, _LEAK = "/certificates/v1/keys:rotate", "/certificates/v1/keys/leak"
_WHICH = (
    "Keys: bin/holdfast certificates keys. Joint sponsors are named by their courses: "
    "joint_sponsor.partner_id"
)
_NAMED = {
    "/key_id": "--key",
    "/issuer": "--issuer",
    "/query/issuer": "--issuer",
    "/compromised_at": "--compromised-since",
    "/query/since": "--compromised-since",
    "/query/key_id": "--key",
}


def keys(as_json: AsJson = False) -> None:
    """The keys that sign certificates, newest first: which one is active, which one leaked."""
    told = here().call("GET", "/certificates/v1/keys")
    if as_json:
        say.data(told)
        return
    for one in told["items"]:
        state = "compromised" if one["compromised_at"] else one["state"]
        say.out.print(f"  {say.state(state)}  {escape(one['key_id'])}")
        for name in ("created_at", "retired_at", "compromised_at", "rotates_at"):
            if one[name]:
                say.line(f"  {name.replace('_at', '')}  {one[name]}")
    if not told["items"]:
        say.line("There is none yet: the first certificate makes it.")


def rotate_key(
    key: Annotated[str, typer.Option("--key", metavar="ID", help="Which; else the active.")] = "",
    issuer: Annotated[
        str,
        typer.Option("--issuer", metavar="PARTNER", help="A joint sponsor's; else the provider's."),
    ] = "",
    compromised_since: Annotated[
        str,
        typer.Option(
            metavar="INSTANT", help="It leaked: what it signed since then is issued again."
        ),
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Issue certificates again without being asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have another key sign from now on; what the old one signed is verified by it as before.

    With --issuer it is that joint sponsor's key, and where it has none its first: from then on it
    signs and issues the certificates of the boards whose approval it holds.

    With --compromised-since it says first how many certificates of which courses are issued again,
    and asks; then it shows how far that is.
    """
    stack, leak = here(), {}
    if key and issuer:
        raise Ends(USAGE, "A key says whose it is.", "Say --key or --issuer.")
    body: dict[str, Any] = {"key_id": key} if key else {"issuer": issuer} if issuer else {}
    if compromised_since:
        since = rfc3339(instant_of(compromised_since, "--compromised-since"))
        leak = _leak(stack, {"since": since} | body)
        body["compromised_at"] = since
        if leak["key_id"]:
            body["key_id"] = leak["key_id"]  # the one that was asked about, whatever happens now
        _agreed(leak, yes=yes, as_json=as_json)
    told = stack.call("POST", _ROTATE, named=_NAMED, missing=_WHICH, json=body)
    if leak.get("key_id"):
        leak = _watched(stack, {"key_id": leak["key_id"], "since": leak["since"]}, quiet=as_json)
    if as_json:
        say.data(told | ({"leak": leak} if compromised_since else {}))
        return
    if told["retired"]:
        say.line(f"retired  {told['retired']['key_id']}")
    if told["made"]:
        say.line(f"signs now  {told['made']['key_id']}")
    if compromised_since:
        _summary(leak)


def _leak(stack: Here, params: dict[str, str]) -> dict[str, Any]:
    return dict(stack.call("GET", _LEAK, named=_NAMED, missing=_WHICH, params=params))


def _agreed(leak: dict[str, Any], *, yes: bool, as_json: bool) -> None:
    """Say what it comes to, and ask; raises Ends where the answer is no, or nobody can be asked."""
    courses = [one for one in leak["courses"] if one["left"]]
    many = f"{_certificates(leak['left'])} of {_counted(len(courses), 'course')}"
    if not leak["key_id"]:
        if not as_json:
            say.step("There is no key yet, so nobody can have it: the first one is made.")
        return
    if not as_json:
        say.step(f"{leak['key_id']}: others may have it since {leak['since']}.")
        if leak["left"]:
            say.step(f"It signed {many} since, which are issued again:")
        else:
            say.step("It signed no certificate since that is to be issued again.")
        for one in courses:
            say.step(f"  {one['left']:>6}  {one['title']} ({one['course_id']}, {one['provider']})")
        if leak["left"]:
            say.step("Each holder gets a mail with the new one; the old ones are called replaced.")
        say.step("That the key leaked cannot be taken back.")
    if yes:
        return
    if as_json or not _somebody_there():
        raise Ends(
            USAGE,
            f"{many} would be issued again, and nobody is here to be asked. Nothing was changed.",
            "If you want that, say so: bin/holdfast certificates rotate-key … --yes",
        )
    if not typer.confirm("  Go on?", default=False, err=True):
        raise Ends(
            REFUSED, "Nothing was changed.", "See the keys with: bin/holdfast certificates keys"
        )


def _somebody_there() -> bool:
    return sys.stdin.isatty()


def _watched(stack: Here, params: dict[str, str], *, quiet: bool) -> dict[str, Any]:
    """How far it is, looked at until nothing is left or nothing moves; a bar on a terminal."""
    columns = (TextColumn("  issued again"), BarColumn(), MofNCompleteColumn())
    hidden = quiet or not say.err.is_terminal
    with Progress(*columns, console=say.err, transient=True, disable=hidden) as bar:
        task = bar.add_task("")
        left, since = None, time.monotonic()
        while True:
            leak = _leak(stack, params)
            bar.update(task, total=leak["concerned"], completed=leak["done"])
            if leak["left"] != left:
                left, since = leak["left"], time.monotonic()
            if not left or time.monotonic() - since > PATIENCE:
                return leak
            time.sleep(_LOOK)


def _summary(leak: dict[str, Any]) -> None:
    done, left = leak.get("done", 0), leak.get("left", 0)
    courses = sum(1 for one in leak["courses"] if one["concerned"] > one["left"])
    say.line(f"issued again  {_certificates(done)} of {_counted(courses, 'course')}")
    if left:
        say.line(f"still to come  {left}: that goes on by itself")
        say.following("What needs a human is among: bin/holdfast tasks")
    elif done:
        say.following(
            "Their holders get a mail each. Which keys there are: bin/holdfast certificates keys"
        )
    else:
        say.following("Which keys there are: bin/holdfast certificates keys")


def _certificates(many: int) -> str:
    return _counted(many, "certificate")


def _counted(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"
