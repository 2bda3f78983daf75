"""A release: `python -m stack.release` dates what stands at the top of CHANGELOG.md;
`python -m stack.release 0.2.0` begins the next version.

The version of pyproject.toml is that of the changelog's top section, and the chart's are the same:
this writes all three. Committing and tagging stay with whoever releases; what to type is said.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from packaging.version import InvalidVersion, Version

from stack.images import revision
from stack.profile import ROOT
from stack.trouble import REFUSED, USAGE, Trouble

_TOP = re.compile(r"^## (\d+\.\d+\.\d+) \((unreleased|\d{4}-\d\d-\d\d)\)\n", re.MULTILINE)

_OF_COMPOSE = {
    "docker-compose.yml": r"(\$\{HOLDFAST_VERSION:-)[^}]*(\})",
    "docs/settings.md": r"(?m)(^\| `HOLDFAST_VERSION` .* else `)[^`]*(` \|$)",
}


def dated(changelog: str, today: date) -> tuple[str, str]:
    """The version at the top, and the changelog with its date. Raises `Trouble` where it is out
    already, or where nothing is told of it."""
    found = _TOP.search(changelog)
    if found is None or found[2] != "unreleased":
        raise Trouble(
            "Nothing waits to be released: the changelog's top section has its date.",
            "Begin the next one with: make release NEXT=…",
            REFUSED,
        )
    told = changelog[found.end() :].split("\n## ", maxsplit=1)[0]
    if "\n- " not in f"\n{told}":
        raise Trouble(f"The changelog says nothing of {found[1]}.", "A line a change.", REFUSED)
    heading = f"## {found[1]} ({today.isoformat()})\n"
    return found[1], changelog[: found.start()] + heading + changelog[found.end() :]


def begun(changelog: str, version: str) -> str:
    """The changelog with an empty section of the next version on top."""
    found = _TOP.search(changelog)
    if found is None or found[2] == "unreleased":
        raise Trouble("The section at the top is not out yet.", "First: make release", REFUSED)
    try:
        later = Version(version) > Version(found[1])
    except InvalidVersion:
        later = False
    if not later or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise Trouble(f"{version} is no version after {found[1]}.", "Such as: 1.2.3", USAGE)
    return f"{changelog[: found.start()]}## {version} (unreleased)\n\n{changelog[found.start() :]}"


def versioned(root: Path, version: str) -> None:
    """Write the version where it stands: pyproject.toml, the charts made of it, and Compose, with
    the page that tells of it."""
    project = root / "pyproject.toml"
    text = project.read_text()
    project.write_text(re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', text, count=1))
    for chart in sorted(root.glob("deploy/helm/*/Chart.yaml")):
        text = re.sub(r"(?m)^version: .*$", f"version: {version}", chart.read_text())
        chart.write_text(re.sub(r"(?m)^appVersion: .*$", f'appVersion: "{version}"', text))
    for path, stands in _OF_COMPOSE.items():
        if (file := root / path).is_file():
            file.write_text(re.sub(stands, rf"\g<1>{version}\g<2>", file.read_text()))


def release(root: Path, today: date) -> str:
    """Date the top section; what to do next, in words."""
    if "-changed" in revision(root):
        raise Trouble("Something here is changed and not committed.", "Commit it first.", REFUSED)
    changelog = root / "CHANGELOG.md"
    version, text = dated(changelog.read_text(), today)
    changelog.write_text(text)
    versioned(root, version)
    return (
        f"{version} has its date. Then:\n"
        f"  make contracts-release VERSION={version}   (where contracts changed)\n"
        f"  git commit -am 'Release {version}' && git tag -a v{version} -m 'Release {version}'\n"
        "  make images PREFIX=… SOURCE=…\n"
        "  make release NEXT=…"
    )


def begin(root: Path, version: str) -> str:
    """Open the next version's section."""
    changelog = root / "CHANGELOG.md"
    changelog.write_text(begun(changelog.read_text(), version))
    versioned(root, version)
    return f"{version} is begun. Its changes go to the top of CHANGELOG.md."


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """The command line."""
    try:
        if words:
            print(begin(root, words[0]))
        else:
            print(release(root, datetime.now(UTC).date()))
    except Trouble as why:
        print(why, file=sys.stderr)
        return why.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
