"""What is logged of an outage: that there is one, and not the same sentence thousands of times."""

import json
import logging
import subprocess
import sys

import asyncpg
import pytest

from shared.runtime.logs import Outage
from tests.conftest import ROOT

AWAY = "Unable connect to node with id %s: %s"


def record(name: str, message: str, at: float, why: BaseException | None = None, *args: object):
    made = logging.LogRecord(name, logging.ERROR, "f", 1, message, args, None)
    made.created = at
    made.exc_info = (type(why), why, None) if why else None
    return made


def test_a_sentence_of_aiokafka_is_said_once_in_ten_seconds_whatever_it_names() -> None:
    outage = Outage()
    said = [outage.filter(record("aiokafka", AWAY, at, None, at, "x")) for at in (0, 1, 9.9, 10, 15, 20)]  # fmt: skip
    assert said == [True, False, False, True, False, True]
    assert outage.filter(record("aiokafka", "Another sentence", 20.5))
    assert outage.filter(record("aiokafka.consumer", AWAY, 20.5)), "another part of it says it"


def test_others_are_never_cut_short() -> None:
    outage = Outage()
    assert all(outage.filter(record("asyncio", "Task exception", 0)) for _ in range(3))


@pytest.mark.parametrize(
    ("why", "logged"),
    [
        (asyncpg.CannotConnectNowError("the database system is starting up"), False),
        (ConnectionResetError("gone"), False),
        (TimeoutError(), False),
        (KeyError("a defect"), True),
        (asyncpg.UniqueViolationError("a defect"), True),
        (None, True),
    ],
)
def test_the_server_tells_of_defects_once_more_and_not_of_an_outage(
    why: BaseException | None, logged: bool
) -> None:
    made = record("uvicorn.error", "Exception in ASGI application\n", 0, why)
    assert Outage().filter(made) is logged


def test_a_process_is_configured_so() -> None:
    code = f"""
import logging
from shared.runtime import logs
logs.configure("toy", "INFO")
for number in range(3):
    logging.getLogger("aiokafka.client").error({AWAY!r}, number, "away")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    [line] = (done.stdout + done.stderr).strip().splitlines()
    assert json.loads(line)["event"] == "Unable connect to node with id 0: away"
