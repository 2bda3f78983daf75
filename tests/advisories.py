"""Is anything locked that is known to be broken, or that nobody could tell from another file?

`python -m tests.advisories` (part of `make check`) compares `requirements/*.txt` with
`requirements/advisories.toml`, offline. `python -m tests.advisories ask` has pip-audit look them up,
and believes it only where it could look at every package.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
_PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")


def locked(text: str) -> Iterator[tuple[str, str, bool]]:
    """Of each requirement of a lock its name, its version ("" where it is not pinned), and whether
    it has a hash."""
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        bare = line.split(" #")[0].strip()
        if not bare or bare.startswith(("#", "--")):
            continue
        known = _PINNED.match(bare)
        name, version = known.groups() if known else ("", "")
        hashed = "--hash=sha256:" in bare
        yield canonicalize_name(name) or bare.split()[0], version, hashed


def faults(text: str, advisories: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is wrong with a lock, a line each."""
    told = []
    for name, version, hashed in locked(text):
        if not version or not hashed:
            told.append(f"{name} is not pinned by version and hash")
            continue
        told += [
            f"{name} {version} has {advisory}, mended in {mended}"
            for advisory, mended in advisories.get(name, {}).items()
            if Version(version) < Version(mended)
        ]
    return told


def known() -> dict[str, dict[str, str]]:
    """Package → advisory → the first version without it."""
    read: dict[str, Any] = tomllib.loads((REQUIREMENTS / "advisories.toml").read_text())
    return {str(canonicalize_name(name)): dict(each) for name, each in read["advisories"].items()}


def told_by(report: Mapping[str, Any]) -> list[str]:
    """What a report of pip-audit comes to; a package that it could not look up is a fault too."""
    told = []
    for one in report["dependencies"]:
        if "skip_reason" in one:
            told.append(f"{one['name']} could not be looked up")
        for each in one.get("vulns", []):
            mended = ", ".join(each["fix_versions"]) or "no version"
            told.append(f"{one['name']} {one['version']} has {each['id']}, mended in {mended}")
    return told or ([] if report["dependencies"] else ["nothing was looked up"])


def ask() -> list[str]:
    """Have pip-audit look up all that is locked. Raises FileNotFoundError where it is not there."""
    told = []
    # (those of the images are parts of these, which a test holds them to)
    for lock in sorted(REQUIREMENTS.glob("*.txt")):
        words = ["pip-audit", "-r", str(lock), "--disable-pip", "--no-deps", "-f", "json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        told += [f"{lock.name}: {one}" for one in told_by(json.loads(done.stdout or "{}"))]
    return told


def main(words: list[str]) -> int:
    """The command line."""
    if words == ["ask"]:
        told = ask()
    else:
        told = [
            f"{lock.relative_to(REQUIREMENTS)}: {one}"
            for lock in sorted(REQUIREMENTS.rglob("*.txt"))
            for one in faults(lock.read_text(), known())
        ]
    for line in told:
        sys.stderr.write(f"{line}\n")
    return 1 if told else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
