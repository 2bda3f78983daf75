"""The table of figures, in Markdown, and its place in a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.figures import Figure
from bench.goals import SPECS, Spec

_HEADS = ("what", "figure", "bare reference", "bare", "ratio", "goal", "met", "command")
_RIGHT = {"figure", "bare", "ratio"}


def table(figures: Iterable[Figure], specs: Sequence[Spec] = SPECS) -> str:
    """A line for each that there is to measure, in that order, then for all others that were; below
    it on what they were measured."""
    known = {one.name: one for one in figures}
    rows = [_row(known[one.name]) if one.name in known else _missing(one) for one in specs]
    rows += [_row(known[name]) for name in known if name not in {one.name for one in specs}]
    rule = ["---:" if head in _RIGHT else "---" for head in _HEADS]
    lines = [_line(cells) for cells in (_HEADS, rule, *rows)]
    where = dict.fromkeys(_where(one) for one in known.values())
    return "\n".join([*lines, "", *(f"{one}  " for one in where)]).strip()


def placed(text: str, made: str, mark: str = "figures") -> str:
    """A document with the table between its marks. Raises ValueError where it has none."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    head, begins, rest = text.partition(begin)
    _, ends, tail = rest.partition(end)
    if not (begins and ends):
        raise ValueError(f"it has no {begin} … {end}")
    return f"{head}{begin}\n{made}\n{end}{tail}"


def _row(one: Figure) -> list[str]:
    return [
        one.what,
        _number(one.ours, one.unit),
        one.beside,
        _number(one.bare, one.unit),
        "" if one.ratio is None else f"{one.ratio:.1f} %",
        one.goal,
        _met(one),
        f"`{one.command}`",
    ]


def _missing(spec: Spec) -> list[str]:
    goal = spec.goal.words(spec.unit) if spec.goal is not None else ""
    name = spec.name.partition(".")[0]
    return [spec.what, "", spec.bare, "", "", goal, "not measured", f"`python -m bench {name}`"]


def _met(one: Figure) -> str:
    if one.met is not None:
        return "yes" if one.met else "**no**"
    if not one.goal:
        return ""
    return "not judged: short" if one.short else f"not judged: rounds {len(one.rounds)}"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if value == int(value) or abs(value) >= 1000 else 1
    text = f"{value:,.{digits}f}"
    return f"{text}{unit}" if unit.startswith("/") else f"{text} {unit}"


def _where(one: Figure) -> str:
    name = one.name.partition(".")[0]
    size = ", ".join(f"{what} {much}" for what, much in one.size.items())
    return (
        f"{name}: {one.date}, commit {one.commit or 'unknown'}, {one.processors} processors, load "
        f"{one.load_before} before and {one.load_after} after, {len(one.rounds)} rounds; {size}"
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
