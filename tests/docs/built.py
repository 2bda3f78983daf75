"""A built site, read as a browser would: what its pages load, where they lead, what they show."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

_STYLED = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])([^'")]+)""")
# What a browser fetches by itself; `a href` is where a person may go.
_LOADED = {
    "link": "href",
    "script": "src",
    "img": "src",
    "source": "src",
    "iframe": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
    "embed": "src",
}
COUNTED = ("li", "pre", "table", "tr", "h1", "h2", "h3", "blockquote")


@dataclass
class Page:
    path: Path
    root: html.HtmlElement = field(repr=False)

    @cached_property
    def ids(self) -> set[str]:
        return {*self.root.xpath("//@id"), *self.root.xpath("//a/@name"), ""}

    @cached_property
    def article(self) -> html.HtmlElement:
        [found] = self.root.xpath("//article")
        return found

    def leads(self) -> list[str]:
        return [str(one) for one in self.root.xpath("//a/@href | //area/@href")]

    def loads(self) -> list[str]:
        """Addresses that the page fetches; `rel=canonical` and such are only said."""
        found: list[str] = []
        for tag, name in _LOADED.items():
            for one in self.root.iter(tag):
                said = one.get("rel", "") in {"canonical", "alternate", "prev", "next", "edit"}
                found += [one.get(name)] if one.get(name) and not said else []
        for several in self.root.xpath("//@srcset"):
            found += [one.split()[0] for one in several.split(",")]
        for style in [*self.root.xpath("//style/text()"), *self.root.xpath("//@style")]:
            found += _STYLED.findall(style)
        return found

    def shown(self) -> list[str]:
        """The blocks of code, as text."""
        return ["".join(one.itertext()) for one in self.article.iter("pre")]

    def counts(self) -> Counter[str]:
        return counts(self.article)


def counts(root: html.HtmlElement) -> Counter[str]:
    """How many elements of each kind that a writer makes."""
    return Counter({tag: sum(1 for _ in root.iter(tag)) for tag in COUNTED})


def pages(site: Path) -> dict[str, Page]:
    """By name: `zoom.html`. Files that only come along are not read."""
    return {
        one.name: Page(one, html.document_fromstring(one.read_text()))
        for one in sorted(site.glob("*.html"))
    }


def styles(site: Path) -> list[tuple[Path, str]]:
    """What each stylesheet loads."""
    return [
        (sheet, address)
        for sheet in sorted(site.rglob("*.css"))
        for address in _STYLED.findall(sheet.read_text())
    ]


def nowhere(site: Path, found: dict[str, Page]) -> list[str]:
    """The links that lead to no page, no file or no heading, as `page: link`."""
    wrong: list[str] = []
    for name, page in found.items():
        for link in [*page.leads(), *page.loads()]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = (site / unquote(parts.path).lstrip("/")) if parts.path else page.path
            path = path / "index.html" if path.is_dir() else path
            to = found.get(path.name) if path.parent == site else None
            if not path.is_file() or (to and unquote(parts.fragment) not in to.ids):
                wrong.append(f"{name}: {link}")
    return wrong
