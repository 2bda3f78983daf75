"""What may be written in a provider's template: the four blocks, words, facts, the kit.

A list of what is allowed, and nothing else is: a template that passes has loops over facts only,
no function of its own, no arithmetic and no method, so that nothing in it can grow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from services.notifications.domain.template_rules import (
    BLOCKS,
    DEEPEST,
    FILTERS,
    KIT,
    LARGEST,
    LOOPS,
    Fault,
    link_fault,
    sentence_fault,
    text_fault,
    unknown,
    unsaid,
)
from services.notifications.overriding.fence import fence
from services.notifications.overriding.shapes import Scope, Shape

_SAYING = ("_", "gettext", "ngettext")
_OURS = ("k", "loop", "layout", "caller", *_SAYING)
_PLAIN = (
    nodes.Output, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
    nodes.CondExpr, nodes.Concat, nodes.List, nodes.Tuple, nodes.Keyword,
)  # fmt: skip


def faults_of(template: str, source: str, facts: Shape) -> list[Fault]:
    """All that is wrong with how it is written, in the order of its lines; empty: it may be tried.

    `facts` are the names that the letter's template may use, as `shapes.shape_of` gives them.
    """
    if len(source) > LARGEST:
        return [Fault(0, f"it has {len(source)} characters; {LARGEST} are the most.")]
    try:
        tree = fence("txt", "en").parse(source)
    except TemplateSyntaxError as why:
        return [Fault(why.lineno, f"this cannot be read: {why.message or 'something is wrong'}")]
    except RecursionError:
        return [Fault(0, "its parts stand too deep within one another.")]
    if _depth(tree) > DEEPEST:
        return [Fault(0, "its parts stand too deep within one another.")]
    reading = _Reading(facts)
    reading.whole(tree)
    found = reading.faults or unsaid(template, reading.said, facts.names())
    return sorted(set(found))


def _depth(tree: nodes.Node) -> int:
    deepest, level = 0, [tree]
    while level and deepest <= DEEPEST:
        deepest, level = deepest + 1, [child for one in level for child in one.iter_child_nodes()]
    return deepest


class _Reading:
    """One walk over a template, and what was found."""

    def __init__(self, facts: Shape) -> None:
        self.facts = facts
        self.faults: list[Fault] = []
        self.said: set[str] = set()  # dotted names of facts
        self.line = 1  # where the walk is, for parts that Jinja2 made itself

    def wrong(self, node: nodes.Node, words: str) -> None:
        self.faults.append(Fault(node.lineno or self.line, words))

    def whole(self, tree: nodes.Template) -> None:
        body = [part for part in tree.body if not _is_blank(part)]
        first, rest = (body[0], body[1:]) if body else (tree, [])
        if not isinstance(first, nodes.Extends) or not _is_name(first.template, "layout"):
            self.wrong(first, "it begins with {% extends layout %}.")
            rest = [] if isinstance(first, nodes.Extends) else body
        seen: set[str] = set()
        for part in rest:
            if not isinstance(part, nodes.Block):
                self.wrong(part, f"outside the blocks nothing is said: {', '.join(BLOCKS)}.")
            elif part.name not in BLOCKS:
                self.wrong(part, f"there is no block `{part.name}` to be written anew; there are "
                                 f"{', '.join(BLOCKS)}. The foot stays as it is.")  # fmt: skip
            elif part.name in seen:
                self.wrong(part, f"the block `{part.name}` is there twice.")
            else:
                seen.add(part.name)
                scope = Scope(self.facts, kit=part.name == "content")
                self.all(part.body, scope)
        if rest:
            for name in BLOCKS:
                if name not in seen:
                    self.wrong(tree, f"the block `{name}` is missing.")

    def all(self, parts: Any, scope: Scope) -> None:
        for part in parts:
            self.part(part, scope)

    def part(self, node: nodes.Node, scope: Scope) -> None:
        self.line = node.lineno or self.line
        known = _KINDS.get(type(node))
        if known is not None:
            known(self, node, scope)
        elif isinstance(node, _PLAIN):
            self.all(node.iter_child_nodes(), scope)
        else:
            self.wrong(node, f"{_NAMES.get(type(node).__name__, 'this')} is not allowed here.")

    # --- words and facts --------------------------------------------------------------------------

    def words(self, node: Any, scope: Scope) -> None:
        fault = text_fault(node.data)
        if fault:
            self.wrong(node, fault)

    def const(self, node: Any, scope: Scope) -> None:
        if isinstance(node.value, str):
            fault = text_fault(node.value)
            if fault:
                self.wrong(node, fault)

    def counted(self, node: Any, scope: Scope) -> None:
        """What Jinja2 makes of a call in {% trans %}; the name is its own."""
        if _is_name(node.target, "_trans") and isinstance(node.node, nodes.Call):
            self.part(node.node, scope)
        else:
            self.wrong(node, "{% set %} is not allowed here.")

    def fact(self, node: Any, scope: Scope) -> None:
        if _is_name(node, "_trans"):
            return
        found, said, words = scope.look(node)
        if words:
            self.wrong(node, words)
        elif found is None:
            self.wrong(node, "a name is followed by names only, such as course.title.")
        else:
            self.said.add(said)

    def loop(self, node: Any, scope: Scope) -> None:
        if node.recursive:
            self.wrong(node, "a loop that calls itself is not allowed.")
        if scope.loops >= LOOPS:
            self.wrong(node, f"no more than {LOOPS} loops stand within one another.")
        if not isinstance(node.target, nodes.Name) or node.target.name.startswith("_"):
            self.wrong(node, "a loop has one name, as in {% for session in sessions %}.")
            return
        if node.target.name in _OURS:
            self.wrong(node, f"`{node.target.name}` is a name of ours; take another.")
            return
        if not isinstance(node.iter, (nodes.Name, nodes.Getattr, nodes.Getitem)):
            self.wrong(node, "a loop goes over a fact, such as sessions.")
            return
        self.part(node.iter, scope)
        inner = scope.inside(node.target.name, node.iter)
        if node.test is not None:
            self.part(node.test, inner)
        self.all(node.body, inner)
        self.all(node.else_, scope)

    # --- calls ------------------------------------------------------------------------------------

    def call(self, node: Any, scope: Scope) -> None:
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            self.wrong(node, "* and ** are not allowed.")
            return
        if isinstance(node.node, nodes.Name) and node.node.name in _SAYING:
            self.saying(node, scope)
            return
        named = node.node
        if not isinstance(named, nodes.Getattr) or not _is_name(named.node, "k"):
            self.wrong(node, "only the kit can be called, such as k.action(...).")
            return
        if not scope.kit:
            self.wrong(node, "the kit belongs into the block `content`; say it in plain words.")
        elif named.attr not in KIT:
            self.wrong(node, unknown(f"k.{named.attr}", [f"k.{one}" for one in KIT]))
        elif named.attr in ("link", "action"):
            if node.kwargs or len(node.args) != 2:
                self.wrong(node, f"k.{named.attr} takes words and an address.")
            else:
                self.address(node.args[1], scope)
        self.all([*node.args, *(one.value for one in node.kwargs)], scope)

    def saying(self, node: Any, scope: Scope) -> None:
        count = 2 if node.node.name == "ngettext" else 1
        sentences, rest = node.args[:count], node.args[count:]
        for one in sentences:
            if not isinstance(one, nodes.Const) or not isinstance(one.value, str):
                self.wrong(node, "what is said in other languages stands there in words.")
            elif sentence_fault(one.value):
                self.wrong(one, sentence_fault(one.value))
        self.all([*rest, *(one.value for one in node.kwargs)], scope)

    def address(self, node: Any, scope: Scope) -> None:
        if isinstance(node, nodes.Concat):
            node, *ends = node.nodes
            for one in ends:
                if not isinstance(one, nodes.Const) or not str(one.value).startswith("#"):
                    self.wrong(
                        node, 'after an address only a place in it may come, as "#sessions".'
                    )
        if isinstance(node, nodes.Const):
            fault = link_fault(str(node.value))
            if fault:
                self.wrong(node, fault)
        elif not isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem)):
            self.wrong(node, "an address is a fact such as page, or begins with https://.")

    def around(self, node: Any, scope: Scope) -> None:
        if node.args or node.defaults:
            self.wrong(node, "{% call %} has no names here.")
        self.part(node.call, scope)
        self.all(node.body, scope)

    def filtered(self, node: Any, scope: Scope) -> None:
        if node.name not in FILTERS:
            self.wrong(node, unknown(f"| {node.name}", [f"| {one}" for one in FILTERS]))
        elif node.name == "map":
            [*named] = node.kwargs
            plain = len(named) == 1 and named[0].key == "attribute" and not node.args
            value = getattr(named[0].value, "value", None) if plain else None
            if not isinstance(value, str) or not value.isidentifier() or value.startswith("_"):
                self.wrong(node, 'map takes attribute="..." with one name.')
        elif node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self.wrong(node, f"{node.name} takes nothing.")
        if node.node is None:
            self.wrong(node, "{% filter %} is not allowed here.")
        else:
            self.part(node.node, scope)

    def tested(self, node: Any, scope: Scope) -> None:
        if node.name not in ("none", "string", "defined") or node.args or node.kwargs:
            self.wrong(node, "only `is none`, `is string` and `is defined` are known.")
        self.part(node.node, scope)


_KINDS: Mapping[type, Callable[[_Reading, Any, Scope], None]] = {
    nodes.TemplateData: _Reading.words,
    nodes.Const: _Reading.const,
    nodes.Name: _Reading.fact,
    nodes.Getattr: _Reading.fact,
    nodes.Getitem: _Reading.fact,
    nodes.Assign: _Reading.counted,
    nodes.For: _Reading.loop,
    nodes.Call: _Reading.call,
    nodes.CallBlock: _Reading.around,
    nodes.Filter: _Reading.filtered,
    nodes.Test: _Reading.tested,
}
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


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )


def _is_name(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name
