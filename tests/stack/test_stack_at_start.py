import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from stack import plan as plans
from stack import ports, starting, state
from stack.jars import class_path
from stack.lock import Lock
from stack.profile import ROOT, Ports, Profile
from stack.state import Running, State
from stack.supervisor import Stopped, Supervisor
from stack.trouble import Trouble


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    # Below the ports that the system gives to outgoing connections: else one may be taken by chance.
    monkeypatch.setenv("HOLDFAST_PORT_OFFSET", "21000")
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "BILLING_DATABASE_URL", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def refusal(*, sandbox=False):
    """What a stack says that cannot start, before anything of it is started."""
    return refused(sandbox=sandbox)[0]


def refused(*, sandbox=False):
    """... and with which exit code."""
    with pytest.raises(Trouble) as why:
        Supervisor(Profile("data"), sandbox, lambda _: None).run()
    assert "\n" not in str(why.value)
    return str(why.value), why.value.code


def test_a_port_in_use_is_named_with_its_holder_and_a_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 29080))
        other.listen()
        told = refusal()
    assert "Port 29080 (front door) is taken" in told
    assert f"pid {os.getpid()}" in told
    assert "HOLDFAST_PORT_OFFSET" in told
    assert state.load(Profile("data")).phase == "failed"


def test_a_second_stack_beside_a_running_one_is_refused_the_demos_too(home):
    lock = Lock(home / "lock")
    (home / "demo").mkdir()
    running = State("demo", phase="ready", supervisor=state.this_process("supervisor"))
    state.save(Profile("demo"), running)
    told, code = refused()
    assert code == 1
    assert f"A stack runs already: demo (supervisor pid {os.getpid()})" in told
    assert "bin/holdfast down" in told
    lock.close()


def test_a_state_file_left_by_a_crash_is_no_running_stack():
    ours = state.this_process("billing")
    # Our own pid, but started at another time: somebody else's by now.
    stale = replace(ours, started=ours.started - 1000)
    gone = Running("kafka", 2**22 - 3, 1000.0)
    left = State("data", phase="ready", supervisor=stale, processes={"k": gone, "b": stale})
    Profile("data").directory.mkdir()
    state.save(Profile("data"), left)
    known = state.load(Profile("data"))
    assert known == left
    assert (known.supervised, known.live()) == (False, [])
    assert state.running_profile() is None


@pytest.mark.parametrize("step", [-86_400.0, 3_600.0])
def test_a_stack_is_its_own_also_after_the_wall_clock_was_set(monkeypatch, step):
    ours = state.this_process("supervisor")
    Profile("data").directory.mkdir()
    state.save(Profile("data"), State("data", phase="ready", supervisor=ours))
    # Linux dates its start, and by it every process, from the wall clock.
    moved = psutil.boot_time() + step
    monkeypatch.setattr("psutil.boot_time", lambda: moved)
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: moved)
    known = state.running_profile()
    assert known is not None
    assert known.supervised


def test_a_pid_of_an_earlier_start_of_the_machine_is_somebody_elses():
    ours = state.this_process("supervisor")
    assert state.alive(ours)
    assert not state.alive(replace(ours, boot="00000000-0000-0000-0000-000000000000"))


