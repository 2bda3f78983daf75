"""The alert rules by Prometheus' own tool: they can be read, fire when they should, and not before."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import HERE as BOARDS
from tests.conftest import ROOT
from tests.extras.alert_cases import FIRING, QUIET, SAYING, Case

pytestmark = pytest.mark.extras
PLACE = ROOT / "deploy" / "prometheus"
ALERTS = [
    rule["alert"]
    for group in yaml.safe_load((PLACE / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


def promtool(*words: str | Path) -> str:
    tool = shutil.which("promtool")
    assert tool, "Install Debian's package prometheus: it has promtool."
    done = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def test_rules_and_configuration_can_be_read() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", PLACE / "alerts.yml")
    promtool("check", "config", "--syntax-only", PLACE / "prometheus.yml")


def test_every_alert_has_its_cases() -> None:
    assert list(FIRING) == list(QUIET) == ALERTS


def case(alert: str, given: Case, fires: bool) -> dict[str, Any]:
    minutes, series = given
    return {
        "name": f"{alert} {'fires' if fires else 'is quiet'}",
        "interval": "1m",
        "input_series": [{"series": name, "values": told} for name, told in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                "eval_time": f"{minutes}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
        ],
    }


@pytest.mark.parametrize("fires", [True, False], ids=["fires", "is quiet"])
def test_an_alert_fires_when_it_should_and_not_before(tmp_path: Path, fires: bool) -> None:
    cases = [case(name, told, fires) for name, told in (FIRING if fires else QUIET).items()]
    page = tmp_path / "cases.yml"
    page.write_text(
        yaml.safe_dump({"rule_files": [str(PLACE / "alerts.yml")], "evaluation_interval": "1m",
                        "tests": cases})
    )  # fmt: skip
    promtool("test", "rules", page)


def test_an_alert_says_what_is_so_however_many_processes_tell_of_it(tmp_path: Path) -> None:
    severities = {"BooksDisagree": "ticket", "TasksOverdue": "ticket", "ServiceGone": "page"}
    cases = [
        {
            "name": name,
            "interval": "1m",
            "input_series": [{"series": one, "values": told} for one, told in series.items()],
            "alert_rule_test": [
                {
                    "eval_time": "5m",
                    "alertname": name,
                    "exp_alerts": [
                        {
                            "exp_labels": labels | {"severity": severities[name]},
                            "exp_annotations": {
                                "summary": words,
                                "runbook_url": f"docs/runbooks.md#{name.lower()}",
                            },
                        }
                    ],
                }
            ],
        }
        for name, (series, labels, words) in SAYING.items()
    ]
    page = tmp_path / "cases.yml"
    page.write_text(yaml.safe_dump({"rule_files": [str(PLACE / "alerts.yml")], "tests": cases}))
    promtool("test", "rules", page)


def test_every_query_of_the_boards_is_one(tmp_path: Path) -> None:
    """As recording rules, so that Prometheus' own parser reads them."""
    asked = [
        target["expr"].replace("$__rate_interval", "5m").replace("$__range", "3h")
        for path in sorted(BOARDS.glob("*.json"))
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
    ]
    assert len(asked) > 60
    rules = [{"record": f"board:{n}", "expr": expr} for n, expr in enumerate(asked)]
    page = tmp_path / "boards.yml"
    page.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": rules}]}))
    assert f"{len(asked)} rules found" in promtool("check", "rules", page)
