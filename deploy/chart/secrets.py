"""`python -m deploy.chart.secrets` makes what the charts need to be secret, once, as manifests.

They go to `kubectl create`, which refuses what exists (`apply` would replace it), or to whatever
seals them; the operator's key is told beside them, on the standard error, and stands nowhere else.
Made anew they are others: a PLATFORM_SECRET that changed kills every link that is out
(docs/operations.md).
"""

from __future__ import annotations

import hashlib
import secrets
import sys
from typing import Any

import yaml

from shared.contracts.services import SERVICES

PREFIX = "holdfast"


def manifests(operator_key: str) -> list[dict[str, Any]]:
    """Each Secret that has to be there before the charts are."""
    digest = hashlib.sha256(operator_key.encode()).hexdigest()
    made = {
        f"{PREFIX}-platform": {"PLATFORM_SECRET": fresh(), "OPERATOR_KEY_HASH": digest},
        # Of the simulator, until they are those of a gateway.
        f"{PREFIX}-billing": {
            "BILLING_GATEWAY_API_KEY": fresh(),
            "BILLING_WEBHOOK_SECRET": fresh(),
        },
    }
    return [
        *(_secret(name, told) for name, told in made.items()),
        *(
            _secret(
                f"{PREFIX}-{service}-database",
                {"username": service, "password": fresh()},
                "kubernetes.io/basic-auth",
            )
            for service in SERVICES
        ),
    ]


def fresh() -> str:
    """Letters and digits: a password stands in an address."""
    return secrets.token_hex(32)


def _secret(name: str, told: dict[str, str], kind: str = "Opaque") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": {"name": name},
        "stringData": told,
    }


if __name__ == "__main__":
    key = f"hf_live_{fresh()}"
    yaml.safe_dump_all(manifests(key), sys.stdout, sort_keys=False)
    sys.stderr.write(f"The operator's key, shown this once:\n{key}\n")
