"""What the shell gives a stack: the parts that run elsewhere, and settings of its processes.

The demo takes nothing of it. It lives through the autumn of 2020, and would otherwise write that
into the database, and send it through the mail server, that this shell is set up for.
"""

import os
from collections.abc import Mapping

from shared.contracts.services import SERVICES
from stack.images import revision, version
from stack.profile import Ports, Profile

# Each of these stands in place of something that would run here.
ELSEWHERE = (
    "KAFKA_BOOTSTRAP_SERVERS",
    *(f"{service.upper()}_DATABASE_URL" for service in SERVICES),
    "NOTIFICATIONS_SMTP_HOST",
    "BILLING_GATEWAY_URL",
)
# Ours alone: what the data was made with, whatever the shell says.
_FIXED = {
    "SANDBOX",
    "SANDBOX_CLOCK_URL",
    "OPERATOR_KEY_HASH",
    "HOLDFAST_ROLE",
    "HOLDFAST_RELEASE",
    "HOLDFAST_REVISION",
}
_OWNERS = ("KAFKA", "PAYSIM", "MAILBOX", *map(str.upper, SERVICES))
_BARE = {"PUBLIC_URL", "PLATFORM_SECRET"}
_MAILBOX_PATIENCE = {  # seconds
    "NOTIFICATIONS_SMTP_PATIENCE": "5",
    "NOTIFICATIONS_SMTP_TIMEOUT": "5",
    "NOTIFICATIONS_SMTP_ANSWER": "20",
}


def environment(profile: Profile) -> dict[str, str]:
    """The shell's environment, as far as the processes of this profile see it."""
    ignored = set(left_out(profile))
    return {name: value for name, value in os.environ.items() if name not in ignored}


def left_out(profile: Profile) -> list[str]:
    """The settings of this shell that the profile does not take."""
    if profile.name != "demo":
        return []
    return sorted(name for name, value in os.environ.items() if value and _is_setting(name))


def elsewhere(given: Mapping[str, str]) -> list[str]:
    """The names of what runs elsewhere."""
    return [name for name in ELSEWHERE if given.get(name)]


def common(
    given: Mapping[str, str],
    ports: Ports,
    secrets: Mapping[str, str],
    bootstrap: str,
    public: str,
    *,
    sandbox: bool,
) -> dict[str, str]:
    """What every service is told: ours, and what is given in its place."""
    shows_texts = sandbox and not given.get("NOTIFICATIONS_SMTP_HOST")
    ours = {
        "HOLDFAST_ROLE": "all",
        "HOLDFAST_HOST": "127.0.0.1",
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        # The least that Kafka takes: a process that was killed is waited for that long.
        "KAFKA_SESSION_TIMEOUT_MS": "6000",
        "PLATFORM_SECRET": secrets["PLATFORM_SECRET"],
        "OPERATOR_KEY_HASH": secrets["OPERATOR_KEY_HASH"],
        "PUBLIC_URL": public,
        "SANDBOX": "1" if sandbox else "0",
        "SANDBOX_CLOCK_URL": f"http://127.0.0.1:{ports.of('clock')}/" if sandbox else "",
        "BILLING_GATEWAY_URL": f"http://127.0.0.1:{ports.of('paysim')}",
        "BILLING_GATEWAY_API_KEY": secrets["PAYSIM_API_KEY"],
        "BILLING_WEBHOOK_SECRET": secrets["PAYSIM_WEBHOOK_SECRET"],
        "NOTIFICATIONS_SMTP_HOST": "127.0.0.1",
        "NOTIFICATIONS_SMTP_PORT": str(ports.of("smtp")),
        # A mailbox of this machine answers at once: what a killed process held is taken up sooner.
        **({} if given.get("NOTIFICATIONS_SMTP_HOST") else _MAILBOX_PATIENCE),
        # Asked whether a mail arrived before a process died; not where mail goes elsewhere.
        "NOTIFICATIONS_MAILBOX_URL": ""
        if given.get("NOTIFICATIONS_SMTP_HOST")
        else f"http://127.0.0.1:{ports.of('mailbox')}",
        # A sandbox shows texts beside its mails; what runs by the real clock sends none unasked.
        "NOTIFICATIONS_TEXTS": "mailbox" if shows_texts else "",
        "WEB_TEXTS": "1" if shows_texts else "0",
        # An integrator tries webhooks on the machine that the sandbox is on.
        "PARTNERS_SANDBOX_TARGETS": "1" if sandbox else "0",
        "HOLDFAST_RELEASE": version(),
        "HOLDFAST_REVISION": revision(),
        "LOG_LEVEL": "INFO",
    }
    if not given.get("KAFKA_BOOTSTRAP_SERVERS"):  # what the shell says is of another Kafka
        ours["KAFKA_SECURITY_PROTOCOL"] = "PLAINTEXT"
        given = {k: v for k, v in given.items() if k != "KAFKA_SECURITY_PROTOCOL"}
    return {k: v if k in _FIXED else given.get(k) or v for k, v in ours.items()}


def _is_setting(name: str) -> bool:
    return name in _BARE or name.startswith(tuple(f"{owner}_" for owner in _OWNERS))
