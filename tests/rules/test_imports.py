"""Rules stand on the standard library and a few leaves: whatever else they import, is named here.

The import linter can only forbid names it knows; this is the list of what is allowed.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts.services import SERVICES

ROOT = Path(__file__).parents[2]
LEAVES = {
    "shared.addresses",
    "shared.consents",
    "shared.dates",
    "shared.errors",
    "shared.money",
    "shared.states",
}


def imported(source: str) -> Iterator[str]:
    """Every module that a text imports, wherever in it; `from a import b` is `a`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def strangers(source: str, own: str) -> list[str]:
    """What rules of the package `own` may not import."""
    return [
        name
        for name in imported(source)
        if name not in LEAVES
        and name.partition(".")[0] not in sys.stdlib_module_names
        and name != own
        and not name.startswith(f"{own}.")
    ]


def rules_of(service: str) -> list[Path]:
    return sorted((ROOT / "services" / service / "domain").rglob("*.py"))


@pytest.mark.parametrize("service", SERVICES)
def test_rules_import_the_standard_library_their_leaves_and_one_another(service):
    rules = rules_of(service)
    assert rules
    own = f"services.{service}.domain"
    found = {str(rule.relative_to(ROOT)): strangers(rule.read_text(), own) for rule in rules}
    assert {file: names for file, names in found.items() if names} == {}


def test_leaves_stand_on_the_standard_library_and_one_another():
    for leaf in LEAVES:
        file = ROOT / f"{leaf.replace('.', '/')}.py"
        assert strangers(file.read_text(), leaf) == [], leaf


@pytest.mark.parametrize(
    "line",
    [
        "import httpx",
        "import json, jinja2",
        "from shared.contracts.event import Event",
        "from shared.runtime import clock",
        "from shared import runtime",
        "from services.billing.models import Invoice",
        "from services.attendance.domain import door",
        "from . import decision",
        "def quote():\n    from babel import Locale",
        "if TYPE_CHECKING:\n    import pydantic",
    ],
)
def test_what_rules_may_not_import_is_seen(line):
    assert len(strangers(line, "services.billing.domain")) == 1


def test_what_rules_may_import_is_left_alone():
    allowed = """
from __future__ import annotations
import json
from collections.abc import Mapping
from shared.money import Money
from services.billing.domain import fees
from services.billing.domain.decision import Decision
"""
    assert strangers(allowed, "services.billing.domain") == []
