"""`python -m deploy.logs` writes docs/logs.md: every event that is logged, with its fields, as the
code has them; what each means is said here, and a test finds one that is missing or gone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "logs.md"
MARK = "<!-- what the code says -->\n"
ROOMS = ("shared", "services")
LEVELS = ("debug", "info", "warning", "error", "exception")
MEANS = {
    "batch.one_by_one": "The database refused a whole batch, so its units are tried one by one.",
    "batch.waits": "Events wait: the database is away (`known`), or one failed by a defect.",
    "certificate.not_conforming": "It was made, and is no PDF/A or PDF/UA: `lacks` are characters.",
    "clock.away": "The sandbox's clock does not answer; time goes on from what it said last.",
    "console.not_believed": "What the issuer said of somebody who signs in does not hold.",
    "consumer.begins": "A new group begins at the first record of every partition.",
    "consumer.ended": "Nobody polls Kafka any more; a new consumer is started.",
    "consumer.halted": "Too many events in a row were dead letters: it stops until a restart.",
    "consumer.reassigned": "Partitions were dealt out anew; what was not committed comes again.",
    "restored.unread": "Some partitions could not be read as the database's age was looked at.",
    "consumer.uncommitted": "An offset could not be committed; what it covers comes again.",
    "consumer.waits": "The consumer cannot start yet: Kafka or its database is away.",
    "document.not_conforming": "An invoice was made, and is no PDF/A or PDF/UA.",
    "due.failed": "A deadline failed by a defect; it is tried again with growing pauses, for ever.",
    "due.refused": "A rule found that there is nothing to do any more at this deadline.",
    "edge.failed": "The loop that answers requests failed in a way that was not foreseen.",
    "event.dead": "An event went to the dead letters.",
    "event.failed": "A handler failed by a defect; the event is tried again, at most five times.",
    "http.answered": "A request was answered (only at DEBUG).",
    "http.away": "Requests were answered 503: what they need is away.",
    "http.failed": "A request was answered 500, by a defect.",
    "loop.had_ended": "One of a worker's loops had ended by itself.",
    "mailbox.away": "Whether a mail had gone out could not be asked.",
    "mailbox.mail_refused": "The mailbox of bounces gives one of its mails not out; it is left.",
    "metrics.not_read": "What the database shows as metrics could not be read.",
    "outside.failed": "A call outside failed by a defect before or after it was made.",
    "outside.refused": "A rule found that there is nothing to call for any more.",
    "outside.too_late": "A claim had run out before the call was made; another makes it.",
    "outside.waits": "Calls outside wait: the database is away (`known`), or by a defect.",
    "owner.away": "A page asked a service that does not answer.",
    "presence.waits": "A worker could not say that it is there; it does so in a moment.",
    "relay.refused": "Kafka refuses an outbox row for its own sake; the rows of its shard wait.",
    "relay.unacknowledged": "Kafka has not acknowledged for ten seconds or more.",
    "relay.waits": "A round of the relay failed; it is tried again with growing pauses.",
    "retention.waits": "What is kept for a time could not be forgotten; it is tried in an hour.",
    "service.not_closed": "Something that was open did not close in time at the end.",
    "service.started": "The process has begun its loops.",
    "service.stopped": "The process has ended in order.",
    "sweep.waits": "Deadlines wait: the database is away (`known`), or by a defect.",
    "tls.not_renewed": "Files for Kafka were replaced and cannot be used yet; the former go on.",
    "tls.renewed": "Files for Kafka were replaced; the next connections are made with them.",
    "webhook.not_sent": "A webhook could not be sent, by a defect; it is tried again.",
    "zoom.refused": "Zoom's API refused what was asked.",
    "zoom.unreadable": "A signed webhook of Zoom could not be read; nothing of it is kept.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One place where something is logged."""

    event: str
    level: str
    fields: tuple[str, ...]
    where: str  # runtime, or the service


def lines() -> Iterator[Line]:
    """All of them, as the code stands."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            where = path.relative_to(ROOT).parts[1] if room == "services" else "every service"
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                        args=[ast.Constant(value=str(event))],
                    ) if level in LEVELS:
                        yield Line(event, level, _fields(node, level), where)


def _fields(call: ast.Call, level: str) -> tuple[str, ...]:
    """`exc_info` comes out as `exception`, and so does what `log.exception` adds."""
    named = [one.arg for one in call.keywords if one.arg is not None]
    told = ["exception" if name == "exc_info" else name for name in named]
    return tuple(told + (["exception"] if level == "exception" else []))


def page() -> str:
    """What stands below the mark."""
    found: dict[str, list[Line]] = {}
    for line in lines():
        found.setdefault(line.event, []).append(line)
    parts = ["| event | level | said by | fields | meaning |\n|---|---|---|---|---|"]
    for event, said in sorted(found.items()):
        levels = _each("error" if one.level == "exception" else one.level for one in said)
        fields = [f"`{name}`" for name in _each(name for one in said for name in one.fields)]
        told = (", ".join(levels), ", ".join(_each(one.where for one in said)), ", ".join(fields))
        parts.append(f"| `{event}` | {' | '.join(cell or '–' for cell in told)} | {MEANS[event]} |")
    return "\n".join(parts) + "\n"


def _each(some: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(some))


if __name__ == "__main__":
    above = PAGE.read_text().partition(MARK)[0]
    PAGE.write_text(f"{above}{MARK}\n{page()}")
