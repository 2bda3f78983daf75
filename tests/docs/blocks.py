"""The blocks of code of the documents, read as CommonMark says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# What is made by a program: `--help` of each command, which has a test of its own.
GENERATED = ("docs/command-line.md",)


@dataclass(frozen=True)
class Block:
    """One block: `page` from the root of the repository, `line` from 1, `section` the heading
    that it stands below, `language` empty where nothing says it."""

    page: str
    line: int
    section: str
    language: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def place(self) -> str:
        """What the tables call it by: the page and the heading."""
        return f"{self.page.removeprefix('docs/')} / {self.section}"


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def pages() -> list[Path]:
    """What has commands for people: the README and all of docs/."""
    return [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """The blocks of one page, in order."""
    tokens, section = parsed(text), ""
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            section = tokens[number + 1].content
        elif token.type in {"fence", "code_block"} and token.map:
            yield Block(page, token.map[0] + 1, section, token.info.strip(), token.content)


def blocks() -> list[Block]:
    """All of them but those of generated pages."""
    found: list[Block] = []
    for path in pages():
        name = path.relative_to(ROOT).as_posix()
        if name not in GENERATED:
            found += blocks_of(name, path.read_text())
    return found
