"""A Kafka that lets nobody in without TLS and a password, and asks who may do what."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.runtime.kafka import Bootstrap, Security
from stack import ports
from stack.jars import class_path
from stack.kafka import Kafka
from tests.conftest import ROOT, own_directory, running
from tests.security.authority import Authority

USER, PASSWORD = "holdfast", "a-password-of-the-tests"
CACHE = ROOT / ".holdfast" / "cache"


@dataclass(frozen=True)
class Guarded:
    """Where it is, and the authority that vouches for it; `bootstrap` is its own master's."""

    servers: str
    authority: Path
    java: str
    jars: str

    @property
    def bootstrap(self) -> Bootstrap:
        told = Security("SASL_SSL", "SCRAM-SHA-512", USER, PASSWORD, ca_file=str(self.authority))
        return Bootstrap(self.servers, told)

    @property
    def settings(self) -> dict[str, str]:
        """The same, as a service is told."""
        return {
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_username": USER,
            "kafka_sasl_password": PASSWORD,
            "kafka_ssl_ca_file": str(self.authority),
        }


@contextmanager
def guarded_kafka() -> Iterator[Guarded]:
    """For as long as the block lasts."""
    with own_directory() as place:
        files = place / "tls"
        files.mkdir(mode=0o755)
        Authority.made(files, "ours").issue("server", "127.0.0.1")
        kafka = Kafka(place / "kafka", ports.free_port(), ports.free_port(), CACHE)
        _prepare(kafka, files)
        command, log = kafka.command(), place / "kafka.log"
        with running(command, log, env=kafka.environment()) as broker:
            assert kafka.wait_ready(60, lambda: broker.poll() is None), log.read_text()
            jars = class_path(CACHE / "kafka-4.3.1.jars")
            yield Guarded(kafka.bootstrap, files / "ours.pem", command[0], jars)


def _prepare(kafka: Kafka, files: Path) -> None:
    kafka.prepare()
    pem = files / "server.pem"
    pem.write_bytes((files / "server.key").read_bytes() + (files / "server.crt").read_bytes())
    door = f"SASL_SSL://127.0.0.1:{kafka.port}"
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    told = {
        "listeners": f"{door},CONTROLLER://127.0.0.1:{kafka.controller_port}",
        "advertised.listeners": door,
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "inter.broker.listener.name": "SASL_SSL",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            f'{login} username="{USER}" password="{PASSWORD}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(pem),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(files / "ours.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Nobody without a name comes in but by the controller's own door.
        "super.users": f"User:{USER};User:ANONYMOUS",
    }
    kept = [
        line
        for line in kafka.settings.read_text().splitlines()
        if line.partition("=")[0] not in told
    ]
    kafka.settings.write_text("\n".join([*kept, *(f"{k}={v}" for k, v in told.items())]) + "\n")
    # The master's password is a record of the cluster's own log: it is formatted once more.
    subprocess.run(["rm", "-rf", str(kafka.data / "logs")], check=True)
    jars = class_path(kafka.cache / "kafka-4.3.1.jars")
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    subprocess.run(
        [*kafka._java("-Xshare:auto"), "-cp", jars, "kafka.tools.StorageTool", "format",
         "--cluster-id=MkU3OEVBNTcwNTJENDM2Qg", "-c", str(kafka.settings), "--add-scram", user],
        env=kafka.environment(), check=True, capture_output=True,
    )  # fmt: skip
