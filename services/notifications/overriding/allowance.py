"""What one render may cost, so that it ends however a template was written.

Counted are characters that are said or joined, calls, filters with what they are given, and each
turn of a loop by all that stands in it. What is not counted stands outside loops, and is bounded by
the size of a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from services.notifications.domain.template_rules import FILTERS

ALLOWANCE = 400_000  # characters of one of the two parts
TURN = 100  # what a turn, a call or a filter counts
_PART = 2  # what each part of a loop's body counts, a turn
TURNED, JOINED = "turn__", "joined__"  # names that no template can say
_left: ContextVar[int | None] = ContextVar("left", default=None)


class TooMuchError(Exception):
    """The allowance is used up."""


@contextmanager
def allowed() -> Iterator[None]:
    """Within, both parts of one letter are written, and no more than that."""
    held = _left.set(2 * ALLOWANCE)
    try:
        yield
    finally:
        _left.reset(held)


def spend(many: int) -> None:
    """Count against the allowance of this render. Raises TooMuchError."""
    left = _left.get()
    if left is not None:
        if left < many:
            raise TooMuchError
        _left.set(left - many)


def turn(much: int) -> str:
    """One turn of a loop in which so much stands."""
    spend(TURN + much)
    return ""


def joined(text: str) -> str:
    """What `~` has made."""
    spend(TURN + len(text))
    return text


def counted(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """The filters that templates of theirs may use, each counting what it is given."""
    return {name: _counting(filters[name]) for name in FILTERS} | {JOINED: joined}


def _counting(apply: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(apply)  # with the marks by which Jinja2 knows what else to give it
    def applied(*args: Any, **kwargs: Any) -> Any:
        spend(TURN + sum(size(one) for one in args))
        return apply(*args, **kwargs)

    return applied


def size(value: Any) -> int:
    """How much of a thing there is to go over."""
    return len(value) if isinstance(value, (str, list, tuple)) else 1


class Counting(NodeTransformer):
    """Puts the counting into a template."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 (Jinja2's name for it)
        """Every turn counts all that stands in the loop, loops within it included."""
        words = sum(len(part.data) for part in node.find_all(nodes.TemplateData))
        much = words + _PART * sum(1 for _ in node.find_all(nodes.Node))
        self.generic_visit(node)
        called = nodes.Call(nodes.Name(TURNED, "load"), [nodes.Const(much)], [], None, None)
        node.body.insert(0, nodes.Output([called], lineno=node.lineno))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        """What is joined is counted, whether or not it is said."""
        self.generic_visit(node)
        return nodes.Filter(node, JOINED, [], [], None, None, lineno=node.lineno)
