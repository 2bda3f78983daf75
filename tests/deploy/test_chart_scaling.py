"""How workers and apis of the chart scale: within what Kafka can share out, and seldom."""

from __future__ import annotations

import importlib
from datetime import timedelta

import pytest

from shared.contracts.services import SERVICES
from stack.profile import ROOT
from tests.deploy.charts import environment, of_kind, pods, rendered
from tests.deploy.test_chart import STATIC

pytestmark = pytest.mark.extras
# Of the busiest topics that a service hears (events.md); web hears courses and keys alone.
PARTITIONS = dict.fromkeys(SERVICES, 12) | {"web": 3}
SCALED = [name for name in SERVICES if name != "notifications"]


def scalers(more=None):
    return of_kind(rendered("holdfast", "three-zones", more), "ScaledObject")


def test_each_service_scales_its_workers_on_the_lag_of_its_own_group():
    found = scalers()
    assert set(found) == {f"holdfast-{name}-worker" for name in SCALED}
    for service in SCALED:
        spec = found[f"holdfast-{service}-worker"]["spec"]
        lags = [one["metadata"] for one in spec["triggers"] if one["type"] == "kafka"]
        hears_of = importlib.import_module(f"services.{service}.events").hears_of
        needs = {"registration": [str], "attendance": [timedelta()]}
        hears = hears_of(*needs.get(service, []))
        assert {one["consumerGroup"] for one in lags} == {hears.consumer} == {service}
        assert {one["topic"] for one in lags} <= hears.topics
        # Else what stands still would be judged at each question, however soon after the last.
        cached = [one["useCachedMetrics"] for one in spec["triggers"] if one["type"] == "kafka"]
        assert cached == [True] * len(lags)
        assert len({one["topic"] for one in lags}) == len(lags) > 1
        assert {one["allowIdleConsumers"] for one in lags} == {"false"}
        assert all(int(one["lagThreshold"]) > 0 for one in lags)
        names = [one["name"] for one in spec["triggers"]]
        assert len(set(names)) == len(names)


def test_by_hand_which_topics_billing_and_web_are_scaled_on():
    found = scalers()

    def topics(service: str) -> list[str]:
        triggers = found[f"holdfast-{service}-worker"]["spec"]["triggers"]
        return [one["metadata"]["topic"] for one in triggers if one["type"] == "kafka"]

    assert topics("billing") == [
        "attendance.records", "attendance.sessions", "certificates.certificates",
        "registration.people", "registration.registrations",
    ]  # fmt: skip
    assert topics("web") == ["partners.keys", "registration.courses"]


def test_there_is_always_one_worker_and_never_one_without_partitions():
    for service in SCALED:
        spec = scalers()[f"holdfast-{service}-worker"]["spec"]
        assert 1 <= spec["minReplicaCount"] < spec["maxReplicaCount"] <= PARTITIONS[service]


def test_steps_are_few_and_where_kafka_is_silent_nobody_goes():
    for one in scalers().values():
        spec = one["spec"]
        behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert behavior["scaleDown"] == {
            "stabilizationWindowSeconds": 300,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}],
        }
        assert behavior["scaleUp"]["stabilizationWindowSeconds"] >= 2 * spec["pollingInterval"]
        assert spec["cooldownPeriod"] == 300
        assert spec["fallback"]["behavior"] == "currentReplicasIfHigher"


def test_documents_that_wait_bring_workers_too_for_lag_does_not_tell_of_them():
    triggers = scalers()["holdfast-certificates-worker"]["spec"]["triggers"]
    [waiting] = [one["metadata"] for one in triggers if one["type"] == "metrics-api"]
    assert waiting == {
        "url": "http://holdfast-certificates.courses.svc:8000/certificates/health/quiet",
        "valueLocation": "due.overdue",
        "targetValue": "12400",
    }
    said = (ROOT / "shared" / "runtime" / "health.py").read_text()
    assert '"due": {"overdue": passed' in said  # where that number comes from


