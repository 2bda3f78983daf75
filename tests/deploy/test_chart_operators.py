"""KEDA's and the Prometheus operator's resources of the chart, read by models of their schemas: no
field that the operator does not know, no word that it does not take.

Of CloudNativePG no package has a schema: its resources are held to what is written by hand.
"""

from __future__ import annotations

import copy

import pytest

from tests.deploy.charts import Object, rendered
from tests.deploy.operators import faults
from tests.deploy.test_chart import WATCHED

pytestmark = pytest.mark.extras


def theirs() -> list[Object]:
    found = rendered("holdfast", "three-zones", WATCHED)
    groups = ("keda.sh/", "monitoring.coreos.com/")
    return [one for one in found if one["apiVersion"].startswith(groups)]


def test_the_operators_know_every_field_and_take_every_word():
    found = theirs()
    kinds = sorted({one["kind"] for one in found})
    assert kinds == ["PodMonitor", "PrometheusRule", "ScaledObject", "TriggerAuthentication"]
    assert faults(found) == [[]] * len(found)


def test_what_an_operator_does_not_take_is_told_by_its_place():
    said = [
        ("ScaledObject", {"maxReplicaCont": 3}, "/spec/maxReplicaCont"),
        ("ScaledObject", {"maxReplicaCount": "many"}, "/spec/maxReplicaCount"),
        ("ScaledObject", {"triggers": None}, "/spec/triggers"),
        ("PodMonitor", {"selectors": {}}, "/spec/selectors"),
        ("PrometheusRule", {"groups": [{"rules": []}]}, "/spec/groups/0/name"),
    ]
    broken = []
    for kind, change, _ in said:
        one = copy.deepcopy(next(each for each in theirs() if each["kind"] == kind))
        one["spec"] |= change
        broken.append(one)
    assert faults(broken) == [[place] for *_, place in said]
