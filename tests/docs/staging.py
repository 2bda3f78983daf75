"""What the site is made of: docs/ as it is, with what only a site needs.

Pages keep their words. A page that is named as a file (`docs/zoom.md`) becomes a link; a link to a
file of the repository becomes its name, for a site shows no code; README and CHANGELOG are pages
too. Pages that the navigation does not name yet stand at its end, and what it names too early is
left out.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.docs.blocks import ROOT
from tests.docs.commonmark import for_python_markdown

CONFIG = ROOT / "mkdocs.yml"
STATIC = ROOT / "services" / "web" / "static"
BESIDE = {"README.md": "readme.md", "CHANGELOG.md": "changelog.md"}  # file beside docs/ → page
OTHERS = "More"
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")
_NAMED = re.compile(r"(?<!\[)`docs/([a-z-]+\.md)`(?!\])")
_CODE = re.compile(r"(^ *```.*?^ *```)", re.MULTILINE | re.DOTALL)


def stage(docs: Path, into: Path) -> Path:
    """The configuration of a site of `docs`, and its sources beside it; they are made anew."""
    shutil.rmtree(into, ignore_errors=True)
    pages = into / "pages"
    shutil.copytree(docs, pages)
    sources = sources_of(docs)
    for name, source in sources.items():
        (pages / name).write_text(page(source, docs))
    fonts = pages / "site" / "fonts"
    fonts.mkdir(parents=True)
    for face in STATIC.rglob("*-latin-[46]00-normal.woff2"):
        shutil.copy(face, fonts)
    shutil.copy(STATIC / "favicon.svg", pages / "site")
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
    config["nav"] = navigation(config["nav"], set(sources))
    config |= {"docs_dir": "pages", "site_dir": "built"}
    (into / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
    return into / "mkdocs.yml"


def sources_of(docs: Path) -> dict[str, Path]:
    """Page → the file that it is made of."""
    beside = {page: docs.parent / name for name, page in BESIDE.items()}
    there = {page: source for page, source in beside.items() if source.is_file()}
    return {one.name: one for one in sorted(docs.glob("*.md"))} | there


def navigation(wanted: list[Any], there: set[str]) -> list[Any]:
    """The navigation with the pages that are there, all of them."""
    left = there - set(_files(wanted))
    kept = _pruned(wanted, there)
    return [*kept, {OTHERS: sorted(left)}] if left else kept


def _files(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    below = part.values() if isinstance(part, dict) else part
    return [name for one in below for name in _files(one)]


def _pruned(entries: list[Any], there: set[str]) -> list[Any]:
    return [_kept(one, there) for one in entries if set(_files(one)) & there]


def _kept(entry: Any, there: set[str]) -> Any:
    if isinstance(entry, str):
        return entry
    [(title, below)] = entry.items()
    return {title: below if isinstance(below, str) else _pruned(below, there)}


def page(source: Path, docs: Path) -> str:
    """One page as the site's Markdown."""
    parts = _CODE.split(source.read_text())
    for number in range(0, len(parts), 2):  # every second one is code
        text = _LINK.sub(lambda found: _linked(found, source, docs), parts[number])
        parts[number] = _NAMED.sub(
            lambda found: f"[`{found[1]}`]({found[1]})" if (docs / found[1]).exists() else found[0],
            text,
        )
    return for_python_markdown("".join(parts))


def _linked(found: re.Match[str], source: Path, docs: Path) -> str:
    """A link from one file to another, as it is from page to page. Where nothing is it stays, so
    that the build stumbles over it."""
    text, target, heading = found[1], found[2], found[3] or ""
    file = Path(os.path.normpath(source.parent / target))
    if file.parent == docs.parent and file.name in BESIDE:
        return f"[{text}]({BESIDE[file.name]}{heading})"
    if file.is_relative_to(docs):
        return f"[{text}]({file.relative_to(docs).as_posix()}{heading})"
    if not file.exists():
        return found[0]
    name = f"`{file.relative_to(docs.parent).as_posix()}`"
    return text if text.startswith("`") else f"{text} ({name})"
