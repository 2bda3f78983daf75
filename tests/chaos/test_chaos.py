"""Chaos in short: five faults, each once, under a load; then all invariants, and nobody's answer
was in vain. `make chaos` does all faults, for minutes, with many seeds."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stack.profile import ROOT
from tests.chaos.__main__ import SHORT
from tests.chaos.faults import FAULTS
from tests.chaos.report import broken, never, summary, table

# By it none is killed who has called out just then: whether that came through is asked about only
# when the minute of its lease is over.
SEED = "24"


@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_while_each_of_a_few_faults_strikes(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.chaos", "--short", "--seeds", SEED),
            *("--minutes", "0.4", "--out", str(tmp_path)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [run] = json.loads((tmp_path / "chaos.json").read_text())
    assert sorted(one["fault"] for one in run["faults"]) == sorted(SHORT)
    assert all(one["evidence"] and one["recovered"] is not None for one in run["faults"])
    assert run["findings"] == []
    assert min(run["load"][what] for what in ("registrations", "payments", "observations")) > 0
    assert run["invariants"]["exit"] == 0
    assert re.fullmatch(r"\s*(\d\d) of \1 hold", run["invariants"]["said"][-1])


def test_the_short_form_has_some_of_all_faults() -> None:
    assert set(SHORT) < set(FAULTS)
    assert len(FAULTS) >= 20


def test_the_table_counts_what_fired_and_what_its_runs_lost_and_says_where_it_never_ended() -> None:
    def struck(fault: str, evidence: str, recovered: float | None) -> dict[str, object]:
        return {"fault": fault, "evidence": evidence, "recovered": recovered}

    load = {"registrations": 1200, "payments": 7}
    lost, doubled = {"kind": "lost"}, {"kind": "doubled"}
    runs = [
        {"ok": True, "load": load, "findings": [],
         "faults": [struck("cut", "12", 3.0), struck("cut", "9", 7.25)]},
        {"ok": False, "load": load, "findings": [lost, lost, doubled],
         "faults": [struck("cut", "", 1.0), struck("kill", "pid", None)]},
    ]  # fmt: skip
    assert table(runs).splitlines()[2:] == [
        "| cut | 2 | 2 | 2 | 1 | 7.2 s |",
        "| kill | 1 | 1 | 2 | 1 | never |",
    ]
    assert summary(runs) == "1 of 2 runs good: 4 faults, 2,400 registrations, 14 payments."


def test_a_run_that_came_to_no_end_is_told_beside_the_others_and_is_not_good() -> None:
    good = {"ok": True, "load": {"payments": 7}, "findings": [], "faults": []}
    told = broken(3, RuntimeError("nobody leads the stack any more"))
    assert told["ok"] is False
    assert told["broke"] == "RuntimeError: nobody leads the stack any more"
    assert summary([good, told]) == "1 of 2 runs good: 0 faults, 7 payments."
    assert table([good, told]) == table([good])


def test_a_fault_that_a_series_left_out_is_named_one_without_evidence_too() -> None:
    def ran(*faults: str, evidence: str = "pid 7") -> dict[str, object]:
        return {"faults": [{"fault": one, "evidence": evidence} for one in faults]}

    series = [ran("kill"), ran("cut", evidence=""), *[ran("kill", "full") for _ in range(18)]]
    assert never(series, ["cut", "full", "kill", "storm"]) == ["cut", "storm"]
    assert never(series[:-1], ["cut", "storm"]) == []  # nineteen are no series
