"""Settings that every service has; a service adds its own under its prefix.

Cluster-wide variables are bare (`KAFKA_BOOTSTRAP_SERVERS`), a service's carry its name
(`BILLING_DATABASE_URL`). No secret has a default. Each says what it is for.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["api", "worker", "all"]


def bare(name: str) -> AliasChoices:
    """A variable without the service's prefix."""
    return AliasChoices(name)


class ServiceSettings(BaseSettings):
    """What a process of a service must be told."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    database_url: str = Field(
        description="Where its database is: postgresql://user:password@host/name."
    )
    port: int = Field(8000, description="The port it listens on.")
    host: str = Field(
        "127.0.0.1",
        validation_alias=bare("HOLDFAST_HOST"),
        description="The address it listens on; 0.0.0.0 is all of them.",
    )
    role: Role = Field(
        "all",
        validation_alias=bare("HOLDFAST_ROLE"),
        description="What the process does: answer requests (api), hear events and keep deadlines "
        "(worker), or both (all).",
    )
    kafka_bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        validation_alias=bare("KAFKA_BOOTSTRAP_SERVERS"),
        description="Where Kafka is: host:port, several with commas between.",
    )
    kafka_session_timeout_ms: int = Field(
        20_000,
        ge=6_000,
        validation_alias=bare("KAFKA_SESSION_TIMEOUT_MS"),
        description="How long Kafka waits for a worker that is silent before it gives its "
        "partitions to another.",
    )
    platform_secret: str = Field(
        min_length=16,
        validation_alias=bare("PLATFORM_SECRET"),
        description="What links, codes and sealed keys are made with; the same for all services, "
        "and for ever.",
    )
    operator_key_hash: str = Field(
        "",
        validation_alias=bare("OPERATOR_KEY_HASH"),
        description="The SHA-256, in hex, of the operator's key; empty: there is none.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8080",
        validation_alias=bare("PUBLIC_URL"),
        description="Where people reach the front door.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        validation_alias=bare("HOLDFAST_TRUSTED_PROXIES"),
        description="Who is believed when they say for whom they ask (X-Forwarded-For): the front "
        "door and web, as addresses or networks (10.0.0.0/8), several with commas between.",
    )
    sandbox: bool = Field(
        default=False,
        validation_alias=bare("SANDBOX"),
        description="Whether business time is the sandbox clock's. A database made with one clock "
        "is not to be used with the other.",
    )
    sandbox_clock_url: str = Field(
        "", validation_alias=bare("SANDBOX_CLOCK_URL"), description="Where the sandbox clock is."
    )
    log_level: str = Field(
        "INFO",
        validation_alias=bare("LOG_LEVEL"),
        description="The least that is logged: DEBUG, INFO, WARNING or ERROR.",
    )
