"""Deliveries: groups set back while they are stopped, records said again, members that come and go."""

import asyncio
import os
import random
import signal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from cli.kafka import read_all
from shared.contracts.services import SERVICES
from shared.contracts.topics import TOPICS
from shared.runtime.offsets import committed
from tests.chaos.faults import NotFired, fault
from tests.chaos.ground import Ground
from tests.chaos.processes import ends, one_of, running

_FACTS = sorted(topic.name for topic in TOPICS if topic.kind == "facts")
_BACK, _AGAIN, _MEMBERS = 40, 120, 8


def _kafka(ground: Ground) -> str:
    return f"127.0.0.1:{ground.ports.of('kafka')}"


@fault("offsets set back")
async def set_back(ground: Ground, chance: random.Random) -> str:
    """A group is stopped, hears up to forty records a partition again, and goes on.

    The supervisor stands meanwhile, or it would start again what was stopped.
    """
    service = chance.choice(SERVICES)
    boss = ground.boss
    assert boss is not None
    os.kill(boss.pid, signal.SIGSTOP)
    try:
        names = [name for name in running(ground.home) if name.partition(" ")[0] == service]
        for name in names:
            await ends(await one_of(ground.home, name), signal.SIGTERM, 60)
        before = await committed(_kafka(ground), service)
        back = {tp: max(0, at - chance.randint(1, _BACK)) for tp, at in before.items() if at}
        async with asyncio.timeout(60):
            await _commit(_kafka(ground), service, back)
    finally:
        os.kill(boss.pid, signal.SIGCONT)
    again = sum(before[tp] - at for tp, at in back.items())
    if not again:
        raise NotFired(f"{service} had heard nothing that it could hear again")
    return f"{service} hears {again} records again"


async def _commit(bootstrap: str, group: str, offsets: dict[TopicPartition, int]) -> None:
    """Where a group without members is to go on."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
    finally:
        await consumer.stop()


@fault("records said again, in another order")
async def said_again(ground: Ground, chance: random.Random) -> str:
    """Facts of before, with their ids, behind those that came later: as they were, but twice."""
    found = [record async for record in read_all(_kafka(ground), _FACTS)]
    some = chance.sample(found, min(_AGAIN, len(found)))
    producer = AIOKafkaProducer(bootstrap_servers=_kafka(ground), acks="all")
    await producer.start()
    try:
        for one in some:
            where = {"partition": one.partition, "key": one.key, "headers": list(one.headers)}
            await producer.send_and_wait(one.topic, one.value, **where)
    finally:
        await producer.stop()
    if not some:
        raise NotFired("nothing had been said that could be said again")
    return f"{len(some)} of {len(found)} facts"


@fault("rebalance storm")
async def storm(ground: Ground, chance: random.Random) -> str:
    """Members join a group, are given partitions, and are gone again before they handle anything."""
    service, given = chance.choice(SERVICES), 0
    topics = {tp.topic for tp in await committed(_kafka(ground), service)}
    for _ in range(_MEMBERS):
        member = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=_kafka(ground),
            group_id=service,
            enable_auto_commit=False,
            session_timeout_ms=6000,
            heartbeat_interval_ms=1000,
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        )
        try:
            async with asyncio.timeout(40):
                await member.start()
                for _ in range(60):
                    if member.assignment():
                        given += 1
                        break
                    await asyncio.sleep(0.1)
                await asyncio.sleep(chance.random())
        finally:
            await member.stop()
    if not given:
        raise NotFired(f"no member of {service} was given a partition")
    return f"{service}: {given} of {_MEMBERS} members were given partitions"
