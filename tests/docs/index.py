"""`python -m tests.docs.index` writes the index of docs/decisions.md by subject, at its top.

Entries stand in the order in which they were written, and none is ever rewritten; so whoever looks
for one goes by this. A new one stands under "Newest" until it is given a subject here.
"""

from __future__ import annotations

import re
import unicodedata

from tests.docs.blocks import DOCS

PAGE = DOCS / "decisions.md"
BEGIN, END = "<!-- index -->", "<!-- /index -->"
NEWEST = "Newest, not sorted yet"
# Subject → the numbers of its decisions, in the order in which they are best read.
SUBJECTS: dict[str, str] = {
    "Rows, batches and transactions": "1 2 3 4 8 23 24 30 31 43 69 125",
    "Events, Kafka and the log": "5 12 13 46 101 109 132",
    "Time and deadlines": "10 25",
    "Dead letters, replay, copies and backups": "92 93 102 103 104 105 115 143",
    "HTTP, tokens, and what a repetition is answered": "6 7 32 110 116",
    "Courses, seats and registrations": "11 17 33 34 35 37 38 39 40 41 42 44 47 148",
    "Money, refunds and credits": "9 21 22 26 36 48 49 50 51 52 53 54 85 112 141",
    "Attendance": "28 55 56 63 64 65 66 78 84 118",
    "Evaluations, awards and boards": "19 20 27 58 61 68",
    "Certificates and their keys": "57 60 67 79 82 83 87",
    "Messages and calendars": "15 16 70 71 72 73 74 75 76 77 80 98 100",
    "Partners and integrators": "108 113 114 119 120 121 123 124 126 127 128 129 140",
    "Staff, tasks and the console": "14 62 97 111 131 142",
    "Security, erasure and audits": "81 86 94 95 96",
    "Tests, simulation and chaos": "29 88 89 90 91 99 106 107 117",
    "Speed and benchmarks": "45 59 122 130",
    "Deploying, watching, documents": "133 134 135 136 137 138 139",
    "Small things": "18",
}
_HEADING = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)


def with_index(text: str) -> str:
    """The page with its index made anew; the first time above its first entry."""
    if BEGIN not in text:
        place = text.index("\n## ") + 1
        text = f"{text[:place]}{BEGIN}\n{END}\n\n{text[place:]}"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{index(after)}{END}{after}"


def index(entries: str) -> str:
    """A heading a subject, a line a decision; of subjects that have one."""
    titles = {int(number): title for number, title in _HEADING.findall(entries)}
    subjects = {subject: _numbers(each) for subject, each in SUBJECTS.items()}
    known = {number for each in subjects.values() for number in each}
    subjects[NEWEST] = sorted(titles.keys() - known)
    parts = [
        _part(subject, [n for n in each if n in titles], titles)
        for subject, each in subjects.items()
    ]
    return "\n".join(part for part in parts if part)


def _part(subject: str, numbers: list[int], titles: dict[int, str]) -> str:
    headings = [f"{number}. {titles[number]}" for number in numbers]
    lines = "".join(f"* [{heading}](#{anchor(heading)})\n" for heading in headings)
    return f"**{subject}**\n\n{lines}" if lines else ""


def _numbers(each: str) -> list[int]:
    return [int(number) for number in each.split()]


def anchor(heading: str) -> str:
    """A heading's id, as Python-Markdown makes it: what is left in ASCII of its words, hyphens
    between."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


if __name__ == "__main__":
    PAGE.write_text(with_index(PAGE.read_text()))
