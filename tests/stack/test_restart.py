import asyncio
import signal
import subprocess

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stack import ports
from stack.kafka import Kafka
from stack.postgres import Postgres, create_databases
from stack.profile import ROOT
from stack.server_user import identity
from tests.conftest import running


def postgres_process(server, log):
    return running(
        server.command(),
        log,
        stop=signal.SIGINT,
        cwd=server.data,
        env=server.environment(),
        **identity(),
    )


async def test_kafka_keeps_records_and_offsets_over_a_restart(tmp_path):
    server = Kafka(tmp_path, ports.free_port(), ports.free_port(), ROOT / ".holdfast" / "cache")
    server.prepare(lambda _: None)
    log = tmp_path / "log"
    part = TopicPartition("kept", 0)
    with running(server.command(), log, env=server.environment()) as process:
        assert server.wait_ready(60, lambda: process.poll() is None), log.read_text()
        admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("kept", 1, 1)])
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=server.bootstrap, acks="all")
        await producer.start()
        await producer.send_and_wait("kept", b"one")
        await producer.send_and_wait("kept", b"two")
        await producer.stop()
        first = AIOKafkaConsumer(
            bootstrap_servers=server.bootstrap, group_id="g", enable_auto_commit=False
        )
        await first.start()
        first.assign([part])
        await first.commit({part: 1})
        await first.stop()
    before = (tmp_path / "logs" / "meta.properties").read_text()
    server.prepare(lambda _: None)
    assert (tmp_path / "logs" / "meta.properties").read_text() == before
    with running(server.command(), log, env=server.environment()) as process:
        assert server.wait_ready(60, lambda: process.poll() is None), log.read_text()
        second = AIOKafkaConsumer(
            bootstrap_servers=server.bootstrap, group_id="g", enable_auto_commit=False
        )
        await second.start()
        async with asyncio.timeout(60):  # the coordinator may still be loading what it kept
            while await second.committed(part) is None:
                await asyncio.sleep(0.2)
        assert await second.committed(part) == 1
        # Only now: assigned while nothing is loaded it would begin at the end.
        second.assign([part])
        assert (await second.getone()).value == b"two"
        await second.stop()


async def test_postgres_keeps_data_and_roles_over_a_restart_with_a_stale_pid_file(place):
    server = Postgres(place / "pg", ports.free_port(), "a password: 100%/@", durable=False)
    server.prepare()
    with postgres_process(server, place / "log"):
        assert await ready(server)
        await create_databases(server.url, {"billing": "p'w", "partners": "other"})
        con = await asyncpg.connect(server.url_of("billing", "p'w", "billing"))
        await con.execute("create table kept (n int); insert into kept values (7)")
        await con.close()
    # What a crash leaves behind, its number meanwhile somebody else's: ours.
    stranger = subprocess.Popen(["sleep", "60"])
    pid_file = place / "pg" / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{place}/pg/cluster\n")
    server.prepare()
    with postgres_process(server, place / "log"):
        assert await ready(server), (place / "log").read_text()
        await create_databases(server.url, {"billing": "new password"})
        con = await asyncpg.connect(server.url_of("billing", "new password", "billing"))
        assert await con.fetchval("select n from kept") == 7
        await con.close()
        try:
            await asyncpg.connect(server.url_of("partners", "other", "billing"))
        except asyncpg.InsufficientPrivilegeError as why:
            refused = str(why)
        assert "billing" in refused
    stranger.terminate()
    stranger.wait()


async def ready(server):
    import asyncio

    return await asyncio.to_thread(server.wait_ready, 30)
