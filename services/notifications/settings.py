"""What a process of notifications must be told, besides what every service must."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """`sender` is the address that writes; `mailbox_url` a mailbox that can be asked (sandbox)."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_")

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_username: str = ""
    smtp_password: str = ""
    smtp_tls: bool = False
    smtp_start_tls: bool = False
    smtp_timeout: float = 6.0
    smtp_patience: float = 10.0
    smtp_connections: int = 4
    sender: str = "courses@holdfast.example"
    reply_to: str = ""
    mailbox_url: str = ""
