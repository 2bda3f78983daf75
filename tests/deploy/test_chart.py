"""The chart of the services, rendered by Helm itself: what it says is what Kubernetes takes, and
what this system needs."""

from __future__ import annotations

import copy
import importlib
import re
from typing import Any

import pytest
import yaml

from cli.settings_reference import of_service
from shared.contracts.services import SERVICES
from stack.profile import ROOT
from tests.deploy.charts import (
    CHARTS,
    SIZES,
    environment,
    helm,
    merged,
    of_kind,
    pods,
    refused,
    rendered,
    values,
)

pytestmark = pytest.mark.extras
STATIC = {"services": {name: {"worker": {"staticMembership": True}} for name in SERVICES}}
GATEWAY = {"frontDoor": {"expose": "gateway", "gateway": {"name": "public", "namespace": "edge"}}}
ELSEWHERE = {"kafka": {"bootstrapServers": "k1.example.org:9094,k2.example.org:9094"}}
TOOLS = {"tools": {"enabled": True}}
REHEARSAL = yaml.safe_load((CHARTS / "holdfast" / "values-rehearsal.yaml").read_text())
STOPPED = {"services": {"billing": {"stopped": True}}, "data": {"restored": {"billing": 2}}}
RESTORED = {"postgres": {"restored": {"billing": {"server": 2, "until": "2027-01-16T02:00:00Z"}}}}
WATCHED = {"monitoring": {"enabled": True, "labels": {"release": "prometheus"}}}
CASES = [
    *((chart, size, {}) for chart in ("holdfast", "holdfast-data") for size in SIZES),
    ("holdfast", "three-zones", STATIC),
    ("holdfast", "three-zones", GATEWAY),
    ("holdfast", "three-zones", ELSEWHERE),
    ("holdfast", "three-zones", {"keda": {"enabled": False}}),
    ("holdfast", "three-zones", WATCHED),
    ("holdfast", "three-zones", TOOLS),
    ("holdfast", "three-zones", REHEARSAL),
    ("holdfast", "three-zones", STOPPED),
    ("holdfast-data", "three-zones", RESTORED),
]
NAMES = ["one node", "three zones", "data, one node", "data, three zones", "static", "gateway",
         "kafka elsewhere", "without KEDA", "watched", "tools", "rehearsal", "stopped", "restored"]  # fmt: skip
BOTH = pytest.mark.parametrize("size", SIZES)
_OF_OPERATORS = (
    "keda.sh",
    "monitoring.coreos.com",
    "strimzi.io",
    "cnpg.io",
    "gateway.networking.k8s.io",
)


def validate(one: dict[str, Any], version: str) -> None:
    import kubernetes_validate

    kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize(("chart", "size", "more"), CASES, ids=NAMES)
def test_helm_has_nothing_to_say_and_kubernetes_takes_every_object(chart, size, more):
    found = helm().lint(CHARTS / chart, values(chart, size, more), strict=True)
    assert [one for one in found["messages"] if one["severity"] > 1] == []
    assert found["errors"] == []
    objects = rendered(chart, size, more)
    own = [one for one in objects if not any(word in one["apiVersion"] for word in _OF_OPERATORS)]
    assert len(own) > 2
    for one in own:
        for version in ("1.30", "1.37"):
            validate(one, version)


def test_what_kubernetes_would_refuse_is_seen_by_that():
    import kubernetes_validate

    good = of_kind(rendered("holdfast", "one-node"), "Deployment")["holdfast-billing-all"]
    for path, wrong in (("replicas", "two"), ("replica", 2)):
        bad = copy.deepcopy(good)
        bad["spec"][path] = wrong
        with pytest.raises(kubernetes_validate.ValidationError):
            validate(bad, "1.37")


@BOTH
def test_every_pod_is_restricted(size):
    """Pod Security Standards, "restricted", and a root that nobody writes to."""
    seen = []
    for name, pod in pods(rendered("holdfast", size, STATIC | TOOLS)):
        seen.append(name)
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] == 10001, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(spec), name
        kinds = {kind for one in spec["volumes"] for kind in one if kind != "name"}
        assert kinds <= {"emptyDir", "secret", "configMap", "projected", "persistentVolumeClaim"}
        for container in spec["containers"]:
            may = container["securityContext"]
            assert may["allowPrivilegeEscalation"] is False, name
            assert may["readOnlyRootFilesystem"] is True, name
            assert may["capabilities"]["drop"] == ["ALL"], name
            added = {"holdfast-front-door": ["NET_BIND_SERVICE"]}.get(name)
            assert may["capabilities"].get("add") == added, name
            assert "privileged" not in may, name
            assert {"cpu", "memory"} == set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name
    # The door, migrations, tools; and the simulator.
    assert len(seen) == {"one-node": 7 + 4, "three-zones": 14 + 3}[size]


