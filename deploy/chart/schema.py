"""values.schema.json of the chart `holdfast`: Helm refuses values that do not fit, by their place.

Bounds that the code has (partitions, names of variables) come from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deploy.chart.rights import groups
from deploy.chart.variables import common, own
from shared.contracts.services import SERVICES

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"}
NO_NAME: Schema = {"type": "string", "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"}
YES: Schema = {"type": "boolean"}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
WHEN: Schema = {"enum": ["DoNotSchedule", "ScheduleAnyway"]}
_PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
_AMOUNTS: Schema = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
RESOURCES: Schema = {
    "type": "object",
    "required": ["requests"],
    "additionalProperties": False,
    "properties": {
        "requests": {**_AMOUNTS, "required": ["cpu", "memory"]},
        "limits": _AMOUNTS,
    },
}


def of(properties: Schema, required: Sequence[str] = ()) -> Schema:
    """An object of these properties and no others."""
    made: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return made | ({"required": list(required)} if required else {})


def whole(least: int, most: int | None = None) -> Schema:
    """A whole number."""
    made: Schema = {"type": "integer", "minimum": least}
    return made if most is None else made | {"maximum": most}


def listed(items: Schema) -> Schema:
    """So many of them as there are."""
    return {"type": "array", "items": items}


def settings(names: list[str]) -> Schema:
    """Variables by their names; secrets are not among them."""
    return {
        "type": "object",
        "propertyNames": {"enum": names},
        "additionalProperties": SCALAR,
        "description": "Variables that are no secret; a secret's place is the Secret.",
    }


NETWORKS: Schema = listed({"type": "string", "pattern": "^[0-9a-f.:]+/[0-9]+$"})


def _service(name: str, partitions: int) -> Schema:
    size = whole(1, partitions)  # a worker more would have nothing of the busiest topics
    return of({
        "api": of({
            "min": whole(1), "max": whole(1), "cpuPercent": whole(1, 100), "resources": RESOURCES,
        }),
        "worker": of({
            "min": size, "max": size, "lag": whole(1), "overdue": whole(1),
            "staticMembership": YES, "resources": RESOURCES,
        }),
        "stopped": YES,
        "settings": settings(own(name)),
        "files": NO_NAME,
        "outside": listed(_PORT),
    })  # fmt: skip


def schema() -> Schema:
    """The whole of it."""
    image = of({
        "registry": {"type": "string", "pattern": "^([^/].*[^/])?$"},
        "tag": {"type": "string", "not": {"const": "latest"}},
        "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
        "pullSecrets": listed(NAME),
    })  # fmt: skip
    front_door = of({
        "image": {"type": "string", "pattern": "(:[^/:]+|@sha256:[0-9a-f]{64})$",
                  "not": {"pattern": ":latest$"}},
        "replicas": whole(1),
        "resources": RESOURCES,
        "expose": {"enum": ["ingress", "gateway", "none"]},
        "ingress": of({"className": TEXT, "annotations": {"type": "object"}, "tlsSecret": NAME}),
        "gateway": of({"name": NO_NAME, "namespace": NO_NAME, "sectionName": NO_NAME}),
    })  # fmt: skip
    keda = of({
        "enabled": YES, "namespace": NAME, "pollingSeconds": whole(5), "stepUpPods": whole(1),
        "calmSeconds": whole(60, 1800),
    })  # fmt: skip
    network = of({
        "private": listed({"type": "string", "format": "ipv4-network",
                           "pattern": r"^[0-9.]+/[0-9]+$"}),
        "private6": listed({"type": "string", "pattern": "^[0-9a-f:]+/[0-9]+$"}),
        "ingressNamespace": NAME, "monitoringNamespace": NAME, "dnsNamespace": NAME,
        "dns": NETWORKS, "extraEgress": listed({"type": "object"}),
    })  # fmt: skip
    found = groups()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Values of the chart holdfast (generated: python -m deploy.chart)",
        **of({
            "global": {"type": "object"},  # Helm's own
            "publicUrl": {"type": "string", "pattern": "^https?://[^/]+/?$",
                          "description": "Where people reach the front door, as "
                                         "https://courses.example.org."},
            "image": image,
            "secrets": of({"platform": NAME, "prefix": NAME}),
            "settings": settings(common()),
            "data": of({"release": NAME, "databases": {"enum": ["perService", "shared"]},
                        "maxConnections": whole(1),
                        "restored": of(dict.fromkeys((*SERVICES, "shared"), whole(2)))}),
            "kafka": of({
                "bootstrapServers": {"type": "string",
                                     "pattern": r"^([^\s:,]+:[0-9]+(,[^\s:,]+:[0-9]+)*)?$"},
                "sessionTimeoutSeconds": whole(6, 300),
                "staticSessionTimeoutSeconds": whole(6, 1800),
            }),
            "singleProcess": YES,
            "keda": keda,
            "services": of({name: _service(name, found[name]["partitions"]) for name in SERVICES},
                           SERVICES),
            "frontDoor": front_door,
            "paysim": of({"enabled": YES, "storage": TEXT, "resources": RESOURCES}),
            "migrate": of({"deadlineSeconds": whole(60), "resources": RESOURCES}),
            "tools": of({"enabled": YES, "resources": RESOURCES,
                         "extraEgress": listed({"type": "object"})}),
            "monitoring": of({"enabled": YES,
                              "labels": {"type": "object", "additionalProperties": TEXT},
                              "runbooks": {"type": "string", "pattern": "^[^\\s#]+$"}}),
            "spread": of({"zones": WHEN, "nodes": WHEN}),
            "network": network,
        }, ["publicUrl"]),
    }  # fmt: skip
