"""What `make check` looks for is really found: secrets, broken packages, Bandit's rules."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import advisories, leaks

ROOT = Path(__file__).parents[2]
# Put together here, so that this file has none itself.
SECRETS = {
    "private key": "-----BEGIN EC PRIVATE " + "KEY-----\nMHcCAQEEIBs3Yk0yZ1q7b2J0b3hYbW",
    "key of Holdfast": "hf_live_" + "Zk3" * 14,
    "key of Stripe": "sk_live_" + "4eC39HqLyjWDarjt",
    "key of AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "token of GitHub": "ghp_" + "a1B2" * 9,
    "token of Slack": "xoxb-" + "123456789012-abc",
    "key of Google": "AIza" + "Sy0" * 11 + "ab",
    "signed token": ".".join(
        ["eyJhbGciOiJFUzI1NiJ9" + "00", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "x" * 43]
    ),
    "password in an address": "postgresql://billing:" + "correct-horse" + "@db.internal/billing",
}


@pytest.mark.parametrize("form", SECRETS)
def test_each_form_of_a_secret_is_found_with_its_line(form: str) -> None:
    text = f"first\n# a remark\nvalue = '{SECRETS[form]}'\n"
    assert list(leaks.found_in("some/file.py", text.encode())) == [(form, 3)]


def test_files_that_hold_secrets_are_found_by_their_names() -> None:
    for name in (".env", "deploy/tls.key", "a/secrets.json", "operator.key", "x/id_ed25519"):
        assert list(leaks.found_in(name, b"")) == [("a file for secrets", 0)]
    for name in (".env.example", "shared/runtime/keys.py", "monkey.keys"):
        assert list(leaks.found_in(name, b"")) == []


def test_what_only_looks_like_one_is_left_alone() -> None:
    for text in (
        "hf_test_operator-of-the-tests",
        "postgresql://billing:{password}@127.0.0.1/billing",
        "postgresql://u:p@h/d",
        "-----BEGIN PRIVATE KEY-----\n",
        "sk_test_fake",
    ):
        assert list(leaks.found_in("x.py", text.encode())) == []


def test_there_is_none_in_the_repository() -> None:
    names = leaks.committed()
    assert len(names) > 500
    assert leaks.leaks(names) == []
    assert all((ROOT / file).exists() for file, _ in leaks.KNOWN), "what is known is there still"


LOCK = """\
# This file was made.
jinja2==3.1.5 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via fastapi
Uvicorn[standard]==0.30.0 ; python_version >= "3.11" \\
    --hash=sha256:cc
loose>=1.0
bare==1.0
"""


def test_a_broken_or_loose_package_is_told() -> None:
    broken = {"jinja2": {"CVE-2025-27516": "3.1.6", "CVE-2024-56326": "3.1.5"}}
    assert advisories.faults(LOCK, broken) == [
        "jinja2 3.1.5 has CVE-2025-27516, mended in 3.1.6",
        "loose>=1.0 is not pinned by version and hash",
        "bare is not pinned by version and hash",
    ]


def test_nothing_locked_is_broken() -> None:
    assert "joserfc" in advisories.known()
    locks = sorted(advisories.REQUIREMENTS.rglob("*.txt"))
    above = [lock.name for lock in locks if lock.parent == advisories.REQUIREMENTS]
    assert above == [
        "base.txt", "chart.txt", "dev.txt", "operators.txt", "runtime.txt", "service.txt",
        "signing.txt",
    ]  # fmt: skip
    images = [lock.stem for lock in locks if lock.parent != advisories.REQUIREMENTS]
    assert images == [
        "attendance", "billing", "certificates", "notifications", "partners", "registration",
        "signing", "stack", "tools", "web",
    ]  # fmt: skip
    for lock in locks:
        text = lock.read_text()
        assert len(list(advisories.locked(text))) > 2
        assert advisories.faults(text, advisories.known()) == []


def test_a_look_up_that_could_not_look_is_no_good_news() -> None:
    clean = {"name": "a", "version": "1", "vulns": []}
    bad = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
    skipped = {"name": "c", "skip_reason": "Dependency not found"}
    assert advisories.told_by({"dependencies": [clean]}) == []
    assert advisories.told_by({"dependencies": [clean, bad, skipped]}) == [
        "b 2 has CVE-1, mended in 2.1",
        "c could not be looked up",
    ]
    assert advisories.told_by({"dependencies": []}) == ["nothing was looked up"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("import subprocess\nsubprocess.run('ls ' + x, shell=True)\n", "S602"),
        ("eval(x)\n", "S307"),
        ("import pickle\npickle.loads(x)\n", "S301"),
        ("import httpx\nhttpx.get(x, verify=False, timeout=1)\n", "S501"),
        ("import yaml\nyaml.load(x)\n", "S506"),
        ("import hashlib\nhashlib.md5(x)\n", "S324"),
        ("from jinja2 import Environment\nEnvironment()\n", "S701"),
        ("password = 'correct horse'\n", "S105"),
        ("import xml.etree.ElementTree as e\ne.parse(x)\n", "S314"),
    ],
)
def test_bandit_s_rules_are_on_where_services_are(text: str, rule: str) -> None:
    words = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"]
    done = subprocess.run(
        [*words, "--stdin-filename", "services/billing/new.py", "-"],
        input=text, capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert rule in done.stdout
