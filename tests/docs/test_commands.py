"""Every command that a document shows is run, or held to the program that it calls."""

from __future__ import annotations

import re

import pytest

from tests.docs.blocks import ROOT, Block, blocks, blocks_of
from tests.docs.held import faults
from tests.docs.shell import commands, functions
from tests.docs.told import HELD, RUN

ALL = blocks()
SHELL = [one for one in ALL if one.language in {"sh", "bash", "shell", "console"}]
OWN = {
    page: set().union(*(functions(one.text) for one in SHELL if one.page == page))
    for page in {one.page for one in SHELL}
}


def test_every_block_of_code_says_its_language():
    assert len(ALL) > 60
    nameless = [one.where for one in ALL if not one.language]
    assert nameless == [], "write ```sh (or json, ini, text, …), and three ticks, not four blanks"


def test_no_command_hides_in_a_block_of_another_language():
    begins = re.compile(
        r"^\s*(\$ )?([A-Z_]+=\S* )*(bin/holdfast|make|curl|docker|kubectl|helm|python) ",
        re.MULTILINE,
    )
    others = [one for one in ALL if one.language and one not in SHELL]
    assert len(others) > 5
    assert [one.where for one in others if begins.search(one.text)] == []


def test_each_block_of_shell_is_in_the_table_once_and_the_table_has_no_other():
    assert RUN.keys() & HELD.keys() == set()
    there = {one.place for one in SHELL}
    assert there - RUN.keys() - HELD.keys() == set(), (
        "how is it tried? say so in tests/docs/told.py"
    )
    assert (RUN.keys() | HELD.keys()) - there == set(), "no document has these any more"


def test_of_what_runs_each_block_says_what_is_to_be_seen():
    shown = {place: sum(one.place == place for one in SHELL) for place in RUN}
    assert {place: len(said) for place, said in RUN.items()} == shown


def test_what_is_named_as_running_it_is_there():
    named = {name for why in HELD.values() for name in re.findall(r"tests/[\w/.]*\w", why)}
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.where)
def test_what_a_block_calls_is_there(block: Block):
    assert faults(block.text, OWN[block.page]) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bin/holdfast statu", "statu is no command here"),
        ("bin/holdfast status --jso", "No such option: --jso"),
        ("bin/holdfast tasks close", "Missing argument 'TASK'"),
        ("bin/holdfast completion csh", "'csh' is not one of"),
        ("cat x | bin/holdfast up --deatch", "No such option: --deatch"),
        ('A=1 B="$(bin/holdfast lagg)"', "lagg is no command here"),
        ("make everything", "everything is nothing in the Makefile"),
        ("make bench WAHT=relay", "WAHT is nothing in the Makefile"),
        ("python -m bench.nowhere", "there is no such module"),
        ("python -m bench.capacity --lerners 5", "it has no --lerners"),
        ("curl -s $HOLDFAST_URL/billing/v1/nothing", "no service has GET /billing/v1/nothing"),
        ("curl -X DELETE http://127.0.0.1:8080/registration/v1/courses", "no service has DELETE"),
        ("docker compose up --scale biling=3", "--scale biling is not in docker-compose.yml"),
        ("docker compose up -d --scale billing=3", "sets every other one back"),
        ("docker compose --profile nothing up", "--profile nothing is not in docker-compose.yml"),
        ("docker compose logs biling", "biling is not in docker-compose.yml"),
        ("hodlfast up", "what is hodlfast?"),
        ('echo "', "no shell can read it"),
    ],
)
def test_what_is_not_there_is_found(text, why):
    [found] = faults(text, set())
    assert why in found


def test_what_a_sentence_tells_to_type_to_compose_is_there():
    """Of one of ours a sentence may name the beginning only; Compose's are copied as they are."""
    spans = re.compile(r"`(docker compose [^`\n<]*)`")
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    told = {text for page in pages for text in spans.findall(page.read_text())}
    assert len(told) > 10
    assert {text: wrong for text in told if (wrong := faults(text, set()))} == {}


def test_a_block_is_read_as_a_shell_reads_it():
    text = (
        "export A=1   # what it's for\n"
        'X=$(cat key) make demo > out.txt 2>&1 && curl \\\n  -d \'{\n "a": 1}\' "$U/b?c=1#d" | jq .\n'
        'key() { echo "it: $(date +%s)"; }\n'
    )
    assert commands(text) == [
        ["cat", "key"],
        ["date", "+%s"],
        ["export", "A=1"],
        ["make", "demo", "2"],
        ["curl", "-d", '{\n "a": 1}', "$U/b?c=1#d"],
        ["jq", "."],
        ["key"],
        ["echo", "it: WHAT-IT-SAYS"],
    ]
    assert functions(text) == {"key"}


def test_blocks_are_found_in_lists_and_below_their_heading():
    text = "# One\n\n* a\n\n  ```sh\n  make\n  ```\n\n## Two `x`\n\n    indented\n"
    found = [(one.section, one.language, one.text) for one in blocks_of("docs/a.md", text)]
    assert found == [("One", "sh", "make\n"), ("Two `x`", "", "indented\n")]
