"""`dead-letters`: what services could not use, and why; replayed as it stood, or dropped.

Exit codes: 0 all of it came through, 1 some did not (it is dead again, or may not be replayed),
2 wrong usage, 3 Kafka or the service did not answer in time.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli import say
from cli.here import here
from cli.letter_shown import shown
from cli.say import AWAY, REFUSED, USAGE, AsJson, Ends
from shared.contracts.services import SERVICES

if TYPE_CHECKING:
    from cli.letters import Letter

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Records that services could not use.")
Service = Annotated[str, typer.Option("--service", help="Only this service's.")]
Reason = Annotated[str, typer.Option("--reason", help="Only those that died of this.")]
Type = Annotated[str, typer.Option("--type", help="Only events of this type.")]
Letters = Annotated[
    list[str] | None, typer.Argument(metavar="LETTER...", help="As listed: billing/0@12.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait for it at most.")]
_LIST = "See which there are: bin/holdfast dead-letters list"
_PAUSE = 0.5  # seconds between looks
BY = "operator:cli"  # what the audit has of who decided: Kafka knows no names


@app.callback()
def family() -> None:
    """Records that services could not use."""


@app.command("list")
def list_letters(
    service: Service = "",
    reason: Reason = "",
    type_: Type = "",
    every: Annotated[bool, typer.Option("--all", help="Those that were decided on too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Those of the last 30 days on which nobody has decided, oldest first."""
    found = [one for one in _found(service, reason, type_) if every or one.state == "open"]
    told = [one.told() for one in found]
    if as_json:
        say.data({"items": told})
        return
    if not told:
        say.line("No dead letters: every event was used.")
        return
    say.table(
        ["letter", "at", "state", "type", "from", "reason"],
        [
            [
                *(one[name] for name in ("letter", "at", "state", "type", "origin")),
                one["error"] or one["reason"],
            ]
            for one in told
        ],
    )
    say.following(
        f"{len(told)} dead letters. One as it is: bin/holdfast dead-letters show LETTER; when its"
        " cause is mended: bin/holdfast dead-letters replay LETTER"
    )


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="LETTER", help="As listed: billing/0@12.")],
    whole: Annotated[bool, typer.Option("--whole", help="All of it, however long.")] = False,
    as_json: AsJson = False,
) -> None:
    """One of them with its headers and contents, which may name people."""
    [one] = _named(_found(letter.partition("/")[0], "", ""), [letter])
    about = shown(one, whole=whole)
    if as_json:
        say.data(about)
        return
    for name in ("letter", "state", "at", "origin", "reason", "error", "attempts"):
        if about[name]:
            say.line(f"{name:<9} {about[name]}")
    for name, value in about["headers"]:
        say.line(f"  {say.one_line(name)}: {say.one_line(value)}")
    say.line()
    say.line(about["value"])
    say.following(
        "When its cause is mended: bin/holdfast dead-letters replay LETTER; else: bin/holdfast"
        " dead-letters drop LETTER --because words-with-hyphens"
    )


@app.command()
def replay(
    letters: Letters = None,
    service: Service = "",
    reason: Reason = "",
    type_: Type = "",
    yes: Yes = False,
    wait: Wait = 30.0,
    as_json: AsJson = False,
) -> None:
    """Hand them to their service again, as they stood: those named, or all open of a service."""
    chosen = _chosen(letters, service, reason, type_, "Replay", yes=yes)
    _order(chosen, None, wait, as_json=as_json)


@app.command()
def drop(
    because: Annotated[str, typer.Option("--because", help="Why, in words with hyphens.")],
    letters: Letters = None,
    service: Service = "",
    reason: Reason = "",
    type_: Type = "",
    yes: Yes = False,
    wait: Wait = 30.0,
    as_json: AsJson = False,
) -> None:
    """Decide that nobody has to look at them any more. Kept in the service's audit, for good."""
    if not because.replace("-", "").isalnum() or because != because.lower() or len(because) > 60:
        given = f"--because {because!r} is not a reason."
        raise Ends(USAGE, given, "Name nobody: a few small words with hyphens, such as sent-twice.")
    chosen = _chosen(letters, service, reason, type_, "Drop", yes=yes)
    _order(chosen, because, wait, as_json=as_json)


