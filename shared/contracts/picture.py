"""The picture of the architecture: `python -m shared.contracts.picture` writes docs/images/.

Two drawings of the same facts (`flow.py`), one for a desk and one for a phone: a column a service,
a line a topic. A filled mark says, a ring hears. Colours follow the reader's light or dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from shared.contracts.flow import Lane, in_words, lanes
from shared.contracts.services import SERVICES

IMAGES = Path(__file__).parents[2] / "docs" / "images"
TITLE = "Seven services, and the topics of Kafka by which alone they talk to one another"
SPACE = "http://www.w3.org/2000/svg"
LABELLED = 'aria-labelledby="title words"'
STYLE = """
  :root { color-scheme: light dark; --ink: #1D2733; --quiet: #566372; --line: #CDC9BF;
    --anchor: #0F6660; --wash: #E9F1EF; --paper: #FBFAF7; }
  @media (prefers-color-scheme: dark) { :root { --ink: #E8ECEF; --quiet: #9AA7B4; --line: #3A444E;
    --anchor: #5CC2B6; --wash: #1A2B2B; --paper: #14181C; } }
  text { font-family: Inter, system-ui, Helvetica, Arial, sans-serif; fill: var(--ink); }
  .quiet { fill: var(--quiet); }
  .name { font-weight: 600; }
  .mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
  .band { fill: var(--wash); stroke: var(--anchor); }
  .lane { stroke: var(--line); stroke-width: 1.5; }
  .post { stroke: var(--line); stroke-dasharray: 2 4; }
  .says { fill: var(--anchor); stroke: var(--anchor); stroke-width: 2; }
  .hears { fill: var(--paper); stroke: var(--anchor); stroke-width: 2; }
  .store { fill: none; stroke: var(--quiet); stroke-width: 1.25; }
"""


@dataclass(frozen=True)
class Measures:
    """Of one drawing, in units of its view box: where columns begin, how far apart columns and
    lines are, sizes of type; `beside` where a topic's name stands left of its line; `slant` by how
    many degrees the names of services rise."""

    width: int
    first: int
    column: int
    lane: int
    top: int
    text: float
    beside: bool
    slant: int
    above: str
    below: str


DESK = Measures(
    720, 282, 66, 37, 166, 14, True, 45,
    "people and programs: pages and HTTP, one front door",
    "Postgres: a database and a role for each; nobody reads another's",
)  # fmt: skip
PHONE = Measures(
    360, 36, 48, 46, 176, 12.5, False, 62,
    "people: pages and HTTP, one front door", "Postgres: a database for each",
)  # fmt: skip


def drawn(m: Measures) -> str:
    """The whole drawing as SVG."""
    found = lanes()
    bottom = m.top + m.lane * len(found)
    height = bottom + (88 if m.beside else 96)
    parts = [
        f'<svg xmlns="{SPACE}" viewBox="0 0 {m.width} {height}" role="img" {LABELLED}>',
        f'<title id="title">{TITLE}</title>',
        f'<desc id="words">{escape(in_words())}</desc>',
        f"<style>{STYLE}</style>",
        *_people(m),
        *(part for at in range(len(SERVICES)) for part in _column(m, at, bottom)),
        *(part for row, lane in enumerate(found) for part in _lane(m, row, lane)),
        *_legend(m, height),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(m: Measures, at: int) -> int:
    return m.first + m.column * at


def _text(x: float, y: float, words: str, size: float, kind: str = "", more: str = "") -> str:
    said = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{said}{more}>{escape(words)}</text>'


def _people(m: Measures) -> list[str]:
    """Who comes by HTTP: a band over all columns, and an end of it above each service."""
    left = _x(m, 0) - 26
    width = m.column * (len(SERVICES) - 1) + 52
    middle = left + width / 2
    return [
        f'<rect class="band" x="{left}" y="14" width="{width}" height="32" rx="4"/>',
        _text(middle, 34.5, m.above, m.text - 0.5, more=' text-anchor="middle"'),
    ]


def _column(m: Measures, at: int, bottom: int) -> list[str]:
    """A service: its name, the line down to its database, and that."""
    x, y = _x(m, at), m.top - 34
    turned = f' transform="rotate(-{m.slant} {x} {y})"'
    store = bottom + 4
    return [
        f'<line class="post" x1="{x}" y1="{m.top - 28}" x2="{x}" y2="{store}"/>',
        _text(x, y, SERVICES[at], m.text - 0.5, "name", turned),
        f'<path class="store" d="M{x - 11} {store + 4} v16 a11 4 0 0 0 22 0 v-16"/>',
        f'<ellipse class="store" cx="{x}" cy="{store + 4}" rx="11" ry="4"/>',
    ]


def _lane(m: Measures, row: int, lane: Lane) -> list[str]:
    """A topic: its name and how it is kept, its line, a mark where a service says or hears."""
    y = m.top + m.lane * row + (0 if m.beside else 14)
    left = 16 if m.beside else 10
    ends = _x(m, len(SERVICES) - 1) + 18
    begins = _x(m, 0) - 18
    kept = (
        _text(left, y + 13, lane.kept, m.text - 2.5, "quiet")
        if m.beside
        else _text(m.width - 10, y - 12, lane.kept, m.text - 2, "quiet", ' text-anchor="end"')
    )
    parts = [
        _text(left, y - (3 if m.beside else 12), lane.topic, m.text - 0.5, "mono"),
        kept,
        f'<line class="lane" x1="{begins}" y1="{y}" x2="{ends}" y2="{y}"/>',
    ]
    for at, name in enumerate(SERVICES):
        if name in lane.hears:
            parts.append(f'<circle class="hears" cx="{_x(m, at)}" cy="{y}" r="7"/>')
        if name in lane.says:
            r = 3.5 if name in lane.hears else 7
            parts.append(f'<circle class="says" cx="{_x(m, at)}" cy="{y}" r="{r}"/>')
    return parts


def _legend(m: Measures, height: int) -> list[str]:
    """What the marks mean, and whose the databases are."""
    y, size = height - 14, m.text - 0.5
    left = 22 if m.beside else 16
    databases = (
        _text(m.width - 16, y, m.below, size, "quiet", ' text-anchor="end"')
        if m.beside
        else _text(10, y - 26, m.below, size, "quiet")
    )
    return [
        f'<circle class="says" cx="{left}" cy="{y - 4}" r="6"/>',
        _text(left + 13, y, "says", size),
        f'<circle class="hears" cx="{left + 74}" cy="{y - 4}" r="6"/>',
        _text(left + 87, y, "hears", size),
        databases,
    ]


FILES = {"architecture.svg": DESK, "architecture-phone.svg": PHONE}

if __name__ == "__main__":
    for name, measures in FILES.items():
        (IMAGES / name).write_text(drawn(measures))
