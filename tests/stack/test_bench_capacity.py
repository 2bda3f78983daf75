"""The model of capacity, by numbers that were worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import capacity, figures
from bench.capacity import measured, needs
from bench.coefficients import KNOWN, Known
from bench.goals import spec
from bench.machine import ROOT, Machine

MACHINE = Machine("python -m bench.tiny", 0.1, 2, "0123456789", "2026-12-01")


def known(**values: float | None) -> dict[str, Known]:
    """Round coefficients; keys with `_` for the dot."""
    plain: dict[str, float | None] = {
        "observations": 3, "certificates": 1, "events": 3,
        "observing": 1_000, "handling": 1_000, "sending": 100, "storing": 100, "relaying": 10_000,
        "cpu": 100, "bytes.attendance": 5_000, "bytes.kafka": 40_000,
    }  # fmt: skip
    plain |= {name.replace("_", "."): value for name, value in values.items()}
    return {name: Known(value, "", name, "by hand") for name, value in plain.items()}


def test_a_million_who_come_at_the_same_time() -> None:
    found = needs(1_000_000, known())
    # 3,000,000 observations in 300 s are 10,000/s; a process that takes 1,000 is planned for 700
    assert found.attendance_apis == 15
    # 3,000,000 events in 600 s are 5,000/s
    assert found.attendance_workers == found.other_workers == 8
    # 1,000,000 certificates in 600 s are 1,667/s, of 70 each
    assert found.certificates_workers == 24
    # 1,000,000 mails of one kind in 1,800 s are 556/s, of 70 each
    assert found.notifications_workers == 8
    assert found.relays == 1
    # two for each of 24 workers, by twelves
    assert found.partitions == 48
    # 100,000 s of processors in a day of 86,400
    assert found.cores == 1.16
    assert found.database_bytes == {"attendance": 5_000_000_000}
    assert found.kafka_bytes == 120_000_000_000


def test_few_need_one_of_each_and_the_partitions_that_there_are() -> None:
    found = needs(10, known())
    assert found.attendance_apis == found.certificates_workers == found.relays == 1
    assert found.partitions == 12


def test_only_who_comes_at_the_same_time_needs_processes_and_each_day_is_kept() -> None:
    found = needs(1_000_000, known(), share=0.1, days=30)
    assert (found.attendance_apis, found.certificates_workers, found.partitions) == (2, 3, 12)
    assert found.database_bytes == {"attendance": 150_000_000_000}
    assert found.cores == 1.16, "of a day, whenever they come"


def test_what_was_not_measured_is_not_known_and_nothing_else() -> None:
    found = needs(1_000, known(storing=None, bytes_attendance=None))
    assert found.certificates_workers is found.partitions is None
    assert found.database_bytes == {"attendance": None}
    assert found.attendance_workers == 1


@pytest.mark.parametrize(
    ("learners", "share", "days"),
    [(0, 1.0, 1), (-5, 1.0, 1), (5, 0.0, 1), (5, 1.1, 1), (5, 1.0, 0)],
)
def test_what_cannot_be_is_refused(learners: int, share: float, days: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        needs(learners, known(), share=share, days=days)


def test_what_was_measured_takes_the_place_of_what_stands() -> None:
    rate = figures.of(spec("pipeline.events"), MACHINE, {}, [4_000, 5_000, 6_000], [1, 1, 1])
    short = figures.of(spec("relay.rows"), MACHINE, {}, [7], [1], short=True)
    day = figures.of(spec("day.refused"), MACHINE, {"rate": 2_000.0}, [0, 0, 0])
    story: dict[str, Any] = {
        "rounds": [
            {"ours": {"learners": 10, "cpu_ms_all": cpu, "bytes": {"billing": cpu, "web": 1}}}
            for cpu in (300, 100, 200)
        ]
    }
    made = measured(KNOWN, [rate, short, day], json.loads(json.dumps(story)))
    assert made["handling"].value == 5_000
    assert made["handling"].source == "pipeline.events, 2026-12-01, commit 0123456789"
    assert made["relaying"] == KNOWN["relaying"], "a short run measures nothing"
    assert made["observing"].value == 2_000
    assert (made["cpu"].value, made["bytes.billing"].value) == (200, 200), "of one story"
    assert "bytes.web" not in made
    refused = figures.of(spec("day.refused"), MACHINE, {"rate": 2_000.0}, [0, 1, 0])
    assert measured(KNOWN, [refused])["observing"].value is None


def test_the_page_has_the_coefficients_and_the_examples_as_they_are(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "capacity.md").read_text()
    shown = page.partition("<!-- capacity -->\n")[2].partition("\n<!-- /capacity -->")[0]
    for name, one in KNOWN.items():
        assert f"| `{name}` | {one.what} |" in shown, name
    copy = tmp_path / "capacity.md"
    copy.write_text(page)
    assert capacity.main(["--write", str(copy)]) == 0
    assert capacity.main(["--write", str(tmp_path / "none.md")]) == 1
    assert copy.read_text().partition("<!-- capacity -->")[0] == page.partition("<!-- capacity")[0]


def test_it_is_said_for_any_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert capacity.main(["--learners", "1000000"]) == 0
    said = capsys.readouterr().out
    assert "certificates, role `worker`: 21" in said  # 1,250,000 in 600 s, of 148.2 × 0.7 each
    assert "database of certificates, a day: 66.2 GB" in said
    assert "database of billing, a day: not known" in said
    assert capacity.main(["--learners", "0"]) == 1
