"""`messages refused`, `lift`: whom nobody writes to; `messages returned`: a mail that came back."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import say
from cli.here import here
from cli.say import USAGE, AsJson, Ends

ADDRESS = Annotated[
    str, typer.Argument(metavar="[ADDRESS]", help="Only this one; without it, all there are.")
]
LIFTED = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="The address, or its hash as the list tells it.")
]
REASON = Annotated[str, typer.Option("--reason", help="Why it is good after all; no names.")]
FILE = Annotated[Path, typer.Argument(metavar="FILE", help="The mail as it came (.eml).")]
_WHICH = "See which there are: bin/holdfast messages refused"
_OUTCOMES = {
    "hard": "The address is not written to any more; a task asks for another one.",
    "soft": "It is noted: the address may still be right.",
    "delayed": "It is noted: the mail is still being tried.",
    "complaint": "They get no more mails that can be missed.",
    "duplicate": "It was handed in before.",
    "unknown": "It is about no mail of ours, or about somebody who was erased.",
    "other": "It is no mail that came back.",
}


def refused(address: ADDRESS = "", as_json: AsJson = False) -> None:
    """Addresses that are not written to, by their hash: since when, why, how many mails wait."""
    if address:
        path, missing = "/notifications/v1/suppressions:lookup", "Mails go to it."
        found = [here().call("POST", path, json={"address": address}, missing=missing)]
    else:
        found = _all()
    if as_json:
        say.data({"items": found})
        return
    if not found:
        say.line("Every address is written to.")
        return
    for one in found:
        waits = f", {one['waiting']} waiting" if one["waiting"] else ""
        say.line(f"{one['address_hash']}")
        say.line(f"  since {one['at']}  {one['reason']} ({one['code']}){waits}")
    say.following("It is right after all? bin/holdfast messages lift ADDRESS --reason WHY")


def lift(address: LIFTED, reason: REASON = "", as_json: AsJson = False) -> None:
    """Write to an address again: what waited for it and is still of use goes out."""
    if not reason:
        raise Ends(USAGE, "--reason is missing.", "Say why: --reason 'she emptied her mailbox'")
    hashed = sha256(address.strip().lower().encode()).hexdigest() if "@" in address else address
    path = f"/notifications/v1/suppressions/{hashed}/lift"
    named = {"/reason": "--reason"}
    told = here().call("POST", path, json={"reason": reason}, named=named, missing=_WHICH)
    if as_json:
        say.data(told)
        return
    say.line(f"It is written to again; {told['waiting']} waited.")
    say.following("The address itself was wrong? Correct the attendee's, and all goes there.")


def returned(file: FILE, as_json: AsJson = False) -> None:
    """Hand in a mail that came back: what a mail server does by itself (docs/messages.md)."""
    try:
        raw = file.read_bytes()
    except OSError as why:
        raise Ends(
            USAGE, f"{file} cannot be read: {why.strerror}.", "Name a mail as it came."
        ) from why
    told = here().call("POST", "/notifications/v1/bounces", content=raw)
    if as_json:
        say.data(told)
        return
    say.line(f"{told['outcome']}: {_OUTCOMES.get(told['outcome'], '')}")


def _all() -> list[dict[str, Any]]:
    """Every page."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        asked = {"limit": "200"} | ({"after": after} if after else {})
        page = here().call("GET", "/notifications/v1/suppressions", params=asked)
        items += page["items"]
        after = page["next"] or ""
        if not after:
            return items
