"""The README's table is what the contracts say; its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import typer

from cli.main import app
from services.certificates.commands.look import TEMPLATE
from services.certificates.render import _TEMPLATES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_table_of_who_says_and_hears_what_is_generated() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "shared.contracts.table"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    written = README.split("<!-- table -->")[1].split("<!-- /table -->")[0].strip()
    assert written == made, "make readme"


def test_every_path_in_the_readme_exists() -> None:
    named = set(re.findall(r"\]\(([^)]+)\)", README)) | set(
        re.findall(r"`((?:tests|docs|shared|examples)/[\w./-]+)`", README)
    )
    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_readme_names_the_template_that_certificates_are_made_by() -> None:
    [line] = [one for one in README.splitlines() if "A field on a certificate" in one]
    assert _TEMPLATES[TEMPLATE] in line


def _typed(text: str) -> set[tuple[str, ...]]:
    """The words of each `bin/holdfast …` of a text, as far as its line or its backticks go."""
    return {tuple(one.split()) for one in re.findall(r"bin/holdfast ([^`\n\\)|;,]+)", text)}


def _wrong(words: tuple[str, ...]) -> str:
    """What of a command is not there: its name, or an option; empty where all is."""
    command = typer.main.get_command(app)
    options: set[str] = set()
    for word in words:
        below = getattr(command, "commands", {})
        options |= {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        if word in below:
            command = below[word]
            options |= {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        elif (
            below
            and not word.startswith("-")
            and not getattr(command, "invoke_without_command", False)
        ):
            return word
    named = [word for word in words if word.startswith("--") and word != "--help"]
    return " ".join(word for word in named if word not in options)


def test_every_command_in_the_documents_exists_with_its_options() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    typed = {words for page in pages for words in _typed(page.read_text())}
    assert ("certificates", "outcome", "COURSE", "R", "accepted") in typed
    assert {" ".join(words): wrong for words in typed if (wrong := _wrong(words))} == {}


def test_an_operator_finds_each_act_of_a_session_day_in_its_page() -> None:
    told = (ROOT / "docs" / "session-day.md").read_text()
    assert "docs/session-day.md" in README
    for act in (
        "/sheet", "/corrections", "/meeting", "/unmatched", "/approvals", "/post-test",
        "/evaluations", "reporting:", "keep_years", "cebroker", "holdfast tasks",
        "attendance import", "session watch", "session complete", "certificates report ",
        "activity-file", "rotate-key", "--offline", "--issuer",
    ):  # fmt: skip
        assert act in told, act
