"""`dead-letters list`: what services could not use, and why."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli import say
from cli.here import here
from cli.say import AWAY, AsJson, Ends
from shared.contracts.services import SERVICES

app = typer.Typer(no_args_is_help=True, help="Records that services could not use.")
Service = Annotated[str, typer.Option("--service", help="Only this service's.")]


@app.callback()
def family() -> None:
    """Records that services could not use."""


@app.command("list")
def list_letters(service: Service = "", as_json: AsJson = False) -> None:
    """All of the last 30 days, oldest first."""
    from aiokafka.errors import KafkaError  # a second of imports that other commands do not need

    from shared.contracts.topics import TOPICS

    names = [t.name for t in TOPICS if t.kind == "dead-letters" and service in {"", t.owner}]
    if not names:
        raise Ends(say.USAGE, f"There is no service {service}.", f"One of {', '.join(SERVICES)}.")
    bootstrap = here().bootstrap
    try:
        found = asyncio.run(letters(bootstrap, names))
    except (KafkaError, OSError) as why:
        said = f"Kafka at {bootstrap} does not answer ({type(why).__name__})."
        raise Ends(AWAY, said, "See what runs with: bin/holdfast status") from why
    if as_json:
        say.data({"items": found})
        return
    if not found:
        say.line("No dead letters: every event was used.")
        return
    say.table(
        ["service", "at", "type", "from", "reason"],
        [
            [one["service"], one["at"], one["type"], one["origin"], one["error"] or one["reason"]]
            for one in found
        ],
    )
    say.following(f"{len(found)} dead letters. All there is to know: --json")


async def letters(bootstrap: str, topics: list[str]) -> list[dict[str, Any]]:
    """Every record of the topics: where it came from, why it is here, its key; never its contents.

    `{service, partition, offset, at, id, type, key, origin, reason, error, attempts}`
    """
    from cli.kafka import read_all

    found = [_letter(record) async for record in read_all(bootstrap, topics)]
    return sorted(found, key=lambda one: (one["at"], one["service"], one["offset"]))


def _letter(record: Any) -> dict[str, Any]:
    heads = {k: (v or b"").decode(errors="backslashreplace") for k, v in record.headers}
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return {
        "service": record.topic.removesuffix(".dead-letters"),
        "partition": record.partition,
        "offset": record.offset,
        "at": heads.get("dl_at") or at.isoformat().replace("+00:00", "Z"),
        "id": heads.get("ce_id", ""),
        "type": heads.get("ce_type", ""),
        "key": (record.key or b"").decode(errors="backslashreplace"),
        "origin": f"{heads.get('dl_topic', '')}/{heads.get('dl_partition', '')}"
        f"@{heads.get('dl_offset', '')}",
        "reason": heads.get("dl_reason", ""),
        "error": heads.get("dl_error", "")[:500],
        "attempts": heads.get("dl_attempts", ""),
    }
