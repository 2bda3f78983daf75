"""What boards ask Prometheus, in the ways that come again and again.

Every worker of a service shows what stands in its database, so gauges of that are taken at their
largest (`max by`), and counters of processes are added up (`sum by`). A rate is over the span that
Grafana makes of what is shown.
"""

from __future__ import annotations

from deploy.grafana.panels import Json, Query, table


def a_second(counter: str, *by: str, times: int = 1) -> Query:
    """How much a counter (with its selector) grows a second, by labels; each curve is named by
    those."""
    asked = f"sum by ({', '.join(by)}) (rate({counter}[$__rate_interval]))"
    named = " ".join(f"{{{{{label}}}}}" for label in by)
    return asked if times == 1 else f"{asked} * {times}", named


def a_minute(counter: str, *by: str) -> Query:
    """The same a minute."""
    return a_second(counter, *by, times=60)


def on_average(histogram: str, *by: str) -> Query:
    """The mean of what a histogram observed."""
    whole, named = a_second(f"{histogram}_sum", *by)
    return f"{whole} / {a_second(f'{histogram}_count', *by)[0]}", named


def said(*types: str, per: str = "h") -> list[Query]:
    """How often events of these types were said, an hour or a minute."""
    seconds = {"h": 3600, "m": 60}[per]
    return [
        (
            f'sum(rate(events_sent_total{{type="{type_}.v1"}}[$__rate_interval])) * {seconds}',
            type_.replace(".", " ").replace("_", " "),
        )
        for type_ in types
    ]


def tasks_of(service: str) -> Json:
    """What of a service needs a human, by kind."""
    return table(
        "What needs a human",
        f'max by (kind) (tasks_open{{job="{service}"}}) > 0',
        f"Open tasks of {service}: bin/holdfast tasks --service {service}",
        value="open",
    )
