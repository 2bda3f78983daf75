"""A service whose database is restored on Kubernetes: it stands still, a server is made out of the
backup of the one before, the service goes on with that; and a pod to type the step between."""

from __future__ import annotations

import pytest

from shared.contracts.services import SERVICES
from tests.deploy.charts import NAMESPACE, environment, of_kind, pods, refused, rendered
from tests.deploy.reach import Place
from tests.deploy.test_chart import STOPPED, TOOLS
from tests.deploy.test_chart_network import out, world

pytestmark = pytest.mark.extras
STORE = {"barmanObjectName": "data-backup"}


def servers(restored, size="three-zones"):
    more = {"postgres": {"restored": restored}}
    return rendered("holdfast-data", size, more | {"backup": {"enabled": True}})


def test_a_service_that_is_stopped_has_no_process_and_nobody_who_would_start_one():
    objects = rendered("holdfast", "three-zones", STOPPED)
    made = of_kind(objects, "Deployment")
    for role in ("api", "worker"):
        assert made[f"holdfast-billing-{role}"]["spec"]["replicas"] == 0
        assert "replicas" not in made[f"holdfast-attendance-{role}"]["spec"]
    scaled = of_kind(objects, "HorizontalPodAutoscaler") | of_kind(objects, "ScaledObject")
    assert {name for name in scaled if "billing" in name} == set()
    assert {"holdfast-attendance-api", "holdfast-attendance-worker"} <= set(scaled)


def test_with_one_process_a_service_too():
    stopped = {"services": {"billing": {"stopped": True}}}
    made = of_kind(rendered("holdfast", "one-node", stopped), "Deployment")
    wanted = {name: one["spec"].get("replicas") for name, one in made.items()}
    assert wanted["holdfast-billing-all"] == 0
    assert wanted["holdfast-attendance-all"] == 1


