"""Each benchmark gives the figures that are listed of it, of the right rates, by hand-made rounds."""

from argparse import Namespace
from typing import Any

import pytest

from bench import arrivals, certificates, messages, registrations, relay, webhooks
from bench.goals import SPECS
from bench.machine import Machine

HERE = Machine("python -m bench.it", 0.1, 2, "0123456789", "2026-11-30")
WANTED = Namespace(
    requests=10, courses=3, pages=20, mails=30, events=4, rows=50, rate=100.0, seconds=9.0, short=False
)  # fmt: skip


def rounds(**values: list[float]) -> list[dict[str, float]]:
    """One dict a round, of lists by name."""
    return [dict(zip(values, each, strict=True)) for each in zip(*values.values(), strict=True)]


def told(p50: list[float], p99: list[float], late: list[int]) -> list[dict[str, float]]:
    return [one | {"refused": 0, "lost": 0} for one in rounds(p50=p50, p99=p99, late=late)]


FOUND: dict[str, tuple[Any, Any, dict[str, tuple[float, float | None, bool | None]]]] = {
    "registrations": (
        registrations,
        {
            "rounds": {
                "hot": [700, 720, 740],
                "spread": [900, 900, 900],
                "apart": [200, 240, 100],
                "still": [1000, 1000, 2000],
            }
        },
        {  # ours, the ratio, whether that is met
            "registrations.hot": (720, 70.0, True),
            "registrations.spread": (900, 90.0, True),
            "registrations.apart": (720, 350.0, True),
            "registrations.evenly": (720, 80.0, True),
        },
    ),
    "arrivals": (
        arrivals,
        {
            "rounds": {
                "ours": told([10, 20, 30], [90, 101, 102], [0, 2, 0]),
                "still": told([5, 5, 5], [10, 10, 10], [0, 0, 0]),
            },
            "bad": [0, 2, 0],
            "rates": [400, 400, 400],
        },
        {
            "arrivals.p50": (20, 25.0, None),
            "arrivals.p99": (101, 9.9, False),
            "arrivals.refused": (2, 0.0, False),
        },
    ),
    "relay": (
        relay,
        {
            "rounds": {
                "relay_rows": [700, 600, 800],
                "bare_rows": [1000, 1000, 1000],
                "woken_p50": [10, 12, 14],
                "woken_p99": [30, 31, 32],
                "apart_p50": [16, 17, 18],
                "apart_p99": [40, 40, 41],
                "bare_p50": [6, 6, 6],
                "bare_p99": [10, 10, 10],
            }
        },
        {
            "relay.rows": (700, 70.0, True),
            "relay.p50": (12, 50.0, True),
            "relay.p99": (31, 32.3, True),
            "relay.apart_p50": (17, 35.3, False),
            "relay.apart_p99": (40, 25.0, True),
        },
    ),
    "certificates": (
        certificates,
        {
            "processes_1": {"rounds": rounds(certificates=[70, 60, 90], bare=[100, 100, 100])},
            "processes_2": {"rounds": rounds(certificates=[60, 60, 90], bare=[100, 100, 100])},
        },
        {"certificates.one": (70, 70.0, True), "certificates.two": (60, 60.0, False)},
    ),
    "messages": (
        messages,
        {
            "one_worker": {
                "rounds": rounds(
                    messages=[60, 60, 60], bytes=[600, 600, 600], words=[100, 100, 120]
                )
            }
        },
        {"messages.words": (60, 60.0, True), "messages.bytes": (60, 10.0, None)},
    ),
    "webhooks": (
        webhooks,
        {"rounds": rounds(all_well=[100, 100, 100], some_dead=[89, 80, 95], bare=[200, 200, 200])},
        {"webhooks.dead": (89, 89.0, False), "webhooks.bare": (100, 50.0, None)},
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_figures_are_those_of_its_rounds(name: str) -> None:
    module, found, wanted = FOUND[name]
    made = {one.name: one for one in module.figures_of(found, HERE, WANTED)}
    assert {key: (one.ours, one.ratio, one.met) for key, one in made.items()} == wanted
    assert set(wanted) == {one.name for one in SPECS if one.name.partition(".")[0] == name}


def test_what_was_left_out_is_no_figure() -> None:
    wanted = Namespace(**vars(WANTED) | {"rows": 0})
    assert relay.figures_of({"rounds": {}}, HERE, wanted) == []
    assert certificates.figures_of({}, HERE, WANTED) == []
    assert messages.figures_of({}, HERE, WANTED) == []