def test_another_users_stack_is_said_to_be_one(home, monkeypatch):
    def closed(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", closed)
    with pytest.raises(Trouble, match="belongs to another user") as why:
        state.running_profile()
    assert why.value.code == 1
    monkeypatch.setattr(Path, "open", lambda path, _mode: closed(path))
    with pytest.raises(Trouble, match="belongs to another user"):
        Lock(home / "lock")


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
    told, code = refused()
    assert ("up --sandbox" in told, code) == (True, 1)
    Profile("data").wipe()
    Profile("data").prepare(sandbox=False)
    told, code = refused(sandbox=True)
    assert ("wall clock" in told, code) == (True, 1)


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


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_order_when_its_terminal_is_closed(monkeypatch, number):
    told: list[str] = []

    def say(line):
        told.append(line)
        raise OSError(5, "Input/output error")  # what a closed terminal answers

    def start(children, plan):
        children.spawn(plans.Process("web", ["sleep", "60"], dict(os.environ), 1))
        os.kill(os.getpid(), number)
        for _ in range(100):
            children.check()
            time.sleep(0.01)

    monkeypatch.setattr("stack.starting.start", start)
    before = {one: signal.getsignal(one) for one in (1, 2, 15)}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever started the tests may ignore it
    boss = Supervisor(Profile("data"), False, say)
    try:
        boss.run()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert told == ["Stopping"]
    assert boss.children.known["web"].popen.poll() == -15
    assert state.load(Profile("data")).phase == "stopped"


def test_a_download_on_its_way_keeps_nobody_from_stopping(tmp_path, monkeypatch):
    class Asked(Exception):
        """Somebody asked to stop."""

    began, asked_to_stop, let_go = threading.Event(), threading.Event(), threading.Event()

    def download(jar, into):
        began.set()
        let_go.wait(60)  # as a line that is dead does
        raise OSError

    def check():
        if asked_to_stop.is_set():
            raise Asked

    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setattr("stack.jars._download", download)
    threading.Thread(target=lambda: began.wait(10) and asked_to_stop.set()).start()
    since = time.monotonic()
    with pytest.raises(Asked):
        class_path(tmp_path / "marker", lambda _: None, check)
    assert time.monotonic() - since < 5
    assert list((tmp_path / "m2").iterdir()) == []
    waited_for = [one for one in threading.enumerate() if not one.daemon and "fetch" in one.name]
    assert waited_for == []
    let_go.set()


def test_a_stack_that_is_to_stop_waits_for_no_step_of_starting(monkeypatch):
    let_go = threading.Event()

    class Children:
        def __getattr__(self, name):
            return lambda *_, **__: None

        def revive(self, *, starting_up):
            raise Stopped

    profile = Profile("data")
    made = plans.make(profile, Ports(21000), profile.prepare(sandbox=False), sandbox=False)
    monkeypatch.setattr("stack.postgres.Postgres.prepare", lambda _: let_go.wait(20))
    monkeypatch.setattr("stack.kafka.Kafka.prepare", lambda *_: let_go.wait(20))
    since = time.monotonic()
    with pytest.raises(Stopped):
        starting.start(Children(), made)
    assert time.monotonic() - since < 5
    let_go.set()


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
    made = plans.make(profile, Ports(21000), secrets, sandbox=False)
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
    made = plans.make(profile, Ports(21000), profile.prepare(sandbox=True), sandbox=True)
    for one in made.services:
        urls = [name for name in one.env if name.endswith("_DATABASE_URL")]
        assert urls == [f"{one.name.upper()}_DATABASE_URL"]
        assert one.env["SANDBOX_CLOCK_URL"] == "http://127.0.0.1:29112/"
        assert one.env["OPERATOR_KEY_HASH"] != profile.secrets()["OPERATOR_KEY"]


def test_a_sandbox_cannot_be_turned_on_by_the_shell(monkeypatch):
    monkeypatch.setenv("SANDBOX", "1")
    monkeypatch.setenv("SANDBOX_CLOCK_URL", "http://127.0.0.1:1/")
    profile = Profile("data")
    made = plans.make(profile, Ports(21000), profile.prepare(sandbox=False), sandbox=False)
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


def holdfast(*words, **env):
    """The command line in a process of its own: exit code, and what it says to people."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        capture_output=True,
        text=True,
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)} | env,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("words", [["up"], ["up", "--detach"], ["down"]])
def test_a_home_that_cannot_be_is_said_in_words(words):
    code, told = holdfast(*words, HOLDFAST_HOME="/proc/nope")
    assert code == 3
    assert told.splitlines() == [
        "  /proc/nope cannot be used: No such file or directory.",
        "  HOLDFAST_HOME says where the data goes.",
    ]


@pytest.mark.parametrize("words", [["up"], ["up", "--detach"]])
def test_who_is_refused_by_a_rule_hears_1_and_who_asked_wrongly_2(words):
    Profile("data").prepare(sandbox=True)
    code, told = holdfast(*words)
    assert (code, "bin/holdfast up --sandbox" in told) == (1, True)
    code, told = holdfast(*words, "--sandbox", HOLDFAST_PORT_OFFSET="many")
    assert (code, "HOLDFAST_PORT_OFFSET is many" in told) == (2, True)


def test_a_free_port_is_free_and_a_held_one_is_taken():
    port = ports.free_port()
    assert not ports.taken(port)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert ports.taken(port)
        assert ports.listening(port)
