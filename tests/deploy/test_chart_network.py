"""Who reaches whom, by the rules of both charts together: a service its own database and Kafka,
what it must call, and nothing else."""

from __future__ import annotations

import pytest

from shared.contracts.services import SERVICES
from tests.deploy.charts import NAMESPACE, SIZES, pods, rendered
from tests.deploy.reach import Network, Place
from tests.deploy.test_chart import STATIC

pytestmark = pytest.mark.extras
PUBLIC, PUBLIC6, NEIGHBOUR = "203.0.113.5", "2a00:1450::5", "10.7.8.9"
# By hand: which ports of the public network each calls, and why.
OUTSIDE = {
    "registration": set(),
    "billing": {443},  # the gateway
    "attendance": {443},  # Zoom
    "certificates": set(),
    "notifications": {443, 465, 587, 993},  # texts, mail, the mailbox of what came back
    "partners": {443, 8443},  # webhooks (shared/runtime/addresses.py)
    "web": {443},  # who says who staff are
}


def world(size: str, more=None, restored=None) -> tuple[Network, dict[str, Place]]:
    """The rules, and every pod that they are about."""
    both = {"network": {"dns": (more or {}).get("network", {}).get("dns", [])}}
    both |= {"postgres": {"restored": restored}} if restored else {}
    services, data = rendered("holdfast", size, more), rendered("holdfast-data", size, both)
    network = Network([*services, *data], NAMESPACE)
    there = {
        name.removeprefix("holdfast-"): Place(pod["metadata"]["labels"], NAMESPACE)
        for name, pod in pods(services)
    }
    for one in data:
        if one["kind"] == "Cluster":
            name = one["metadata"]["name"]
            there[name.removeprefix("data-")] = Place({"cnpg.io/cluster": name}, NAMESPACE)
    there["kafka"] = Place({"strimzi.io/cluster": "data-kafka"}, NAMESPACE)
    there["stranger"] = Place({"app": "something"}, NAMESPACE)
    for space in ("kube-system", "monitoring", "keda", "ingress-nginx", "elsewhere"):
        there[space] = Place({}, space)
    return network, there


@pytest.fixture(scope="module", params=SIZES)
def each(request) -> tuple[str, Network, dict[str, Place]]:
    return (request.param, *world(request.param))


def roles(size: str) -> tuple[str, ...]:
    return ("all",) if size == "one-node" else ("api", "worker")


