"""Markup in the place of words, one word at a time: what strangers may have written, anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

EVIL = "<i onclick='x'>\"&amp;"
RAW = re.compile(r"<i\s+onclick|onclick=.?x.?>")  # as it would stand if it were markup
_FIGURES = re.compile(r"[0-9.:TZ+-]+")


def evil_in(told: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """(where, the same with markup behind that one text), for each text in it but addresses,
    instants and numbers."""
    if isinstance(told, str) and "://" not in told and not _FIGURES.fullmatch(told):
        yield at, told + EVIL
    elif isinstance(told, Mapping):
        for key, value in told.items():
            for where, other in evil_in(value, f"{at}/{key}"):
                yield where, {**told, key: other}
    elif isinstance(told, list | tuple):
        for n, value in enumerate(told):
            for where, other in evil_in(value, f"{at}/{n}"):
                yield where, type(told)([*told[:n], other, *told[n + 1 :]])
