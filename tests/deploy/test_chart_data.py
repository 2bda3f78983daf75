"""The chart of Kafka and Postgres: topics and rights of the contracts, a database and a role a
service that nobody else gets into, and backups."""

from __future__ import annotations

import pytest

from shared.contracts.services import SERVICES
from shared.contracts.topics import TOPICS, configs
from tests.deploy.charts import SIZES, of_kind, refused, rendered

pytestmark = pytest.mark.extras
COPIES = {"one-node": 1, "three-zones": 3}
PLUGIN = "barman-cloud.cloudnative-pg.io"
BOTH = pytest.mark.parametrize("size", SIZES)


def data(size: str, more=None):
    return rendered("holdfast-data", size, more)


@BOTH
def test_the_topics_are_those_of_the_contracts_to_the_last_setting(size):
    found = of_kind(data(size), "KafkaTopic")
    wanted = configs(COPIES[size])
    assert len(wanted) == len(TOPICS) == 25
    told = {name: (one["spec"]["partitions"], one["spec"]["config"]) for name, one in found.items()}
    assert told == wanted
    assert {one["spec"]["replicas"] for one in found.values()} == {COPIES[size]}
    cluster = of_kind(data(size), "Kafka")["data-kafka"]["metadata"]["name"]
    labels = {one["metadata"]["labels"]["strimzi.io/cluster"] for one in found.values()}
    assert labels == {cluster}


@BOTH
def test_kafka_keeps_what_was_acknowledged(size):
    objects = data(size)
    spec = of_kind(objects, "Kafka")["data-kafka"]["spec"]["kafka"]
    copies, enough = (3, 2) if size == "three-zones" else (1, 1)
    assert spec["config"]["default.replication.factor"] == copies
    assert spec["config"]["offsets.topic.replication.factor"] == copies
    assert spec["config"]["min.insync.replicas"] == enough
    assert spec["config"]["auto.create.topics.enable"] is False
    assert spec["config"]["offsets.retention.minutes"] == 2147483647
    pool = of_kind(objects, "KafkaNodePool")["brokers"]["spec"]
    assert pool["replicas"] == copies
    assert [one["deleteClaim"] for one in pool["storage"]["volumes"]] == [False]


@BOTH
def test_nobody_gets_into_kafka_without_a_certificate_and_its_rights(size):
    objects = data(size)
    spec = of_kind(objects, "Kafka")["data-kafka"]["spec"]["kafka"]
    assert spec["authorization"] == {"type": "simple"}
    assert spec["version"] == "4.1.1"  # the newest that Strimzi 0.49 runs
    [listener] = spec["listeners"]
    assert (listener["tls"], listener["authentication"]) == (True, {"type": "tls"})
    users = of_kind(objects, "KafkaUser")
    assert set(users) == {*SERVICES, "keda", "operator"}
    for one in users.values():
        assert one["spec"]["authentication"] == {"type": "tls"}
        assert one["spec"]["authorization"]["type"] == "simple"


def test_a_partner_s_user_is_left_alone_by_the_operator():
    spec = of_kind(data("three-zones"), "Kafka")["data-kafka"]["spec"]["entityOperator"]
    [told] = spec["template"]["userOperatorContainer"]["env"]
    assert told == {"name": "STRIMZI_IGNORED_USERS_PATTERN", "value": r"^partner\..*$"}


@BOTH
def test_each_service_has_one_database_and_one_role(size):
    objects = data(size)
    clusters = of_kind(objects, "Cluster")
    server_of = {
        name: "data-pg-shared" if size == "one-node" else f"data-pg-{name}" for name in SERVICES
    }
    assert set(clusters) == set(server_of.values())
    databases = of_kind(objects, "Database")
    assert len(databases) == len(SERVICES)
    for service in SERVICES:
        spec = databases[f"data-{service}"]["spec"]
        assert (spec["name"], spec["owner"]) == (service, service)
        assert spec["cluster"]["name"] == server_of[service]
        # As everywhere (stack/compose/databases.sh).
        order = [spec[name] for name in ("encoding", "localeCollate", "localeCType", "template")]
        assert order == ["UTF8", "C", "C", "template0"]
        assert spec["databaseReclaimPolicy"] == "retain"
        roles = [
            (name, role)
            for name, one in clusters.items()
            for role in one["spec"]["managed"]["roles"]
            if role["name"] == service
        ]
        [(server, role)] = roles
        assert server == server_of[service]
        assert role["passwordSecret"] == {"name": f"holdfast-{service}-database"}
        assert not {"superuser", "createdb", "createrole", "inRoles"} & set(role)


