"""values.schema.json of the chart `holdfast-data`."""

from __future__ import annotations

from deploy.chart.schema import NAME, NETWORKS, RESOURCES, TEXT, YES, Schema, listed, of, whole
from shared.contracts.services import SERVICES

_SIZE: Schema = {"type": "string", "pattern": "^[0-9]+(Mi|Gi|Ti)$"}
_PORT: Schema = whole(1, 65535)
_WHEN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_RESTORED: Schema = of(
    {"server": whole(2), "from": whole(1), "until": {"type": "string", "pattern": _WHEN}},
    ["server"],
)


def data_schema() -> Schema:
    """The whole of it. A backup that is on needs somewhere to go."""
    storage = of({"size": _SIZE, "class": TEXT})
    backup = of({
        "enabled": YES, "destination": TEXT, "endpoint": TEXT, "secret": NAME,
        "retention": {"type": "string", "pattern": "^[1-9][0-9]*[dwm]$"},
        "schedule": {"type": "string", "pattern": r"^\S+( \S+){5}$"},
    })  # fmt: skip
    backup["if"] = {"properties": {"enabled": {"const": True}}}
    backup["then"] = {"properties": {"destination": {"pattern": "^s3://[^/]+"}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Values of the chart holdfast-data (generated: python -m deploy.chart)",
        **of({
            "global": {"type": "object"},  # Helm's own
            "kafka": of({
                "version": {"type": "string", "pattern": r"^[4-9]\.[0-9]+\.[0-9]+$"},
                "brokers": whole(1), "replication": whole(1, 3),
                "storage": storage, "resources": RESOURCES,
                "heap": {"type": "string", "pattern": "^[0-9]+[mg]$"},
                "zones": YES, "moreListeners": listed({"type": "object"}),
            }),
            "postgres": of({
                "image": {"type": "string", "pattern": ":[^/:]+$", "not": {"pattern": ":latest$"}},
                "databases": {"enum": ["perService", "shared"]},
                "instances": whole(1), "synchronous": whole(0), "storage": storage,
                "sizes": of(dict.fromkeys((*SERVICES, "shared"), _SIZE)),
                "resources": RESOURCES,
                "parameters": {"type": "object", "additionalProperties": TEXT},
                "zones": YES,
                "restored": of(dict.fromkeys((*SERVICES, "shared"), _RESTORED)),
            }),
            "backup": backup,
            "services": of({"release": NAME, "secretPrefix": NAME}),
            "network": of({
                "defaultDeny": YES, "cnpgNamespace": NAME, "kedaNamespace": NAME,
                "monitoringNamespace": NAME, "dnsNamespace": NAME,
                "dns": NETWORKS, "apiServer": NETWORKS,
                "apiServerPorts": listed(_PORT),
            }),
        }),
    }  # fmt: skip
