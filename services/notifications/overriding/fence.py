"""Letters by a provider's own template: inside a fence, and never at the cost of the mail.

Theirs is Jinja2 in a sandbox that knows the facts, the kit and a few filters, and nothing else: no
method, no attribute of an object, no arithmetic, no function. Every turn of a loop, every call
and every character is counted against an allowance, so a render ends however it was written. The
layout, with headers and foot, and the kit are ours. Where theirs fails, the letter is ours, and
says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import SandboxedEnvironment

from services.notifications import letters
from services.notifications.domain.template_rules import KIT, LOOP, lost_links, strange_links
from services.notifications.letters import Letter

ALLOWANCE = 400_000  # characters, each turn and each call counted as 100
_TURN = 100
_FILE = "<theirs>"
_left: ContextVar[int | None] = ContextVar("left", default=None)


class Unusable(Exception):
    """Their template gave no letter. `line` counts from 1; 0 where it is not known."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}" if line else words)
        self.line, self.words = line, words


class TooMuchError(Exception):
    """The allowance is used up."""


def letter_by(template: str, facts: Mapping[str, Any], source: str) -> Letter:
    """The letter by their template if there is one and it can be used, else by ours; `fault` of
    the letter then says why (without anything of the facts)."""
    ours = letters.render(template, facts)
    if not source:
        return ours
    try:
        theirs = write(source, facts)
        check(ours, theirs)
    except Unusable as why:
        return replace(ours, fault=str(why))
    return theirs


def check(ours: Letter, theirs: Letter) -> None:
    """Raises Unusable where theirs has no subject, loses a way in, or leads astray."""
    if not theirs.subject:
        raise Unusable(0, "the subject is empty.")
    if lost_links(ours.html, theirs.html):
        raise Unusable(0, "a link is missing that the reader needs.")
    if strange_links(theirs.html):
        raise Unusable(0, "a link leads to no web page.")


def write(source: str, facts: Mapping[str, Any]) -> Letter:
    """The letter by that source, which `grammar` has let through. Raises Unusable."""
    held = _left.set(None)
    try:
        plain, rich = (_compiled(source, kind, facts["lang"]) for kind in ("txt", "html"))
        _left.set(2 * ALLOWANCE)
        return letters.written(plain, rich, facts)
    except TooMuchError:
        raise Unusable(0, "it says more than a mail can hold.") from None
    except Exception as why:
        raise Unusable(_line_of(why), _words_of(why)) from None
    finally:
        _left.reset(held)


class Fence(SandboxedEnvironment):
    """Jinja2 for what others wrote. Facts are read by their names only."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._of(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, (list, tuple)) and type(argument) is int:
            return obj[argument] if -len(obj) <= argument < len(obj) else self._none(obj, argument)
        return self._of(obj, argument)

    def _of(self, obj: Any, name: Any) -> Any:
        if isinstance(obj, Mapping) and name in obj:
            return obj[name]
        if isinstance(obj, TemplateModule) and name in KIT:
            return getattr(obj, name)
        if isinstance(obj, LoopContext) and name in LOOP:
            return getattr(obj, name)
        return self._none(obj, name)

    def _none(self, obj: Any, name: Any) -> Any:
        return self.undefined(obj=obj, name=name)

    def is_safe_callable(self, obj: Any) -> bool:
        return isinstance(obj, Macro) or obj in _said(self)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        spend(_TURN)
        made = super().call(*args, **kwargs)
        spend(len(made) if isinstance(made, str) else 0)
        return made


def _said(environment: Fence) -> tuple[Any, ...]:
    known = environment.globals
    return (known["gettext"], known["ngettext"], known["_"], spend_turn)


def spend(many: int) -> None:
    """Count against the allowance of this render. Raises TooMuchError."""
    left = _left.get()
    if left is not None:
        if left < many:
            raise TooMuchError
        _left.set(left - many)


def spend_turn(characters: int) -> str:
    """One turn of a loop with so much text in it."""
    spend(_TURN + characters)
    return ""


def _counted(value: Any) -> Any:
    spend(len(value) if isinstance(value, str) else 1)
    return value


@lru_cache(maxsize=16)
def fence(kind: str, language: str) -> Fence:
    """The sandbox for text (`txt`) or `html` in a language, with our kit and layout."""
    ours = letters.environment(kind, language)
    made: Fence = letters.environment(kind, language, make=Fence)
    made.finalize = _counted
    said: dict[str, Any] = {name: made.globals[name] for name in ("gettext", "ngettext", "_")}
    made.globals = {
        **said,
        "k": ours.globals["k"],
        "layout": ours.globals["layout"],
        "spend_turn__": spend_turn,
    }
    return made


@lru_cache(maxsize=256)
def _compiled(source: str, kind: str, language: str) -> Template:
    environment = fence(kind, language)
    tree = environment.parse(source, _FILE, _FILE)
    for loop in tree.find_all(nodes.For):
        words = sum(len(part.data) for part in loop.find_all(nodes.TemplateData))
        turn = nodes.Call(nodes.Name("spend_turn__", "load"), [nodes.Const(words)], [], None, None)
        loop.body.insert(0, nodes.Output([turn], lineno=loop.lineno))
    tree.set_environment(environment)
    code = environment.compile(tree, _FILE, _FILE)
    return Template.from_code(environment, code, environment.make_globals(None))


def _line_of(why: BaseException) -> int:
    if isinstance(why, TemplateSyntaxError):
        return why.lineno
    line, at = 0, why.__traceback__
    while at is not None:
        frame = at.tb_frame
        if frame.f_code.co_filename == _FILE:
            template = frame.f_globals.get("__jinja_template__")  # else Jinja2 has mended the line
            line = template.get_corresponding_lineno(at.tb_lineno) if template else at.tb_lineno
        at = at.tb_next
    return line


def _words_of(why: Exception) -> str:
    # What Jinja2 says of a missing name is about names; anything else might quote a fact.
    kind = type(why).__name__
    said = str(why) if kind in ("UndefinedError", "TemplateSyntaxError", "SecurityError") else kind
    return said if said.endswith(".") else f"{said}."