def test_a_server_is_made_out_of_the_backup_of_the_one_before_up_to_that_moment():
    until = "2027-01-16T02:00:00Z"
    objects = servers({"billing": {"server": 2, "until": until}})
    clusters = of_kind(objects, "Cluster")
    assert "data-pg-billing" not in clusters
    spec = clusters["data-pg-billing-2"]["spec"]
    assert spec["bootstrap"] == {
        "recovery": {"source": "before", "recoveryTarget": {"targetTime": until}}
    }
    [source] = spec["externalClusters"]
    assert source["name"] == "before"
    assert source["plugin"]["parameters"] == STORE | {"serverName": "data-pg-billing"}
    # Its own log stands under its own name, where nothing is yet: into another's it may not write.
    [own] = spec["plugins"]
    assert (own["isWALArchiver"], own["parameters"]) == (True, STORE)
    assert spec["managed"]["roles"][0]["passwordSecret"] == {"name": "holdfast-billing-database"}
    # And all that is about a server is about this one.
    database = of_kind(objects, "Database")["data-billing-2"]["spec"]
    assert (database["name"], database["cluster"]) == ("billing", {"name": "data-pg-billing-2"})
    backup = of_kind(objects, "ScheduledBackup")["data-pg-billing-2"]["spec"]
    assert backup["cluster"] == {"name": "data-pg-billing-2"}
    rule = of_kind(objects, "NetworkPolicy")["data-pg-billing-2"]["spec"]
    assert rule["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "data-pg-billing-2"}}
    # The others are as they were.
    assert "initdb" in clusters["data-pg-attendance"]["spec"]["bootstrap"]
    assert len(clusters) == len(SERVICES)


def test_again_it_is_made_out_of_the_last_or_of_one_that_is_named_and_to_the_end_of_its_log():
    for told, before in (
        ({"server": 3}, "data-pg-web-2"),
        ({"server": 3, "from": 1}, "data-pg-web"),
    ):
        spec = of_kind(servers({"web": told}), "Cluster")["data-pg-web-3"]["spec"]
        assert spec["bootstrap"] == {"recovery": {"source": "before"}}
        [source] = spec["externalClusters"]
        assert source["plugin"]["parameters"]["serverName"] == before


def test_one_server_for_all_is_restored_whole():
    objects = rendered("holdfast-data", "one-node", {
        "backup": {"enabled": True}, "postgres": {"restored": {"shared": {"server": 2}}},
    })  # fmt: skip
    assert set(of_kind(objects, "Cluster")) == {"data-pg-shared-2"}
    databases = of_kind(objects, "Database").values()
    assert {one["spec"]["cluster"]["name"] for one in databases} == {"data-pg-shared-2"}


@pytest.mark.parametrize(
    ("restored", "says"),
    [
        ({"billing": {"server": 1}}, "minimum"),
        ({"billing": {"until": "2027-01-16T02:00:00Z"}}, "server"),
        ({"billing": {"server": 2, "until": "yesterday"}}, "until"),
        ({"billing": {"server": 2, "until": "2027-01-16 02:00"}}, "until"),
        ({"billing": {"server": 2, "from": 2}}, "postgres.restored.billing.from"),
        ({"ledger": {"server": 2}}, "ledger"),
        ({"shared": {"server": 2}}, "postgres.restored.shared"),
    ],
)
def test_what_cannot_be_restored_is_refused_by_its_place(restored, says):
    assert says in refused("holdfast-data", "three-zones", {"postgres": {"restored": restored}})


def test_a_number_for_a_server_that_is_not_there_is_refused_by_the_services_too():
    for size, name in (("three-zones", "shared"), ("one-node", "billing")):
        said = refused("holdfast", size, {"data": {"restored": {name: 2}}})
        assert f"data.restored.{name}" in said


def test_a_server_that_was_replaced_is_reached_by_its_operator_alone():
    network, there = world("three-zones", STOPPED | TOOLS, {"billing": {"server": 3}})
    for before in ("data-pg-billing", "data-pg-billing-2"):
        old = Place({"cnpg.io/cluster": before}, NAMESPACE)
        for name in ("billing-worker", "migrate", "tools", "stranger", "elsewhere"):
            assert not network.lets(there[name], old, 5432), (before, name)
        assert network.lets(Place({}, "cnpg-system"), old, 8000)
    assert network.lets(there["billing-worker"], there["pg-billing-3"], 5432) is False, "not told"


def test_without_backups_there_is_nothing_to_restore_from():
    more = {"backup": {"enabled": False}, "postgres": {"restored": {"billing": {"server": 2}}}}
    assert "backup.enabled" in refused("holdfast-data", "three-zones", more)


def test_the_service_the_migrations_and_the_tools_go_on_with_that_server():
    objects = rendered("holdfast", "three-zones", STOPPED | TOOLS)
    for name, pod in pods(objects):
        url = environment(pod).get("BILLING_DATABASE_URL")
        if name in {"holdfast-billing-api", "holdfast-billing-worker", "holdfast-migrate",
                    "holdfast-tools"}:  # fmt: skip
            assert "@data-pg-billing-2-rw:5432/billing?" in url, name
            assert "data-pg-billing-2-ca" in str(pod["spec"]["volumes"]), name
        else:
            assert url is None, name
    network, there = world("three-zones", STOPPED | TOOLS, {"billing": {"server": 2}})
    for name in ("billing-worker", "migrate", "tools"):
        assert network.lets(there[name], there["pg-billing-2"], 5432), name


def test_the_tools_reach_databases_kafka_and_the_front_door_and_nobody_reaches_them():
    network, there = world("three-zones", TOOLS)
    tools = there["tools"]
    for service in SERVICES:
        assert network.lets(tools, there[f"pg-{service}"], 5432)
        assert not network.lets(tools, there[f"{service}-api"], 8000)
    assert out(network, tools, there["kafka"], 9093)
    assert network.lets(tools, there["front-door"], 8080)
    assert not out(network, tools, there["elsewhere"], 443)
    for name in ("front-door", "billing-api", "stranger", "elsewhere", "ingress-nginx"):
        assert not network.lets(there[name], tools, 8000), name


def test_the_tools_are_the_operator_for_kafka_and_know_no_operators_key():
    pod = dict(pods(rendered("holdfast", "three-zones", TOOLS)))["holdfast-tools"]
    told = environment(pod)
    [kafka] = [one for one in pod["spec"]["volumes"] if one["name"] == "kafka"]
    assert kafka["secret"]["secretName"] == "operator"
    assert {f"{name.upper()}_DATABASE_URL" for name in SERVICES} <= set(told)
    assert "HOLDFAST_OPERATOR_KEY" not in told
    assert told["PLATFORM_SECRET"] == {
        "secretKeyRef": {"name": "holdfast-platform", "key": "PLATFORM_SECRET"}
    }


def test_they_are_there_only_when_they_are_asked_for():
    found = {one["metadata"]["name"] for one in rendered("holdfast", "three-zones")}
    assert "holdfast-tools" not in found
    assert "tools" not in world("three-zones")[1]
