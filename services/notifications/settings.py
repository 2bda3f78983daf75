"""What a process of notifications must be told, besides what every service must."""

from __future__ import annotations

import json
from email.headerregistry import Address
from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from services.notifications.domain.digest import DAYS
from shared.dates import UnknownZone, zone_of
from shared.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    """Beyond what every service is told: the mail server, and who writes."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_")

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
    staff_addresses: str = Field(
        "",
        description="Who of staff gets the digest of what needs a human: addresses with commas "
        "between; empty: nobody.",
    )
    staff_zone: str = Field("America/New_York", description="The zone where staff are.")
    staff_locale: str = Field(
        "en-US", description="The language and region in which they are written to (BCP 47)."
    )
    digest_hour: int = Field(
        7,
        ge=0,
        le=11,
        json_schema_extra={"unit": "o'clock"},
        description="The hour of the morning, there, at which the digest comes.",
    )
    digest_days: str = Field(
        "mon,tue,wed,thu,fri,sat,sun", description="The days on which the digest comes."
    )
    digest_when_nothing: bool = Field(
        default=False,
        description="Whether the digest comes, too, on days on which nothing needs anybody.",
    )

    texts: Literal["", "mailbox", "twilio"] = Field(
        "",
        description="By whom texts are sent to who agreed to them: twilio, or the sandbox's "
        "mailbox; empty: none are sent.",
    )
    texts_a_day: int = Field(
        1000,
        ge=0,
        json_schema_extra={"unit": "texts/day"},
        description="Texts a day (UTC) at most; each is billed as up to four messages.",
    )
    texts_quiet_from: int = Field(
        21,
        ge=0,
        le=23,
        json_schema_extra={"unit": "o'clock"},
        description="The full hour at which the learner's evening begins.",
    )
    texts_quiet_until: int = Field(
        8,
        ge=0,
        le=23,
        json_schema_extra={"unit": "o'clock"},
        description="The full hour at which it is day for them again; the same: there is no night.",
    )
    twilio_account: str = Field(
        "", pattern=r"^$|^AC[0-9a-f]{32}$", description="The account's SID at Twilio (AC...)."
    )
    twilio_tokens: str = Field(
        "",
        repr=False,
        description="The account's auth token, by which we ask and Twilio signs; while it is "
        "replaced the new and the old one, with a comma between.",
    )
    twilio_from: str = Field(
        "",
        pattern=r"^$|^\+[1-9][0-9]{6,14}$|^MG[0-9a-f]{32}$",
        description="The number that texts come from, or a messaging service (MG...).",
    )
    twilio_url: str = Field(
        "https://api.twilio.com",
        description="Where Twilio's API is: another address is that of a fake.",
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
        if self.smtp_password and not hidden and not is_here(self.smtp_host):
            raise ValueError(
                f"NOTIFICATIONS_SMTP_PASSWORD would go to {self.smtp_host} in the clear: set "
                "NOTIFICATIONS_SMTP_START_TLS=1 (port 587) or NOTIFICATIONS_SMTP_TLS=1 (port 465)"
            )
        if self.imap_password and not self.imap_tls and not is_here(self.imap_host):
            raise ValueError(
                f"NOTIFICATIONS_IMAP_PASSWORD would go to {self.imap_host} in the clear: set "
                "NOTIFICATIONS_IMAP_TLS=1 (port 993)"
            )
        return self

    @model_validator(mode="after")
    def _texts(self) -> Self:
        """What a provider needs, all of it or none of it."""
        needed = {
            "twilio": ("twilio_account", "twilio_tokens", "twilio_from"),
            "mailbox": ("mailbox_url",),
        }
        missing = [name for name in needed.get(self.texts, ()) if not getattr(self, name)]
        if missing:
            names = ", ".join(f"NOTIFICATIONS_{name.upper()}" for name in missing)
            raise ValueError(f"texts by {self.texts} need {names}")
        return self

    @field_validator("staff_addresses")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for one in listed(value):
            Address(addr_spec=one)  # a ValueError where it is none
        return value

    @field_validator("staff_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return zone_of(value).key
        except UnknownZone as why:
            raise ValueError(str(why)) from None

    @field_validator("digest_days")
    @classmethod
    def _days(cls, value: str) -> str:
        unknown = [one for one in listed(value) if one not in DAYS]
        if unknown:
            raise ValueError(
                f"no day of the week: {', '.join(unknown)} (they are: {', '.join(DAYS)})"
            )
        return value

    @property
    def text_tokens(self) -> tuple[str, ...]:
        """All tokens that the provider of texts may sign with; none where there is none."""
        return tuple(listed(self.twilio_tokens)) if self.texts == "twilio" else ()

    @property
    def signers(self) -> tuple[str, ...]:
        """All secrets that what came back may be signed with."""
        return tuple(listed(self.bounce_secrets))


def is_here(host: str) -> bool:
    """Whether what is said to that host leaves this machine not."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def listed(value: str) -> list[str]:
    """What stands between commas, once each."""
    return list(dict.fromkeys(one.strip() for one in value.split(",") if one.strip()))
