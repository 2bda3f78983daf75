"""The stack under chaos differs in its ways only: every service goes through the proxies."""

import subprocess
from pathlib import Path

import pytest

from stack import plan as plans
from stack.plan import Plan
from stack.profile import ROOT, Ports, Profile
from tests.chaos.supervised import led, workers


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    for name, value in {
        "HOLDFAST_HOME": str(tmp_path),
        "CHAOS_KAFKA_PORT": "1001",
        "CHAOS_POSTGRES_PORT": "1002",
        "CHAOS_SMTP_PORT": "1003",
        "CHAOS_WORKERS": "billing,notifications",
    }.items():
        monkeypatch.setenv(name, value)
    profile = Profile("data")
    secrets = profile.prepare(sandbox=True)
    return led(plans.make(profile, Ports(5000), secrets, sandbox=True))


def test_services_know_kafka_postgres_and_mail_by_the_proxies_only(plan: Plan) -> None:
    assert [one.name for one in plan.services][0:2] == ["registration", "billing"]
    for one in plan.services:
        url = one.env[f"{one.name.upper()}_DATABASE_URL"]
        assert url.endswith(f"@127.0.0.1:1002/{one.name}"), "and never straight there"
        assert one.env["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:1001"
        assert one.env["NOTIFICATIONS_SMTP_PORT"] == "1003"
    assert plan.kafka is not None
    assert (plan.kafka.port, plan.kafka.advertised) == (13192, 1001)


def test_kafka_tells_its_clients_the_port_of_the_proxy_and_listens_at_its_own(plan: Plan) -> None:
    assert plan.kafka is not None
    plan.kafka.data.joinpath("logs").mkdir(parents=True)
    plan.kafka.data.joinpath("logs", "meta.properties").touch()  # as if it was formatted
    plan.kafka.prepare(lambda _: None)
    said = plan.kafka.settings.read_text().splitlines()
    assert "advertised.listeners=PLAINTEXT://127.0.0.1:1001" in said
    assert "listeners=PLAINTEXT://127.0.0.1:13192,CONTROLLER://127.0.0.1:13193" in said


def test_workers_more_are_workers_only_and_may_run_another_checkout(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = workers(plan)
    assert [one.name for one in ours] == ["billing worker", "notifications worker"]
    assert {one.env["HOLDFAST_ROLE"] for one in ours} == {"worker"}
    assert len({one.port for one in [*ours, *plan.services]}) == 9
    other = tmp_path / "services" / "billing"
    other.mkdir(parents=True)
    (other / "app.py").write_text("print(__file__)")
    monkeypatch.setenv("CHAOS_PREVIOUS", str(tmp_path))
    worker = workers(plan)[0]
    said = subprocess.run(
        worker.command, env=worker.env, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert said.stdout.strip() == str(other / "app.py")
