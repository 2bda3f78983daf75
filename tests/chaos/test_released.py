"""The stack that is upgraded: two processes a service behind one door, each with its release."""

import subprocess
from pathlib import Path

import pytest

from stack import plan as plans
from stack.plan import Plan
from stack.profile import ROOT, Ports, Profile
from tests.chaos import checkouts
from tests.chaos.released import (
    PREVIOUS,
    TODAY,
    of_previous,
    release_of,
    run_by,
    second,
    want,
    wanted,
)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A checkout of another release, as far as anybody looks."""
    home = tmp_path / "previous" / "services" / "billing"
    home.mkdir(parents=True)
    (home / "app.py").write_text("print(__file__)")
    return tmp_path / "previous"


@pytest.fixture
def plan(tmp_path: Path, before: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    profile = Profile("data")
    made = plans.make(profile, Ports(5000), profile.prepare(sandbox=True), sandbox=True)
    return of_previous(made, str(before))


def test_all_services_and_their_migrations_begin_with_the_release_before(
    plan: Plan, before: Path
) -> None:
    assert {release_of(one.env) for one in plan.services} == {PREVIOUS}
    assert {one.env["PYTHONPATH"] for one in plan.services} == {str(before)}
    assert (plan.given["PYTHONPATH"], plan.given["PYTHONSAFEPATH"]) == (str(before), "1")
    billing = next(one for one in plan.services if one.name == "billing")
    said = subprocess.run(
        billing.command, env=billing.env, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert said.stdout.strip() == str(before / "services" / "billing" / "app.py")


def test_the_door_knows_both_processes_of_a_service(plan: Plan) -> None:
    billing = next(one for one in plan.services if one.name == "billing")
    other = second(billing, plan)
    assert other.name == "billing 2"
    assert other.port != billing.port
    assert other.env["BILLING_PORT"] == str(other.port)
    assert release_of(other.env) == PREVIOUS
    assert plan.door.env["BILLING_UPSTREAM"] == f"127.0.0.1:{billing.port} 127.0.0.1:{other.port}"


def test_a_process_that_is_replaced_differs_in_its_code_only(plan: Plan, before: Path) -> None:
    billing = next(one for one in plan.services if one.name == "billing")
    today = run_by(billing, TODAY, str(before))
    assert today.env["PYTHONPATH"] == str(ROOT)
    assert release_of(today.env) == TODAY
    same = set(billing.env.items()) ^ set(today.env.items())
    assert {name for name, _ in same} == {"PYTHONPATH", "CHAOS_RELEASE"}
    assert run_by(today, PREVIOUS, str(before)) == billing, "and back"


def test_what_is_wanted_is_kept_by_process_and_the_last_word_counts(tmp_path: Path) -> None:
    assert wanted(tmp_path) == {}
    want(tmp_path, "billing", TODAY)
    want(tmp_path, "billing 2", TODAY)
    want(tmp_path, "billing", PREVIOUS)
    assert wanted(tmp_path) == {"billing": PREVIOUS, "billing 2": TODAY}


def test_without_a_release_somebody_has_to_name_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    git("init", "--quiet")
    git("-c", "user.name=A", "-c", "user.email=a@b.example", "commit", "--allow-empty", "-m", "one")
    monkeypatch.setattr(checkouts, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match="PREVIOUS=<commit>"):
        checkouts.last_release()
    git("tag", "v0.1.0")
    git("-c", "user.name=A", "-c", "user.email=a@b.example", "commit", "--allow-empty", "-m", "two")
    assert checkouts.last_release() == "v0.1.0"
