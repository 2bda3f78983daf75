"""Each line of the threat model names tests that are there."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
MODEL = (TESTS.parent / "docs" / "security.md").read_text()
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def lines() -> list[str]:
    rows = [row for row in MODEL.splitlines() if row.startswith("| ")]
    return rows[1:]  # the heads


def functions(file: Path) -> set[str]:
    known = ast.walk(ast.parse(file.read_text()))
    return {n.name for n in known if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_line_names_a_test_and_each_test_is_there() -> None:
    assert len(lines()) > 25
    for row in lines():
        cells = row.strip("|").split(" | ")
        assert len(cells) == 3, row
        named = NAMED.findall(cells[2])
        assert named, f"no test: {row}"
        for file, test in named:
            assert test in functions(TESTS / file), f"{file} has no {test}"


def test_it_is_one_page() -> None:
    assert len(MODEL.splitlines()) < 60
