"""Calls of a template: the kit, sentences, filters."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes

from services.notifications.domain.template_rules import (
    FILTERS,
    KIT,
    link_fault,
    sentence_fault,
    unknown,
)
from services.notifications.overriding.shapes import Scope
from services.notifications.overriding.walk import SAYING, Walk, is_name


def call(walk: Walk, node: Any, scope: Scope) -> None:
    """Something is called: the kit, or a sentence is said."""
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        walk.wrong(node, "* and ** are not allowed.")
        return
    if isinstance(node.node, nodes.Name) and node.node.name in SAYING:
        saying(walk, node, scope)
        return
    named = node.node
    if not isinstance(named, nodes.Getattr) or not is_name(named.node, "k"):
        walk.wrong(node, "only the kit can be called, such as k.action(...).")
        return
    if not scope.kit:
        walk.wrong(node, "the kit belongs into the block `content`; say it in plain words.")
    elif named.attr not in KIT:
        walk.wrong(node, unknown(f"k.{named.attr}", [f"k.{one}" for one in KIT]))
    elif named.attr in ("link", "action"):
        if node.kwargs or len(node.args) != 2:
            walk.wrong(node, f"k.{named.attr} takes words and an address.")
        else:
            address(walk, node.args[1], scope)
    walk.all([*node.args, *(one.value for one in node.kwargs)], scope)


def saying(walk: Walk, node: Any, scope: Scope) -> None:
    """A sentence that is said in the reader's language."""
    count = 2 if node.node.name == "ngettext" else 1
    sentences, rest = node.args[:count], node.args[count:]
    for one in sentences:
        if not isinstance(one, nodes.Const) or not isinstance(one.value, str):
            walk.wrong(node, "what is said in other languages stands there in words.")
        elif sentence_fault(one.value):
            walk.wrong(one, sentence_fault(one.value))
    walk.all([*rest, *(one.value for one in node.kwargs)], scope)


def address(walk: Walk, node: Any, scope: Scope) -> None:
    """Where a link or a button leads."""
    if isinstance(node, nodes.Concat):
        node, *ends = node.nodes
        for one in ends:
            if not isinstance(one, nodes.Const) or not str(one.value).startswith("#"):
                walk.wrong(node, 'after an address only a place in it may come, as "#sessions".')
    if isinstance(node, nodes.Const):
        fault = link_fault(str(node.value))
        if fault:
            walk.wrong(node, fault)
    elif not isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem)):
        walk.wrong(node, "an address is a fact such as page, or begins with https://.")


def around(walk: Walk, node: Any, scope: Scope) -> None:
    """{% call %}: what stands in a macro of the kit."""
    if node.args or node.defaults:
        walk.wrong(node, "{% call %} has no names here.")
    walk.part(node.call, scope)
    walk.all(node.body, scope)


def filtered(walk: Walk, node: Any, scope: Scope) -> None:
    """A fact behind a filter."""
    if node.name not in FILTERS:
        walk.wrong(node, unknown(f"| {node.name}", [f"| {one}" for one in FILTERS]))
    elif node.name == "map":
        [*named] = node.kwargs
        plain = len(named) == 1 and named[0].key == "attribute" and not node.args
        value = getattr(named[0].value, "value", None) if plain else None
        if not isinstance(value, str) or not value.isidentifier() or value.startswith("_"):
            walk.wrong(node, 'map takes attribute="..." with one name.')
    elif node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
        walk.wrong(node, f"{node.name} takes nothing.")
    if node.node is None:
        walk.wrong(node, "{% filter %} is not allowed here.")
    else:
        walk.part(node.node, scope)


def tested(walk: Walk, node: Any, scope: Scope) -> None:
    """`is none` and the like."""
    if node.name not in ("none", "string", "defined") or node.args or node.kwargs:
        walk.wrong(node, "only `is none`, `is string` and `is defined` are known.")
    walk.part(node.node, scope)
