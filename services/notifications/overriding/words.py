"""What can be said: words and numbers. Anything else would stand in a mail as Python writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import Undefined

from services.notifications.overriding.allowance import size, spend

_LABELS = ("section", "link", "action")  # of the kit: all that they are given are words
_LISTS = ("items", "lines", "terms")  # a list of words
_ROWS = ("facts", "amounts")  # rows of words and lists of words; an empty place is left out


class NotWordsError(Exception):
    """What is to be said is no words; the message says what to do, and nothing of the fact."""


def said(value: Any) -> Any:
    """What stands in {{ }}, counted. Raises NotWordsError."""
    spend(size(value))
    return worded(value)


def worded(value: Any) -> Any:
    """The same value, if it is words or a number. Raises NotWordsError."""
    if isinstance(value, (str, Undefined)) or (
        isinstance(value, int) and not isinstance(value, bool)
    ):
        return value  # an Undefined says itself what is wrong
    raise NotWordsError(_what_to_do(value))


def in_kit(macro: str, given: Iterable[Any]) -> None:
    """What the kit is to say. Raises NotWordsError."""
    for value in given:
        if macro in _LABELS:
            worded(value)
        elif macro in _LISTS and isinstance(value, (list, tuple)):
            for one in value:
                worded(one)
        elif macro in _ROWS and isinstance(value, (list, tuple)):
            _rows(value)


def _rows(value: Any) -> None:
    if isinstance(value, (list, tuple)):
        for one in value:
            _rows(one)
    elif value is not None:
        worded(value)


def _what_to_do(value: Any) -> str:
    if value is None:
        return "there is nothing to be said here; put it between {% if %} and {% endif %}"
    if isinstance(value, bool):
        return "this is yes or no, for {% if %}, and no words"
    if isinstance(value, Mapping):
        return "this has names of its own; say one of them, such as course.title"
    if isinstance(value, (list, tuple)):
        return (
            "this is a list; say one of it, such as until[0], or all of it by the kit or `listed`"
        )
    return "this is no words; behind `map` comes `list`, and the kit says the list"
