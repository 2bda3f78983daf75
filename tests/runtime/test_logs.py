"""What is logged of an outage: that there is one, and not the same sentence thousands of times."""

import json
import logging
import subprocess
import sys

import asyncpg
import pytest

from shared.runtime.logs import Outage, blotted
from shared.runtime.tokens import code_of, mint
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


TOKEN = mint("a-secret-of-the-platform", "personal", "018f3c0e-93a1-7cc2-8d4e-5f60718293a4", 3)
CODE = code_of("a-secret-of-the-platform", "credit", "c1")


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"GET http://door/r/{TOKEN}/pay failed", "GET http://door/r/…/pay failed"),
        (f"/attendance/join/{TOKEN}?x=1", "/attendance/join/…?x=1"),
        (f"for url 'http://door/f.pdf?a=1&t={TOKEN}'", "for url 'http://door/f.pdf?a=1&t=…'"),
        (f"/billing/v1/credits/{CODE}/transfer", "/billing/v1/credits/…/transfer"),
        ("/console/signed-in?code=abc-123&state=x", "/console/signed-in?code=…&state=x"),
        ("the key hf_live_Zk3-_Zk3 is none", "the key … is none"),
        ("{'Authorization': 'Bearer abc.def'}", "{'Authorization': 'Bearer …'}"),
        ("to <ada@learners.example>, ben@x.example", "to <…@…>, …@…"),
        ("DETAIL:  Key (email)=(Ada) already\nnext", "DETAIL:  …\nnext"),
        ("[input_value='Ada', input_type=str]", "[input_value=…, input_type=str]"),
        ("route /r/{token}/pay of 1.2.3.4 at 2020-09-01", "route /r/{token}/pay of 1.2.3.4 at 2020-09-01"),
    ],
)  # fmt: skip
def test_what_opens_a_door_or_names_somebody_is_blotted_out(said: str, logged: str) -> None:
    assert blotted(said) == logged
    assert blotted({"why": [said]}) == {"why": [logged]}
    assert blotted(ValueError(said)) == f"ValueError: {logged}"


LONG = {
    "a word": "a",
    "at signs": "a@",
    "points": "a.",
    "half addresses": "a@b",
    "rows": "DETAIL: ",
    "inputs": "input_value=",
    "blanks": " ",
    "half tokens": "1.uab.",
    "half codes": "AAAA-",
    "digits": "1",
}


@pytest.mark.parametrize("what", LONG)
def test_no_text_however_long_keeps_a_process_from_its_work(what: str) -> None:
    """A megabyte of it; where it took longer for each letter this would not end in hours."""
    code = f"from shared.runtime.logs import blotted\nblotted({LONG[what]!r} * {1_000_000 // len(LONG[what])})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
