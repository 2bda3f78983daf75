"""The site of docs/: whole, without a dead link, and nothing of it comes from elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from lxml import html
from markdown_it import MarkdownIt

from tests.docs import built
from tests.docs.blocks import DOCS, blocks_of
from tests.docs.commonmark import for_python_markdown
from tests.docs.site import build
from tests.docs.staging import OTHERS, navigation, sources_of
from tests.docs.staging import page as staged

SOURCES = sources_of(DOCS)

# Addresses that stand in the theme's one script, for what no page of ours has: drawings by Mermaid,
# galleries, Python in the browser, a repository's stars. Nothing is fetched from them unless a page
# has an element of that kind (DORMANT); a browser is asked too (tests/pages/test_documents.py).
IN_SCRIPTS = {"unpkg.com", "cdn.jsdelivr.net", "api.github.com", "gitlab.com", "www.w3.org"}
DORMANT = "//*[contains(concat(' ', @class, ' '), ' mermaid ')] | //*[@class='glightbox']"
DORMANT += " | //*[contains(@class, 'pyodide')] | //*[@data-md-component='source']"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where, said = build(DOCS, tmp_path_factory.mktemp("documents") / "site")
    assert "No issues found" in said
    return where


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, built.Page]:
    return built.pages(site)


def test_every_page_is_there_and_has_a_place_in_the_navigation(site, pages):
    written = {name.replace(".md", ".html") for name in SOURCES}
    assert len(written) > 18
    assert written == set(pages) - {"404.html"}
    config = yaml.safe_load((site.parent / "mkdocs.yml").read_text())
    others = [one for one in config["nav"] if OTHERS in one]
    assert others == [], "give them a place in mkdocs.yml"
    for page in (pages[name] for name in written):
        led = {urlsplit(link).path.removeprefix("./") for link in page.leads()}
        assert written <= led | {page.path.name}, f"{page.path.name} does not lead to each page"


def test_every_link_leads_to_a_page_a_file_or_a_heading_that_is_there(site, pages):
    assert sum(len(page.leads()) for page in pages.values()) > 500
    assert built.nowhere(site, pages) == []


def test_nothing_is_loaded_from_elsewhere(site, pages):
    loaded = [link.removeprefix("./") for page in pages.values() for link in page.loads()]
    assert {"site/site.css", "site/favicon.svg"} <= set(loaded)
    assert [link for link in loaded if urlsplit(link).netloc] == []
    styled = built.styles(site)
    assert "fonts/inter-latin-400-normal.woff2" in {address for _, address in styled}
    assert [each for each in styled if urlsplit(each[1]).netloc] == []
    for sheet, address in styled:
        if not address.startswith(("data:", "#")):
            assert (sheet.parent / address.partition("#")[0]).is_file(), (sheet, address)


def test_what_the_theme_could_load_no_page_asks_for(site, pages):
    said = {
        address
        for script in site.rglob("*.js")
        for address in re.findall(r"https?://([a-z0-9.-]+\.[a-z]+)[/\"'`]", script.read_text())
    }
    assert said <= IN_SCRIPTS | {"fontawesome.com"}, "what is this for?"
    assert [name for name, page in pages.items() if page.root.xpath(DORMANT)] == []


def test_each_page_shows_what_its_text_says(pages):
    """Lists, tables and code come out as CommonMark has them, which is how they were written."""
    reader = MarkdownIt("commonmark").enable("table")
    for name, source in SOURCES.items():
        page = pages[name.replace(".md", ".html")]
        wanted = html.fragment_fromstring(reader.render(source.read_text()), create_parent="div")
        assert page.counts() == built.counts(wanted), source.name
        code = [one.text.strip() for one in blocks_of(source.name, source.read_text())]
        assert [one.strip() for one in page.shown()] == code, source.name


def test_every_page_is_found_by_its_words(site):
    index = json.loads((site / "search.json").read_text())
    found = {one["location"].partition("#")[0] for one in index["items"]}
    assert {name.replace(".md", ".html") for name in SOURCES} <= found


@pytest.mark.parametrize(
    ("text", "why"),
    [("[there](nowhere.md)", "nowhere.md"), ("[there](#no-such-heading)", "no-such-heading")],
)
def test_a_dead_link_ends_the_build(tmp_path, text, why):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# One page\n\n{text}\n")
    with pytest.raises(RuntimeError, match=why):
        build(tmp_path / "docs", tmp_path / "site")


def test_a_link_to_a_file_that_is_not_there_is_found(tmp_path):
    for name, text in {
        "a.html": '<a href="b.html#x"></a><img src="c.png">',
        "b.html": "<p>",
    }.items():
        (tmp_path / name).write_text(f"<html><body>{text}</body></html>")
    found = built.nowhere(tmp_path, built.pages(tmp_path))
    assert found == ["a.html: b.html#x", "a.html: c.png"]


def test_a_page_that_nobody_named_stands_at_the_end_and_one_that_is_not_written_is_left_out():
    wanted = ["index.md", {"Run": [{"Day": "day.md"}, {"Night": "night.md"}]}, {"Why": ["why.md"]}]
    assert navigation(wanted, {"index.md", "day.md", "new.md"}) == [
        "index.md",
        {"Run": [{"Day": "day.md"}]},
        {OTHERS: ["new.md"]},
    ]


def test_links_from_file_to_file_become_links_from_page_to_page(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (tmp_path / "code.py").touch()
    (tmp_path / "README.md").write_text(
        "[a](docs/a.md#x) `docs/a.md` `docs/b.md` [`code.py`](code.py) [this](code.py) [no](no.py)\n"
        "```\n[a](docs/a.md)\n```\n"
    )
    (docs / "a.md").write_text("[tour](../README.md#there) [out](https://example.org/a.md)")
    assert staged(tmp_path / "README.md", docs) == (
        "[a](a.md#x) [`a.md`](a.md) `docs/b.md` `code.py` this (`code.py`) [no](no.py)\n\n"
        "```\n[a](docs/a.md)\n```\n"
    )
    assert staged(docs / "a.md", docs) == "[tour](readme.md#there) [out](https://example.org/a.md)"


def test_lists_and_tables_are_read_as_they_were_written():
    text = (
        "Prose:\n* one\n  goes on\n\n  ```sh\n    make\n  ```\n\n  1. inner\n\n     its own\n"
        "\n  end\n* two\nlazily\n\nProse\n| a |\n|---|\n| b |\n"
    )
    assert for_python_markdown(text) == (
        "Prose:\n\n* one\n    goes on\n\n    ```sh\n      make\n    ```\n\n    1. inner\n\n"
        "        its own\n\n    end\n\n* two\n    lazily\n\nProse\n\n| a |\n|---|\n| b |\n"
    )
