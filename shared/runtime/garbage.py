"""Python's collector of cycles, set for batches: fewer, larger rounds.

A batch makes some ten thousand containers that live until it is flushed, and are gone then: none of
them is in a cycle (`test_batch.py`). With the defaults the collector walks all of them, and every
module of the program, again and again: a third of the processor's time of billing's worker (670 →
460 µs an event). What is there at the start never goes.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50  # containers before a round, rounds before an older one


def tune() -> None:
    """Once, when everything is imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
