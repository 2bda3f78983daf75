"""Settings that every service has; a service adds its own under its prefix.

Cluster-wide variables are bare (`KAFKA_BOOTSTRAP_SERVERS`), a service's carry its name
(`BILLING_DATABASE_URL`). No secret has a default. Each says what it is for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.kafka import Bootstrap, Mechanism, Protocol, Security
from shared.runtime.trace_settings import TraceSettings

Role = Literal["api", "worker", "all"]


def bare(name: str) -> AliasChoices:
    """A variable without the service's prefix."""
    return AliasChoices(name)


def listed(value: str) -> list[str]:
    """What stands between commas in a variable, once each."""
    return list(dict.fromkeys(one.strip() for one in value.split(",") if one.strip()))


class KafkaSettings(BaseSettings):
    """Where Kafka is, and how one gets in (names and words are Kafka's own)."""

    # What does not fit is told by its name: pydantic would show what was given, secrets among it.
    model_config = SettingsConfigDict(
        extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Nothing: half of it is secrets, and a settings object ends up in logs by itself."""
        return ()

    kafka_bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        validation_alias=bare("KAFKA_BOOTSTRAP_SERVERS"),
        description="Where Kafka is: host:port, several with commas between.",
    )
    kafka_security_protocol: Protocol = Field(
        "PLAINTEXT",
        validation_alias=bare("KAFKA_SECURITY_PROTOCOL"),
        description="How it is reached: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
    )
    kafka_sasl_mechanism: Mechanism = Field(
        "SCRAM-SHA-512",
        validation_alias=bare("KAFKA_SASL_MECHANISM"),
        description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; where the protocol begins with SASL.",
    )
    kafka_sasl_username: str = Field(
        "",
        validation_alias=bare("KAFKA_SASL_USERNAME"),
        description="The user that we are for Kafka.",
    )
    kafka_sasl_password: str = Field(
        "",
        validation_alias=bare("KAFKA_SASL_PASSWORD"),
        repr=False,
        description="The password of that user for Kafka.",
    )
    kafka_ssl_ca_file: str = Field(
        "",
        validation_alias=bare("KAFKA_SSL_CA_FILE"),
        description="Authorities (CA) the brokers are checked against, as PEM; empty: system.",
    )
    kafka_ssl_cert_file: str = Field(
        "",
        validation_alias=bare("KAFKA_SSL_CERT_FILE"),
        description="Our own chain for mutual TLS, as PEM, where the brokers ask for one.",
    )
    kafka_ssl_key_file: str = Field(
        "",
        validation_alias=bare("KAFKA_SSL_KEY_FILE"),
        description="Its private key, as PEM; empty: it is in the same file.",
    )

    @property
    def kafka(self) -> Bootstrap:
        """The servers, and how one gets in there."""
        security = Security(
            protocol=self.kafka_security_protocol,
            mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_sasl_username,
            password=self.kafka_sasl_password,
            ca_file=self.kafka_ssl_ca_file,
            cert_file=self.kafka_ssl_cert_file,
            key_file=self.kafka_ssl_key_file,
        )
        return Bootstrap(self.kafka_bootstrap_servers, security)


def kafka_of(servers: str) -> Bootstrap:
    """These servers, reached as the environment says."""
    return KafkaSettings(kafka_bootstrap_servers=servers).kafka


class ServiceSettings(TraceSettings, KafkaSettings):
    """What a process of a service must be told."""

    database_url: str = Field(
        repr=False,
        description="Where its database is: postgresql://{user}:{password}@{host}/{name}.",
    )
    port: int = Field(
        8000, json_schema_extra={"unit": "port"}, description="The port it listens on."
    )
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
    release: str = Field(
        "",
        validation_alias=bare("HOLDFAST_RELEASE"),
        description="Which version runs, as the console says it; an image knows its own.",
    )
    revision: str = Field(
        "",
        validation_alias=bare("HOLDFAST_REVISION"),
        description="Which commit it was made of; an image knows its own.",
    )
    kafka_session_timeout_ms: int = Field(
        20_000,
        ge=6_000,
        validation_alias=bare("KAFKA_SESSION_TIMEOUT_MS"),
        json_schema_extra={"unit": "ms"},
        description="How long Kafka waits for a worker that is silent before it gives its "
        "partitions to another.",
    )
    kafka_group_instance_id: str = Field(
        "",
        pattern=r"^[A-Za-z0-9._-]{0,240}$",
        validation_alias=bare("KAFKA_GROUP_INSTANCE_ID"),
        description="The name by which a worker is always the same member of its group, and of no "
        "other worker at the same time; empty: it is a new one each time. Its partitions wait for "
        "it for the session timeout, also where it does not come back.",
    )
    platform_secret: str = Field(
        min_length=16,
        validation_alias=bare("PLATFORM_SECRET"),
        repr=False,
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
