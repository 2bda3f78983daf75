"""The benchmarks: each a module with a command line of its own. It imports none of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bench:
    """`minutes` are about what it takes, in full and short: for the time left, until it is known
    how fast the machine is."""

    name: str
    what: str
    minutes: tuple[float, float]
    module: str = ""

    @property
    def run_as(self) -> str:
        """Behind `python -m`."""
        return self.module or f"bench.{self.name}"


ALL = (
    Bench("pipeline", "registration.requested through billing's worker", (4, 1)),
    Bench("registrations", "registrations through HTTP, as fast as they are taken", (6, 1)),
    Bench("arrivals", "registrations through HTTP at half that rate, as they arrive", (5, 1)),
    Bench("relay", "outbox to Kafka, and on to a consumer's commit", (6, 1)),
    Bench("certificates", "certificates stored, by one worker and by two", (7, 2)),
    Bench("messages", "mails sent", (3, 1)),
    Bench("feed", "a partner that catches up", (4, 1)),
    Bench("webhooks", "deliveries to endpoints that work, and some that do not", (6, 1)),
    Bench("day", "a session of 10,000: they come, all drop, it ends, certificates", (45, 2)),
    Bench("story", "whole stories of 1,000 and of 10,000 learners, all services", (60, 2)),
    Bench(
        "startup", "workers until they are ready, the command line until it has answered", (6, 1)
    ),
    Bench("scaling", "one, two and three workers of a service; one comes and goes", (15, 4)),
    Bench("growth", "the same requests with 10,000 and with a million registrations", (90, 3)),
)


def named(names: list[str], among: tuple[Bench, ...] = ALL) -> list[Bench]:
    """Those, in the order of the catalogue; all, where none is named. Raises KeyError with the
    first that there is not."""
    unknown = [name for name in names if name not in {one.name for one in among}]
    if unknown:
        raise KeyError(unknown[0])
    return [one for one in among if not names or one.name in names]
