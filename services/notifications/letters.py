"""Letters: one template a message, rendered twice, as HTML and as plain text.

A template is written once in the words of `kit.html` and `kit.txt` (same macros), so that the two
parts of a mail cannot come to say different things. Its sentences stand in `trans` or `_()`, and
are said in the reader's language (`shared/languages`). Names that a template uses and nobody gave
are an error (StrictUndefined), never a blank in somebody's mail.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from shared.errors import NotFound
from shared.languages import Tongue, translations

TEMPLATES = Path(__file__).parent / "templates"
WIDTH = 72
LABELS = 18, 30  # the least and the most columns of the labels of a table
E = TypeVar("E", bound=Environment)
_HOUR = re.compile(r" (?<=\d )([AP]M)\b")  # never at the end of a line without the other
_inliner = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class TemplateUnknown(NotFound):
    """There is no template of that name."""

    slug = "template-unknown"


@dataclass(frozen=True)
class Letter:
    """What a person will read: a subject line and the same words twice.

    `fault`: why it is by our template, where the provider's own should have made it.
    """

    subject: str
    text: str
    html: str
    fault: str = ""


def render(template: str, facts: Mapping[str, Any]) -> Letter:
    """The letter of that template with these facts, in the language that they name (`lang`).

    Raises UndefinedError where a fact is missing, KeyError without a language.
    """
    if template not in names():
        raise TemplateUnknown(f"There is no template {template!r}.")
    plain, rich = (environment(kind, facts["lang"]) for kind in ("txt", "html"))
    file = f"{template}.j2"
    return written(plain.get_template(file), rich.get_template(file), facts)


def written(plain: Template, rich: Template, facts: Mapping[str, Any]) -> Letter:
    """The letter of a template as it was compiled for text and for HTML."""
    subject = "".join(plain.blocks["subject"](plain.new_context(dict(facts))))
    html = rich.render(facts)
    return Letter(
        # All that breaks a line, for a subject has one: also what only Unicode calls a line's end.
        subject=" ".join(subject.split()),
        text=plain.render(facts).strip() + "\n",
        html=_inliner.inline(_HOUR.sub(r"&nbsp;\1", html)),
    )


def source_of(template: str) -> str:
    """Our template as it is written."""
    if template not in names():
        raise TemplateUnknown(f"There is no template {template!r}.")
    return (TEMPLATES / f"{template}.j2").read_text()


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The templates there are."""
    return frozenset(path.stem for path in TEMPLATES.glob("*.j2"))


@cache
def environment(kind: str, language: str, make: type[E] = Environment) -> E:  # type: ignore[assignment]
    """Jinja2 for text (`txt`) or `html` in a language of ours; `make` may be a stricter one."""
    made = make(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        autoescape=kind == "html",
        undefined=StrictUndefined,
        trim_blocks=kind == "txt",
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,  # by itself it would look at each file for each mail
    )
    made.filters.update(
        squeeze=squeeze,
        wrap=wrap,
        blank_lines=blank_lines,
        columns=columns,
        right_of=right_of,
        listed=partial(listed, Tongue(language)),
        capitalize_first=capitalize_first,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals["layout"] = f"layout.{kind}"
    made.globals["k"] = made.get_template(f"kit.{kind}").module
    return made


def squeeze(value: str) -> str:
    """All white space as single spaces; what was safe markup stays so."""
    squeezed = re.sub(r"[ \t\r\n]+", " ", str(value)).strip()
    return Markup(squeezed) if isinstance(value, Markup) else squeezed  # noqa: S704 (was safe)


def wrap(value: str, first: str = "") -> str:
    """Lines short enough to read; `first` begins the first line and indents the others."""
    return textwrap.fill(
        squeeze(value),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def blank_lines(value: str) -> str:
    """Never more than one blank line."""
    return re.sub(r"\n[ \t]*\n(?:[ \t]*\n)+", "\n\n", value).strip()


def columns(rows: Sequence[tuple[str, str | Sequence[str] | None]]) -> str:
    """Labels, and beside each its value, or several under one another; without a value left out.

    All values of a table begin in one column, however long a label is in the reader's language.
    """
    there = [(label, value) for label, value in rows if value]
    width = min(LABELS[1], max([LABELS[0], *(len(label) + 1 for label, _ in there)]))
    lines = []
    for label, value in there:
        start = f"{label}:".ljust(width) + " "
        first, *others = [value] if isinstance(value, str) else value
        lines += [wrap(first, start), *(wrap(one, " " * len(start)) for one in others)]
    return "\n".join(lines)


def right_of(amount: str, label: str) -> str:
    """A label and an amount, aligned at the right of 60 columns."""
    *above, last = wrap(label).splitlines()
    if len(last) + len(str(amount)) > 58:
        above, last = [*above, last], ""
    return "\n".join([*above, f"{last} {str(amount).rjust(59 - len(last))}"])


def capitalize_first(value: str) -> str:
    """The same with a capital at the start."""
    return value[:1].upper() + value[1:]


def listed(tongue: Tongue, values: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    *others, last = values
    if not others:
        return last
    # L10N: the last of a list: "A, B and C"
    return tongue.say("%(others)s and %(last)s", others=", ".join(others), last=last)
