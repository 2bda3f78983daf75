"""Compose falls back to secrets that everybody knows: on this machine only (design.md §3)."""

import re
import subprocess
import sys

import pytest
import yaml

from cli.settings_reference import parts
from stack.laptop import SECRETS, refusal
from stack.profile import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
OWN = {name: f"own-{name}" for name in SECRETS}


@pytest.mark.parametrize(
    "url",
    ["https://courses.example.org", "http://192.168.1.7:8080", "http://127.0.0.1.evil.example", ""],
)
def test_where_others_reach_it_a_published_secret_is_refused_by_name(url):
    told = refusal(OWN | {"PUBLIC_URL": url, "OPERATOR_KEY_HASH": SECRETS["OPERATOR_KEY_HASH"]})
    assert "laptop: OPERATOR_KEY_HASH.\n" in told
    assert ".env.example says how" in told
    assert refusal(OWN | {"PUBLIC_URL": url}) == ""
    assert "SERVICES_PASSWORD" in refusal(OWN | {"PUBLIC_URL": url, "SERVICES_PASSWORD": ""})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"])
def test_on_this_machine_they_are_good_enough(url):
    assert refusal(SECRETS | {"PUBLIC_URL": url}) == ""


def test_the_job_ends_with_1_and_says_why():
    env = SECRETS | {"PUBLIC_URL": "https://courses.example.org", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "stack.laptop"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert ", ".join(SECRETS) in done.stderr
    assert "Traceback" not in done.stderr


def test_what_compose_falls_back_to_is_what_the_job_knows():
    fallbacks = set(re.findall(r"\$\{([A-Z0-9_]+):-([^}]*)\}", COMPOSE))
    fields = {name: field for part in parts() for name, field in part.variables.items()}
    secret = {(name, held) for name, held in fallbacks if held and not fields[name].repr}
    # A hash opens nothing; but whoever knows the key of this one may do everything.
    [hash_of_a_key] = {one for one in fallbacks if one[0] == "OPERATOR_KEY_HASH"}
    assert secret | {hash_of_a_key} == set(SECRETS.items())
    given = yaml.safe_load(COMPOSE)["services"]["secrets"]["environment"]
    assert given.keys() == SECRETS.keys() | {"PUBLIC_URL"}


def test_nothing_with_a_secret_starts_before_the_job_is_done():
    services = yaml.safe_load(COMPOSE)["services"]

    def waits(name):
        needs = services[name].get("depends_on", {})
        return "secrets" in needs or any(map(waits, needs))

    # (Prometheus and Grafana have none, and are reached from this machine only)
    without = {"secrets", "mailpit", "prometheus", "grafana"}
    assert {name for name in services if not waits(name)} == without
    assert services["secrets"]["command"] == ["python3", "-m", "stack.laptop"]


def test_the_example_names_every_secret_and_none_that_nobody_reads():
    text = (ROOT / ".env.example").read_text().partition("# Compose needs its secrets")[2]
    assert set(re.findall(r"^# ([A-Z_]+)=$", text, re.MULTILINE)) == SECRETS.keys()


def test_the_compose_test_has_secrets_of_its_own_whatever_a_dotenv_says():
    script = (ROOT / "tests" / "compose.sh").read_text()
    exported = " ".join(re.findall(r"^export (.*)$", script, re.MULTILINE))
    assert SECRETS.keys() <= set(re.findall(r"[A-Z_]+", exported))
    assert not any(known in script for known in SECRETS.values() if len(known) > 8)
