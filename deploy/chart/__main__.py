"""Write what the charts have from the code: `python -m deploy.chart`."""

from __future__ import annotations

import json
from typing import Any

import yaml

from deploy.chart.data_schema import data_schema
from deploy.chart.rights import groups, users
from deploy.chart.schema import schema
from shared.contracts.topics import TOPICS
from stack.profile import ROOT

CHARTS = ROOT / "deploy" / "helm"
_FIRST = "# Generated from the contracts: python -m deploy.chart\n"
# Said by the chart itself, for it goes by how many copies there are.
BY_COPIES = "min.insync.replicas"


def topics() -> list[dict[str, Any]]:
    """Each topic as Kafka is told of it, but for how many copies there are."""
    return [
        {
            "name": topic.name,
            "partitions": topic.partitions,
            "config": {k: v for k, v in sorted(topic.configs(1).items()) if k != BY_COPIES},
        }
        for topic in TOPICS
    ]


def made() -> dict[str, str]:
    """Each generated file, by its path below the charts."""
    return {
        "holdfast/files/Caddyfile": (ROOT / "stack" / "Caddyfile").read_text(),
        "holdfast/files/alerts.yml": (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(),
        "holdfast/files/heard.yaml": _FIRST + yaml.safe_dump(groups(), sort_keys=False),
        "holdfast/values.schema.json": json.dumps(schema(), indent=2) + "\n",
        "holdfast-data/values.schema.json": json.dumps(data_schema(), indent=2) + "\n",
        "holdfast-data/files/topics.yaml": _FIRST
        + yaml.safe_dump({"topics": topics()}, sort_keys=False),
        "holdfast-data/files/users.yaml": _FIRST
        + yaml.safe_dump({"users": users()}, sort_keys=False),
    }


if __name__ == "__main__":
    for name, text in made().items():
        path = CHARTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
