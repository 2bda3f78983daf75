"""What a process of notifications must be told, besides what every service must."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Beyond what every service is told: the mail server, and who writes."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_")

    smtp_host: str = Field("127.0.0.1", description="The mail server.")
    smtp_port: int = Field(25, description="Its port.")
    smtp_username: str = Field("", description="Who logs in there; empty: nobody does.")
    smtp_password: str = Field("", description="The password of who logs in.")
    smtp_tls: bool = Field(
        default=False, description="Whether the connection is encrypted from its start (port 465)."
    )
    smtp_start_tls: bool = Field(
        default=False,
        description="Whether it must be encrypted before anything is said (STARTTLS, port 587).",
    )
    smtp_timeout: float = Field(6.0, description="Seconds for each step of handing over a mail.")
    smtp_patience: float = Field(
        10.0, description="Seconds for all that comes before the message itself."
    )
    smtp_connections: int = Field(4, description="Connections to the server at a time, at most.")
    sender: str = Field(
        "courses@holdfast.example", description="The address that mails are sent from."
    )
    reply_to: str = Field(
        "", description="The address that answers go to; empty: nobody reads answers."
    )
    mailbox_url: str = Field(
        "",
        description="A mailbox that can be asked whether a mail arrived (the sandbox's); empty: "
        "none.",
    )
