"""What may be written in a provider's template: the four blocks, words, facts, the kit.

A list of what is allowed, and nothing else is: a template that passes has loops over facts only,
no function of its own, no arithmetic and no method, so that nothing in it can grow.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import TemplateSyntaxError, nodes

from services.notifications.domain.template_rules import BLOCKS, DEEPEST, LARGEST, Fault, unsaid
from services.notifications.overriding import calls, facts
from services.notifications.overriding.fence import fence
from services.notifications.overriding.shapes import Scope, Shape
from services.notifications.overriding.walk import Look, Walk, is_name

_KINDS: Mapping[type, Look] = {
    nodes.TemplateData: facts.words,
    nodes.Const: facts.const,
    nodes.Name: facts.fact,
    nodes.Getattr: facts.fact,
    nodes.Getitem: facts.fact,
    nodes.Assign: facts.counted,
    nodes.For: facts.loop,
    nodes.Call: calls.call,
    nodes.CallBlock: calls.around,
    nodes.Filter: calls.filtered,
    nodes.Test: calls.tested,
}


def faults_of(template: str, source: str, shape: Shape) -> list[Fault]:
    """All that is wrong with how it is written, in the order of its lines; empty: it may be tried.

    `shape` is of the names that the letter's template may use, as `shapes.shape_of` gives them.
    """
    if len(source) > LARGEST:
        return [Fault(0, f"it has {len(source)} characters; {LARGEST} are the most.")]
    try:
        tree = fence("txt", "en").parse(source)
    except TemplateSyntaxError as why:
        return [Fault(why.lineno, f"this cannot be read: {why.message or 'something is wrong'}")]
    except RecursionError:
        return [Fault(0, "its parts stand too deep within one another.")]
    except ValueError:  # of Python's: a number has more digits than it reads
        return [Fault(0, "a number in it is too long.")]
    if _depth(tree) > DEEPEST:
        return [Fault(0, "its parts stand too deep within one another.")]
    walk = Walk(shape, _KINDS)
    _whole(walk, tree)
    found = walk.faults or unsaid(template, walk.said, shape.names())
    return sorted(set(found))


def _depth(tree: nodes.Node) -> int:
    deepest, level = 0, [tree]
    while level and deepest <= DEEPEST:
        deepest, level = deepest + 1, [child for one in level for child in one.iter_child_nodes()]
    return deepest


def _whole(walk: Walk, tree: nodes.Template) -> None:
    body = [part for part in tree.body if not _is_blank(part)]
    first, rest = (body[0], body[1:]) if body else (tree, [])
    if not isinstance(first, nodes.Extends) or not is_name(first.template, "layout"):
        walk.wrong(first, "it begins with {% extends layout %}.")
        rest = [] if isinstance(first, nodes.Extends) else body
    seen: set[str] = set()
    for part in rest:
        if not isinstance(part, nodes.Block):
            walk.wrong(part, f"outside the blocks nothing is said: {', '.join(BLOCKS)}.")
        elif part.name not in BLOCKS:
            walk.wrong(part, f"there is no block `{part.name}` to be written anew; there are "
                             f"{', '.join(BLOCKS)}. The foot stays as it is.")  # fmt: skip
        elif part.name in seen:
            walk.wrong(part, f"the block `{part.name}` is there twice.")
        else:
            seen.add(part.name)
            scope = Scope(walk.facts, kit=part.name == "content")
            walk.all(part.body, scope)
    if rest:
        for name in BLOCKS:
            if name not in seen:
                walk.wrong(tree, f"the block `{name}` is missing.")


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
    )
