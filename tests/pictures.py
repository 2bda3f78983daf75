"""The pictures of docs/certificates.md, made from the examples: `make pictures` (needs pdftoppm).

python -m tests.pictures [FOLDER]
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from PIL import Image

from services.certificates.commands.given import Given
from services.certificates.commands.look import marked
from services.certificates.commands.page import page_of
from services.certificates.domain.facts import Attended
from services.certificates.render import render
from services.registration.domain.course_file import read_course
from shared.contracts.boards import Board
from shared.contracts.registration import CoursePublished, License

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "images" / "certificates"
REFERENCE, UPRIGHT = "attachment-effectiveness-2020", "two-day-workshop-2027"
DPI, COLOURS = 84, 32
VERIFY = "https://certs.example/verify/7Q4M-ZK2P-9T1X-{}"
# Whom each board of the reference course serves: a name, a licence, sessions, credits.
HOLDERS = {
    "NBCC": ("Žaneta Łuczyńska-O'Neil", ("counselor", "NJ", "37PC00000000")),
    "NAADAC": ("Bo Reed", ("addiction_counselor", "OH", "000000")),
    "NYSED-MHC": ("Ada Quill", ("counselor", "NY", "000000")),
    "NYSED-SW": ("Cy Stone", ("social_worker", "NY", "000000")),
    "STATE": ("Di Thorn", ("mft", "CA", "000000")),
    "WESPSB": ("Ed Umber", ("educator", "WA", "")),
    "ACCME": ("Flo Vale", ("physician", "NY", "000000")),
    "ANCC": ("Gus Wold", ("nurse", "MA", "RN000000")),
    "APA": ("Hal Yarrow", ("psychologist", "NJ", "35SI00000000")),
}
LONG = (
    "Professor Doctor Maria-Magdalena Wolfeschlegelsteinhausenbergerdorff "
    "von und zu Hohenlohe-Schillingsfürst-Waldenburg"
)


def course_of(name: str) -> CoursePublished:
    """An example as it is published."""
    said = yaml.safe_load((ROOT / "examples" / f"{name}.yaml").read_text())
    published_at = datetime(2020, 9, 1, tzinfo=UTC)
    document, faults = read_course(name, said, published_at)
    if faults.errors:
        raise ValueError(f"{name}: {faults.errors}")
    return CoursePublished(**document, version=1, published_at=published_at)


def given(course: CoursePublished, board: Board | None, name: str, **changes: Any) -> Given:
    """All sessions attended, and a number that follows from the name."""
    sessions = tuple(session.session_id for session in course.sessions)
    last = max(session.ends_at for session in course.sessions)
    mark = (name.upper().encode().hex().translate(str.maketrans("0189", "ABCD")) + "AAAA")[:4]
    made: dict[str, Any] = {
        "course": course,
        "board": board,
        "name": name,
        "license": None,
        "credits": board.approved_hours if board else Decimal(8),
        "sessions": sessions,
        "attended": {one: Attended(7200, True) for one in sessions},
        "number": f"{last.year}-7K3M-9Q2X-{mark.upper()}",
        "verify_url": VERIFY.format(mark.upper()),
        "issued_at": last,
    }
    return Given(**made | changes)


def pages() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each picture's name, and the page on it."""
    course = course_of(REFERENCE)
    for board in course.boards:
        name, licence = HOLDERS[board.board]
        stated = License(**dict(zip(("profession", "state", "number"), licence, strict=True)))
        claimed = {"credits": Decimal("7.5"), "sessions": ("s1", "s2", "s3")}
        claimed["attended"] = {"s4": Attended(5400, False)}
        more = claimed if board.mode == "CLAIMED" else {}
        yield board.board.lower(), page_of(given(course, board, name, license=stated, **more))
    three = ("s1", "s3", "s4")
    yield (
        "participation",
        page_of(
            given(
                course,
                None,
                "Mo Fern",
                sessions=three,
                credits=Decimal(6),
                attended={one: Attended(7200, True) for one in three},
            )
        ),
    )
    teacher = course.instructors[0].name
    yield "presenter", page_of(given(course, None, teacher, presents=True))
    nbcc = course.boards[0]
    crowded = given(
        course.model_copy(
            update={"not_authorised": "This certificate does not authorise to train others."}
        ),
        nbcc.model_copy(update={"statement": f"{nbcc.statement} {nbcc.statement}"}),
        LONG,
        license=License(profession="counselor", state="NJ", number="37PC00000000"),
        supersedes="2020-AAAA-BBBB-CCCC",
    )
    yield "crowded", page_of(crowded)
    upright = course_of(UPRIGHT)
    yield "upright", page_of(given(upright, upright.boards[0], "Isla Grey"))
    arabic = page_of(given(course, nbcc, "محمد عبد الرحمن الخوارزمي"))
    yield "duplicate", marked(arabic, datetime(2021, 3, 12, 12, tzinfo=UTC), course.zone)


def picture(page: dict[str, Any]) -> bytes:
    """A page as a small PNG."""
    done = render(page)
    if not done.conformance:
        raise ValueError(f"does not conform: {done.lacks}")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        path.write_bytes(done.pdf)
        shown = subprocess.run(
            ["pdftoppm", "-r", str(DPI), "-png", str(path)], capture_output=True, check=True
        )
    out = io.BytesIO()
    Image.open(io.BytesIO(shown.stdout)).quantize(COLOURS).save(out, "png", optimize=True)
    return out.getvalue()


def main(folder: Path = FOLDER) -> None:
    """Make them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages():
        made = picture(page)
        (folder / f"{name}.png").write_bytes(made)
        print(f"  {name}.png  {len(made) // 1024} kB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
