"""Words, facts and loops of a template."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes

from services.notifications.domain.template_rules import LOOPS, text_fault
from services.notifications.overriding.shapes import Scope
from services.notifications.overriding.walk import SAYING, Walk, is_name

_OURS = ("k", "loop", "layout", "caller", *SAYING)


def words(walk: Walk, node: Any, scope: Scope) -> None:
    """Words between the tags."""
    fault = text_fault(node.data)
    if fault:
        walk.wrong(node, fault)


def const(walk: Walk, node: Any, scope: Scope) -> None:
    """Words within them."""
    if isinstance(node.value, str):
        fault = text_fault(node.value)
        if fault:
            walk.wrong(node, fault)


def counted(walk: Walk, node: Any, scope: Scope) -> None:
    """What Jinja2 makes of a call in {% trans %}; the name is its own."""
    if is_name(node.target, "_trans") and isinstance(node.node, nodes.Call):
        walk.part(node.node, scope)
    else:
        walk.wrong(node, "{% set %} is not allowed here.")


def fact(walk: Walk, node: Any, scope: Scope) -> None:
    """A name, and the names that follow it."""
    if is_name(node, "_trans"):
        return
    found, said, words = scope.look(node)
    if words:
        walk.wrong(node, words)
    elif found is None:
        walk.wrong(node, "a name is followed by names only, such as course.title.")
    else:
        walk.said.add(said)


def loop(walk: Walk, node: Any, scope: Scope) -> None:
    """A loop over a fact."""
    if node.recursive:
        walk.wrong(node, "a loop that calls itself is not allowed.")
    if scope.loops >= LOOPS:
        walk.wrong(node, f"no more than {LOOPS} loops stand within one another.")
    if not isinstance(node.target, nodes.Name) or "__" in f"_{node.target.name}":
        walk.wrong(node, "a loop has one name, as in {% for session in sessions %}.")
        return
    if node.target.name in _OURS:
        walk.wrong(node, f"`{node.target.name}` is a name of ours; take another.")
        return
    if not isinstance(node.iter, (nodes.Name, nodes.Getattr, nodes.Getitem)):
        walk.wrong(node, "a loop goes over a fact, such as sessions.")
        return
    walk.part(node.iter, scope)
    inner = scope.inside(node.target.name, node.iter)
    if node.test is not None:
        walk.part(node.test, inner)
    walk.all(node.body, inner)
    walk.all(node.else_, scope)
