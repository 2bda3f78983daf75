"""One walk over a template: what stands where, and what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import nodes

from services.notifications.domain.template_rules import Fault
from services.notifications.overriding.shapes import Scope, Shape

SAYING = ("_", "gettext", "ngettext")
Look = Callable[["Walk", Any, Scope], None]
_PLAIN = (
    nodes.Output, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
    nodes.CondExpr, nodes.Concat, nodes.List, nodes.Tuple, nodes.Keyword,
)  # fmt: skip
_NAMES = {
    "Macro": "a macro of your own",
    "Include": "{% include %}",
    "Import": "{% import %}",
    "FromImport": "{% from %}",
    "AssignBlock": "{% set %}",
    "With": "{% with %}",
    "FilterBlock": "{% filter %}",
    "Extends": "{% extends %}",
    "Block": "a block within a block",
    "Dict": "a dictionary",
    "Slice": "a slice",
    **dict.fromkeys(("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow", "Neg", "Pos"),
                    "arithmetic"),
}  # fmt: skip


class Walk:
    """`kinds`: who looks at which part; what is in none of them, and not plain, is not allowed."""

    def __init__(self, facts: Shape, kinds: Mapping[type, Look]) -> None:
        self.facts = facts
        self.kinds = kinds
        self.faults: list[Fault] = []
        self.said: set[str] = set()  # dotted names of facts
        self.line = 1  # where the walk is, for parts that Jinja2 made itself

    def wrong(self, node: nodes.Node, words: str) -> None:
        """Keep what is wrong there."""
        self.faults.append(Fault(node.lineno or self.line, words))

    def all(self, parts: Iterable[nodes.Node], scope: Scope) -> None:
        """Look at each of them."""
        for part in parts:
            self.part(part, scope)

    def part(self, node: nodes.Node, scope: Scope) -> None:
        """Look at it, and at all that is in it."""
        self.line = node.lineno or self.line
        look = self.kinds.get(type(node))
        if look is not None:
            look(self, node, scope)
        elif isinstance(node, _PLAIN):
            self.all(node.iter_child_nodes(), scope)
        else:
            self.wrong(node, f"{_NAMES.get(type(node).__name__, 'this')} is not allowed here.")


def is_name(node: nodes.Node, name: str) -> bool:
    """Whether it is that name alone."""
    return isinstance(node, nodes.Name) and node.name == name