def out(network: Network, pod: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
    """Let out; who may come in at Kafka's Strimzi says itself."""
    return network._may(pod, target, "Egress", "to", port, protocol)


def test_a_service_reaches_its_own_database_and_no_other(each):
    size, network, there = each
    servers = [name for name in there if name.startswith("pg-")]
    assert len(servers) == (1 if size == "one-node" else 7)
    for service in SERVICES:
        own = "pg-shared" if size == "one-node" else f"pg-{service}"
        for role in roles(size):
            pod = there[f"{service}-{role}"]
            reached = [name for name in servers if network.lets(pod, there[name], 5432)]
            assert reached == [own]
    assert all(network.lets(there["migrate"], there[name], 5432) for name in servers)
    for other in ("front-door", "stranger", "monitoring", "elsewhere", "ingress-nginx"):
        assert not any(network.lets(there[other], there[name], 5432) for name in servers), other


def test_services_reach_kafka_and_names_and_not_one_another(each):
    size, network, there = each
    for service in SERVICES:
        for role in roles(size):
            pod = there[f"{service}-{role}"]
            assert out(network, pod, there["kafka"], 9093)
            assert not out(network, pod, there["kafka"], 9091)
            assert out(network, pod, there["kube-system"], 53, "UDP")
            for other in SERVICES:
                target = there[f"{other}-{roles(size)[0]}"]
                asks = service == "web" and other != "web"  # whose pages ask the owners
                assert network.lets(pod, target, 8000) is asks, (service, other)
    assert not out(network, there["front-door"], there["kafka"], 9093)
    assert not out(network, there["migrate"], there["kafka"], 9093)


def test_of_the_public_network_each_reaches_what_it_must_and_of_our_own_nothing(each):
    size, network, there = each
    for service in SERVICES:
        for role in roles(size):
            pod = there[f"{service}-{role}"]
            ports = {port for port in (22, 25, 80, 443, 465, 587, 993, 5432, 8443)
                     if network.lets(pod, Place(address=PUBLIC), port)}  # fmt: skip
            assert ports == OUTSIDE[service]
            assert network.lets(pod, Place(address=PUBLIC6), 443) is (443 in ports)
            for near in (NEIGHBOUR, "169.254.169.254", "192.168.1.1", "fd00::1"):
                assert not network.lets(pod, Place(address=near), 443), (service, near)
    for other in ("front-door", "migrate"):
        assert not network.lets(there[other], Place(address=PUBLIC), 443)


def test_people_come_by_the_front_door_alone(each):
    size, network, there = each
    door = there["front-door"]
    assert network.lets(there["ingress-nginx"], door, 8080)
    assert not network.lets(there["elsewhere"], door, 8080)
    assert not network.lets(there["stranger"], door, 8080)
    for service in SERVICES:
        pod = there[f"{service}-{roles(size)[0]}"]
        assert network.lets(door, pod, 8000)
        assert network.lets(there["monitoring"], pod, 8000)
        for other in ("ingress-nginx", "elsewhere", "stranger"):
            assert not network.lets(there[other], pod, 8000), (other, service)


def test_keda_asks_those_whose_work_waits_where_lag_does_not_tell(each):
    size, network, there = each
    for service in SERVICES:
        pod = there[f"{service}-{roles(size)[0]}"]
        asks = size == "three-zones" and service == "certificates"
        assert network.lets(there["keda"], pod, 8000) is asks, service


def test_the_simulator_is_asked_and_tells_billing_alone():
    network, there = world("one-node")
    paysim, billing = there["paysim"], there["billing-all"]
    assert network.lets(billing, paysim, 8110)
    assert network.lets(there["front-door"], paysim, 8110)
    assert network.lets(paysim, billing, 8000)
    assert not network.lets(paysim, there["web-all"], 8000)
    assert not network.lets(there["web-all"], paysim, 8110)
    assert not network.lets(paysim, Place(address=PUBLIC), 443)


def test_nobody_else_in_the_namespace_reaches_anybody(each):
    _, network, there = each
    for name, pod in there.items():
        assert not network.lets(there["stranger"], pod, 8000), name
        assert not network.lets(there["stranger"], pod, 9093), name


def test_a_stable_name_changes_nothing_of_that():
    network, there = world("three-zones", STATIC)
    pod = there["billing-worker"]
    assert network.lets(pod, there["pg-billing"], 5432)
    assert not network.lets(pod, there["pg-web"], 5432)


def test_what_has_to_be_within_may_be_named():
    relay = {
        "to": [{"ipBlock": {"cidr": "10.9.0.25/32"}}],
        "ports": [{"protocol": "TCP", "port": 25}],
    }
    network, there = world("three-zones", {"network": {"extraEgress": [relay]}})
    pod = there["notifications-worker"]
    assert network.lets(pod, Place(address="10.9.0.25"), 25)
    assert not network.lets(pod, Place(address="10.9.0.26"), 25)


def test_of_a_kafka_elsewhere_each_server_s_port_is_let_out():
    servers = "k1.example.org:9094,k2.example.org:9095,k3.example.org:9094"
    network, there = world("three-zones", {"kafka": {"bootstrapServers": servers}})
    for name in ("billing-worker", "billing-api"):
        reached = {port for port in (9092, 9093, 9094, 9095)
                   if out(network, there[name], Place(address=NEIGHBOUR), port)}  # fmt: skip
        assert reached == {9094, 9095}, name


def test_names_may_be_asked_of_a_cache_on_each_node():
    cache = Place(address="169.254.20.10")
    network, there = world("three-zones", {"network": {"dns": ["169.254.20.10/32"]}})
    plain, _ = world("three-zones")
    for name in ("billing-api", "web-worker", "front-door", "migrate", "pg-billing", "kafka"):
        assert out(network, there[name], cache, 53, "UDP"), name
        assert not out(plain, there[name], cache, 53, "UDP"), name