@BOTH
def test_each_service_has_its_own_image_of_a_version(size):
    found = {}
    for name, pod in pods(rendered("holdfast", size)):
        [container] = pod["spec"]["containers"]
        found[name] = container["image"]
    assert all(re.search(r":\d[\w.]*$", image) for image in found.values()), found
    for service in SERVICES:
        roles = ("all",) if size == "one-node" else ("api", "worker")
        images = {found[f"holdfast-{service}-{role}"] for role in roles}
        assert images == {f"registry.example.org/ours/holdfast-{service}:0.1.0"}
    assert found["holdfast-migrate"] == "registry.example.org/ours/holdfast-stack:0.1.0"


def test_versions_of_the_charts_are_those_of_the_project():
    [said] = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    for chart in ("holdfast", "holdfast-data"):
        told = yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text())
        assert (told["version"], told["appVersion"]) == (said, said)


@BOTH
def test_a_service_is_told_all_that_it_must_know_and_only_what_it_reads(size):
    """What is required and not told stands in a Secret; the account of it is by hand."""
    in_secrets = {"PLATFORM_SECRET", "BILLING_GATEWAY_API_KEY", "BILLING_WEBHOOK_SECRET"}
    objects = rendered("holdfast", size, STATIC)
    for service in SERVICES:
        known = of_service(service)
        for role in ("all",) if size == "one-node" else ("api", "worker"):
            pod = dict(pods(objects))[f"holdfast-{service}-{role}"]
            told = environment(pod)
            assert told["HOLDFAST_ROLE"] == role
            assert told[f"{service.upper()}_PORT"] == "8000"
            helper = f"{service.upper()}_DATABASE_PASSWORD"
            assert set(told) - set(known) == {helper}
            required = {name for name, field in known.items() if field.is_required()}
            assert required - set(told) <= in_secrets
            [container] = pod["spec"]["containers"]
            own = {"name": f"holdfast-{service}", "optional": service != "billing"}
            assert container["envFrom"] == [
                {"secretRef": {"name": "holdfast-platform"}},
                {"secretRef": own},
            ]
            # Else Kubernetes says BILLING_PORT=tcp://… for a Service that is called billing.
            assert pod["spec"]["enableServiceLinks"] is False


def test_the_settings_of_a_service_can_be_made_of_what_the_chart_tells(monkeypatch):
    for service in SERVICES:
        pod = dict(pods(rendered("holdfast", "three-zones")))[f"holdfast-{service}-worker"]
        with monkeypatch.context() as alone:
            for name, value in environment(pod).items():
                alone.setenv(name, value if isinstance(value, str) else "fromasecret")
            for name in ("PLATFORM_SECRET", "BILLING_GATEWAY_API_KEY", "BILLING_WEBHOOK_SECRET"):
                alone.setenv(name, "x" * 32)
            made = importlib.import_module(f"services.{service}.settings").Settings(_env_file=None)
        assert made.port == 8000
        assert made.kafka_bootstrap_servers == "data-kafka-kafka-bootstrap.courses.svc:9093"
        assert made.kafka_security_protocol == "SSL"
        assert f"@data-pg-{service}-rw:5432/{service}?sslmode=verify-full" in made.database_url


@BOTH
def test_probes_are_the_services_own_and_what_is_in_hand_may_be_finished(size):
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    may_take = int(compose["services"]["billing"]["stop_grace_period"].removesuffix("s"))
    for service in SERVICES:
        for role in ("all",) if size == "one-node" else ("api", "worker"):
            pod = dict(pods(rendered("holdfast", size)))[f"holdfast-{service}-{role}"]
            [container] = pod["spec"]["containers"]
            may_come = "ready" if role == "worker" else "answers"  # not for want of Kafka
            for probe, what in (("startup", "live"), ("liveness", "live"), ("readiness", may_come)):
                asked = container[f"{probe}Probe"]["httpGet"]
                assert asked == {"path": f"/{service}/health/{what}", "port": "http"}
            waits = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {})
            assert (waits.get("seconds", 0) > 0) is (role != "worker")
            grace = pod["spec"]["terminationGracePeriodSeconds"]
            assert grace - waits.get("seconds", 0) == may_take == 40


