"""What is watched: documents, boards and rules agree with the code, and each rule has a runbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import logs, metrics
from deploy.grafana.__main__ import HERE as BOARDS
from deploy.grafana.__main__ import written
from shared.contracts.catalogue import EVENTS
from shared.contracts.services import SERVICES
from tests.contracts.test_readme import _typed, _wrong

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
OF_PROMETHEUS = {"up"}  # what it makes itself of each scrape
ADDED = {"job", "instance", "le"}  # labels that are on series without the code's doing
WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "offset", "bool", "group_left"}


def names_in(expr: str) -> tuple[set[str], set[str]]:
    """The metrics that a query names, and the labels. Ours are written plainly: no metric stands in
    braces, no label has a function's name."""
    labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expr))
    bare = re.sub(r"\{[^}]*\}|\"[^\"]*\"", " ", re.sub(r"\"[^\"]*\"", '""', expr))
    for group in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", bare):
        labels |= {label.strip() for label in group.split(",")}
    bare = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\[[^\]]*\]", " ", bare)
    found = set(re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", bare))
    return found - WORDS, labels


def test_what_a_query_names_is_found_in_it() -> None:
    expr = 'sum by (job, le) (rate(a_total{x="b_total", y=~"c"}[5m])) / max(b) and on (z) c > 1e3'
    assert names_in(expr) == ({"a_total", "b", "c"}, {"x", "y", "job", "le", "z"})


def queries() -> list[tuple[str, str]]:
    """(where, query): of every panel and every rule."""
    found = [(rule["alert"], rule["expr"]) for rule in ALERTS]
    for path in BOARDS.glob("*.json"):
        for panel in json.loads(path.read_text())["panels"]:
            found += [(f"{path.stem}: {panel['title']}", each["expr"]) for each in panel["targets"]]
    return found


def test_every_query_names_metrics_and_labels_that_there_are() -> None:
    known = metrics.known()
    series = {name: set(one.labels) for one in known for name in one.series()}
    asked = queries()
    assert len(asked) > 80
    for where, expr in asked:
        named, labels = names_in(expr)
        assert named, where
        assert named - OF_PROMETHEUS <= series.keys(), where
        there = ADDED.union(*(series[name] for name in named - OF_PROMETHEUS))
        assert labels <= there, where


def test_every_type_of_event_that_a_query_names_is_said() -> None:
    named = {told for _, expr in queries() for told in re.findall(r'type="([^"]+)"', expr)}
    assert len(named) > 15
    assert named <= EVENTS.keys()


def test_the_boards_are_as_the_code_says() -> None:
    there = {path.name: path.read_text() for path in BOARDS.glob("*.json")}
    assert there == written(), "python -m deploy.grafana"


@pytest.mark.parametrize("path", sorted(BOARDS.glob("*.json")), ids=lambda path: path.stem)
def test_a_board_has_a_place_for_each_panel_and_says_what_it_shows(path: Path) -> None:
    board = json.loads(path.read_text())
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}  # fmt: skip
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        told = panel["description"]
        assert told.endswith(".") or ": bin/holdfast " in told, panel["title"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_page_of_metrics_is_as_the_code_says() -> None:
    told = metrics.PAGE.read_text().partition(metrics.MARK)[2].strip()
    assert told == metrics.page().strip(), "python -m deploy.metrics"


def test_a_metric_has_one_meaning_and_says_it() -> None:
    known = metrics.known()
    assert len({one.name for one in known}) == len(known) > 40
    for one in known:
        assert one.means, one.name
        assert re.fullmatch(r"[a-z][a-z0-9_]+", one.name)
        assert one.name.endswith("_total") is (one.kind == "counter"), one.name


def test_no_label_of_a_service_names_anybody() -> None:
    allowed = {"outcome", "state", "currency", "kind", "status", "course", "session", "partner"}
    for one in metrics.known():
        if one.where != "all":
            assert set(one.labels) <= allowed, one.name


def test_the_page_of_logs_is_as_the_code_says() -> None:
    told = logs.PAGE.read_text().partition(logs.MARK)[2].strip()
    assert told == logs.page().strip(), "python -m deploy.logs"


def test_every_event_that_is_logged_is_explained_and_no_other() -> None:
    said = {line.event for line in logs.lines()}
    assert said == set(logs.MEANS)
    assert len(said) > 30


def test_no_line_is_logged_in_a_way_that_the_page_does_not_see() -> None:
    """Its event is a text of its own, said by `log`."""
    seen = len(list(logs.lines()))
    written_ = 0
    for room in logs.ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            written_ += len(re.findall(rf"\blog\.(?:{'|'.join(logs.LEVELS)})\(", path.read_text()))
            assert not re.search(r"get_logger\(", path.read_text()) or re.search(
                r"^log = structlog\.get_logger\(__name__\)$", path.read_text(), re.MULTILINE
            ), path
    assert written_ == seen


def test_each_alert_has_a_runbook_with_what_it_means_and_what_to_do() -> None:
    told = (ROOT / "docs" / "runbooks.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", told, re.MULTILINE | re.DOTALL))
    names = [rule["alert"] for rule in ALERTS]
    assert list(sections) == names, "in the order of the rules"
    for rule in ALERTS:
        name, severity = rule["alert"], rule["labels"]["severity"]
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"
        assert severity in {"page", "ticket"}
        assert sections[name].startswith(f"{severity} · "), name
        for part in ("**Means.**", "**Look.**", "**Do.**"):
            assert part in sections[name], name
        assert rule["labels"].get("because", names[0]) in names


def test_every_command_on_the_boards_exists() -> None:
    typed = {words for path in BOARDS.glob("*.json")
             for words in _typed(path.read_text().replace('"', "`"))}  # fmt: skip
    assert len(typed) > 5
    assert {" ".join(words): wrong for words in typed if (wrong := _wrong(words))} == {}


def test_prometheus_asks_every_service_by_its_name() -> None:
    asked = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    [ours] = [one for one in asked["scrape_configs"] if one["job_name"] == "holdfast"]
    [found] = ours["dns_sd_configs"]
    assert found["names"] == list(SERVICES)
    [down] = [rule for rule in ALERTS if rule["alert"] == "ServiceDown"]
    [named] = re.findall(r'job=~"([^"]+)"', down["expr"])
    assert named.split("|") == list(SERVICES)
    [gone] = [rule for rule in ALERTS if rule["alert"] == "ServiceGone"]
    assert re.findall(r'absent\(up\{job="(\w+)"\} == 1\), "job", "(\w+)"', gone["expr"]) == [
        (name, name) for name in SERVICES
    ]
    [fewer] = [rule for rule in ALERTS if rule["alert"] == "ServiceFewer"]
    assert f'up{{job=~"{named}"}}' in fewer["expr"]
