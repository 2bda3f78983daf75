"""Which names a letter's facts have, learnt from samples, and what a name in a template means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jinja2 import nodes

from services.notifications.domain.template_rules import LOOP, unknown


@dataclass(frozen=True)
class Shape:
    """What a fact is made of: `parts` by name, or `each` of a list. `unseen`: no sample has it
    filled, so only a trial can tell what is in it."""

    parts: Mapping[str, Shape] = field(default_factory=dict)
    each: Shape | None = None
    unseen: bool = False

    def names(self) -> list[str]:
        return sorted(self.parts)


PLAIN, ANYTHING = Shape(), Shape(unseen=True)


def shape_of(values: Iterable[Any]) -> Shape:
    """The shape of all these values together."""
    seen = list(values)
    named = [one for one in seen if isinstance(one, Mapping)]
    listed = [each for one in seen if isinstance(one, (list, tuple)) for each in one]
    keys = {key for one in named for key in one}
    parts = {key: shape_of(one[key] for one in named if key in one) for key in keys}
    return Shape(parts, shape_of(listed) if listed else None, unseen=not any(seen))


@dataclass(frozen=True)
class Scope:
    """Where in a template: the facts, the names of loops around it, whether the kit is at hand."""

    facts: Shape
    kit: bool
    names: Mapping[str, tuple[Shape, str]] = field(default_factory=dict)
    loops: int = 0

    def inside(self, name: str, over: nodes.Expr) -> Scope:
        """Within a loop over a fact."""
        found, said, _ = self.look(over)
        each = found.each if found and found.each else ANYTHING
        return replace(self, names={**self.names, name: (each, said)}, loops=self.loops + 1)

    def look(self, node: nodes.Node) -> tuple[Shape | None, str, str]:
        """(what it is, its dotted name among the facts, what is wrong). None: no name at all."""
        if isinstance(node, nodes.Name):
            return self._root(node.name)
        if isinstance(node, nodes.Getitem):
            found, said, wrong = self.look(node.node)
            number = isinstance(node.arg, nodes.Const) and type(node.arg.value) is int
            if not number:
                return None, said, wrong
            return (found and found.each) or ANYTHING, said, wrong
        if isinstance(node, nodes.Getattr):
            found, said, wrong = self.look(node.node)
            if found is None or wrong:
                return found, said, wrong
            return self._part(found, said, node.attr)
        return None, "", ""

    def _root(self, name: str) -> tuple[Shape | None, str, str]:
        if name in self.names:
            return *self.names[name], ""
        if name == "loop" and self.loops:
            return Shape(dict.fromkeys(LOOP, PLAIN)), "", ""
        if name in self.facts.parts:
            return self.facts.parts[name], name, ""
        return ANYTHING, "", unknown(name, [*self.facts.parts, *self.names])

    def _part(self, found: Shape, said: str, name: str) -> tuple[Shape | None, str, str]:
        dotted = f"{said}.{name}" if said else ""
        if name in found.parts:
            return found.parts[name], dotted, ""
        return ANYTHING, dotted, "" if found.unseen else unknown(name, found.parts)
