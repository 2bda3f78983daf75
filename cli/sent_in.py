"""`partners inbound`, `partners secret`: how what a partner sends in is to be."""

import uuid
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli import say
from cli.here import here
from cli.say import AsJson
from cli.telling import KEPT

Partner = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner's id.")]
Signed = Annotated[
    bool | None,
    typer.Option("--signed/--unsigned", help="Whether its requests have to be signed."),
]
ItemsADay = Annotated[
    int | None,
    typer.Option("--items-a-day", min=0, help="How many lines a day at most; 0: as for all."),
]
RequestsAMinute = Annotated[
    int | None,
    typer.Option("--requests-a-minute", min=0, help="How many requests; 0: as for all."),
]
_NAMED = {"/items_a_day": "--items-a-day", "/requests_a_minute": "--requests-a-minute"}
_WHICH = "See which there are: bin/holdfast partners list"


def inbound(
    partner: Partner,
    signed: Signed = None,
    items_a_day: ItemsADay = None,
    requests_a_minute: RequestsAMinute = None,
    as_json: AsJson = False,
) -> None:
    """How what it sends in is to be, and how much; with options, from its next request on."""
    limits = {"items_a_day": items_a_day, "requests_a_minute": requests_a_minute}
    what: dict[str, Any] = {} if signed is None else {"signed": signed}
    what |= {name: most or None for name, most in limits.items() if most is not None}
    method, body = ("PATCH", what) if what else ("GET", None)
    found = here().call(method, path_of(partner), named=_NAMED, missing=_WHICH, json=body)
    if as_json:
        say.data(found)
        return
    must = "has to be signed" if found["signed"] else "may be signed"
    say.line(f"{partner}: what it sends in {must if found['secret_version'] else 'is not signed'}.")
    if found["secret_version"]:
        until = found["former_secret_until"]
        former = f", the former one good until {until}" if until else ""
        say.line(f"secret {found['secret_version']}{former}")
    say.line(f"{found['items_today']} lines of {found['items_a_day']} today")
    say.line(f"{found['requests_a_minute']} requests a minute")
    if found["mapping_version"]:
        say.line(f"lines are read by mapping {found['mapping_version']}")
    word = "A new" if found["secret_version"] else "A"
    say.following(f"{word} secret to sign with: bin/holdfast partners secret {partner}")


def secret(partner: Partner, as_json: AsJson = False) -> None:
    """Make a secret to sign with, or a new one; it is shown now and never again."""
    made: dict[str, Any] = here().call(
        "POST",
        f"{path_of(partner)}/secret",
        missing=_WHICH,
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    if as_json:
        say.data(made)
        return
    say.line(str(made.get("secret")))
    say.line(f"for what {partner} sends in. {KEPT}")
    if made["former_secret_until"]:
        say.line(f"The former one is good until {made['former_secret_until']}.")
    if made["signed"]:
        say.following(f"How it stands: bin/holdfast partners inbound {partner}")
    else:
        say.following(
            f"Once it signs, ask for it: bin/holdfast partners inbound {partner} --signed"
        )


def path_of(partner: str) -> str:
    """Where the service has it."""
    return f"/partners/v1/partners/{quote(partner, safe='')}/inbound"
