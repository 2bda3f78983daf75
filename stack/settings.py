"""What else is read from the environment: by the stack's own processes, the command line, Compose.

The services have classes of their own (`services/*/settings.py`). `docs/settings.md` is generated
from all of them; a test holds the classes below to what is really read. No secret has a default,
but those that Compose has for a laptop, which everybody knows (stack/laptop.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_HIDDEN = SettingsConfigDict(hide_input_in_errors=True)


class ClockSettings(BaseSettings, env_prefix="SANDBOX_CLOCK_"):
    """The sandbox clock (`python -m stack.clock`)."""

    file: Path = Field(description="The file that the clock keeps its time in.")
    host: str = Field("127.0.0.1", description="The address it listens on.")
    port: int = Field(
        8112, json_schema_extra={"unit": "port"}, description="The port it listens on."
    )


class MailboxSettings(BaseSettings, env_prefix="MAILBOX_"):
    """The mailbox of one machine (`python -m stack.mailbox`)."""

    data_dir: Path = Field(description="The directory that mails are kept in.")
    host: str = Field("127.0.0.1", description="The address that page and SMTP listen on.")
    port: int = Field(
        8111, json_schema_extra={"unit": "port"}, description="The port of the mailbox's page."
    )
    smtp_port: int = Field(
        8125, json_schema_extra={"unit": "port"}, description="The port that takes mails (SMTP)."
    )


class PaysimSettings(BaseSettings, env_prefix="PAYSIM_"):
    """The payment simulator (`python -m stack.paysim`)."""

    model_config = _HIDDEN

    data_dir: Path = Field(description="The directory that payments are kept in.")
    webhook_url: str = Field(description="Where billing takes the simulator's webhooks.")
    webhook_secret: str = Field(
        repr=False, description="What the simulator signs its webhooks with."
    )
    api_key: str = Field(repr=False, description="The key that the simulator is asked with.")
    public_url: str = Field(
        "", description="Where people reach the simulator's pages; empty: on this machine."
    )
    host: str = Field("127.0.0.1", description="The address it listens on.")
    port: int = Field(
        8110, json_schema_extra={"unit": "port"}, description="The port it listens on."
    )


class FrontDoorSettings(BaseSettings, env_prefix="FRONT_DOOR_"):
    """The front door. `stack/Caddyfile` itself reads these, and `<SERVICE>_UPSTREAM` (host:port,
    several with spaces between) for each service and for PAYSIM, where that is not a port of this
    machine."""

    bind: str = Field("127.0.0.1", description="The address it listens on.")
    port: int = Field(
        8080, json_schema_extra={"unit": "port"}, description="The port it listens on."
    )
    trusted_proxies: str = Field(
        "192.0.2.0/32",
        description="Who ends TLS in front of it and is believed when it says for whom it asks: "
        "networks with spaces between. By default nobody is.",
    )


class ShellSettings(BaseSettings):
    """`bin/holdfast` and `make`. They are read where they are needed, one by one: a command that
    wants none of them must not pay for all."""

    holdfast_url: str = Field(
        "", description="The front door of a stack elsewhere, that commands talk to."
    )
    holdfast_operator_key: str = Field(
        "", repr=False, description="The operator's key there; it goes before the one kept here."
    )
    holdfast_mailbox_url: str = Field(
        "", description="The mailbox of a stack elsewhere, where the demo reads its mails."
    )
    holdfast_home: Path = Field(
        Path(".holdfast"), description="The directory of data, logs and secrets of stacks here."
    )
    holdfast_port_offset: int = Field(
        0,
        ge=0,
        le=50_000,
        json_schema_extra={"unit": "ports"},
        description="By how much all ports of a stack here move, so that two stand side by side.",
    )
    kafka_replication_factor: int = Field(
        1,
        ge=1,
        json_schema_extra={"unit": "copies"},
        description="How many copies of each topic `up` asks a Kafka elsewhere for.",
    )
    m2_repo: Path = Field(
        Path("~/.m2/repository"), description="Where Kafka's jars are kept (Maven's repository)."
    )
    prefix: str = Field(
        "",
        description="What stands before the names of images that `make images` builds, such as "
        "registry.example/holdfast/.",
    )
    source: str = Field(
        "", description="Where the code of these images is to be read: a label of theirs."
    )


def _processes(service: str) -> Any:
    return Field(
        1,
        ge=1,
        json_schema_extra={"unit": "processes"},
        description=f"How many processes {service} has. All services together may have seventeen: "
        "each takes up to 11 of the 200 connections of Postgres here.",
    )


class ComposeSettings(BaseSettings):
    """What docker-compose.yml reads, beyond settings of services; its defaults stand there."""

    holdfast_version: str = Field(
        "",
        description="The release that images are built and run as: their tag, and what processes "
        "say. By default that of the checkout (pyproject.toml).",
    )
    postgres_password: str = Field(
        "postgres", repr=False, description="The password of Postgres' administrator."
    )
    services_password: str = Field(
        "services", repr=False, description="The password of each service for its own database."
    )
    registration_processes: int = _processes("registration")
    billing_processes: int = _processes("billing")
    attendance_processes: int = _processes("attendance")
    certificates_processes: int = _processes("certificates")
    notifications_processes: int = _processes("notifications")
    partners_processes: int = _processes("partners")
    web_processes: int = _processes("web")
    certificates_requirements: str = Field(
        "certificates",
        description="Which list of packages the image of certificates has: `signing` where PDFs "
        "are to be signed. Read when images are built.",
    )
    python_image: str = Field(
        "python:3.13-slim", description="The base that our images are built on."
    )
    mailpit_image: str = Field("axllent/mailpit:v1.31.4", description="The mailbox's image.")
    prometheus_image: str = Field(
        "prom/prometheus:v3.13.3", description="The image of Prometheus (profile observability)."
    )
    prometheus_retention: str = Field(
        "15d", description="How long Prometheus keeps what it counted."
    )
    grafana_image: str = Field(
        "grafana/grafana:13.2.3", description="The image of Grafana (profile observability)."
    )
