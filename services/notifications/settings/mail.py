"""What the sending of mails must be told: the server, the signature, where mails come back to."""

from __future__ import annotations

import json
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.runtime.here import host_is_here
from shared.runtime.settings import ServiceSettings, listed


class MailSettings(ServiceSettings):
    """The mail server, who writes, and the mailbox that mails come back to."""

    smtp_host: str = Field("127.0.0.1", description="The mail server.")
    smtp_port: int = Field(
        25, json_schema_extra={"unit": "port"}, description="The mail server's port."
    )
    smtp_username: str = Field(
        "", description="Who logs in to the mail server; empty: nobody does."
    )
    smtp_password: str = Field(
        "", repr=False, description="The password of who logs in to the mail server."
    )
    smtp_tls: bool = Field(
        default=False, description="Whether the connection is encrypted from its start (port 465)."
    )
    smtp_start_tls: bool = Field(
        default=False,
        description="Whether it must be encrypted before anything is said (STARTTLS, port 587).",
    )
    smtp_start_tls_offered: bool = Field(
        default=True,
        description="Whether it is encrypted where the server offers that, by any certificate; "
        "with start_tls it has to be the server's own.",
    )
    smtp_timeout: float = Field(
        10.0,
        gt=0,
        le=10,
        json_schema_extra={"unit": "s"},
        description="Seconds for each answer before the message itself.",
    )
    smtp_patience: float = Field(
        10.0,
        gt=0,
        le=10,
        json_schema_extra={"unit": "s"},
        description="Seconds that a mail waits for a connection.",
    )
    smtp_answer: float = Field(
        120.0,
        gt=0,
        le=120,
        json_schema_extra={"unit": "s"},
        description="Seconds for the answer to the message itself: after that, nobody knows.",
    )
    smtp_connections: int = Field(
        16,
        ge=1,
        json_schema_extra={"unit": "connections"},
        description="Connections to the server at a time, at most, of one worker.",
    )
    smtp_rate: float = Field(
        20.0,
        ge=0,
        json_schema_extra={"unit": "mails/s"},
        description="Mails a second to each domain of recipients; 0: no limit.",
    )
    smtp_rates: Annotated[dict[str, float], NoDecode] = Field(
        default_factory=dict,
        json_schema_extra={"unit": "mails/s"},
        description='The same for some domains, as JSON: {"gmail.com": 50, "example.edu": 2}.',
    )
    smtp_processes: int = Field(
        1,
        ge=1,
        json_schema_extra={"unit": "workers"},
        description="How many workers of notifications run at once: each takes that part of the "
        "rates, for none knows of the others.",
    )
    sender: str = Field(
        "courses@holdfast.example", description="The address that mails are sent from."
    )
    reply_to: str = Field(
        "",
        description="The address that answers go to; empty: the sender's. Mails ask for answers.",
    )
    bounce_address: str = Field(
        "",
        pattern=r"^$|^[^@+\s]{1,14}@\S+$",
        description="The address that mails come back to, of which each mail's own is made "
        "(bounces+...@); at most 14 letters before the @. Empty: the sender's.",
    )
    bounce_secrets: str = Field(
        "",
        repr=False,
        description="What a mail server signs with that hands in what came back; while it is "
        "replaced the old and the new one, with a comma between. Empty: only operators hand in.",
    )
    dkim_key: str = Field(
        "",
        description="A file with the RSA key (PEM, no password) that signs mails by DKIM; empty: "
        "the mail server does, or nobody.",
    )
    dkim_selector: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.-]*$",
        description="By which name the public half of the DKIM key stands in the DNS.",
    )
    imap_host: str = Field(
        "", description="The mailbox that mails come back to, by IMAP; empty: none is read."
    )
    imap_port: int = Field(
        993, json_schema_extra={"unit": "port"}, description="The port of that mailbox's server."
    )
    imap_username: str = Field("", description="Who logs in to that mailbox.")
    imap_password: str = Field(
        "", repr=False, description="The password of who logs in to that mailbox."
    )
    imap_folder: str = Field(
        "INBOX", pattern=r'^[^"\\\r\n]+$', description="The folder of that mailbox that is read."
    )
    imap_tls: bool = Field(
        default=True, description="Whether the connection to that mailbox is encrypted."
    )
    imap_minutes: int = Field(
        5, ge=1, json_schema_extra={"unit": "min"}, description="How often that mailbox is read."
    )
    mailbox_url: str = Field(
        "",
        description="A mailbox that can be asked whether a mail arrived (the sandbox's); empty: "
        "none.",
    )

    @field_validator("smtp_rates", mode="before")
    @classmethod
    def _rates(cls, value: Any) -> Any:
        return json.loads(value or "{}") if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_the_open(self) -> Self:
        """No password goes over a network that others may listen to."""
        if self.smtp_tls and self.smtp_start_tls:
            names = "NOTIFICATIONS_SMTP_TLS (port 465) and NOTIFICATIONS_SMTP_START_TLS (port 587)"
            raise ValueError(f"{names} exclude one another")
        hidden = self.smtp_tls or self.smtp_start_tls
        if self.smtp_password and not hidden and not host_is_here(self.smtp_host):
            raise ValueError(
                f"NOTIFICATIONS_SMTP_PASSWORD would go to {self.smtp_host} in the clear: set "
                "NOTIFICATIONS_SMTP_START_TLS=1 (port 587) or NOTIFICATIONS_SMTP_TLS=1 (port 465)"
            )
        if self.imap_password and not self.imap_tls and not host_is_here(self.imap_host):
            raise ValueError(
                f"NOTIFICATIONS_IMAP_PASSWORD would go to {self.imap_host} in the clear: set "
                "NOTIFICATIONS_IMAP_TLS=1 (port 993)"
            )
        return self

    @property
    def signers(self) -> tuple[str, ...]:
        """All secrets that what came back may be signed with."""
        return tuple(listed(self.bounce_secrets))