def _order(chosen: Sequence["Letter"], because: str | None, wait: float, *, as_json: bool) -> None:
    from cli.letters import order, superseded

    bootstrap = here().bootstrap
    asked, refused = list(chosen), []
    if because is None:
        refused = [one for one in chosen if _asked_of_kafka(bootstrap, superseded(bootstrap, one))]
        refused += [one for one in chosen if "dl_truncated" in one.heads]
        asked = [one for one in chosen if one not in refused]
    _asked_of_kafka(bootstrap, order(bootstrap, asked, BY, because))
    came = _came(bootstrap, asked, wait)
    told = [{"letter": one.name, "came": came[one.name]} for one in asked]
    told += [{"letter": one.name, "came": "refused"} for one in refused]
    if as_json:
        say.data({"items": told})
    else:
        say.table(["letter", "came to"], [[one["letter"], one["came"]] for one in told])
    if any(one["came"] == "ordered" for one in told):
        raise Ends(
            AWAY,
            f"Not all was looked at within {wait:.0f} seconds; the orders stand.",
            "See that the service runs: bin/holdfast status; then: bin/holdfast dead-letters list",
        )
    if refused:
        raise Ends(
            REFUSED,
            f"{len(refused)} cannot be replayed: a part of it is missing, or a later word about the"
            " same key is in the log.",
            "Nobody needs them: bin/holdfast dead-letters drop LETTER --because outdated",
        )
    if any(one["came"] == "dead again" for one in told):
        raise Ends(REFUSED, "Some died again.", _LIST)


def _came(bootstrap: str, asked: Sequence["Letter"], wait: float) -> dict[str, str]:
    """By letter: used, dropped, dead again, or ordered where nobody has looked at it yet."""
    until = time.monotonic() + wait
    while True:
        now = {(one.service, one.event_id): one for one in _read(bootstrap, _services(asked))}
        came = {
            one.name: "dead again"
            if now[one.service, one.event_id].name != one.name
            else now[one.service, one.event_id].state
            for one in asked
        }
        if "ordered" not in came.values() or time.monotonic() > until:
            return came
        time.sleep(_PAUSE)


def _chosen(
    names: list[str] | None, service: str, reason: str, type_: str, verb: str, *, yes: bool
) -> list["Letter"]:
    """Those named, or all open ones of a service. Raises `Ends` (2) for neither and for both."""
    if bool(names) == bool(service):
        both = "Name letters, or a service with --service; not both."
        raise Ends(USAGE, both, _LIST)
    if names:
        return [
            one
            for of in sorted({name.partition("/")[0] for name in names})
            for one in _named(
                _found(of, "", ""), [name for name in names if name.partition("/")[0] == of]
            )
        ]
    found = [one for one in _found(service, reason, type_) if one.state == "open"]
    if not found:
        raise Ends(say.REFUSED, f"{service} has no such dead letter.", _LIST)
    if not yes and not typer.confirm(f"  {verb} {len(found)} dead letters of {service}?", err=True):
        raise Ends(REFUSED, "Nothing was done.", "Without being asked: the same with --yes")
    return found


def _named(found: Sequence["Letter"], names: Sequence[str]) -> list["Letter"]:
    known = {one.name: one for one in found}
    for name in names:
        if name not in known:
            raise Ends(REFUSED, f"There is no dead letter {name}.", _LIST)
    return [known[name] for name in dict.fromkeys(names)]


def _found(service: str, reason: str, type_: str) -> list["Letter"]:
    if service and service not in SERVICES:
        raise Ends(USAGE, f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    return [
        one
        for one in _read(here().bootstrap, [service] if service else list(SERVICES))
        if reason in {"", one.heads.get("dl_reason")} and type_ in {"", one.heads.get("ce_type")}
    ]


def _services(of: Sequence["Letter"]) -> list[str]:
    return sorted({one.service for one in of})


def _read(bootstrap: str, services: Sequence[str]) -> list["Letter"]:
    from cli.letters import letters

    return _asked_of_kafka(bootstrap, letters(bootstrap, services))


def _asked_of_kafka(bootstrap: str, work: Coroutine[Any, Any, T]) -> T:
    from aiokafka.errors import KafkaError  # a second of imports that other commands do not need

    try:
        return asyncio.run(work)
    except (KafkaError, OSError) as why:
        said = f"Kafka at {bootstrap} does not answer ({type(why).__name__})."
        raise Ends(AWAY, said, "See what runs with: bin/holdfast status") from why
