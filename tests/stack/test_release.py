"""A release dates the changelog's top section; the version stands in one place, and others follow."""

import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

from stack import images, release
from stack.profile import ROOT
from stack.trouble import Trouble

CHANGELOG = """\
# Changelog

## 0.2.0 (unreleased)
- Something new.

## 0.1.0 (2026-01-31)
- The first.
"""
TODAY = date(2026, 3, 1)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a changelog, a project and a chart, all committed."""
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "0.2.0"\n')
    chart = tmp_path / "deploy" / "helm" / "x"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text('name: x\nversion: 0.2.0\nappVersion: "0.2.0"\n')
    (tmp_path / "docker-compose.yml").write_text("image: x:${HOLDFAST_VERSION:-0.2.0}\n")
    (tmp_path / "docs").mkdir()
    row = "| `HOLDFAST_VERSION` | As. | text |  |  |  | .env, else `0.2.0` |\n| `X` | else `0.2.0` |\n"
    (tmp_path / "docs" / "settings.md").write_text(row)
    own = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init"], ["add", "."], [*own, "commit", "-m", "first"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_what_is_at_the_top_gets_its_date_and_nothing_else_changes(checkout: Path) -> None:
    told = release.release(checkout, TODAY)
    expected = CHANGELOG.replace("0.2.0 (unreleased)", "0.2.0 (2026-03-01)")
    assert (checkout / "CHANGELOG.md").read_text() == expected
    assert "git tag -a v0.2.0" in told


def test_the_next_version_has_a_section_of_its_own_and_everything_carries_it(
    checkout: Path,
) -> None:
    text = CHANGELOG.replace("(unreleased)", "(2026-03-01)")
    (checkout / "CHANGELOG.md").write_text(text)
    assert release.main(["0.3.0"], checkout) == 0
    assert (
        (checkout / "CHANGELOG.md")
        .read_text()
        .startswith(
            "# Changelog\n\n## 0.3.0 (unreleased)\n\n## 0.2.0 (2026-03-01)\n- Something new.\n"
        )
    )
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    assert project == {"name": "x", "version": "0.3.0"}
    chart = yaml.safe_load((checkout / "deploy" / "helm" / "x" / "Chart.yaml").read_text())
    assert chart == {"name": "x", "version": "0.3.0", "appVersion": "0.3.0"}
    compose = (checkout / "docker-compose.yml").read_text()
    assert compose == "image: x:${HOLDFAST_VERSION:-0.3.0}\n"
    [ours, other] = (checkout / "docs" / "settings.md").read_text().splitlines()
    assert ours == "| `HOLDFAST_VERSION` | As. | text |  |  |  | .env, else `0.3.0` |"
    assert "0.2.0" in other


def test_what_is_out_is_not_released_again_and_what_is_open_is_not_passed_over() -> None:
    out = CHANGELOG.replace("(unreleased)", "(2026-03-01)")
    with pytest.raises(Trouble, match="has its date"):
        release.dated(out, TODAY)
    with pytest.raises(Trouble, match="not out yet"):
        release.begun(CHANGELOG, "0.3.0")
    for wrong in ("0.2.0", "0.1.9", "1.0", "v1.0.0", "later"):
        with pytest.raises(Trouble, match="is no version after"):
            release.begun(out, wrong)


def test_a_version_of_which_nothing_is_told_is_not_released() -> None:
    with pytest.raises(Trouble, match=r"says nothing of 0\.2\.0"):
        release.dated(CHANGELOG.replace("- Something new.\n", ""), TODAY)


def test_nothing_is_released_that_is_not_committed(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "pyproject.toml").write_text("[project]\n")
    assert release.main([], checkout) == 1
    assert "not committed" in capsys.readouterr().err
    assert (checkout / "CHANGELOG.md").read_text() == CHANGELOG


def test_the_version_here_is_that_of_the_changelogs_top_section_and_of_the_charts() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    tops = [re.fullmatch(r"(\d+\.\d+\.\d+) \((unreleased|\d{4}-\d\d-\d\d)\)", h) for h in headings]
    assert all(tops), headings
    assert tops[0] is not None
    assert tops[0][1] == images.version()
    charts = [yaml.safe_load(p.read_text()) for p in ROOT.glob("deploy/helm/*/Chart.yaml")]
    assert {v for one in charts for v in (one["version"], one["appVersion"])} <= {images.version()}
