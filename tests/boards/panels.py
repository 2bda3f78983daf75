"""Panels drawn: a number, curves as an SVG, a table, each in the place that its board gives it."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Sequence
from typing import Any

from tests.boards.source import Source

COLUMN, ROW, GAP = 58, 34, 10  # pixels of a board's cell
COLOURS = ["#0F6660", "#B07A1E", "#3B6EA5", "#A32A2A", "#6B4E8A", "#2F6B3A", "#8A5A44", "#566372"]
STYLE = """
body { margin: 0; background: #FBFAF7; color: #1D2733; font: 13px/1.35 Inter, sans-serif; }
header { padding: 18px 20px 6px; } h1 { font: 600 24px/1.2 "Source Serif 4", Georgia, serif; margin: 0; }
header p { margin: 4px 0 0; color: #566372; } main { position: relative; margin: 10px; }
section { position: absolute; box-sizing: border-box; background: #fff; border: 1px solid #E1DED6;
  padding: 8px 12px; overflow: hidden; }
h2 { font-size: 13px; font-weight: 600; margin: 0; } .big { font-size: 38px; font-weight: 600;
  line-height: 1.2; font-variant-numeric: tabular-nums; padding-top: 14px; }
.legend { color: #566372; font-size: 11px; white-space: nowrap; overflow: hidden; }
.legend b { display: inline-block; width: 10px; height: 3px; margin: 0 5px 3px 0; }
.legend span { margin-right: 14px; } svg { display: block; } text { font: 10px Inter, sans-serif;
  fill: #566372; } table { width: 100%; border-collapse: collapse; margin-top: 8px; }
td, th { text-align: left; padding: 2px 8px 2px 0; border-bottom: 1px solid #E1DED6; }
td:last-child, th:last-child { text-align: right; font-variant-numeric: tabular-nums; }
"""

Point = tuple[float, float]


def stat(panel: dict[str, Any], source: Source) -> str:
    found = source.now(panel["targets"][0]["expr"])
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    if not found:
        return '<div class="big" style="color:#566372">–</div>'
    value = float(found[0]["value"][1])
    passed = [s["color"] for s in steps if s["value"] is None or value >= s["value"]]
    return f'<div class="big" style="color:{passed[-1]}">{shown(value, unit_of(panel))}</div>'


def timeseries(panel: dict[str, Any], source: Source) -> str:
    lines: list[tuple[str, list[Point]]] = []
    for target in panel["targets"]:
        for one in source.over_time(target["expr"]):
            told = [(float(at), float(value)) for at, value in one["values"]]
            points = [point for point in told if math.isfinite(point[1])]
            if points:
                lines.append((legend(target["legendFormat"], one["metric"]), points))
    width, height = panel["gridPos"]["w"] * COLUMN - GAP - 26, panel["gridPos"]["h"] * ROW - 72
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return drawn(lines[:8], source, (width, height), unit_of(panel), steps[1:])


def table(panel: dict[str, Any], source: Source) -> str:
    found = source.now(panel["targets"][0]["expr"])
    names = sorted({name for one in found for name in one["metric"]})
    value = panel["transformations"][0]["options"]["renameByName"]["Value"]
    rows = sorted(found, key=lambda one: -float(one["value"][1]))[:8]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in [*names, value])
    cells = [
        "".join(f"<td>{html.escape(one['metric'].get(name, ''))}</td>" for name in names)
        + f"<td>{shown(float(one['value'][1]), 'short')}</td>"
        for one in rows
    ]
    body = "".join(f"<tr>{row}</tr>" for row in cells) or "<tr><td>Nothing.</td></tr>"
    return f"<table><tr>{head}</tr>{body}</table>" if rows else f"<table>{body}</table>"


def drawn(
    lines: Sequence[tuple[str, list[Point]]],
    source: Source,
    size: tuple[int, int],
    unit: str,
    steps: Sequence[dict[str, Any]],
) -> str:
    width, height = size
    left, top, right, bottom = 46, 6, width - 8, height - 16
    most = max((value for _, points in lines for _, value in points), default=0) or 1
    ticks = rounded(most)

    def x(at: float) -> float:
        return left + (right - left) * (at - source.since) / (source.until - source.since)

    def y(value: float) -> float:
        return bottom - (bottom - top) * value / ticks[-1]

    parts = []
    for tick in ticks:
        parts.append(
            f'<line x1="{left}" x2="{right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#E1DED6"/>'
        )
        parts.append(
            f'<text x="{left - 6}" y="{y(tick) + 3:.1f}" text-anchor="end">{shown(tick, unit)}</text>'
        )
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = source.since + share * (source.until - source.since)
        told = time.strftime("%H:%M:%S", time.gmtime(at))
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        parts.append(f'<text x="{x(at):.1f}" y="{height - 2}" text-anchor="{anchor}">{told}</text>')
    parts += [
        f'<line x1="{left}" x2="{right}" y1="{y(step["value"]):.1f}" y2="{y(step["value"]):.1f}"'
        f' stroke="{step["color"]}" stroke-dasharray="5 4"/>'
        for step in steps
        if step["value"] <= ticks[-1]
    ]
    parts += [
        f'<polyline points="{" ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in points)}"'
        f' fill="none" stroke="{COLOURS[n]}" stroke-width="1.8"/>'
        for n, (_, whole) in enumerate(lines)
        for points in unbroken(whole, 1.5 * source.step)
    ]
    if not lines:
        parts.append(
            f'<text x="{(left + right) / 2}" y="{(top + bottom) / 2}" text-anchor="middle">nothing in this time</text>'
        )
    named = "".join(
        f'<span><b style="background:{COLOURS[n]}"></b>{html.escape(name)}</span>'
        for n, (name, _) in enumerate(lines)
    )
    return f'<svg width="{width}" height="{height}">{"".join(parts)}</svg><div class="legend">{named}</div>'


def unbroken(points: list[Point], most: float) -> list[list[Point]]:
    """The same in parts, wherever nothing was known for more than so many seconds."""
    parts: list[list[Point]] = []
    for point in points:
        if not parts or point[0] - parts[-1][-1][0] > most:
            parts.append([])
        parts[-1].append(point)
    return parts


# --- words and numbers ----------------------------------------------------------------------------


def legend(form: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        form = form.replace(f"{{{{{name}}}}}", value)
    return form


def unit_of(panel: dict[str, Any]) -> str:
    return str(panel["fieldConfig"]["defaults"].get("unit", "short"))


def shown(value: float, unit: str) -> str:
    if unit == "s":
        for seconds, name in ((86400, "d"), (3600, "h"), (60, "min")):
            if value >= 2 * seconds:
                return f"{value / seconds:.3g} {name}"
        return f"{value:.3g} s" if value >= 1 or value == 0 else f"{1000 * value:.3g} ms"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def rounded(most: float) -> list[float]:
    """From 0 in steps of 1, 2 or 5 times a power of ten, up to what is above all."""
    rough = most / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    return [step * n for n in range(math.ceil(most / step) + 1)]


PANELS = {"stat": stat, "timeseries": timeseries, "table": table}


def page(board: dict[str, Any], source: Source) -> str:
    """A board as a page."""
    parts, height = [], 0
    for panel in board["panels"]:
        at = panel["gridPos"]
        style = (
            f"left:{at['x'] * COLUMN}px;top:{at['y'] * ROW}px;"
            f"width:{at['w'] * COLUMN - GAP}px;height:{at['h'] * ROW - GAP}px"
        )
        inside = PANELS[panel["type"]](panel, source)
        parts.append(
            f'<section style="{style}"><h2>{html.escape(panel["title"])}</h2>{inside}</section>'
        )
        height = max(height, (at["y"] + at["h"]) * ROW)
    head = f"<header><h1>{html.escape(board['title'])}</h1><p>{html.escape(board['description'])}</p></header>"
    return (
        f"<!doctype html><html><head><meta charset=utf-8><style>{STYLE}</style></head><body>{head}"
        f'<main style="height:{height}px">{"".join(parts)}</main></body></html>'
    )
