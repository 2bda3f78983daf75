import json
import os
import socket
import stat
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from stack import plan, ports, state
from stack.profile import ROOT, Ports, Profile
from stack.state import Running, State
from stack.supervisor import Lock, Supervisor
from stack.trouble import Trouble


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_PORT_OFFSET", "31000")
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "BILLING_DATABASE_URL", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def refusal(*, sandbox=False):
    """What a stack says that cannot start, before anything of it is started."""
    with pytest.raises(Trouble) as why:
        Supervisor(Profile("data"), sandbox, lambda _: None).run()
    assert "\n" not in str(why.value)
    return str(why.value)


def test_a_port_in_use_is_named_with_its_holder_and_a_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 39080))
        other.listen()
        told = refusal()
    assert "Port 39080 (front door) is taken" in told
    assert f"pid {os.getpid()}" in told
    assert "HOLDFAST_PORT_OFFSET" in told
    assert state.load(Profile("data")).phase == "failed"


def test_a_second_stack_beside_a_running_one_is_refused_the_demos_too(home):
    lock = Lock(home / "lock")
    (home / "demo").mkdir()
    running = State("demo", phase="ready", supervisor=state.this_process("supervisor"))
    state.save(Profile("demo"), running)
    told = refusal()
    assert f"A stack runs already: demo (supervisor pid {os.getpid()})" in told
    assert "bin/holdfast down" in told
    lock.close()


def test_a_state_file_left_by_a_crash_is_no_running_stack():
    ours = state.this_process("billing")
    # Our own pid, but started at another time: somebody else's by now.
    stale = replace(ours, started=ours.started - 1000)
    gone = Running("kafka", 2**22 - 3, time.time())
    left = State("data", phase="ready", supervisor=stale, processes={"k": gone, "b": stale})
    Profile("data").directory.mkdir()
    state.save(Profile("data"), left)
    known = state.load(Profile("data"))
    assert known == left
    assert (known.supervised, known.live()) == (False, [])
    assert state.running_profile() is None


def test_an_unreadable_state_file_is_no_running_stack():
    Profile("data").directory.mkdir()
    Profile("data").state_file.write_text('{"profile": "data", "phase"')
    assert state.running_profile() is None


def test_processes_of_a_killed_supervisor_are_found_and_stopped():
    orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    one = Running("billing", orphan.pid, state.started_at(orphan.pid) or 0)
    left = State("data", phase="ready", processes={"billing": one})
    Profile("data").directory.mkdir()
    state.save(Profile("data"), left)
    told: list[str] = []
    boss = Supervisor(Profile("data"), False, told.append)
    boss._stop_orphans()
    assert orphan.wait(5) == -15
    assert told == ["Stopping 1 processes an earlier supervisor left behind"]


def test_sandbox_is_recorded_with_the_data_and_the_other_kind_is_refused():
    Profile("data").prepare(sandbox=True)
    assert "up --sandbox" in refusal()
    Profile("data").wipe()
    Profile("data").prepare(sandbox=False)
    assert "wall clock" in refusal(sandbox=True)


def test_secrets_are_made_once_and_only_their_owner_can_read_them():
    first = Profile("data").prepare(sandbox=False)
    assert Profile("data").prepare(sandbox=False) == first
    assert first["OPERATOR_KEY"].startswith("hf_local_")
    assert len(set(first.values())) == len(first)
    mode = (Profile("data").directory / "secrets.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_disk_that_is_nearly_full_is_said_before_anything_starts(monkeypatch):
    monkeypatch.setattr(
        "stack.profile.shutil.disk_usage", lambda _: type("Usage", (), {"free": 50 * 2**20})
    )
    told = refusal()
    assert "Only 50 MiB are free" in told
    assert "Free some space" in told


def test_a_full_disk_on_the_way_is_one_line(monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stack.starting.start", full)
    assert "is full" in refusal()


def test_what_the_environment_names_is_used_and_nothing_is_started_in_its_place(monkeypatch):
    profile = Profile("data")
    secrets = profile.prepare(sandbox=False)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092")
    monkeypatch.setenv("BILLING_DATABASE_URL", "postgresql://u:p@db.example/billing")
    made = plan.make(profile, Ports(31000), secrets, sandbox=False)
    assert made.kafka is None
    assert made.bootstrap == "kafka.example:9092"
    assert made.postgres is not None
    assert "billing" not in made.own_databases
    assert "kafka" not in made.all_ports()
    billing = next(one for one in made.services if one.name == "billing")
    assert billing.env["BILLING_DATABASE_URL"] == "postgresql://u:p@db.example/billing"
    assert billing.env["KAFKA_BOOTSTRAP_SERVERS"] == "kafka.example:9092"


def test_a_service_is_given_no_other_services_database(monkeypatch):
    monkeypatch.setenv("BILLING_DATABASE_URL", "postgresql://u:p@db.example/billing")
    profile = Profile("data")
    made = plan.make(profile, Ports(31000), profile.prepare(sandbox=True), sandbox=True)
    for one in made.services:
        urls = [name for name in one.env if name.endswith("_DATABASE_URL")]
        assert urls == [f"{one.name.upper()}_DATABASE_URL"]
        assert one.env["SANDBOX_CLOCK_URL"] == "http://127.0.0.1:39112/"
        assert one.env["OPERATOR_KEY_HASH"] != profile.secrets()["OPERATOR_KEY"]


def test_a_sandbox_cannot_be_turned_on_by_the_shell(monkeypatch):
    monkeypatch.setenv("SANDBOX", "1")
    monkeypatch.setenv("SANDBOX_CLOCK_URL", "http://127.0.0.1:1/")
    profile = Profile("data")
    made = plan.make(profile, Ports(31000), profile.prepare(sandbox=False), sandbox=False)
    assert {one.env["SANDBOX"] for one in made.services} == {"0"}
    assert {one.env["SANDBOX_CLOCK_URL"] for one in made.services} == {""}


def test_status_of_nothing_is_exit_code_3_and_says_how_to_start(home):
    asked = [sys.executable, "-m", "cli", "status"]
    env = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(asked, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 3
    assert "bin/holdfast up" in done.stderr
    told = subprocess.run([*asked, "--json"], capture_output=True, text=True, env=env, check=False)
    assert json.loads(told.stdout)["services"] == []


def test_a_free_port_is_free_and_a_held_one_is_taken():
    port = ports.free_port()
    assert not ports.taken(port)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert ports.taken(port)
        assert ports.listening(port)
