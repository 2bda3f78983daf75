"""What the values of the chart may set of each service: the variables of its settings class, but
for what the chart itself makes, what is a secret, and what is a sandbox's."""

from __future__ import annotations

import re

from cli.settings_reference import of_service
from shared.contracts.services import SERVICES

_MADE = re.compile(
    r"^(HOLDFAST_.*|KAFKA_.*|PUBLIC_URL|SANDBOX.*|[A-Z]+_PORT|NOTIFICATIONS_SMTP_PROCESSES"
    rf"|WEB_({'|'.join(name.upper() for name in SERVICES)})_URL|OPERATOR_KEY_HASH"
    r"|PARTNERS_SANDBOX_TARGETS|NOTIFICATIONS_MAILBOX_URL)$"
)


def common() -> list[str]:
    """What may be set of all services alike."""
    return sorted(set.intersection(*(_free(service) for service in SERVICES)))


def own(service: str) -> list[str]:
    """What may be set of one."""
    return sorted(_free(service) - set(common()))


def secrets(service: str) -> list[str]:
    """What its own Secret may have: each stands there, and in nothing that Helm keeps."""
    hidden = [{name for name, field in of_service(one).items() if not field.repr}
              for one in SERVICES]  # fmt: skip
    mine = hidden[SERVICES.index(service)] - hidden[0].intersection(*hidden)
    return sorted(mine - {f"{service.upper()}_DATABASE_URL"})


def _free(service: str) -> set[str]:
    known = of_service(service)
    return {name for name, field in known.items() if field.repr and not _MADE.match(name)}
