"""The house rules of the runtime: no business in it, no people in its logs, one list of metrics."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from shared.runtime import clock, failpoint, logs, metrics
from tests.conftest import ROOT

RUNTIME = Path(logs.__file__).parent
BUSINESS = (
    "registration|learner|course|invoice|certificate|billing|refund|payment|credit|attendance|"
    "session_id|partner_id|board|workshop|evaluation|seat|waitlist|waiting|tender|coupon|"
    "notification|webinar|instructor|quiz"
)


def code_of(path: Path) -> str:
    """Names and texts of a module without its docstrings and comments, which may give examples."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    words: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words += [] if id(node) in docstrings else [node.value]
        words += [str(v) for f in ("id", "attr", "arg", "name") if (v := getattr(node, f, None))]
    return "\n".join(words)


@pytest.mark.parametrize("path", sorted(RUNTIME.glob("*.py")), ids=lambda p: p.name)
def test_no_business_word_is_in_the_code_of_the_runtime(path: Path) -> None:
    own = {"waiting", "_waiting"}  # for a time-out, or a micro-batch
    own |= {"keyboardinterrupt"}  # Python's
    own |= {"otel_exporter_otlp_certificate"}  # OpenTelemetry's, of TLS
    found = {w for w in re.findall(rf"\w*(?:{BUSINESS})\w*", code_of(path).lower()) if w not in own}
    assert found == set()


LOGGING = """
import logging
import structlog
from asyncpg import CheckViolationError
from pydantic import BaseModel
from shared.runtime import logs

class Person(BaseModel):
    name: int

ADA = " ".join(["Ada", "Lovelace"])
logs.configure("toy", "INFO")
log = structlog.get_logger()
log.info("mail.sent", to="ada@example.org", url="https://x.test/r?t=1.uSecret.mac&a=b")
log.info("nested", facts={"who": ["ada@example.org"]})

def row():
    why = CheckViolationError("no")
    why.detail = f"Failing row contains (7, {ADA}, ada@example.org)."
    raise why

def body():
    Person.model_validate({"name": ADA})

for fails in (row, body):
    try:
        fails()
    except Exception as why:
        log.error("it.failed", exc_info=why)
        logging.getLogger("library").error("broke", exc_info=why)
"""


def test_logs_are_one_json_a_line_without_people() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], cwd=ROOT, capture_output=True, check=True
    )
    text = done.stdout.decode()
    assert "Lovelace" not in text
    assert "ada@" not in text
    assert "uSecret" not in text
    said = [json.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in said] == [
        "mail.sent",
        "nested",
        *["it.failed", "broke"] * 2,
    ]
    assert all(line["service"] == "toy" for line in said)
    assert all("Error" in line["exception"] for line in said[2:])


def test_all_metrics_are_in_one_list_and_each_is_used() -> None:
    made = {name for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)}
    used: set[str] = set()
    for path in RUNTIME.glob("*.py"):
        text = path.read_text()
        if path.name != "metrics.py":
            assert not re.search(r"\b(?:Counter|Gauge|Histogram)\(", text), path.name
        used |= set(re.findall(r"metrics\.(\w+)", text))
    assert made - used == set()


def test_no_label_of_a_metric_can_hold_an_id_or_a_name() -> None:
    allowed = {"outcome", "reason", "kind", "error", "route", "method", "status", "type"}
    allowed |= {"role", "sandbox", "public"}  # of which there are two or three each
    labels = {
        label for value in vars(metrics).values() for label in getattr(value, "_labelnames", ())
    }
    labels |= {label for read in metrics.READS for label in read.labels}
    assert labels <= allowed


def test_log_lines_written_by_hand_are_not_needed() -> None:
    for path in RUNTIME.glob("*.py"):
        assert not re.search(r"^\s*print\(", path.read_text(), re.MULTILINE), path.name


def test_every_failpoint_is_passed_somewhere_and_nothing_but_tests_can_arm_one() -> None:
    passed: set[str] = set()
    for room in ("shared", "services", "stack", "cli"):
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text()
            if path.name != "failpoint.py":
                passed |= set(re.findall(r'\bfailpoint\("([^"]*)"\)', text))
                assert not re.search(r"\barmed\b|\b_armed\b", text), path
    assert passed == set(failpoint.POINTS)
    assert not re.search(r"environ|getenv|settings", code_of(Path(failpoint.__file__)).lower())


def test_the_wall_clock_is_the_machines_wherever_no_test_runs() -> None:
    for room in ("shared", "services", "stack", "cli"):
        for path in (ROOT / room).rglob("*.py"):
            if path.name != "clock.py":
                assert not re.search(r"\bwalled\b|\b_sources\b", path.read_text()), path
    assert not re.search(r"environ|getenv", code_of(Path(clock.__file__)).lower())