def test_mails_share_their_rates_among_as_many_workers_as_there_are():
    objects = rendered("holdfast", "three-zones")
    workers = of_kind(objects, "Deployment")["holdfast-notifications-worker"]
    told = environment(workers["spec"]["template"])
    assert workers["spec"]["replicas"] == int(told["NOTIFICATIONS_SMTP_PROCESSES"]) == 2
    alone = dict(pods(rendered("holdfast", "one-node")))["holdfast-notifications-all"]
    assert environment(alone)["NOTIFICATIONS_SMTP_PROCESSES"] == "1"


def test_apis_scale_by_their_processors():
    found = of_kind(rendered("holdfast", "three-zones"), "HorizontalPodAutoscaler")
    assert set(found) == {f"holdfast-{name}-api" for name in SERVICES}
    deployments = of_kind(rendered("holdfast", "three-zones"), "Deployment")
    for name, one in found.items():
        spec = one["spec"]
        assert spec["scaleTargetRef"] == {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": name,
        }
        assert 2 <= spec["minReplicas"] < spec["maxReplicas"]
        assert "replicas" not in deployments[name]["spec"]  # an upgrade would set them back


def test_where_nothing_scales_there_are_as_many_as_are_said():
    objects = rendered("holdfast", "three-zones", {"keda": {"enabled": False}})
    assert of_kind(objects, "ScaledObject", "TriggerAuthentication") == {}
    workers = of_kind(objects, "Deployment")
    assert workers["holdfast-certificates-worker"]["spec"]["replicas"] == 2
    one_node = rendered("holdfast", "one-node")
    assert of_kind(one_node, "ScaledObject", "HorizontalPodAutoscaler") == {}
    assert of_kind(one_node, "Deployment")["holdfast-billing-all"]["spec"]["replicas"] == 1


def test_static_members_have_names_that_stay_and_are_waited_for():
    objects = rendered("holdfast", "three-zones", STATIC)
    sets = of_kind(objects, "StatefulSet")
    assert set(sets) == {f"holdfast-{name}-worker" for name in SERVICES}
    for name, one in sets.items():
        told = environment(one["spec"]["template"])
        assert told["KAFKA_GROUP_INSTANCE_ID"] == {"fieldRef": {"fieldPath": "metadata.name"}}
        assert told["KAFKA_SESSION_TIMEOUT_MS"] == "45000"
        assert (
            of_kind(objects, "Service")[one["spec"]["serviceName"]]["spec"]["clusterIP"] == "None"
        )
        scaler = of_kind(objects, "ScaledObject").get(name)
        if scaler:
            assert scaler["spec"]["scaleTargetRef"]["kind"] == "StatefulSet"
            down = scaler["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
            # Who is gone for good is waited for until its session ends: one at a time.
            assert down["scaleDown"]["policies"][0]["value"] == 1
    for name, pod in pods(objects):
        if name.endswith("-api"):
            assert "KAFKA_GROUP_INSTANCE_ID" not in environment(pod)


def test_other_workers_are_new_members_each_time_and_are_replaced_all_at_once():
    workers = of_kind(rendered("holdfast", "three-zones"), "Deployment")
    for service in SERVICES:
        one = workers[f"holdfast-{service}-worker"]
        told = environment(one["spec"]["template"])
        assert "KAFKA_GROUP_INSTANCE_ID" not in told
        assert told["KAFKA_SESSION_TIMEOUT_MS"] == "20000"
        assert one["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": "100%", "maxUnavailable": 0}


def test_a_million_is_written_as_one():
    said = {"NOTIFICATIONS_TEXTS_A_DAY": 2_500_000, "NOTIFICATIONS_SMTP_RATE": 0.5,
            "NOTIFICATIONS_SMTP_TLS": True}  # fmt: skip
    more = {
        "services": {"notifications": {"settings": said}, "billing": {"worker": {"lag": 10**6}}}
    }
    objects = rendered("holdfast", "three-zones", more)
    told = environment(dict(pods(objects))["holdfast-notifications-worker"])
    assert [told[name] for name in said] == ["2500000", "0.5", "true"]
    [*_, trigger] = scalers(more)["holdfast-billing-worker"]["spec"]["triggers"]
    assert trigger["metadata"]["lagThreshold"] == "1000000"
