"""Letters by a provider's own template: inside a fence, and never at the cost of the mail.

Theirs is Jinja2 in a sandbox that knows the facts, the kit and a few filters, and nothing else: no
method, no attribute of an object, no arithmetic, no function. What it costs is counted, so a render
ends however it was written (`allowance`), and only words are said (`words`). The layout, with
headers and foot, and the kit are ours. Where theirs fails, the letter is ours, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateSyntaxError, UndefinedError
from jinja2.environment import TemplateModule
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import SandboxedEnvironment

from services.notifications import letters
from services.notifications.domain.template_rules import KIT, LOOP, lost_links, strange_links
from services.notifications.letters import Letter
from services.notifications.overriding.allowance import (
    TURN,
    TURNED,
    Counting,
    TooMuchError,
    allowed,
    counted,
    size,
    spend,
    turn,
)
from services.notifications.overriding.words import NotWordsError, in_kit, said, worded

_FILE = "<theirs>"


class Unusable(Exception):
    """Their template gave no letter. `line` counts from 1; 0 where it is not known."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}" if line else words)
        self.line, self.words = line, words


class TooMuch(Unusable):
    """It says more than a mail can hold, or takes as long as if it did."""


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
    """The letter by that source, which `grammar` has let through. Raises Unusable, and TooMuch."""
    try:
        plain, rich = (_compiled(source, kind, facts["lang"]) for kind in ("txt", "html"))
        with allowed():
            return letters.written(plain, rich, facts)
    except TooMuchError:
        raise TooMuch(0, "it says more than a mail can hold.") from None
    except Exception as why:
        raise Unusable(_line_of(why), _words_of(why)) from None


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
        return isinstance(obj, Macro) or obj in _known(self)

    def call(self, context: Any, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        spend(TURN)
        named = [one for name, one in kwargs.items() if name != "caller" and name[0] != "_"]
        if isinstance(called, Macro):
            in_kit(called.name, [*args, *named])
        else:  # a sentence, and what stands in its places
            for one in named:
                worded(one)
        made = super().call(context, called, *args, **kwargs)
        spend(size(made))
        return made


def _known(environment: Fence) -> tuple[Any, ...]:
    known = environment.globals
    return (known["gettext"], known["ngettext"], known["_"], turn)


@lru_cache(maxsize=16)
def fence(kind: str, language: str) -> Fence:
    """The sandbox for text (`txt`) or `html` in a language, with our kit and layout."""
    ours = letters.environment(kind, language)
    made: Fence = letters.environment(kind, language, make=Fence)
    made.finalize = said
    sentences = {name: made.globals[name] for name in ("gettext", "ngettext", "_")}
    made.globals = {
        **sentences,
        "k": ours.globals["k"],
        "layout": ours.globals["layout"],
        TURNED: turn,
    }
    made.filters |= counted(made.filters)
    return made


@lru_cache(maxsize=256)
def _compiled(source: str, kind: str, language: str) -> Template:
    environment = fence(kind, language)
    tree = environment.parse(source, _FILE, _FILE)
    Counting().visit(tree)
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
    # What is said of a missing name is about names; anything else might quote a fact.
    told = isinstance(why, (UndefinedError, TemplateSyntaxError, NotWordsError))
    words = str(why) if told else type(why).__name__
    return words if words.endswith(".") else f"{words}."
