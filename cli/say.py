"""How the command line speaks: two spaces of indent, colour for state words, what to do next.

Exit codes (interfaces.md §8): 0 done, 1 refused by a rule, 2 wrong usage, 3 something is not
running. `NO_COLOR` is respected (rich does), and nothing but JSON is printed under `--json`.
On a terminal long lines go on below, at their indent; in a file or pipe a line stays one line.
"""

import json
import sys
import textwrap
from collections.abc import Sequence
from typing import Annotated, Any
from unicodedata import category

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stack.trouble import AWAY, REFUSED, USAGE

__all__ = ["AWAY", "REFUSED", "USAGE"]
GOOD = {"running", "ready", "valid", "ok", "set", "active"}
_STEERS = {"Cc", "Cf"}  # Unicode's control and format characters
_JOINERS = {"\u200c", "\u200d"}  # which belong to how names are written
BAD = {"dead", "failed", "revoked", "unknown", "broken", "invalid", "compromised"}

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


class Ends(Exception):
    """The command ends here: a message, what to do next, an exit code."""

    def __init__(self, code: int, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


def line(text: str = "") -> None:
    """A line for people; what it holds is never taken for markup, nor by the terminal for more."""
    out.print(escape(folded(out, f"  {plain(text)}")) if text else "")


def step(text: str) -> None:
    """A line of progress, on standard error."""
    err.print(escape(folded(err, f"  {plain(text)}")))


def following(text: str) -> None:
    """The last line: what to do next."""
    out.print()
    out.print(escape(folded(out, f"  {plain(text)}")), style="bold")


def plain(text: str) -> str:
    """Without what steers a terminal or turns the order of letters: names and files are written by
    strangers. Each such character is shown as `�`; line ends of a text of ours stay."""
    return "".join("\ufffd" if _steers(one) and one != "\n" else one for one in text)


def one_line(text: str) -> str:
    """The same of what a stranger wrote, for whom a line end would be a line of ours."""
    return plain(text).replace("\n", "\ufffd")


def _steers(one: str) -> bool:
    return category(one) in _STEERS and one not in _JOINERS


def folded(console: Console, text: str) -> str:
    """Text as it fits a terminal; an address that is too long for it stays whole, to be copied."""
    if not console.is_terminal:
        return text
    made: list[str] = []
    for one in text.split("\n"):
        indent = one[: len(one) - len(one.lstrip())]
        made += textwrap.wrap(
            one,
            console.width,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(made)


def data(value: Any) -> None:
    """JSON to standard output; what could steer a terminal is escaped, as JSON may have it."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    safe = "".join(f"\\u{ord(one):04x}" if _unsafe(one) else one for one in text)
    sys.stdout.write(safe + "\n")


def _unsafe(one: str) -> bool:
    return _steers(one) and one != "\n" and ord(one) <= 0xFFFF


def state(word: str) -> str:
    """A state word as markup: never by colour alone, the word stays."""
    colour = "green" if word in GOOD else "red" if word in BAD else "yellow"
    return f"[{colour}]{escape(word)}[/]"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Columns, aligned, without boxes; cells are markup."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for number, head in enumerate(heads):
        made.add_column(head, justify="right" if number in right else "left", no_wrap=number == 0)
    for row in rows:
        made.add_row(*(one_line(cell) for cell in row))
    from rich.padding import Padding

    out.print(Padding(made, (0, 0, 0, 2)), soft_wrap=not out.is_terminal)
