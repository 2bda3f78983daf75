"""What docs/integrators.md shows is true: its samples verify, its examples fit, its names exist."""

import base64
import hashlib
import hmac
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.main import app
from services.partners.domain.endpoints import PAUSES
from services.partners.domain.mapping import mapped
from services.partners.domain.mapping_document import read_mapping
from services.partners.domain.rounds import TESTED
from services.partners.domain.visibility import ALWAYS, ERASED
from services.partners.domain.wall_times import DAYS
from shared.contracts.to_partners import ALL, TO_PARTNERS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "integrators.md").read_text()
# The example of the Standard Webhooks libraries, and the signature they give for it.
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
NOW = 1614265330
GOOD = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(NOW),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "v1," + "A" * 43 + "="
CASES = [
    ("good", GOOD, BODY, NOW, True),
    ("at the edge", GOOD, BODY, NOW + 300, True),
    ("two signatures", GOOD | {"webhook-signature": f"{OTHER} {GOOD['webhook-signature']}"},
     BODY, NOW, True),
    ("another body", GOOD, BODY + b" ", NOW, False),
    ("another id", GOOD | {"webhook-id": "msg_1"}, BODY, NOW, False),
    ("too old", GOOD, BODY, NOW + 301, False),
    ("from the future", GOOD, BODY, NOW - 301, False),
    ("another signature", GOOD | {"webhook-signature": OTHER}, BODY, NOW, False),
    ("another version", GOOD | {"webhook-signature": GOOD["webhook-signature"].replace("v1", "v2")},
     BODY, NOW, False),
    ("no time", GOOD | {"webhook-timestamp": "soon"}, BODY, NOW, False),
    ("no letters of ours", GOOD | {"webhook-signature": "v1,ü"}, BODY, NOW, False),
    ("nothing", {}, BODY, NOW, False),
]  # fmt: skip
EACH = pytest.mark.parametrize(
    ("headers", "body", "now", "good"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)


def sample(language: str, named: str = "") -> str:
    """The one sample in a language, that is the one in which something is named."""
    found = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    [one] = [text for text in found if named in text]
    return str(one)


@EACH
def test_the_sample_in_python_takes_what_is_ours_and_nothing_else(headers, body, now, good):
    names: dict = {}
    exec(compile(sample("python", "def verified"), "integrators.md", "exec"), names)
    assert names["verified"](SECRET, headers, body, now) is good


def test_the_sample_that_signs_gives_what_is_published():
    names: dict = {}
    exec(compile(sample("python", "def headers_for"), "integrators.md", "exec"), names)
    key = GOOD["webhook-id"]
    made = names["headers_for"](SECRET, key, BODY, NOW)
    assert made == GOOD | {"Idempotency-Key": key}


@pytest.mark.extras
def test_the_sample_in_javascript_does_the_same(tmp_path):
    node = shutil.which("node")
    assert node, "this test needs Node: apt-get install nodejs"
    (tmp_path / "verified.mjs").write_text(sample("javascript"))
    asked = [[headers, body.decode(), now] for _, headers, body, now, _ in CASES]
    (tmp_path / "asked.mjs").write_text(
        'import { verified } from "./verified.mjs";\n'
        f"const asked = {json.dumps(asked)}, secret = {json.dumps(SECRET)};\n"
        "console.log(JSON.stringify(asked.map(([headers, body, now]) =>"
        " verified(secret, headers, Buffer.from(body), now))));\n"
    )
    done = subprocess.run(
        [node, "asked.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [good for *_, good in CASES]


def test_what_is_signed_is_what_the_steps_say():
    signed = f"{GOOD['webhook-id']}.{GOOD['webhook-timestamp']}.".encode() + BODY
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert GOOD["webhook-signature"] == f"v1,{made}"


def test_the_mapping_that_is_shown_takes_the_items_that_are_shown():
    [shown] = re.findall(r'```json\n(\{\n  "type": .*?)```', TEXT, re.DOTALL)
    [items] = re.findall(r'```json\n(\{"art": .*?)```', TEXT, re.DOTALL)
    mapping = read_mapping(json.loads(shown))
    enrolled, stayed = [json.loads(one) for one in re.split(r"\n(?=\{)", items.strip())]
    first, second = mapped(mapping, enrolled), mapped(mapping, stayed)
    assert (first.faults, second.faults) == ((), ())
    assert first.line["attendee"]["name"] == "Ada Example"
    assert first.line["id"] == "31/ANM"
    assert second.line["joined_at"] == "2027-03-09T19:05:00Z"
    formats = set(re.findall(r"`((?:YYYY|DD|MM)[-./A-Za-z:]*)`", TEXT))
    assert formats == {*DAYS, "YYYY-MM-DDTHH:mm", "YYYY-MM-DDTHH:mm:ss"}


def test_the_event_that_is_shown_is_one():
    shown = json.loads(sample("json", '"specversion"'))
    assert shown["type"] in ALL
    event = ALL[shown["type"]]
    read = event.model_validate(event.example | shown["data"])
    assert json.loads(read.payload()).items() >= shown["data"].items()
    assert shown["subject"] == read.key_of()


def test_the_events_that_are_named_exist():
    named = {
        word.removesuffix(".v1")
        for word in re.findall(r"[`\"]([a-z]+\.[a-z_]+(?:\.v1)?)[`\"/]", TEXT)
    }
    assert len(named) > 8
    named.remove("partner.ibh")  # a user of Kafka, as an example
    assert {word for word in named if f"{word}.v1" not in ALL} == set()


def test_what_everybody_sees_is_what_partners_shows():
    [told] = re.findall(r"The ids by which events belong together \((.*?)\) and `version`", TEXT)
    assert set(re.findall(r"`(\w+)`", told)) | {"version"} == ALWAYS


def test_the_schedule_that_is_told_is_the_one_that_is_kept():
    assert "after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours" in TEXT
    minutes, hours = (5, 30), (2, 5, 10, 14, 20, 24)
    assert (5, *(60 * each for each in minutes), *(3600 * each for each in hours)) == PAUSES


def test_what_partners_alone_are_told_is_what_partners_says():
    assert set(TO_PARTNERS) == {ERASED, TESTED}


def test_the_commands_that_are_shown_can_be_typed_and_their_files_are_there():
    shown = re.findall(r"bin/holdfast ([^`\n]+)", TEXT)
    assert len(shown) > 10
    for line in shown:
        words = shlex.split(line)
        command: Any = typer.main.get_command(app)
        while words and hasattr(command, "commands"):
            assert words[0] == "--help" or words[0] in command.commands, line
            command = command.commands.get(words.pop(0), command)
            if words[:1] == ["--help"] or not words:
                break
        if not hasattr(command, "commands"):
            command.make_context("", words)
    named = re.findall(r"examples/[\w./-]+\w", TEXT)
    assert {one for one in named if not (ROOT / one).exists()} == set()
    modules = re.findall(r"examples\.receiver\.(\w+)", TEXT)
    assert {one for one in modules if not (ROOT / f"examples/receiver/{one}.py").exists()} == set()
