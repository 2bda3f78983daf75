"""Panels of Grafana as plain data: a number, a curve, a table; and a board that lays them out.

Grafana's own schema of a panel has hundreds of fields with good defaults. Those that say something
are said here, in the colours of the pages (decision 134 says why no library does it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

GOOD, ATTENTION, BAD, ANCHOR = "#2F6B3A", "#B07A1E", "#A32A2A", "#0F6660"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24  # columns of a board

Json = dict[str, Any]
Query = tuple[str, str]  # what is asked, and what the curve is called


def number(
    title: str, expr: str, means: str, *, unit: str = "short", bad: float | None = None
) -> Json:
    """One number, as of now; from `bad` on it is red, and without one it has no colour."""
    steps: list[Json] = [{"color": ANCHOR if bad is None else GOOD, "value": None}]
    steps += [] if bad is None else [{"color": BAD, "value": bad}]
    return {
        "type": "stat",
        "title": title,
        "description": means,
        "datasource": SOURCE,
        "targets": [_target(expr, "", 0)],
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "thresholds": {"mode": "absolute", "steps": steps},
                "color": {"mode": "thresholds"},
                "noValue": "–",
            },
            "overrides": [],
        },
        "options": {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "area",
            "textMode": "value",
        },
        "gridPos": {"w": 6, "h": 4},
    }


def curves(
    title: str,
    queries: Sequence[Query],
    means: str,
    *,
    unit: str = "short",
    line: float | None = None,
    width: int = 12,
) -> Json:
    """Curves over time; `line` is where an alert begins."""
    steps: list[Json] = [{"color": "transparent", "value": None}]
    steps += [] if line is None else [{"color": BAD, "value": line}]
    return {
        "type": "timeseries",
        "title": title,
        "description": means,
        "datasource": SOURCE,
        "targets": [_target(expr, name, place) for place, (expr, name) in enumerate(queries)],
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "min": 0,
                "color": {"mode": "palette-classic"},
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": {
                    "lineWidth": 2,
                    "fillOpacity": 6,
                    "showPoints": "never",
                    "spanNulls": False,
                    "thresholdsStyle": {"mode": "off" if line is None else "dashed"},
                },
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "gridPos": {"w": width, "h": 8},
    }


def table(title: str, expr: str, means: str, *, value: str, width: int = 12) -> Json:
    """The labels of what is there now, a row each, and its `value`."""
    asked = _target(expr, "", 0) | {"format": "table", "instant": True, "range": False}
    return {
        "type": "table",
        "title": title,
        "description": means,
        "datasource": SOURCE,
        "targets": [asked],
        "fieldConfig": {"defaults": {"noValue": "–"}, "overrides": []},
        "transformations": [
            {
                "id": "organize",
                "options": {"excludeByName": {"Time": True}, "renameByName": {"Value": value}},
            }
        ],
        "options": {"showHeader": True, "sortBy": [{"displayName": value, "desc": True}]},
        "gridPos": {"w": width, "h": 8},
    }


def board(uid: str, title: str, means: str, panels: Iterable[Json]) -> Json:
    """A board of these panels, from left to right and from top to bottom."""
    return {
        "uid": f"holdfast-{uid}",
        "title": title,
        "description": means,
        "tags": ["holdfast"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "graphTooltip": 1,
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Source",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "links": [
            {
                "type": "dashboards",
                "title": "Holdfast",
                "tags": ["holdfast"],
                "asDropdown": False,
                "keepTime": True,
            }
        ],
        "panels": list(_placed(panels)),
    }


def _target(expr: str, name: str, place: int) -> Json:
    return {
        "refId": chr(ord("A") + place),
        "datasource": SOURCE,
        "expr": expr,
        "legendFormat": name or "__auto",
        "editorMode": "code",
        "range": True,
    }


def _placed(panels: Iterable[Json]) -> Iterable[Json]:
    x = y = height = 0
    for number_, panel in enumerate(panels, start=1):
        size = panel["gridPos"]
        if x + size["w"] > WIDTH:
            x, y, height = 0, y + height, 0
        yield panel | {"id": number_, "gridPos": {"x": x, "y": y, **size}}
        x, height = x + size["w"], max(height, size["h"])