@BOTH
def test_a_role_gets_into_its_own_database_by_tls_and_into_nothing_else(size):
    for name, one in of_kind(data(size), "Cluster").items():
        roles = [role["name"] for role in one["spec"]["managed"]["roles"]]
        rules = one["spec"]["postgresql"]["pg_hba"]
        own = [f"hostssl {role} {role} all scram-sha-256" for role in roles]
        assert rules == [*own, "host all all all reject"], name
        assert one["spec"]["enableSuperuserAccess"] is False


def test_where_there_are_several_one_standby_has_each_transaction():
    for one in of_kind(data("three-zones"), "Cluster").values():
        spec = one["spec"]
        assert spec["instances"] == 3
        synchronous = spec["postgresql"]["synchronous"]
        assert synchronous == {"method": "any", "number": 1, "dataDurability": "required"}
        [spread] = spec["topologySpreadConstraints"]
        assert spread["whenUnsatisfiable"] == "DoNotSchedule"
        assert spread["nodeTaintsPolicy"] == "Honor", "a zone that died counts for nothing"
    alone = of_kind(data("one-node"), "Cluster")["data-pg-shared"]["spec"]
    assert "synchronous" not in alone["postgresql"]


def test_every_server_writes_its_log_and_a_backup_a_day_to_the_store():
    objects = data("three-zones")
    store = of_kind(objects, "ObjectStore")["data-backup"]["spec"]
    assert store["configuration"]["destinationPath"] == "s3://backups/courses"
    assert store["retentionPolicy"] == "30d"
    scheduled = of_kind(objects, "ScheduledBackup")
    clusters = of_kind(objects, "Cluster")
    assert set(scheduled) == set(clusters)
    for name, one in clusters.items():
        [plugin] = one["spec"]["plugins"]
        assert (plugin["name"], plugin["isWALArchiver"]) == (PLUGIN, True)
        assert plugin["parameters"] == {"barmanObjectName": "data-backup"}
        backup = scheduled[name]["spec"]
        assert backup["cluster"] == {"name": name}
        assert (backup["method"], backup["pluginConfiguration"]["name"]) == ("plugin", PLUGIN)
        assert backup["schedule"] == "0 17 2 * * *"


@BOTH
def test_what_holds_data_stays_when_the_release_goes(size):
    kinds = {"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser", "Cluster", "Database",
             "ObjectStore"}  # fmt: skip
    held = [one for one in data(size) if one["kind"] in kinds]
    without_backups = set() if size == "three-zones" else {"ObjectStore"}
    assert {one["kind"] for one in held} == kinds - without_backups
    assert len(held) > 30
    for one in held:
        kept = one["metadata"]["annotations"]["helm.sh/resource-policy"]
        assert kept == "keep", one["metadata"]["name"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"backup": {"enabled": True, "destination": ""}}, "/backup/destination"),
        ({"backup": {"enabled": True, "destination": "/var/backups"}}, "/backup/destination"),
        ({"kafka": {"replication": 3}}, "there are not so many brokers"),
        ({"kafka": {"replication": 4}}, "/kafka/replication"),
        ({"kafka": {"version": "3.9.1"}}, "/kafka/version"),
        ({"postgres": {"instances": 0}}, "/postgres/instances"),
        ({"postgres": {"synchronous": 1}}, "postgres.synchronous: there are not so many standbys"),
        ({"postgres": {"sizes": {"mailing": "1Gi"}}}, "mailing"),
        ({"postgres": {"password": "x"}}, "password"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_place(more, says):
    answer = refused("holdfast-data", "one-node", more)
    assert says in answer.replace("'", ""), answer