@BOTH
def test_every_part_has_a_budget_of_one_and_stands_apart(size):
    objects = rendered("holdfast", size, STATIC)
    budgets = of_kind(objects, "PodDisruptionBudget")
    workloads = of_kind(objects, "Deployment", "StatefulSet")
    assert set(budgets) == set(workloads) - {"holdfast-paysim"}
    for name, budget in budgets.items():
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["selector"] == workloads[name]["spec"]["selector"]
        spread = workloads[name]["spec"]["template"]["spec"]["topologySpreadConstraints"]
        when = {one["topologyKey"]: one["whenUnsatisfiable"] for one in spread}
        zones = "ScheduleAnyway" if size == "one-node" else "DoNotSchedule"
        assert when == {
            "topology.kubernetes.io/zone": zones,
            "kubernetes.io/hostname": "ScheduleAnyway",
        }
        matched = workloads[name]["spec"]["selector"]["matchLabels"]
        assert all(one["labelSelector"]["matchLabels"] == matched for one in spread)
        # Else a zone that died is one with no pods, and nothing more may stand in another.
        assert {one.get("nodeTaintsPolicy") for one in spread} == {"Honor"}


@BOTH
def test_migrations_come_first_and_reach_every_database(size):
    job = of_kind(rendered("holdfast", size), "Job")["holdfast-migrate"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["python3", "-m", "stack.migrate", *SERVICES]
    told = environment(job["spec"]["template"])
    for service in SERVICES:
        server = service if size == "three-zones" else "shared"
        assert told[f"{service.upper()}_DATABASE_URL"] == (
            f"postgresql://{service}:$({service.upper()}_DATABASE_PASSWORD)"
            f"@data-pg-{server}-rw:5432/{service}"
            f"?sslmode=verify-full&sslrootcert=/etc/holdfast/postgres/{service}.crt"
        )


@BOTH
@pytest.mark.parametrize("chart", ["holdfast", "holdfast-data"])
def test_no_secret_is_in_what_helm_keeps(chart, size):
    objects = rendered(chart, size)
    assert of_kind(objects, "Secret") == {}
    assert "PLATFORM_SECRET" not in str(objects)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"publicUrl": ""}, "publicUrl"),
        ({"publicUrl": "courses.example.org"}, "publicUrl"),
        ({"publicUrl": "https://courses.example.org/below"}, "publicUrl"),
        ({"image": {"tag": "latest"}}, "/image/tag"),
        ({"frontDoor": {"image": "caddy:latest"}}, "/frontDoor/image"),
        ({"frontDoor": {"image": "caddy"}}, "/frontDoor/image"),
        ({"frontDoor": {"expose": "nodePort"}}, "/frontDoor/expose"),
        ({"services": {"billing": {"worker": {"max": 13}}}}, "/services/billing/worker/max"),
        ({"services": {"web": {"worker": {"max": 4}}}}, "/services/web/worker/max"),
        ({"services": {"billing": {"worker": {"min": 0}}}}, "/services/billing/worker/min"),
        ({"services": {"billing": {"worker": {"min": 7}}}}, "billing.worker: max is less than min"),
        ({"services": {"billing": {"api": {"min": 7}}}}, "billing.api: max is less than min"),
        ({"services": {"mailing": {}}}, "mailing"),
        ({"services": {"partners": {"outside": [70000]}}}, "/services/partners/outside/0"),
        ({"services": {"notifications": {"settings": {"NOTIFICATIONS_SMTP_HSOT": "x"}}}},
         "NOTIFICATIONS_SMTP_HSOT"),
        ({"services": {"notifications": {"settings": {"NOTIFICATIONS_SMTP_PASSWORD": "x"}}}},
         "NOTIFICATIONS_SMTP_PASSWORD"),
        ({"settings": {"PLATFORM_SECRET": "x"}}, "PLATFORM_SECRET"),
        ({"settings": {"OTEL_EXPORTER_OTLP_HEADERS": "x"}}, "OTEL_EXPORTER_OTLP_HEADERS"),
        ({"keda": {"calmSeconds": 5}}, "/keda/calmSeconds"),
        ({"kafka": {"bootstrapServers": "k1.example.org"}}, "/kafka/bootstrapServers"),
        ({"frontDoor": {"expose": "gateway"}}, "which Gateway leads here"),
        ({"singleProces": True}, "singleProces"),
        # 17 apis of 6 and 13 workers of 11; and of one service 12 of each.
        ({"data": {"databases": "shared"}}, "may take 245 connections of one server"),
        ({"services": {"certificates": {"api": {"min": 12, "max": 12},
                                        "worker": {"min": 12, "max": 12}}}},
         "may take 204 connections of one server"),
        ({"services": {"notifications": {"settings": {"NOTIFICATIONS_SMTP_HOST": ""}}}},
         "without a mail server no mail goes out"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_by_its_place(more, says):
    answer = refused("holdfast", "three-zones", more)
    assert says in answer.replace("'", ""), answer


def test_what_a_server_allows_is_enough_and_beside_the_simulator_no_mail_need_go():
    allowed = {"data": {"databases": "shared", "maxConnections": 245}}
    assert refused("holdfast", "three-zones", allowed) == ""
    data = yaml.safe_load((CHARTS / "holdfast-data" / "values.yaml").read_text())
    own = yaml.safe_load((CHARTS / "holdfast" / "values.yaml").read_text())
    assert int(data["postgres"]["parameters"]["max_connections"]) == 200
    assert own["data"]["maxConnections"] == 200
    none = {"services": {"notifications": {"settings": {"NOTIFICATIONS_SMTP_HOST": ""}}}}
    assert refused("holdfast", "one-node", none) == ""


def test_how_many_traces_are_kept_may_be_said_as_their_page_says():
    told = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": 0.05}
    for name, pod in pods(rendered("holdfast", "three-zones", {"settings": told})):
        if name.endswith(("-api", "-worker")):
            has = environment(pod)
            assert {one: has[one] for one in told} == {
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": "0.05",
            }


def test_without_an_address_nothing_is_installed():
    with helm().Chart.load(CHARTS / "holdfast") as loaded, pytest.raises(helm().HelmError) as why:
        loaded.validate_schema({})
    assert "publicUrl" in str(why.value)


def test_people_come_by_the_ingress_or_by_a_gateway_and_by_tls():
    ingress = of_kind(rendered("holdfast", "three-zones"), "Ingress")["holdfast"]["spec"]
    assert ingress["tls"] == [{"hosts": ["courses.example.org"], "secretName": "holdfast-tls"}]
    [rule] = ingress["rules"]
    assert rule["host"] == "courses.example.org"
    [path] = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == "holdfast-front-door"
    objects = rendered("holdfast", "three-zones", GATEWAY)
    assert of_kind(objects, "Ingress") == {}
    route = of_kind(objects, "HTTPRoute")["holdfast"]["spec"]
    assert route["parentRefs"] == [{"name": "public", "namespace": "edge"}]
    assert route["hostnames"] == ["courses.example.org"]
    none = rendered("holdfast", "three-zones", {"frontDoor": {"expose": "none"}})
    assert of_kind(none, "Ingress", "HTTPRoute") == {}


def test_the_front_door_is_the_one_of_everywhere_and_leads_to_every_service():
    objects = rendered("holdfast", "three-zones")
    told = of_kind(objects, "ConfigMap")["holdfast-front-door"]["data"]["Caddyfile"]
    assert told.strip() == (ROOT / "stack" / "Caddyfile").read_text().strip()
    leads = environment(dict(pods(objects))["holdfast-front-door"])
    there = of_kind(objects, "Service")
    for service in SERVICES:
        host, port = leads[f"{service.upper()}_UPSTREAM"].split(":")
        assert there[host]["spec"]["ports"][0]["port"] == int(port) == 8000
        selects = there[host]["spec"]["selector"]
        assert selects["app.kubernetes.io/component"] == "api"
        assert selects["app.kubernetes.io/name"] == service


def test_where_prometheus_is_each_process_is_asked_as_its_own_job_and_alerts_are_ours():
    objects = rendered("holdfast", "three-zones", WATCHED)
    monitors = of_kind(objects, "PodMonitor")
    assert set(monitors) == {f"holdfast-{service}" for service in SERVICES}
    for service in SERVICES:
        one = monitors[f"holdfast-{service}"]
        assert one["metadata"]["labels"]["release"] == "prometheus"
        [endpoint] = one["spec"]["podMetricsEndpoints"]
        assert (endpoint["port"], endpoint["path"]) == ("http", f"/{service}/metrics")
        assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": service}]
    rules = of_kind(objects, "PrometheusRule")["holdfast"]["spec"]
    file = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
    assert rules == yaml.safe_load(file)
    page = "https://docs.example.org/runbooks.html"
    read = merged(WATCHED, {"monitoring": {"runbooks": page}})
    led = of_kind(rendered("holdfast", "three-zones", read), "PrometheusRule")["holdfast"]["spec"]
    assert led == yaml.safe_load(file.replace("docs/runbooks.md", page))
    assert f"{page}#servicedown" in str(led)
    assert of_kind(rendered("holdfast", "three-zones"), "PodMonitor", "PrometheusRule") == {}
