"""Is there a secret in the repository? `python -m tests.leaks`, as `make check` has it.

A few forms that are never anything else, in every file that git knows, and the names of files that
hold secrets. What is meant to be seen (keys of tests, examples in texts) is a line of `KNOWN`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORMS = {
    "private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----\s*[A-Za-z0-9+/=]{20}"),
    "key of Holdfast": re.compile(rb"\bhf_[a-z]+_[A-Za-z0-9_-]{32,}"),
    "key of Stripe": re.compile(rb"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/=]{24,}"),
    "key of AWS": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token of GitHub": re.compile(rb"\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36}|\bgithub_pat_\w{40,}"),
    "token of Slack": re.compile(rb"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "key of Google": re.compile(rb"\bAIza[0-9A-Za-z_-]{35}\b"),
    "signed token": re.compile(rb"\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{32,}"),
    "password in an address": re.compile(
        rb"\b(?:postgresql|postgres|amqp|https?|smtps?|redis)://[^\s:/@'\"{}<>]+:[^\s/@'\"{}<>]{8,}@"
    ),
}  # fmt: skip
FILES = re.compile(
    r"(^|/)(\.env|secrets\.json|operator\.key|id_(rsa|ed25519)|[^/]+\.(pem|p12|pfx|key|jks))$"
)
# (file, form): why it is none.
KNOWN: dict[tuple[str, str], str] = {}


def found_in(name: str, content: bytes) -> Iterator[tuple[str, int]]:
    """Forms of secrets in a file, each with its line; line 0 is its name."""
    if FILES.search(name):
        yield "a file for secrets", 0
    for form, pattern in FORMS.items():
        for hit in pattern.finditer(content):
            yield form, content.count(b"\n", 0, hit.start()) + 1


def leaks(names: Iterable[str]) -> list[str]:
    """`file:line: what it looks like` of all files but what is known."""
    told = []
    for name in names:
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            told += [
                f"{name}:{line}: {form}"
                for form, line in found_in(name, path.read_bytes())
                if (name, form) not in KNOWN
            ]
    return told


def committed() -> list[str]:
    """Every file that git knows, or would take."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted({name for name in done.stdout.split("\0") if name})


def main() -> int:
    """The command line."""
    told = leaks(committed())
    for line in told:
        sys.stderr.write(f"{line}\n")
    if told:
        sys.stderr.write("Take it out, and make a new one: whatever was committed once is known.\n")
    return 1 if told else 0


if __name__ == "__main__":
    raise SystemExit(main())
